#include "readings/months.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>

#include "base/time.h"

namespace qala::readings {

Month month_of(std::int64_t time_ns) {
  using std::chrono::days;
  const std::int64_t day = time_ns / Instant::kDay - (time_ns % Instant::kDay < 0 ? 1 : 0);
  const std::chrono::year_month_day ymd{std::chrono::sys_days{days{day}}};
  return (static_cast<int>(ymd.year()) - 1970) * 12 + static_cast<int>(static_cast<unsigned>(ymd.month())) - 1;
}

std::int64_t month_start(Month month) {
  static constexpr Month kFirst = (1678 - 1970) * 12, kLast = (2262 - 1970) * 12;
  if (month < kFirst) return std::numeric_limits<std::int64_t>::min();
  if (month > kLast) return std::numeric_limits<std::int64_t>::max();
  const int year = 1970 + (month - (month < 0 ? 11 : 0)) / 12;
  const unsigned in_year = static_cast<unsigned>(month - (year - 1970) * 12) + 1;
  const std::chrono::sys_days first = std::chrono::year(year) / std::chrono::month(in_year) / 1;
  return first.time_since_epoch().count() * Instant::kDay;
}

std::string month_name(Month month) {
  const int year = 1970 + (month - (month < 0 ? 11 : 0)) / 12;
  return fmt::format("{:04}-{:02}", year, month - (year - 1970) * 12 + 1);
}

}  // namespace qala::readings
