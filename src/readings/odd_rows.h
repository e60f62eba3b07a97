#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "readings/observation.h"

namespace qala::readings {

/// A reading that does not fit the plain columns of its datastream: out of order, corrected, of another type, or with
/// result time, interval or parameters.
struct OddRow {
  std::int64_t time = 0;
  std::int64_t bits = 0;
  std::uint64_t ordinal = 0;
  std::uint32_t extra = 0;  ///< 1 + index into the table's extras; 0: none
  std::uint16_t flags = 0;
  ValueType type = ValueType::decimal;
  std::int8_t scale = 0;
};
static_assert(sizeof(OddRow) == 32);

/// Odd rows of one datastream by time, one per time. A two-level tree: a million shuffled insertions stay cheap.
class OddRows {
 public:
  /// The row of that time and true if it is new. Else the row that is there, unchanged, and false.
  std::pair<OddRow*, bool> insert(const OddRow& row);
  const OddRow* find(std::int64_t time) const;
  std::size_t size() const { return size_; }
  std::int64_t first_time() const { return leaves_.front().front().time; }
  std::int64_t last_time() const { return leaves_.back().back().time; }

  /// Rows with from <= time < to, in time order.
  template <class Visit>
  void each(std::int64_t from, std::int64_t to, Visit visit) const {
    for (std::size_t leaf = leaf_of(from); leaf < leaves_.size(); leaf++) {
      for (const OddRow& row : leaves_[leaf]) {
        if (row.time >= to) return;
        if (row.time >= from) visit(row);
      }
    }
  }

 private:
  static constexpr std::size_t kLeaf = 256;
  std::size_t leaf_of(std::int64_t time) const;

  std::vector<std::vector<OddRow>> leaves_;
  std::size_t size_ = 0;
};

}  // namespace qala::readings
