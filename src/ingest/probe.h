#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/recent_times.h"
#include "base/time.h"
#include "ingest/submission.h"

namespace qala::ingest {

/// Why something was not taken in, how often, and the newest example. What the health page and /metrics show.
struct Reject {
  std::string reason;
  std::uint64_t count = 0;
  Instant last;
  std::string sample;  ///< at most 200 bytes; never a secret
};

/// Counters of the room, safe from any thread (one mutex; callers add whole batches, not single readings).
class Probe {
 public:
  struct Totals {
    std::array<std::uint64_t, kTransports> by_transport{};
    std::uint64_t accepted = 0, duplicates = 0, corrected = 0, late = 0, unclaimed = 0, restamped = 0, out_of_range = 0;
    std::uint64_t commits = 0;
  };
  /// Latencies of the last few thousand commits, in ms.
  struct Lag {
    double commit_p50 = 0, commit_p99 = 0, rules_p99 = 0;
  };

  void accepted(Transport transport, const Report& report);
  void restamped(std::uint64_t n);
  void out_of_range(std::uint64_t n);
  void reject(std::string_view reason, std::uint64_t n, std::string_view sample, Instant now);
  /// `commit_ns`: from taking the oldest submission of the group to the commit on disk; `rules_ns`: until the listeners
  /// had run as well.
  void committed(std::int64_t commit_ns, std::int64_t rules_ns);

  Totals totals() const;
  std::vector<Reject> rejects() const;
  Lag lag() const;

 private:
  static constexpr std::size_t kWindow = 4096;
  mutable std::mutex mutex_;
  Totals totals_;
  std::map<std::string, Reject, std::less<>> rejects_;
  RecentTimes commits_{kWindow}, rules_{kWindow};
};

}  // namespace qala::ingest
