#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "readings/chunk.h"
#include "readings/varint.h"

namespace qala::readings {

/// Whether each ordinal is one more than the one before: then a chunk has no column of them.
bool ordinals_are_consecutive(const Columns& columns);

/// Appends the ordinals as exceptions from what the times let expect. Nothing if there are so many of them that a
/// column is smaller. See docs/formats/chunk.md.
bool encode_ordinal_steps(const Columns& columns, std::string& out);

/// Consumes them; `into` has its times and first ordinal already. False if the bytes are none.
bool decode_ordinal_steps(Cursor& from, std::size_t rows, Columns& into);
/// Consumes them unread.
bool skip_ordinal_steps(Cursor& from, std::size_t rows);

}  // namespace qala::readings
