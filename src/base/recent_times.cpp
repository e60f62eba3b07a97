#include "base/recent_times.h"

#include <algorithm>

namespace qala {

void RecentTimes::add(double ms) {
  if (ms_.size() < window_) {
    ms_.push_back(static_cast<float>(ms));
    return;
  }
  ms_[next_] = static_cast<float>(ms);
  next_ = (next_ + 1) % window_;
}

double RecentTimes::percentile(double share) const {
  if (ms_.empty()) return 0;
  auto sorted = ms_;
  const auto at = static_cast<std::ptrdiff_t>(static_cast<double>(sorted.size() - 1) * share);
  std::ranges::nth_element(sorted, sorted.begin() + at);
  return sorted[static_cast<std::size_t>(at)];
}

}  // namespace qala
