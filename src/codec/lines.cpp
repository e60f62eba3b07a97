#include "codec/lines.h"

#include <cmath>

#include <fmt/core.h>
#include <simdjson.h>

#include "base/hex.h"
#include "base/json_writer.h"

namespace qala::codec {

namespace {

namespace dom = simdjson::dom;

Error bad(std::string message) { return fail(ErrorKind::invalid, std::move(message)); }

std::string_view trim(std::string_view text) {
  const auto space = [](char letter) { return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n'; };
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  return text;
}

/// When it was received: ISO 8601, or a number of milliseconds.
Result<Instant> time_of(dom::element value) {
  if (std::string_view text; !value.get_string().get(text)) {
    const auto at = parse_iso(text);
    if (!at) return bad(fmt::format("recvTime \"{}\" is not a time like 2026-11-30T00:00:00Z", text));
    return *at;
  }
  double ms = 0;
  if (value.get_double().get(ms) || std::abs(ms) > 9e12) return bad("recvTime is not a time");
  return Instant::from_ms(static_cast<std::int64_t>(ms));
}

}  // namespace

struct LineParser::Scratch {
  dom::parser parser;
  std::string script;  ///< of the line before
  bool has_script = false;
};

namespace {

/// The members of one line, before they are put together.
struct Members {
  std::optional<std::string> script = {};
  bool same_script = false, cayenne = false, has_data = false;
  Routine routine = Routine::decode_uplink;
  std::optional<std::uint8_t> port = {};
  std::optional<std::string> bytes = {};
  std::optional<Instant> received = {};
  std::string input = {}, variables = {};
};

Result<std::string_view> text_of(dom::element value, std::string_view name) {
  std::string_view text;
  if (value.get_string().get(text)) return bad(fmt::format("{} is not a text", name));
  return text;
}

Result<std::string> json_of(dom::element value, std::string_view name) {
  if (!value.is_object()) return bad(fmt::format("{} is not an object", name));
  return std::string(simdjson::minify(value));
}

Result<std::uint8_t> port_of(dom::element value) {
  double number = 0;
  if (value.get_double().get(number) || number != std::floor(number) || number < 0 || number > 255) {
    return bad("fPort is not a number from 0 to 255");
  }
  return static_cast<std::uint8_t>(number);
}

/// What of `input` matters here: recvTime, and whether it has `data`.
Result<> look_into(dom::element input, Members& members) {
  members.has_data = input["data"].error() == simdjson::SUCCESS;
  if (dom::element time; !input["recvTime"].get(time)) {
    TRY(members.received, time_of(time));
  }
  return {};
}

}  // namespace

LineParser::LineParser() : scratch_(std::make_unique<Scratch>()) {}
LineParser::~LineParser() = default;

namespace {

/// Takes one member; `before` is the script of the line before.
Result<> take(std::string_view name, dom::element value, Members& members, const std::string* before) {
  if (name == "script") {
    TRY(const auto text, text_of(value, name));
    members.same_script = before && *before == text;
    if (!members.same_script) members.script = std::string(text);
    return {};
  }
  if (name == "builtin") {
    TRY(const auto text, text_of(value, name));
    if (text != "cayenne-lpp") return bad(fmt::format("there is no codec \"{}\" built in; there is cayenne-lpp", text));
    members.cayenne = true;
    return {};
  }
  if (name == "routine") {
    TRY(const auto text, text_of(value, name));
    const auto routine = routine_of(text);
    if (!routine) return bad(fmt::format("there is no routine \"{}\"", text));
    members.routine = *routine;
    return {};
  }
  if (name == "bytes") {
    TRY(const auto text, text_of(value, name));
    TRY(members.bytes, from_hex(text));
    return {};
  }
  if (name == "fPort") {
    TRY(members.port, port_of(value));
    return {};
  }
  if (name == "recvTime") {
    TRY(members.received, time_of(value));
    return {};
  }
  if (name == "input") {
    TRY(members.input, json_of(value, name));
    return look_into(value, members);
  }
  if (name == "variables") {
    TRY(members.variables, json_of(value, name));
  }
  return {};
}

}  // namespace

Result<LineRequest> LineParser::parse(std::string_view line) {
  line = trim(line);
  if (line.empty()) return bad("the line is empty");
  if (line.size() > kMaxLine) return bad(fmt::format("the line is longer than {} MB", kMaxLine >> 20));
  Scratch& scratch = *scratch_;
  dom::element document;
  dom::object object;
  if (const auto code = scratch.parser.parse(line.data(), line.size()).get(document)) {
    return bad(fmt::format("the line is not JSON: {}", simdjson::error_message(code)));
  }
  if (document.get_object().get(object)) return bad("the line is not a JSON object");
  Members members;
  for (const auto field : object) {
    TRY_VOID(take(field.key, field.value, members, scratch.has_script ? &scratch.script : nullptr));
  }
  if (!members.script && !members.same_script && !members.cayenne) return bad("the line has no script");
  if (members.script) {
    if (members.script->size() > kMaxScript)
      return bad(fmt::format("the script is longer than {} KB", kMaxScript >> 10));
    scratch.script = *members.script;
    scratch.has_script = true;
  }
  LineRequest request;
  request.script = std::move(members.script).value_or(std::string());
  request.same_script = members.same_script;
  request.cayenne = members.cayenne;
  request.run.routine = members.routine;
  request.run.port = members.port;
  request.run.bytes = std::move(members.bytes);
  request.run.received = members.received.has_value();
  if (members.received) request.run.now_ms = members.received->ms();
  request.run.input = input_of(members.routine, members.input, members.has_data, members.variables);
  return request;
}

Result<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return bad("the bytes have an odd number of hexadecimal digits");
  if (text.size() / 2 > kMaxBytes) return bad(fmt::format("there are more than {} bytes", kMaxBytes));
  if (auto bytes = qala::from_hex(text)) return std::move(*bytes);
  const auto wrong = std::ranges::find_if(text, [](char letter) { return hex_digit(letter) < 0; });
  return bad(fmt::format("the bytes are not hexadecimal at digit {}", wrong - text.begin() + 1));
}

std::string input_of(Routine routine, std::string_view input, bool has_data, std::string_view variables) {
  std::string out(input);
  const bool of_data = routine == Routine::encode_downlink || routine == Routine::normalize_uplink;
  if (of_data && !input.empty() && !has_data) out = fmt::format("{{\"data\":{}}}", input);
  if (variables.empty()) return out;
  const std::string_view rest = out.empty() ? std::string_view() : trim(std::string_view(out).substr(1));
  return fmt::format("{{\"variables\":{}{}", variables, rest.empty() || rest == "}" ? "}" : "," + std::string(rest));
}

std::string line_of(const Answer& answer) {
  if (answer.outcome == Outcome::answered) return answer.text;
  return line_of(fail(ErrorKind::invalid, answer.text));
}

std::string line_of(const Error& error) {
  std::string out;
  JsonWriter(out).object().key("errors").array().string(error.message).end().end();
  return out;
}

}  // namespace qala::codec
