#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace qala::api {

/// How a counter grew over the last six hours, by the minute, and over the last minute, by the second. In memory only.
/// One thread at a time.
class CounterTrend {
 public:
  static constexpr std::size_t kMinutes = 360;

  /// About once a second. `now_ns`: monotonic.
  void add(std::int64_t now_ns, std::uint64_t value);
  /// A second, over the last `seconds`, or as long as it is known.
  double rate(std::int64_t seconds) const;
  /// How much it grew in the last `seconds`.
  std::uint64_t grown(std::int64_t seconds) const;
  /// How much it grew in each of the last whole minutes, oldest first; empty in the first minute.
  std::vector<std::uint64_t> minutes() const;

 private:
  struct Sample {
    std::int64_t at = 0;
    std::uint64_t value = 0;
  };
  const Sample& before(std::int64_t at) const;

  std::deque<Sample> seconds_, minutes_;  ///< oldest first
};

/// The highest of each of the last minutes of something that goes up and down.
class GaugeTrend {
 public:
  void add(std::int64_t now_ns, double value);
  /// Of the last whole minutes, oldest first.
  std::vector<double> minutes() const;

 private:
  std::deque<double> highest_;  ///< the last one is of the running minute
  std::int64_t minute_ = 0;
};

}  // namespace qala::api
