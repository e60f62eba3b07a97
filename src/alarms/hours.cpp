#include "alarms/hours.h"

#include <array>

namespace qala::alarms {

namespace {
constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
bool digit(char c) { return c >= '0' && c <= '9'; }
}  // namespace

std::optional<std::int32_t> minute_from(std::string_view text) {
  if (text.size() != 5 || text[2] != ':' || !digit(text[0]) || !digit(text[1]) || !digit(text[3]) || !digit(text[4]))
    return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0'), minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (hour == 24 && minute == 0) return 0;
  if (hour > 23 || minute > 59) return std::nullopt;
  return hour * 60 + minute;
}

std::string minute_text(std::int32_t minute) {
  const auto two = [](int value) {
    return std::string{static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
  };
  return two(minute / 60) + ":" + two(minute % 60);
}

std::optional<int> weekday_from(std::string_view text) {
  for (std::size_t i = 0; i < kDays.size(); i++) {
    if (kDays[i] == text) return static_cast<int>(i);
  }
  return std::nullopt;
}

std::string_view weekday_text(int weekday) { return kDays[static_cast<std::size_t>(weekday)]; }

}  // namespace qala::alarms
