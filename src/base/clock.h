#pragma once

#include <atomic>

#include "base/time.h"

namespace qala {

/// Where the time comes from. Handed in through constructors; only base/ asks the system.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall clock, UTC. May jump.
  virtual Instant now() const = 0;
  /// Nanoseconds since an arbitrary start; never goes back.
  virtual std::int64_t monotonic_ns() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  std::int64_t monotonic_ns() const override;
};

/// For tests: stands still until told. Safe to read from other threads.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Instant start = Instant::from_seconds(1'768'660'800)) : now_(start.ns) {}
  Instant now() const override { return {now_.load()}; }
  std::int64_t monotonic_ns() const override { return monotonic_.load(); }
  void advance(Duration d) {
    now_ += d.count();
    monotonic_ += d.count();
  }
  void set(Instant at) { now_ = at.ns; }

 private:
  std::atomic<std::int64_t> now_;
  std::atomic<std::int64_t> monotonic_{0};
};

}  // namespace qala
