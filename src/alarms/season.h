#pragma once

#include <cstdint>

#include "alarms/rules.h"
#include "base/time.h"

namespace qala::alarms {

/// Degrees of the sun's centre above the horizon, within 0.2 degrees (NOAA's low-precision formulas).
double sun_elevation(registry::Point place, std::int64_t at_ns);

/// Tells whether a rule is to be judged at an instant. Remembers the last minute asked for: readings come in time
/// order.
class Season {
 public:
  explicit Season(registry::Point place) : place_(place) {}
  bool is(When when, std::int64_t at_ns);

 private:
  bool is_night(std::int64_t at_ns);
  bool is_heating(std::int64_t at_ns);

  registry::Point place_;
  std::int64_t minute_ = INT64_MIN;
  bool night_ = false;
  std::int64_t day_ = INT64_MIN;
  bool heating_ = false;
};

}  // namespace qala::alarms
