#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "readings/chunk.h"
#include "readings/varint.h"

namespace qala::readings {

/// The time column of a chunk: strictly ascending UTC nanoseconds. See docs/formats/chunk.md.
void encode_times(std::span<const std::int64_t> times, Packing packing, std::string& out);
/// Exactly `into.size()` times, strictly ascending; false if the bytes do not give that.
bool decode_times(Cursor& from, std::span<std::int64_t> into);

/// The coarsest of 1 s, 1 ms, 1 us, 1 ns (as 3, 2, 1, 0) that divides all of them.
unsigned common_unit(std::span<const std::int64_t> times);
constexpr std::int64_t kUnits[] = {1, 1'000, 1'000'000, 1'000'000'000};

}  // namespace qala::readings
