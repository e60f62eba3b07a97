#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace qala::sparkplug {

/// Data types by Sparkplug's numbers, those that are read.
enum class DataType : std::uint32_t {
  unknown = 0,
  int8 = 1,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64,
  boolean,
  text,  ///< String
  date_time,
  long_text,  ///< Text
  uuid,
};

struct Metric {
  std::optional<std::string> name = {};
  std::optional<std::uint64_t> alias = {};
  std::optional<std::uint64_t> timestamp_ms = {};
  std::uint32_t datatype = 0;  ///< as it came; 0: not said
  bool historical = false, null = false;
  /// As on the wire: numbers without a sign. monostate: none, or of a kind that is not read.
  std::variant<std::monostate, std::uint64_t, float, double, bool, std::string> value = {};
};

struct Payload {
  std::optional<std::uint64_t> timestamp_ms = {};
  std::optional<std::uint64_t> seq = {};
  bool compressed = false;  ///< an extension of some senders
  bool too_many = false;    ///< metrics: none of them is here
  std::vector<Metric> metrics = {};
};

constexpr std::size_t kMostMetrics = 20'000;  ///< of one message

/// `invalid`: not a payload. Pure.
Result<Payload> parse_payload(std::string_view bytes);
/// A command: Node Control/Rebirth = true.
std::string rebirth_command(std::int64_t now_ms);

}  // namespace qala::sparkplug
