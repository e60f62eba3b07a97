#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/recent_times.h"
#include "base/time.h"
#include "ingest/device_clocks.h"
#include "ingest/submission.h"

namespace qala::ingest {

/// Why something was not taken in, how often, and the newest examples. What the health page and /metrics show.
struct Reject {
  struct Sample {
    Instant at;
    std::string text;  ///< at most 200 bytes, printable (clean_sample)
  };
  static constexpr std::size_t kSamples = 3;
  std::string reason;
  std::uint64_t count = 0;
  Instant last;
  std::vector<Sample> samples = {};  ///< newest first
};

/// What was sent, so that it can be shown: control characters and broken UTF-8 as \xNN, anything that looks like a
/// token as "…", cut at 200 bytes. Senders choose these bytes, and some send secrets in the wrong place.
std::string clean_sample(std::string_view text);

/// Counters of the room, safe from any thread (one mutex; callers add whole batches, not single readings).
class Probe {
 public:
  struct Totals {
    std::array<std::uint64_t, kTransports> by_transport{};
    std::uint64_t accepted = 0, duplicates = 0, corrected = 0, late = 0, unclaimed = 0, restamped = 0, out_of_range = 0;
    std::uint64_t commits = 0;
  };
  /// Latencies of the commits asked for, in ms.
  struct Lag {
    double commit_p50 = 0, commit_p99 = 0, rules_p50 = 0, rules_p99 = 0;
  };

  void accepted(Transport transport, const Report& report);
  void restamped(std::uint64_t n);
  void out_of_range(std::uint64_t n);
  void reject(std::string_view reason, std::uint64_t n, std::string_view sample, Instant now);
  /// `commit_ns`: from taking the oldest submission of the group to the commit on disk; `rules_ns`: until the listeners
  /// had run as well; `now_ns`: monotonic.
  void committed(std::int64_t commit_ns, std::int64_t rules_ns, std::int64_t now_ns);
  /// A reading came whose device has a clock of its own, and it showed `ahead_ns` more than ours.
  void device_clock(std::uint64_t source, std::int64_t ahead_ns, std::int64_t now_ns) {
    const std::lock_guard lock(mutex_);
    clocks_.add(source, ahead_ns, now_ns);
  }

  Totals totals() const;
  std::vector<Reject> rejects() const;
  /// Of the last few thousand commits after `since_ns` (monotonic).
  Lag lag(std::int64_t since_ns) const;
  /// How far most devices' clocks are ahead of ours, in seconds; none: too few say the same.
  std::optional<double> clock_offset(std::int64_t now_ns) const {
    const std::lock_guard lock(mutex_);
    return clocks_.offset_s(now_ns);
  }

 private:
  static constexpr std::size_t kWindow = 4096;
  mutable std::mutex mutex_;
  Totals totals_;
  std::map<std::string, Reject, std::less<>> rejects_;
  RecentTimes commits_{kWindow}, rules_{kWindow};
  DeviceClocks clocks_;
};

}  // namespace qala::ingest
