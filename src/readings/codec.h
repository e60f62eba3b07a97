#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "readings/chunk.h"
#include "readings/modelled.h"
#include "readings/varint.h"

namespace qala::readings {

/// One column of whole numbers, self-contained but for its length in rows. Pure functions; see docs/formats/column.md.
void encode_numbers(std::span<const std::int64_t> numbers, Packing packing, std::string& out);
/// Exactly `into.size()` numbers. False if the bytes are not a column.
bool decode_numbers(Cursor& from, std::span<std::int64_t> into);

/// A column opened so that a part of it can be decoded: modelled ones decode only the blocks asked for, the others
/// are decoded whole by open(). Valid as long as the bytes under the cursor.
class NumberColumn {
 public:
  /// Consumes the column from the cursor; false if it is none.
  bool open(Cursor& from, std::size_t rows);
  /// Rows [begin, end), as many as `into` holds; end <= rows.
  bool decode(std::size_t begin, std::size_t end, std::span<std::int64_t> into);

 private:
  bool is_modelled_ = false;
  ModelledColumn modelled_;
  std::vector<std::int64_t> whole_;
};

/// Bytes with their length before them, compressed where that helps.
void encode_text(std::string_view text, Packing packing, std::string& out);
/// False if the bytes are none, or would give more than `limit`.
bool decode_text(Cursor& from, std::size_t limit, std::string& into);

}  // namespace qala::readings
