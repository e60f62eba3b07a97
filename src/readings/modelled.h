#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "readings/entropy.h"
#include "readings/predictor.h"

namespace qala::readings {

/// Rows of a block: what is decoded at once when only a part of a column is wanted.
constexpr std::size_t kBlockRows = 512;

/// Appends the body of a modelled column: predictor, frequencies, blocks. False (and nothing appended) if the numbers
/// are too far apart for it. See docs/formats/column.md.
bool encode_modelled(std::span<const std::int64_t> numbers, std::string& out);

/// A modelled column opened for decoding. Valid as long as the bytes under the cursor.
class ModelledColumn {
 public:
  /// Consumes the whole column from the cursor.
  bool open(Cursor& from, std::size_t rows);
  /// Decodes the blocks that hold [begin, end) of the rows; `into` gets exactly those rows.
  bool decode(std::size_t begin, std::size_t end, std::span<std::int64_t> into);

 private:
  /// As many rows of the block, from its first one, as `into` holds.
  bool decode_block(std::size_t block, std::span<std::int64_t> into);

  std::size_t rows_ = 0;
  std::int64_t low_ = 0;
  std::int64_t divisor_ = 1;
  Predictor predictor_;
  Frequencies frequencies_;
  BlockDecoder decoder_;
  std::vector<std::span<const std::byte>> blocks_;
};

}  // namespace qala::readings
