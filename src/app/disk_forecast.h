#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace qala::app {

/// How many days the disk lasts: what was free over the last week, sampled every hour, kept in DATA/disk-history across
/// restarts. A line through the samples: its slope is what a day costs. One thread at a time.
class DiskForecast {
 public:
  static constexpr std::int64_t kEvery = Instant::kHour;
  static constexpr std::int64_t kWindow = 7 * Instant::kDay;
  static constexpr std::int64_t kLeast = Instant::kDay;  ///< below that nothing is foretold

  explicit DiskForecast(std::string path);

  /// True when it is time for the next sample.
  bool due(Instant now) const;
  /// Takes one; forgets what is older than the window. Written durably: an error says so, the sample counts anyway.
  Result<> sample(Instant now, std::uint64_t free);
  /// Days until nothing is left; none: it does not shrink, or too little is known.
  std::optional<double> days_left(std::uint64_t free) const;

 private:
  struct Sample {
    Instant at;
    std::uint64_t free = 0;
  };
  void load();
  Result<> save() const;

  std::string path_;
  std::vector<Sample> samples_;  ///< oldest first
};

}  // namespace qala::app
