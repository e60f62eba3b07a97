#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace qala {

/// The last so many durations in ms, for percentiles on the health page. One thread at a time.
class RecentTimes {
 public:
  explicit RecentTimes(std::size_t window) : window_(window) {}
  /// `now_ns`: monotonic.
  void add(double ms, std::int64_t now_ns = 0);
  /// The value below which `share` (0 to 1) of them lie, of those added after `since_ns`; 0 while there is none.
  double percentile(double share, std::int64_t since_ns = std::numeric_limits<std::int64_t>::min()) const;

 private:
  struct Entry {
    std::int64_t at = 0;
    float ms = 0;
  };
  std::size_t window_, next_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace qala
