#pragma once

#include <cstdint>
#include <string>

#include "base/steady.h"
#include "ingest/probe.h"
#include "readings/store.h"
#include "registry/registry.h"

namespace qala::app {

/// Days that readings of a retention class are kept; 0: for ever.
struct RetentionDays {
  std::int64_t standard = 0, brief = 0;
};

/// Forgets readings that are past their retention, but never by a clock in doubt: not in the ten minutes after it
/// jumped, not while most devices' clocks differ from it by more than ten minutes, and not on the first day of a run
/// that begins more than a day after the newest reading (the machine was off for long, or its clock is wrong). Writer
/// thread.
class Retention {
 public:
  static constexpr std::int64_t kAfterAGap = Instant::kDay;

  Retention(readings::ReadingStore& store, const registry::Registry& registry, const ingest::Probe& probe,
            RetentionDays days, const Clock& clock);
  /// At least once an hour, so that no jump is missed.
  void look();
  Result<> expire();
  const RetentionDays& days() const { return days_; }

 private:
  bool keeps_all() const { return days_.standard == 0 && days_.brief == 0; }
  std::string clock_doubt() const;

  readings::ReadingStore& store_;
  const registry::Registry& registry_;
  const ingest::Probe& probe_;
  const RetentionDays days_;
  const Clock& clock_;
  WallWatch wall_;
  bool after_a_gap_ = false;
};

}  // namespace qala::app
