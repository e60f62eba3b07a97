#include "codec/wire.h"

#include <fmt/core.h>

namespace qala::codec {

namespace {

constexpr std::string_view kNames[kRoutines] = {"decodeUplink", "encodeDownlink", "decodeDownlink", "normalizeUplink"};
constexpr std::uint8_t kPort = 1, kBytes = 2, kReceived = 4;
constexpr std::size_t kRunHead = 4 + 1 + 1 + 1 + 8 + 2;

void append(std::string& out, Kind kind, std::uint32_t number, std::string_view payload) {
  append_frame(out, static_cast<std::uint8_t>(kind), number, payload);
}

}  // namespace

std::string_view name_of(Routine routine) { return kNames[static_cast<int>(routine)]; }

std::optional<Routine> routine_of(std::string_view name) {
  for (int i = 0; i < kRoutines; i++) {
    if (name == kNames[i]) return static_cast<Routine>(i);
  }
  return std::nullopt;
}

void append_load(std::string& out, std::uint32_t codec, std::string_view script) {
  append(out, Kind::load, codec, script);
}

void append_forget(std::string& out, std::uint32_t codec) { append(out, Kind::forget, codec, {}); }

void append_run(std::string& out, std::uint32_t request, const Run& run) {
  const std::string_view bytes = run.bytes ? std::string_view(*run.bytes) : std::string_view();
  std::string payload;
  payload.reserve(kRunHead + bytes.size() + run.input.size());
  append_little_endian(payload, run.codec);
  payload.push_back(static_cast<char>(run.routine));
  payload.push_back(
      static_cast<char>((run.port ? kPort : 0) | (run.bytes ? kBytes : 0) | (run.received ? kReceived : 0)));
  payload.push_back(static_cast<char>(run.port.value_or(0)));
  append_little_endian(payload, static_cast<std::uint64_t>(run.now_ms));
  append_little_endian(payload, static_cast<std::uint16_t>(bytes.size()));
  payload += bytes;
  payload += run.input;
  append(out, Kind::run, request, payload);
}

Result<Run> parse_run(std::string_view payload) {
  if (payload.size() < kRunHead) return fail(ErrorKind::corrupt, "a run without its head");
  Run run;
  run.codec = little_endian_at<std::uint32_t>(payload, 0);
  const auto routine = static_cast<std::uint8_t>(payload[4]), flags = static_cast<std::uint8_t>(payload[5]);
  if (routine >= kRoutines) return fail(ErrorKind::corrupt, fmt::format("there is no routine {}", routine));
  if (flags > (kPort | kBytes | kReceived)) return fail(ErrorKind::corrupt, fmt::format("a run with flags {}", flags));
  run.routine = static_cast<Routine>(routine);
  if (flags & kPort) run.port = static_cast<std::uint8_t>(payload[6]);
  run.now_ms = static_cast<std::int64_t>(little_endian_at<std::uint64_t>(payload, 7));
  run.received = (flags & kReceived) != 0;
  const std::size_t size = little_endian_at<std::uint16_t>(payload, 15);
  if (size > kMaxBytes || size > payload.size() - kRunHead) {
    return fail(ErrorKind::corrupt, fmt::format("a run with {} bytes of payload", size));
  }
  if (flags & kBytes) run.bytes = payload.substr(kRunHead, size);
  else if (size > 0) return fail(ErrorKind::corrupt, "a run with bytes that are not given");
  run.input = payload.substr(kRunHead + size);
  return run;
}

void append_hello(std::string& out) { append(out, Kind::hello, 0, std::string_view("\x01", 1)); }

Result<> parse_hello(std::string_view payload) {
  if (payload.size() == 1 && static_cast<std::uint8_t>(payload[0]) == kProtocol) return {};
  return fail(ErrorKind::corrupt, "the program qala-codec is of another version than qala");
}

void append_answer(std::string& out, std::uint32_t request, Outcome outcome, std::string_view text) {
  append_little_endian(out, static_cast<std::uint32_t>(6 + text.size()));
  out.push_back(static_cast<char>(Kind::answer));
  append_little_endian(out, request);
  out.push_back(static_cast<char>(outcome));
  out += text;
}

Result<Answer> parse_answer(std::string_view payload) {
  if (payload.empty()) return fail(ErrorKind::corrupt, "an answer without its outcome");
  const auto outcome = static_cast<std::uint8_t>(payload[0]);
  if (outcome > static_cast<std::uint8_t>(Outcome::memory)) {
    return fail(ErrorKind::corrupt, fmt::format("an answer with outcome {}", outcome));
  }
  return Answer{static_cast<Outcome>(outcome), std::string(payload.substr(1))};
}

}  // namespace qala::codec
