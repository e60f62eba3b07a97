#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "api/context.h"
#include "api/problems.h"
#include "api/trend.h"
#include "base/file.h"
#include "base/told.h"
#include "bridge/health.h"
#include "lorawan/health.h"

namespace qala::api {

/// What happened lately: how much counters have grown.
struct RecentEvents {
  std::uint64_t busy = 0, not_stored = 0;  ///< readings refused, readings that could not be stored: of the last minute
  std::uint64_t readings_10_min = 0, readings_hour = 0;
  int active_tens = 0;  ///< of the five spells of ten minutes before the last: in how many readings came
  /// Of the last ten minutes:
  std::uint64_t slow_streams = 0, mqtt_dropped = 0, mqtt_full = 0, mqtt_unwritten = 0;
  std::uint64_t unclaimed_dropped = 0, errors = 0;
};

/// Readings a second, of one transport.
struct IngestRate {
  double ten_s = 0, minute = 0, hour = 0;
};

/// What the health page, /health and /metrics speak of, as it was at one moment.
struct HealthFacts {
  Instant now = {};
  std::string version = {};
  readings::StoreHealth store = {};
  DiskSpace disk = {};
  ServiceHealth service = {};
  ingest::Probe::Totals ingest = {};
  ingest::Probe::Lag lag = {};  ///< of the last minute
  std::vector<ingest::Reject> rejects = {};
  std::array<IngestRate, ingest::kTransports> rates = {};
  IngestRate rate = {};  ///< of all
  RecentEvents recent = {};
  std::optional<double> clock_offset_s = {};  ///< devices' clocks ahead of ours
  std::size_t writer_queue = 0, pool_queue = 0, waiting_rows = 0;
  std::string rules_problem = {};  ///< a rule file that does not read
  alarms::Counts alarms = {}, exercise = {};  ///< all in the tray; of them those of an exercise
  access::Counters access = {};
  std::string provider_problem =
      {};  ///< why nobody can sign in at the identity provider; empty: they can, or there is none
  notify::Health notify = {};
  lorawan::Health lorawan = {};
  std::vector<bridge::Health> bridges = {};
  std::vector<log::Told> told = {};  ///< warnings and errors of the log
  std::vector<HealthProblem> problems = {};
};

/// A clock that stands before this program was made is not believed.
bool clock_believable(Instant now);
/// Readings are taken in now.
bool is_ready(const HealthFacts& facts);
/// Something that somebody must see to: what is of severity 1 or 2.
bool is_degraded(const HealthFacts& facts);

/// Gathers the facts, keeps how they went over the last six hours, and judges them. Network thread. `context` must
/// outlive it.
class HealthWatch {
 public:
  explicit HealthWatch(const Context& context) : context_(context) {}
  /// How LoRaWAN does; network thread.
  void set_lorawan(std::function<lorawan::Health()> look) { lorawan_ = std::move(look); }
  /// How the bridges do; network thread.
  void set_bridges(std::function<std::vector<bridge::Health>()> look) { bridges_ = std::move(look); }
  /// As they are now.
  const HealthFacts& fresh();
  /// At most a second old: what anybody may ask for must cost little.
  const HealthFacts& recent();
  /// Once a second: the trends want it.
  void tick() { fresh(); }
  /// The body of GET /api/v1/health/history.
  std::string render_history() const;

 private:
  void follow();
  RecentEvents events() const;

  const Context& context_;
  std::function<lorawan::Health()> lorawan_;
  std::function<std::vector<bridge::Health>()> bridges_;
  HealthFacts facts_;
  std::int64_t gathered_ns_ = 0;
  ProblemBook book_;
  std::array<CounterTrend, ingest::kTransports> by_transport_;
  CounterTrend accepted_, busy_, not_stored_, slow_streams_, mqtt_dropped_, mqtt_full_, mqtt_unwritten_,
      unclaimed_dropped_, errors_;
  GaugeTrend commit_, rules_, screens_;
};

/// The body of GET /api/v1/health.
std::string render_health(const HealthFacts& facts);
/// The body of GET /api/v1/health/storage. Pool: milliseconds of work.
std::string render_storage(const Context& context, const RetentionPlan& plan, Instant now);
/// The body of GET /metrics.
std::string render_metrics(const HealthFacts& facts);

}  // namespace qala::api
