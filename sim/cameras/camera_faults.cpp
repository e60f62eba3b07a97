#include "sim/cameras/camera_faults.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <charconv>
#include <limits>
#include <optional>
#include <sstream>
#include <vector>

namespace qala::sim {

namespace {

constexpr std::array<std::string_view, 20> kNames{
    "cut",    "silent", "loss",  "badbytes", "jump",         "clock",      "drift",  "stamps", "nokey", "resolution",
    "freeze", "cover",  "glare", "move",     "unauthorized", "digestonly", "motion", "input",  "nat",   "clear"};
constexpr double kMaxSeconds = 1e8;

Error bad(std::string_view line, const std::string& why) {
  return fail(ErrorKind::invalid, "\"" + std::string(line) + "\": " + why + "; as in \"cut 17 20s\", \"loss 3-9 2%\"");
}

/// "20s", "+3600", "2%", "50ppm": the number, and what stands behind it.
std::optional<std::pair<double, std::string_view>> measure(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || !std::isfinite(value) || std::abs(value) > kMaxSeconds) return std::nullopt;
  return std::pair{value, text.substr(static_cast<std::size_t>(end - text.data()))};
}

bool cameras_of(std::string_view word, CameraFault& fault) {
  if (word == "all") {
    fault.to = std::numeric_limits<std::uint32_t>::max();
    return true;
  }
  const char* end = word.data() + word.size();
  auto [at, code] = std::from_chars(word.data(), end, fault.from);
  fault.to = fault.from;
  if (code == std::errc() && at != end && *at == '-') {
    const auto second = std::from_chars(at + 1, end, fault.to);
    at = second.ptr;
    code = second.ec;
  }
  return code == std::errc() && at == end && fault.from <= fault.to;
}

/// What a kind's value is written with; nothing: it has none.
std::optional<std::string_view> value_unit(FaultKind kind) {
  switch (kind) {
    case FaultKind::loss: return "%";
    case FaultKind::drift: return "ppm";
    case FaultKind::jump:
    case FaultKind::clock: return "";
    default: return std::nullopt;
  }
}

}  // namespace

Result<CameraFault> parse_camera_fault(std::string_view line) {
  std::istringstream in{std::string(line)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  const auto name = words.empty() ? kNames.end() : std::find(kNames.begin(), kNames.end(), words[0]);
  if (name == kNames.end()) return bad(line, "no fault of that name");
  CameraFault fault{.kind = static_cast<FaultKind>(name - kNames.begin())};
  if (words.size() < 2 || !cameras_of(words[1], fault)) return bad(line, "which camera?");
  std::size_t next = 2;
  if (const auto unit = value_unit(fault.kind)) {
    const auto value = next < words.size() ? measure(words[next]) : std::nullopt;
    if (!value || (value->second != *unit && !(unit->empty() && value->second == "s")))
      return bad(line, "a number is missing, like +3600, 2% or 200ppm");
    fault.value = fault.kind == FaultKind::loss ? value->first / 100 : value->first;
    if (fault.kind == FaultKind::loss && (fault.value < 0 || fault.value > 1)) return bad(line, "0% to 100%");
    next++;
  }
  if (next < words.size()) {
    const auto lasts = measure(words[next++]);
    if (!lasts || lasts->first <= 0 || (lasts->second != "s" && lasts->second != "m"))
      return bad(line, "a duration is 20s or 5m");
    fault.seconds = lasts->first * (lasts->second == "m" ? 60 : 1);
  }
  if (next < words.size()) return bad(line, "too many words");
  if (fault.kind == FaultKind::cut && fault.seconds == 0) fault.seconds = 20;
  return fault;
}

void Ailments::add(const CameraFault& fault, std::int64_t now_ns) {
  switch (fault.kind) {
    case FaultKind::clear: *this = Ailments(); return;
    case FaultKind::jump: jump_ += fault.value; return;
    case FaultKind::clock: clock_ += fault.value; return;
    case FaultKind::resolution: small_ = !small_; return;
    case FaultKind::move: elsewhere_ = !elsewhere_; return;
    case FaultKind::loss: loss_ = fault.value; break;
    case FaultKind::drift:
      jump_ = ahead(now_ns);
      ppm_ = fault.value;
      drifts_since_ = now_ns;
      break;
    default: break;
  }
  until_[static_cast<std::size_t>(fault.kind)] = fault.seconds == 0
                                                     ? std::numeric_limits<std::int64_t>::max()
                                                     : now_ns + static_cast<std::int64_t>(fault.seconds * 1e9);
}

bool Ailments::is(FaultKind kind, std::int64_t now_ns) const { return now_ns < until_[static_cast<std::size_t>(kind)]; }

double Ailments::ahead(std::int64_t now_ns) const {
  const std::int64_t until = std::min(now_ns, until_[static_cast<std::size_t>(FaultKind::drift)]);
  return jump_ + (until > drifts_since_ ? ppm_ * 1e-6 * static_cast<double>(until - drifts_since_) / 1e9 : 0);
}

}  // namespace qala::sim
