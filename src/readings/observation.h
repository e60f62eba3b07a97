#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace qala::readings {

/// How a result is held. decimal: mantissa x 10^-scale, digits kept exactly as sent; text and json: bytes in the batch.
enum class ValueType : std::uint8_t { decimal = 0, real = 1, integer = 2, boolean = 3, text = 4, json = 5 };

/// Bits of Observation::flags. Kept in the sidecar, never needed to read a value.
namespace flag {
constexpr std::uint16_t server_time = 1 << 0;  ///< the device sent no time: ours
constexpr std::uint16_t clock_doubt = 1 << 1;  ///< stamped while our own clock was not believable
constexpr std::uint16_t late = 1 << 2;  ///< more than 26 h older than the newest of its datastream
constexpr std::uint16_t corrected = 1 << 3;  ///< replaced an earlier value of the same time
constexpr std::uint16_t out_of_range = 1 << 4;  ///< outside the plausible range of its observed property
constexpr std::uint16_t doubtful = 1 << 5;  ///< a quality check found it suspect
constexpr std::uint16_t by_hand = 1 << 6;
constexpr std::uint16_t derived = 1 << 7;
}  // namespace flag

/// One reading: 24 bytes, no owner. `bits` is the mantissa (decimal), the double's bits (real), the number (integer),
/// 0/1 (boolean) or a TextRef into Batch::text (text, json).
struct Observation {
  DatastreamId datastream;
  std::uint16_t flags = 0;
  ValueType type = ValueType::decimal;
  std::int8_t scale = 0;
  std::int64_t time = 0;  ///< phenomenon time, UTC nanoseconds (Instant::ns)
  std::int64_t bits = 0;
};
static_assert(sizeof(Observation) == 24);

/// Where a text or json value lies in Batch::text.
struct TextRef {
  std::uint64_t offset = 0;  ///< < 2^40
  std::uint32_t length = 0;  ///< < 2^24
  constexpr std::int64_t bits() const { return static_cast<std::int64_t>(offset << 24 | length); }
  static constexpr TextRef from_bits(std::int64_t bits) {
    return {static_cast<std::uint64_t>(bits) >> 24, static_cast<std::uint32_t>(bits & 0xffffff)};
  }
};

/// The columns few readings have; `row` indexes Batch::rows.
struct Extra {
  std::uint32_t row = 0;
  std::int64_t result_time = 0;  ///< 0: none
  std::int64_t interval_end = 0;  ///< 0: an instant
  TextRef parameters;  ///< JSON object; length 0: none
};

/// A span of readings on its way: what a transport hands over, what a commit holds.
struct Batch {
  std::vector<Observation> rows;
  std::vector<Extra> extras;  ///< by ascending row
  std::string text;

  std::string_view text_of(std::int64_t bits) const {
    const auto ref = TextRef::from_bits(bits);
    return std::string_view(text).substr(ref.offset, ref.length);
  }
  void clear() {
    rows.clear();
    extras.clear();
    text.clear();
  }
};

/// The value as a number, for limits, means and graphs: NaN for text and json.
double as_number(ValueType type, std::int8_t scale, std::int64_t bits);

}  // namespace qala::readings
