#include "readings/odd_rows.h"

#include <algorithm>
#include <iterator>

namespace qala::readings {

/// The last leaf that begins at or before `time`, else the first.
std::size_t OddRows::leaf_of(std::int64_t time) const {
  const auto after = std::upper_bound(leaves_.begin(), leaves_.end(), time,
                                      [](std::int64_t t, const auto& leaf) { return t < leaf.front().time; });
  return after == leaves_.begin() ? 0 : static_cast<std::size_t>(after - leaves_.begin()) - 1;
}

const OddRow* OddRows::find(std::int64_t time) const {
  if (leaves_.empty()) return nullptr;
  const auto& leaf = leaves_[leaf_of(time)];
  const auto at = std::ranges::lower_bound(leaf, time, {}, &OddRow::time);
  return at != leaf.end() && at->time == time ? &*at : nullptr;
}

std::pair<OddRow*, bool> OddRows::insert(const OddRow& row) {
  if (leaves_.empty()) {
    leaves_.push_back({row});
    size_ = 1;
    return {&leaves_.front().front(), true};
  }
  std::size_t index = leaf_of(row.time);
  auto at = std::ranges::lower_bound(leaves_[index], row.time, {}, &OddRow::time);
  if (at != leaves_[index].end() && at->time == row.time) return {&*at, false};
  if (leaves_[index].size() >= kLeaf) {
    const auto middle = leaves_[index].begin() + kLeaf / 2;
    std::vector<OddRow> upper(middle, leaves_[index].end());
    leaves_[index].erase(middle, leaves_[index].end());
    const bool into_upper = row.time > upper.front().time;
    leaves_.insert(leaves_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(upper));
    if (into_upper) index++;
    at = std::ranges::lower_bound(leaves_[index], row.time, {}, &OddRow::time);
  }
  size_++;
  return {&*leaves_[index].insert(at, row), true};
}

}  // namespace qala::readings
