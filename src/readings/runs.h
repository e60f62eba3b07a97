#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "readings/chunk.h"
#include "base/result.h"
#include "readings/values.h"

namespace qala::readings {

/// Rows [begin, end) of columns, one of several sources of one datastream. The higher priority came later.
struct Run {
  const Columns* columns = nullptr;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::uint64_t priority = 0;
  std::int64_t first() const { return columns->time[begin]; }
  std::int64_t last() const { return columns->time[end - 1]; }
};

/// A piece of the merged rows: strictly ascending times from slice to slice.
struct Slice {
  const Columns* columns = nullptr;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool corrected = false;  ///< its one row replaced an earlier value
};

Value value_of(const Columns& columns, std::size_t row);
std::string_view text_of(const Columns& columns, std::int64_t bits);
inline std::uint64_t ordinal_of(const Columns& columns, std::size_t row) {
  return columns.ordinal.empty() ? columns.first_ordinal + row : columns.ordinal[row];
}

/// Told of each row that is not in the merged result; `duplicate`: equal to the one that is.
using Dropped = std::function<void(const Columns& columns, std::size_t row, bool duplicate)>;

/// Merges runs into one row per time: the later value counts, but of equal values the earlier row stays.
/// Runs are reordered; empty ones allowed. Appends to `out`.
void merge_runs(std::vector<Run>& runs, std::vector<Slice>& out, const Dropped& dropped = {});

/// Collects slices into columns of one type and scale, handing them on when full or when the type changes.
class Assembler {
 public:
  using Sink = std::function<Result<>(const Columns&)>;
  static constexpr std::size_t kChunkText = 64u << 20;  ///< a quarter of what decoding a chunk takes
  Assembler(std::size_t max_rows, Sink sink, std::size_t max_text = kChunkText)
      : max_rows_(max_rows), max_text_(max_text), sink_(std::move(sink)) {}
  Result<> add(const Slice& slice);
  /// Hands on what is left.
  Result<> flush();

 private:
  std::size_t fitting_end(const Columns& from, std::size_t begin, std::size_t end) const;
  bool unify(const Columns& from, std::size_t begin, std::size_t end);
  void append(const Columns& from, std::size_t begin, std::size_t end, bool corrected);
  void append_ordinals(const Columns& from, std::size_t begin, std::size_t end);

  const std::size_t max_rows_;
  const std::size_t max_text_;
  Sink sink_;
  Columns out_;
};

}  // namespace qala::readings
