#include "base/recent_times.h"

#include <algorithm>

namespace qala {

void RecentTimes::add(double ms, std::int64_t now_ns) {
  const Entry entry{.at = now_ns, .ms = static_cast<float>(ms)};
  if (entries_.size() < window_) {
    entries_.push_back(entry);
    return;
  }
  entries_[next_] = entry;
  next_ = (next_ + 1) % window_;
}

double RecentTimes::percentile(double share, std::int64_t since_ns) const {
  std::vector<float> sorted;
  sorted.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    if (entry.at >= since_ns) sorted.push_back(entry.ms);
  }
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(static_cast<double>(sorted.size() - 1) * share);
  std::ranges::nth_element(sorted, sorted.begin() + at);
  return sorted[static_cast<std::size_t>(at)];
}

}  // namespace qala
