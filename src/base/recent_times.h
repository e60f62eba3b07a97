#pragma once

#include <cstddef>
#include <vector>

namespace qala {

/// The last so many durations in ms, for percentiles on the health page. One thread at a time.
class RecentTimes {
 public:
  explicit RecentTimes(std::size_t window) : window_(window) {}
  void add(double ms);
  /// The value below which `share` (0 to 1) of them lie; 0 while there is none.
  double percentile(double share) const;

 private:
  std::size_t window_, next_ = 0;
  std::vector<float> ms_;
};

}  // namespace qala
