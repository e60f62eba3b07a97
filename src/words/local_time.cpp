#include <array>
#include <chrono>

#include <fmt/format.h>

#include "words/date.h"
#include "words/format.h"

namespace qala::words {

namespace {

using Names = std::array<const char*, 3>;  // kk, ru, en

constexpr std::array<Names, 7> kWeekdays{{{"жексенбі", "воскресенье", "Sunday"},
                                          {"дүйсенбі", "понедельник", "Monday"},
                                          {"сейсенбі", "вторник", "Tuesday"},
                                          {"сәрсенбі", "среда", "Wednesday"},
                                          {"бейсенбі", "четверг", "Thursday"},
                                          {"жұма", "пятница", "Friday"},
                                          {"сенбі", "суббота", "Saturday"}}};

std::size_t at(Language language) { return static_cast<std::size_t>(language); }

std::chrono::year_month_day date_of(const Zone& zone, Instant instant) {
  return std::chrono::sys_days(std::chrono::days(zone.local_day(instant)));
}

}  // namespace

std::string_view ablative_of(unsigned n) {
  // By the last word: бір екі үш төрт бес алты жеті сегіз тоғыз; он жиырма отыз қырық елу; нөл.
  constexpr std::array<std::string_view, 10> units{"ден", "ден", "ден", "тен", "тен",
                                                   "тен", "дан", "ден", "ден", "дан"};
  constexpr std::array<std::string_view, 6> tens{"ден", "нан", "дан", "дан", "тан", "ден"};
  return n % 10 != 0 || n == 0 ? units[n % 10] : tens[n / 10 % 6];
}

std::string LocalTime::clock(Instant instant) const {
  const auto local = instant + zone_.offset(instant);
  const auto minute = (local.ns % Instant::kDay + Instant::kDay) % Instant::kDay / Instant::kMinute;
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

std::string LocalTime::weekday(Language language) const {
  const std::chrono::weekday day(std::chrono::sys_days(date_of(zone_, now_)));
  return kWeekdays[day.c_encoding()][at(language)];
}

/// Empty today; else what stands before the time of day.
std::string LocalTime::day_before(Instant instant, Language language) const {
  const auto days = zone_.local_day(now_) - zone_.local_day(instant);
  if (days == 0) return "";
  if (days == 1) return language == Language::kk ? "кеше" : language == Language::ru ? "вчера" : "yesterday";
  const auto date = date_of(zone_, instant);
  const std::string_view month = month_name(static_cast<unsigned>(date.month()), language);
  const auto day = static_cast<unsigned>(date.day());
  if (date.year() == date_of(zone_, now_).year()) return fmt::format("{} {}", day, month);
  const int year = static_cast<int>(date.year());
  if (language == Language::kk) return fmt::format("{} жылғы {} {}", year, day, month);
  return language == Language::ru ? fmt::format("{} {} {} года", day, month, year)
                                  : fmt::format("{} {} {}", day, month, year);
}

std::string LocalTime::when(Instant instant, Language language) const {
  const auto day = day_before(instant, language);
  return day.empty() ? clock(instant) : day + (language == Language::kk ? " " : ", ") + clock(instant);
}

std::string LocalTime::full(Instant instant, Language language) const {
  const auto date = date_of(zone_, instant);
  const auto day = static_cast<unsigned>(date.day()), month = static_cast<unsigned>(date.month());
  const int year = static_cast<int>(date.year());
  if (language != Language::en) return fmt::format("{:02}.{:02}.{} {}", day, month, year, clock(instant));
  return fmt::format("{} {} {} {}", day, month_name(month, language).substr(0, 3), year, clock(instant));
}

std::string LocalTime::since(Instant instant, Language language) const {
  const auto time = clock(instant);
  const auto day = day_before(instant, language);
  if (language == Language::en) return "since " + (day.empty() ? time : day + ", " + time);
  if (language == Language::ru) {
    if (day.empty()) return "с " + time;
    return day == "вчера" ? "со вчерашнего дня, " + time : "с " + day + ", " + time;
  }
  const unsigned minute = static_cast<unsigned>((time[3] - '0') * 10 + (time[4] - '0'));
  const auto aloud = fmt::format("{}-{} бері", time, ablative_of(minute));
  return day.empty() ? aloud : day + " " + aloud;
}

}  // namespace qala::words
