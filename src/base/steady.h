#pragma once

#include <cstdlib>
#include <optional>

#include "base/clock.h"

namespace qala {

/// Notices jumps of the wall clock by holding it against the monotonic one. What erases by age asks it first: a clock
/// that was set wrong for a moment must not cost a year. One thread; look() at least once an hour.
class WallWatch {
 public:
  static constexpr std::int64_t kJump = Instant::kMinute;
  static constexpr std::int64_t kSteady = 10 * Instant::kMinute;  ///< after a jump, before anything is erased by age

  explicit WallWatch(const Clock& clock)
      : clock_(clock), offset_(clock.now().ns - clock.monotonic_ns()), since_(clock.monotonic_ns()) {}

  /// How far it jumped since the last look, in ns, if it did.
  std::optional<std::int64_t> look() {
    const std::int64_t monotonic = clock_.monotonic_ns();
    const std::int64_t offset = clock_.now().ns - monotonic;
    const std::int64_t jump = offset - offset_;
    offset_ = offset;
    if (std::abs(jump) <= kJump) return std::nullopt;
    since_ = monotonic;
    return jump;
  }
  bool steady() const { return steady_ns() >= kSteady; }
  /// For how long it has not jumped, in ns, as far as was looked.
  std::int64_t steady_ns() const { return clock_.monotonic_ns() - since_; }

 private:
  const Clock& clock_;
  std::int64_t offset_, since_;  ///< wall minus monotonic clock; monotonic
};

}  // namespace qala
