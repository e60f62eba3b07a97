#include "alarms/season.h"

#include <chrono>
#include <cmath>
#include <numbers>

namespace qala::alarms {

namespace {
constexpr double kDegree = std::numbers::pi / 180;
constexpr double kCivilDusk = -6;  ///< lamps are lit by the end of civil twilight
}  // namespace

double sun_elevation(registry::Point place, std::int64_t at_ns) {
  const double days = static_cast<double>(at_ns) / static_cast<double>(Instant::kDay) - 10957.5;  // since J2000
  const double anomaly = (357.529 + 0.98560028 * days) * kDegree;
  const double mean_longitude = 280.459 + 0.98564736 * days;
  const double longitude = (mean_longitude + 1.915 * std::sin(anomaly) + 0.020 * std::sin(2 * anomaly)) * kDegree;
  const double obliquity = (23.439 - 0.00000036 * days) * kDegree;
  const double ascension = std::atan2(std::cos(obliquity) * std::sin(longitude), std::cos(longitude));
  const double declination = std::asin(std::sin(obliquity) * std::sin(longitude));
  const double sidereal = (280.46061837 + 360.98564736629 * days + place.lon) * kDegree;
  const double hour_angle = sidereal - ascension;
  const double latitude = place.lat * kDegree;
  return std::asin(std::sin(latitude) * std::sin(declination) +
                   std::cos(latitude) * std::cos(declination) * std::cos(hour_angle)) /
         kDegree;
}

bool Season::is(When when, std::int64_t at_ns) {
  switch (when) {
    case When::always: return true;
    case When::night: return is_night(at_ns);
    case When::heating_season: return is_heating(at_ns);
  }
  return true;
}

/// Zones change their offset on a quarter of an hour at the earliest.
std::int64_t Season::local_minute(std::int64_t at_ns) {
  constexpr std::int64_t kQuarter = 15 * Instant::kMinute;
  const std::int64_t quarter = at_ns >= 0 ? at_ns / kQuarter : (at_ns - kQuarter + 1) / kQuarter;
  if (zone_ && quarter != offset_quarter_) {
    offset_quarter_ = quarter;
    offset_min_ = zone_->offset(Instant{quarter * kQuarter}).count() / Instant::kMinute;
  }
  return Instant{at_ns}.seconds() / 60 + offset_min_;
}

bool Season::within(const Hours& hours, std::int64_t at_ns) {
  const std::int64_t minute = local_minute(at_ns);
  const std::int64_t day = minute >= 0 ? minute / 1440 : (minute - 1439) / 1440;
  const int weekday = static_cast<int>(((day + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
  return hours.includes(weekday, static_cast<int>(minute - day * 1440));
}

std::int64_t Season::minutes_until(std::int32_t minute_of_day, std::int64_t at_ns) {
  const std::int64_t minute = ((local_minute(at_ns) % 1440) + 1440) % 1440;
  const std::int64_t left = (minute_of_day - minute + 1440) % 1440;
  return left == 0 ? 1440 : left;
}

bool Season::is_night(std::int64_t at_ns) {
  const std::int64_t minute = at_ns / Instant::kMinute;
  if (minute != minute_) {
    minute_ = minute;
    night_ = sun_elevation(place_, minute * Instant::kMinute) < kCivilDusk;
  }
  return night_;
}

bool Season::is_heating(std::int64_t at_ns) {
  const std::int64_t day = at_ns / Instant::kDay;
  if (day != day_) {
    day_ = day;
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
    const unsigned month_day = static_cast<unsigned>(date.month()) * 100 + static_cast<unsigned>(date.day());
    heating_ = month_day >= 1015 || month_day < 415;
  }
  return heating_;
}

}  // namespace qala::alarms
