#include "words/date.h"

#include <array>
#include <chrono>

#include <fmt/format.h>

namespace qala::words {

namespace {

using Names = std::array<const char*, 3>;  // kk, ru, en

constexpr std::array<Names, 12> kMonths{{{"қаңтар", "января", "January"},
                                         {"ақпан", "февраля", "February"},
                                         {"наурыз", "марта", "March"},
                                         {"сәуір", "апреля", "April"},
                                         {"мамыр", "мая", "May"},
                                         {"маусым", "июня", "June"},
                                         {"шілде", "июля", "July"},
                                         {"тамыз", "августа", "August"},
                                         {"қыркүйек", "сентября", "September"},
                                         {"қазан", "октября", "October"},
                                         {"қараша", "ноября", "November"},
                                         {"желтоқсан", "декабря", "December"}}};

}  // namespace

std::string_view month_name(unsigned month, Language language) {
  return kMonths.at(month - 1)[static_cast<std::size_t>(language)];
}

std::string date(const Zone& zone, Instant at, Language language) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(zone.local_day(at)))};
  const std::string_view month = month_name(static_cast<unsigned>(date.month()), language);
  const auto day = static_cast<unsigned>(date.day());
  const int year = static_cast<int>(date.year());
  if (language == Language::kk) return fmt::format("{} ж. {} {}", year, day, month);
  return language == Language::ru ? fmt::format("{} {} {} г.", day, month, year)
                                  : fmt::format("{} {} {}", day, month, year);
}

}  // namespace qala::words
