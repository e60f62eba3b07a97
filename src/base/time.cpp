#include "base/time.h"

#include <charconv>

#include <fmt/format.h>

namespace qala {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

/// Takes exactly `digits` digits from the front of `text`.
bool take_number(std::string_view& text, std::size_t digits, int& out) {
  if (text.size() < digits) return false;
  out = 0;
  for (std::size_t i = 0; i < digits; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// ".123456789": to nanoseconds; absent is 0.
bool take_fraction(std::string_view& text, std::int64_t& ns) {
  ns = 0;
  if (!take(text, '.') && !take(text, ',')) return true;
  std::int64_t unit = 100'000'000;
  std::size_t digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), digits++) {
    ns += (text.front() - '0') * unit;
    unit /= 10;
  }
  return digits >= 1 && digits <= 9;
}

bool take_offset(std::string_view& text, int& minutes) {
  minutes = 0;
  if (take(text, 'Z') || take(text, 'z')) return true;
  const bool east = take(text, '+');
  if (!east && !take(text, '-')) return false;
  int h = 0;
  int m = 0;
  if (!take_number(text, 2, h)) return false;
  take(text, ':');
  if (!text.empty() && !take_number(text, 2, m)) return false;
  if (h > 23 || m > 59) return false;
  minutes = (east ? 1 : -1) * (h * 60 + m);
  return true;
}

}  // namespace

std::string to_iso(Instant at) {
  std::int64_t seconds = at.seconds();
  const std::int64_t fraction = at.ns - seconds * Instant::kSecond;
  const auto day = std::chrono::floor<days>(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
  const year_month_day date(day);
  const std::int64_t rest = seconds - day.time_since_epoch().count() * 86'400;
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), rest / 3600,
                          rest / 60 % 60, rest % 60);
  if (fraction % 1'000'000 != 0) {
    text += fraction % 1000 ? fmt::format(".{:09}", fraction) : fmt::format(".{:06}", fraction / 1000);
  } else if (fraction != 0) {
    text += fmt::format(".{:03}", fraction / 1'000'000);
  }
  return text + 'Z';
}

std::optional<Instant> parse_iso(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take_number(text, 4, year) || !take(text, '-') || !take_number(text, 2, month) || !take(text, '-') ||
      !take_number(text, 2, day)) {
    return std::nullopt;
  }
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1678 || year > 2261) return std::nullopt;
  const std::int64_t midnight = sys_days(date).time_since_epoch().count() * 86'400;
  if (text.empty()) return Instant::from_seconds(midnight);

  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction = 0;
  int offset = 0;
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  if (!take_number(text, 2, hour) || !take(text, ':') || !take_number(text, 2, minute)) return std::nullopt;
  if (take(text, ':') && (!take_number(text, 2, second) || !take_fraction(text, fraction))) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  if (!take_offset(text, offset) || !text.empty()) return std::nullopt;
  const std::int64_t at = midnight + hour * 3600 + minute * 60 + second - offset * 60;
  return Instant{at * Instant::kSecond + fraction};
}

}  // namespace qala
