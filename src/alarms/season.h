#pragma once

#include <cstdint>
#include <optional>

#include "alarms/rules.h"
#include "base/time.h"
#include "base/zone.h"

namespace qala::alarms {

/// Degrees of the sun's centre above the horizon, within 0.2 degrees (NOAA's low-precision formulas).
double sun_elevation(registry::Point place, std::int64_t at_ns);

/// Tells whether a rule is to be judged at an instant. Remembers the last minute asked for: readings come in time
/// order.
class Season {
 public:
  /// No zone: UTC.
  explicit Season(registry::Point place, std::optional<Zone> zone = {}) : place_(place), zone_(std::move(zone)) {}
  bool is(When when, std::int64_t at_ns);
  bool within(const Hours& hours, std::int64_t at_ns);
  /// Minutes until the clock on the wall shows `minute_of_day`: 1 to 1440.
  std::int64_t minutes_until(std::int32_t minute_of_day, std::int64_t at_ns);

 private:
  bool is_night(std::int64_t at_ns);
  bool is_heating(std::int64_t at_ns);

  std::int64_t local_minute(std::int64_t at_ns);

  registry::Point place_;
  std::optional<Zone> zone_;
  std::int64_t offset_quarter_ = INT64_MIN, offset_min_ = 0;
  std::int64_t minute_ = INT64_MIN;
  bool night_ = false;
  std::int64_t day_ = INT64_MIN;
  bool heating_ = false;
};

}  // namespace qala::alarms
