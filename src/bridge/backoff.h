#pragma once

#include <algorithm>
#include <cstdint>

#include "base/random.h"
#include "base/time.h"

namespace qala::bridge {

/// How long to wait before the next attempt: up to 2 s, 4 s … 60 s, never less than half of it, by chance in between,
/// so that a hundred towns do not come back to their broker in the same second.
class Backoff {
 public:
  static constexpr std::int64_t kFirst = 2 * Instant::kSecond, kLongest = 60 * Instant::kSecond;
  explicit Backoff(Random& random) : random_(random) {}

  std::int64_t next_ns() {
    const std::int64_t half = most_ / 2;
    const std::int64_t pause = half + static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(half + 1));
    most_ = std::min(most_ * 2, kLongest);
    return pause;
  }
  void reset() { most_ = kFirst; }

 private:
  Random& random_;
  std::int64_t most_ = kFirst;
};

}  // namespace qala::bridge
