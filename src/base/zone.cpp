#include "base/zone.h"

#include <fstream>

#include <date/tz.h>

namespace qala {

namespace {

const date::time_zone& rules_of(const void* rules) { return *static_cast<const date::time_zone*>(rules); }
date::sys_time<Duration> sys(Instant at) { return date::sys_time<Duration>(Duration(at.ns)); }

/// Local to UTC: the first of two, or the end of the gap.
Instant to_instant(const date::time_zone& rules, date::local_time<Duration> local) {
  return {rules.to_sys(local, date::choose::earliest).time_since_epoch().count()};
}

date::local_days floor_to(date::local_days day, CalendarUnit unit, int count) {
  using date::years;
  const date::year_month_day ymd(day);
  switch (unit) {
    case CalendarUnit::week: {
      const int since_monday = static_cast<int>(date::weekday(day).iso_encoding()) - 1;
      return day - date::days(since_monday);
    }
    case CalendarUnit::month: {
      const int month = (static_cast<int>(static_cast<unsigned>(ymd.month())) - 1) / count * count + 1;
      return date::local_days(ymd.year() / month / 1);
    }
    case CalendarUnit::year: return date::local_days(ymd.year() / 1 / 1);
    default: return day;
  }
}

}  // namespace

Result<Zone> Zone::find(std::string_view name) {
  try {
    return Zone(date::locate_zone(std::string(name)), std::string(name));
  } catch (const std::exception& e) {
    return fail(ErrorKind::not_found, "time zone \"" + std::string(name) + "\" is unknown here: " + e.what() +
                                          "; install tzdata or correct the name");
  }
}

namespace {

/// The library does not know the version of the system's data; the system's own copy of the rules begins with it.
std::string read_rules_version() {
  std::ifstream rules("/usr/share/zoneinfo/tzdata.zi");
  constexpr std::string_view kMark = "# version ";
  std::string line;
  if (std::getline(rules, line) && line.starts_with(kMark)) return line.substr(kMark.size());
  try {
    return date::get_tzdb().version;
  } catch (const std::exception&) {
    return "unknown";
  }
}

}  // namespace

std::string Zone::rules_version() {
  static const std::string version = read_rules_version();
  return version;
}

Duration Zone::offset(Instant at) const { return rules_of(rules_).get_info(sys(at)).offset; }

std::int32_t Zone::local_day(Instant at) const {
  const auto local = rules_of(rules_).to_local(sys(at));
  return date::floor<date::days>(local).time_since_epoch().count();
}

Instant Zone::day_start(std::int32_t day) const {
  return to_instant(rules_of(rules_), date::local_days(date::days(day)));
}

Instant Zone::bucket_start(Instant at, CalendarUnit unit, int count) const {
  const auto& rules = rules_of(rules_);
  if (unit == CalendarUnit::minute || unit == CalendarUnit::hour) {
    // Counted in elapsed time from local midnight, so that a repeated hour is two buckets.
    const std::int64_t width = (unit == CalendarUnit::minute ? Instant::kMinute : Instant::kHour) * count;
    const Instant midnight = day_start(local_day(at));
    return {midnight.ns + (at.ns - midnight.ns) / width * width};
  }
  const auto day = date::floor<date::days>(rules.to_local(sys(at)));
  return to_instant(rules, floor_to(day, unit, count));
}

Instant Zone::next_bucket(Instant start, CalendarUnit unit, int count) const {
  const auto& rules = rules_of(rules_);
  if (unit == CalendarUnit::minute || unit == CalendarUnit::hour) {
    const std::int64_t width = (unit == CalendarUnit::minute ? Instant::kMinute : Instant::kHour) * count;
    const Instant next_midnight = day_start(local_day(start) + 1);
    return std::min(Instant{start.ns + width}, next_midnight);
  }
  const auto day = date::floor<date::days>(rules.to_local(sys(start)));
  const date::year_month_day ymd(day);
  switch (unit) {
    case CalendarUnit::week: return to_instant(rules, day + date::days(7));
    case CalendarUnit::month: return to_instant(rules, date::local_days(ymd + date::months(count)));
    case CalendarUnit::year: return to_instant(rules, date::local_days(ymd + date::years(1)));
    default: return to_instant(rules, day + date::days(1));
  }
}

}  // namespace qala
