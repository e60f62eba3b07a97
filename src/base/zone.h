#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace qala {

enum class CalendarUnit { minute, hour, day, week, month, year };

/// The rules of one IANA time zone ("Asia/Almaty"), from the system's tz database. Cheap to copy; thread-safe.
class Zone {
 public:
  /// `not_found` if the system does not know the zone.
  static Result<Zone> find(std::string_view name);

  const std::string& name() const { return name_; }
  /// Version of the tz database the rules come from, e.g. "2024a". Stored beside day summaries.
  static std::string rules_version();

  /// Start of the calendar bucket of `count` units that holds `at`: buckets of n minutes or hours count from local
  /// midnight, weeks from Monday. On 2024-02-29 Asia/Almaty's day has 25 hours.
  Instant bucket_start(Instant at, CalendarUnit unit, int count = 1) const;
  /// Start of the bucket after the one that starts at `start` (which bucket_start gave).
  Instant next_bucket(Instant start, CalendarUnit unit, int count = 1) const;
  Duration offset(Instant at) const;
  /// Local calendar day as days since 1970-01-01.
  std::int32_t local_day(Instant at) const;
  /// The instant at which local calendar day `day` begins.
  Instant day_start(std::int32_t day) const;

 private:
  explicit Zone(const void* rules, std::string name) : rules_(rules), name_(std::move(name)) {}
  const void* rules_;  ///< date::time_zone, owned by the library for the life of the program
  std::string name_;
};

}  // namespace qala
