#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "readings/chunk.h"
#include "readings/varint.h"

namespace qala::readings {

/// One column of whole numbers, self-contained but for its length in rows. Pure functions; see docs/formats/column.md.
void encode_numbers(std::span<const std::int64_t> numbers, Packing packing, std::string& out);
/// Exactly `into.size()` numbers. False if the bytes are not a column.
bool decode_numbers(Cursor& from, std::span<std::int64_t> into);

/// Bytes with their length before them, compressed where that helps.
void encode_text(std::string_view text, Packing packing, std::string& out);
/// False if the bytes are none, or would give more than `limit`.
bool decode_text(Cursor& from, std::size_t limit, std::string& into);

}  // namespace qala::readings
