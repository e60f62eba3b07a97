#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "readings/codec.h"

namespace qala::readings {

/// Appends the time column of a chunk: strictly ascending UTC nanoseconds. See docs/formats/chunk.md.
void encode_times(std::span<const std::int64_t> times, Packing packing, std::string& out);

/// A time column opened for decoding. Valid as long as the bytes under the cursor.
class TimeColumn {
 public:
  /// Consumes the column from the cursor; false if it is none.
  bool open(Cursor& from, std::size_t rows);
  /// All times, strictly ascending; false if the bytes do not give that.
  bool decode(std::vector<std::int64_t>& into);
  /// Those with from <= time < to, and the row of the first of them.
  bool decode_window(std::int64_t from, std::int64_t to, std::size_t& begin, std::vector<std::int64_t>& into);

 private:
  enum class Form : std::uint8_t { regular = 0, column = 1, grid = 2 };
  /// From `row` on, a reading's place on the grid is its row + `shift`.
  struct Gap {
    std::size_t row = 0;
    std::int64_t shift = 0;
  };

  bool open_grid(Cursor& from);
  std::size_t first_row_at(std::int64_t place) const;
  std::int64_t places_until(std::int64_t time) const;
  bool decode_rows(std::size_t begin, std::size_t end, std::vector<std::int64_t>& into);

  Form form_ = Form::regular;
  std::size_t rows_ = 0;
  std::int64_t unit_ = 1;
  std::int64_t first_ = 0;  ///< in units
  std::int64_t step_ = 0;
  std::int64_t reach_ = 0;  ///< how far from its place on the grid a reading is at most
  std::vector<Gap> gaps_;   ///< the first one at row 0
  NumberColumn column_;
};

/// The coarsest of 1 s, 1 ms, 1 us, 1 ns (as 3, 2, 1, 0) that divides all of them.
unsigned common_unit(std::span<const std::int64_t> times);
constexpr std::int64_t kUnits[] = {1, 1'000, 1'000'000, 1'000'000'000};
/// Divides each by kUnits[unit], which divides them.
void divide_by_unit(std::span<std::int64_t> times, unsigned unit);

}  // namespace qala::readings
