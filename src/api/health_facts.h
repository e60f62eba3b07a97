#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/context.h"
#include "base/file.h"

namespace qala::api {

/// What the health page, /health and /metrics speak of, as it was at one moment.
struct HealthFacts {
  Instant now = {};
  std::string version = {};
  readings::StoreHealth store = {};
  DiskSpace disk = {};
  ServiceHealth service = {};
  ingest::Probe::Totals ingest = {};
  ingest::Probe::Lag lag = {};
  std::vector<ingest::Reject> rejects = {};
  double readings_per_s = 0;
  std::size_t writer_queue = 0, pool_queue = 0, waiting_rows = 0;
  alarms::Counts alarms = {};
  access::Counters access = {};
};

/// Something that is not as it should be. `code` is what the screens translate, `text` is for logs and scripts.
struct HealthProblem {
  std::string code;
  int severity = 2;  ///< as of alarms: 1 the worst
  std::string text;
};

/// Everything that degrades, the worst first. A pure function: whatever is here becomes a banner on every screen.
std::vector<HealthProblem> find_problems(const HealthFacts& facts);
/// A clock that stands before this program was made is not believed.
bool clock_believable(Instant now);
/// Readings are taken in now.
bool is_ready(const HealthFacts& facts);

/// Gathers the facts. Network thread. `context` must outlive it.
class HealthWatch {
 public:
  explicit HealthWatch(const Context& context) : context_(context) {}
  /// As they are now.
  const HealthFacts& fresh();
  /// At most a second old: what anybody may ask for must cost little.
  const HealthFacts& recent();

 private:
  double rate(std::uint64_t accepted);

  const Context& context_;
  HealthFacts facts_;
  std::int64_t gathered_ns_ = 0;
  std::uint64_t accepted_before_ = 0;
  std::int64_t before_ns_ = 0;
  double rate_ = 0;
};

/// The body of GET /api/v1/health.
std::string render_health(const HealthFacts& facts);
/// The body of GET /metrics.
std::string render_metrics(const HealthFacts& facts);

}  // namespace qala::api
