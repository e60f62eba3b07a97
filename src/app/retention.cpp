#include "app/retention.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "api/retention_classes.h"
#include "base/log.h"

namespace qala::app {

Retention::Retention(readings::ReadingStore& store, const registry::Registry& registry, const ingest::Probe& probe,
                     RetentionDays days, const Clock& clock)
    : store_(store), registry_(registry), probe_(probe), days_(days), clock_(clock), wall_(clock) {
  if (keeps_all()) return;
  std::optional<std::int64_t> newest;
  for (const auto& one : store.latest_all()) newest = std::max(newest.value_or(one.time), one.time);
  after_a_gap_ = newest && clock.now().ns - *newest > kAfterAGap;
}

void Retention::look() {
  if (const auto jump = wall_.look())
    log::warn("wall clock jumped, no reading is removed by age for ten minutes",
              {{"seconds", *jump / Instant::kSecond}});
}

/// Why nothing may be forgotten by it; empty: it is believed.
std::string Retention::clock_doubt() const {
  if (!wall_.steady()) return "it is not ten minutes since the start, or since the clock jumped";
  const auto offset = probe_.clock_offset(clock_.monotonic_ns());
  if (offset && std::abs(*offset) > static_cast<double>(WallWatch::kSteady) / Instant::kSecond)
    return fmt::format("most devices' clocks are {:.0f} s ahead of ours", *offset);
  if (after_a_gap_ && wall_.steady_ns() < kAfterAGap)
    return "this run began more than a day after the newest reading, and its clock has not been steady for a day";
  return {};
}

Result<> Retention::expire() {
  if (keeps_all()) return {};
  look();
  if (const std::string doubt = clock_doubt(); !doubt.empty()) {
    log::info("readings past their retention stay", {{"why", doubt}});
    return {};
  }
  const auto classes = api::retention_classes(registry_, store_);
  for (const auto& [streams, days] :
       {std::pair(&classes.standard, days_.standard), std::pair(&classes.brief, days_.brief)}) {
    if (days == 0 || streams->empty()) continue;
    TRY_VOID(store_.expire(*streams, clock_.now().ns - days * Instant::kDay));
  }
  return {};
}

}  // namespace qala::app
