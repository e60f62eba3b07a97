#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "readings/observation.h"

namespace qala::readings {

/// The readings of one datastream in strictly ascending time, as columns. What a chunk holds.
struct Columns {
  ValueType type = ValueType::decimal;
  std::int8_t scale = 0;
  std::vector<std::int64_t> time{};
  std::vector<std::int64_t> bits{};  ///< as Observation::bits at `scale`; text and json: TextRef into `text`
  /// Arrival number of each reading within its datastream (from 0). Empty: first_ordinal, +1, +2, ...
  std::vector<std::uint64_t> ordinal{};
  std::uint64_t first_ordinal = 0;
  std::vector<std::uint16_t> flags{};          ///< empty: all 0
  std::vector<std::uint8_t> tombstone{};       ///< empty: none; 1: this time was erased
  std::vector<std::int64_t> result_time{};     ///< empty: none
  std::vector<std::int64_t> interval_end{};    ///< empty: none
  std::vector<TextRef> parameters{};           ///< empty: none
  std::string text{};

  std::size_t size() const { return time.size(); }
  void clear();
};

/// Ordinals of odd rows count apart from those of plain rows, so that plain rows stay consecutive.
constexpr std::uint64_t kOddOrdinal = 1ull << 40;

/// fast: what a fresh flush uses (delta, bit packing); small: what a month keeps (entropy coded).
enum class Packing : std::uint8_t { fast, small };

/// Appends the encoded chunk, without checksum (the segment file adds it), to `out`. See docs/formats/chunk.md.
void encode_chunk(const Columns& columns, Packing packing, std::string& out);
/// Pure function over bytes; never reads past them, never makes more than `max_rows` rows.
Result<> decode_chunk(std::span<const std::byte> bytes, Columns& into, std::size_t max_rows = 1u << 22);
/// Only time and bits, and tombstones where there are any (the other vectors stay empty): what most queries need,
/// faster.
Result<> decode_values(std::span<const std::byte> bytes, Columns& into, std::size_t max_rows = 1u << 22);

/// As decode_values, but only the readings with from <= time < to; decodes little more than those of a `small` chunk.
Result<> decode_window(std::span<const std::byte> bytes, std::int64_t from, std::int64_t to, Columns& into,
                       std::size_t max_rows = 1u << 22);
/// As decode_window, with times and tombstones to rely on only: for counting.
Result<> decode_times(std::span<const std::byte> bytes, std::int64_t from, std::int64_t to, Columns& into,
                      std::size_t max_rows = 1u << 22);

}  // namespace qala::readings
