#include "api/health_facts.h"

#include <algorithm>

#include "api/provider_desk.h"
#include "base/json_writer.h"

namespace qala::api {

namespace {

constexpr std::int64_t kMinute = 60, kTenMinutes = 600, kHour = 3600;

std::uint64_t rejected(const std::vector<ingest::Reject>& rejects, std::string_view reason) {
  const auto at = std::ranges::find(rejects, reason, &ingest::Reject::reason);
  return at == rejects.end() ? 0 : at->count;
}

IngestRate rate_of(const CounterTrend& trend) {
  return {.ten_s = trend.rate(10), .minute = trend.rate(kMinute), .hour = trend.rate(kHour)};
}

}  // namespace

const HealthFacts& HealthWatch::fresh() {
  const std::int64_t now_ns = context_.clock.monotonic_ns();
  facts_ = {.now = context_.clock.now(),
            .version = context_.town.version,
            .store = context_.store.health(),
            .disk = disk_space(context_.folder).value_or(DiskSpace{}),
            .service = context_.service_health(),
            .ingest = context_.probe.totals(),
            .lag = context_.probe.lag(now_ns - kMinute * Instant::kSecond),
            .rejects = context_.probe.rejects(),
            .clock_offset_s = context_.probe.clock_offset(now_ns),
            .writer_queue = context_.writer.queued(),
            .pool_queue = context_.pool.queued(),
            .waiting_rows = context_.intake.waiting_rows(),
            .rules_problem = context_.rules.problem(),
            .alarms = context_.alarms.board().snapshot()->counts,
            .exercise = context_.alarms.board().snapshot()->exercise,
            .access = context_.access.counters(),
            .provider_problem = context_.provider ? context_.provider->problem() : std::string(),
            .notify = context_.notifier ? context_.notifier->health() : notify::Health(),
            .lorawan = lorawan_ ? lorawan_() : lorawan::Health(),
            .bridges = bridges_ ? bridges_() : std::vector<bridge::Health>(),
            .told = log::told()};
  gathered_ns_ = now_ns;
  follow();
  facts_.recent = events();
  facts_.problems = book_.judge(facts_, now_ns);
  return facts_;
}

const HealthFacts& HealthWatch::recent() {
  const bool old = gathered_ns_ == 0 || context_.clock.monotonic_ns() - gathered_ns_ >= Instant::kSecond;
  return old ? fresh() : facts_;
}

/// Takes the counters into their trends.
void HealthWatch::follow() {
  const auto& mqtt = facts_.service.mqtt;
  for (std::size_t i = 0; i < ingest::kTransports; i++) {
    by_transport_[i].add(gathered_ns_, facts_.ingest.by_transport[i]);
    facts_.rates[i] = rate_of(by_transport_[i]);
  }
  accepted_.add(gathered_ns_, facts_.ingest.accepted);
  facts_.rate = rate_of(accepted_);
  busy_.add(gathered_ns_, rejected(facts_.rejects, "busy"));
  not_stored_.add(gathered_ns_, rejected(facts_.rejects, "not_stored"));
  slow_streams_.add(gathered_ns_, facts_.service.http.slow_readers);
  mqtt_dropped_.add(gathered_ns_, mqtt.dropped_full + mqtt.dropped_slow + mqtt.dropped_large);
  mqtt_full_.add(gathered_ns_, mqtt.refused_limits);
  mqtt_unwritten_.add(gathered_ns_, mqtt.store_failures);
  unclaimed_dropped_.add(gathered_ns_, context_.unclaimed.dropped_devices());
  std::uint64_t errors = 0;
  for (const auto& told : facts_.told) errors += told.is_error ? told.count : 0;
  errors_.add(gathered_ns_, errors);
  commit_.add(gathered_ns_, facts_.lag.commit_p99);
  rules_.add(gathered_ns_, facts_.lag.rules_p99);
  screens_.add(gathered_ns_, facts_.service.screens_p99_ms);
}

RecentEvents HealthWatch::events() const {
  int active_tens = 0;
  for (std::int64_t back = kTenMinutes; back < kHour; back += kTenMinutes)
    active_tens += accepted_.grown(back + kTenMinutes) > accepted_.grown(back) ? 1 : 0;
  return {.busy = busy_.grown(kMinute),
          .not_stored = not_stored_.grown(kMinute),
          .readings_10_min = accepted_.grown(kTenMinutes),
          .readings_hour = accepted_.grown(kHour),
          .active_tens = active_tens,
          .slow_streams = slow_streams_.grown(kTenMinutes),
          .mqtt_dropped = mqtt_dropped_.grown(kTenMinutes),
          .mqtt_full = mqtt_full_.grown(kTenMinutes),
          .mqtt_unwritten = mqtt_unwritten_.grown(kTenMinutes),
          .unclaimed_dropped = unclaimed_dropped_.grown(kTenMinutes),
          .errors = errors_.grown(kTenMinutes)};
}

std::string HealthWatch::render_history() const {
  std::string out;
  JsonWriter json(out);
  json.object().field("step_s", kMinute).field("until", facts_.now.ms()).key("readings").object();
  for (std::size_t i = 0; i < ingest::kTransports; i++) {
    json.key(ingest::name_of(static_cast<ingest::Transport>(i))).array();
    for (const auto n : by_transport_[i].minutes()) json.integer(static_cast<std::int64_t>(n));
    json.end();
  }
  json.end().key("lag_ms").object();
  for (const auto& [name, trend] :
       {std::pair("commit_p99", &commit_), std::pair("rules_p99", &rules_), std::pair("screens_p99", &screens_)}) {
    json.key(name).array();
    for (const double ms : trend->minutes())
      json.measured(static_cast<double>(static_cast<std::int64_t>(ms * 10)) / 10);
    json.end();
  }
  json.end().end();
  return out;
}

}  // namespace qala::api
