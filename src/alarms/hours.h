#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qala::alarms {

/// Hours of days of the week, in the town's zone. "18:00" to "08:00" goes over midnight and belongs to the day on which
/// it begins; equal ends are the whole day.
struct Hours {
  std::uint8_t days = 0x7f;  ///< bit 0: Monday
  std::int32_t from_min = 0;  ///< minutes after midnight
  std::int32_t until_min = 0;
  friend bool operator==(const Hours&, const Hours&) = default;

  bool includes(int weekday, int minute) const {
    const bool today = (days >> weekday & 1) != 0, yesterday = (days >> (weekday + 6) % 7 & 1) != 0;
    if (from_min < until_min) return today && minute >= from_min && minute < until_min;
    return (today && minute >= from_min) || (yesterday && minute < until_min);
  }
};

/// "07:30" in minutes; "24:00" is midnight.
std::optional<std::int32_t> minute_from(std::string_view text);
std::string minute_text(std::int32_t minute);
/// "mon" as 0 .. "sun" as 6.
std::optional<int> weekday_from(std::string_view text);
std::string_view weekday_text(int weekday);

}  // namespace qala::alarms
