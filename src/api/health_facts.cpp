#include "api/health_facts.h"

namespace qala::api {

const HealthFacts& HealthWatch::fresh() {
  facts_ = {.now = context_.clock.now(),
            .version = context_.town.version,
            .store = context_.store.health(),
            .disk = disk_space(context_.folder).value_or(DiskSpace{}),
            .service = context_.service_health(),
            .ingest = context_.probe.totals(),
            .lag = context_.probe.lag(),
            .rejects = context_.probe.rejects(),
            .writer_queue = context_.writer.queued(),
            .pool_queue = context_.pool.queued(),
            .waiting_rows = context_.intake.waiting_rows(),
            .alarms = context_.alarms.board().counts(),
            .access = context_.access.counters()};
  facts_.readings_per_s = rate(facts_.ingest.accepted);
  gathered_ns_ = context_.clock.monotonic_ns();
  return facts_;
}

const HealthFacts& HealthWatch::recent() {
  const bool old = gathered_ns_ == 0 || context_.clock.monotonic_ns() - gathered_ns_ >= Instant::kSecond;
  return old ? fresh() : facts_;
}

/// Readings a second, over the time between two looks at least a second apart.
double HealthWatch::rate(std::uint64_t accepted) {
  const std::int64_t now = context_.clock.monotonic_ns();
  if (before_ns_ != 0 && now - before_ns_ < Instant::kSecond) return rate_;
  if (before_ns_ != 0)
    rate_ = static_cast<double>(accepted - accepted_before_) * 1e9 / static_cast<double>(now - before_ns_);
  accepted_before_ = accepted;
  before_ns_ = now;
  return rate_;
}

}  // namespace qala::api
