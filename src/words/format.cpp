#include "words/format.h"

#include <array>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace qala::words {

namespace {

constexpr std::string_view kNoBreak = "\u00a0";
constexpr std::string_view kMinus = "\u2212";

std::string grouped(std::string_view digits, std::string_view mark) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i++) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += mark;
    out += digits[i];
  }
  return out;
}

std::string span_of(std::int64_t minutes, Language language) {
  const auto hours = minutes / 60, days = minutes / 1440;
  if (language == Language::kk) {
    if (days > 0) return fmt::format("{} күн", days);
    return hours > 0 ? fmt::format("{} сағ {} мин", hours, minutes % 60) : fmt::format("{} мин", minutes);
  }
  if (language == Language::ru) {
    constexpr std::array kDays{"день", "дня", "дней"};
    if (days > 0) {
      return fmt::format("{} {}", days,
                         kDays[static_cast<std::size_t>(russian_plural(static_cast<std::uint64_t>(days)))]);
    }
    return hours > 0 ? fmt::format("{} ч {} мин", hours, minutes % 60) : fmt::format("{} мин", minutes);
  }
  if (days > 0) return fmt::format("{} day{}", days, days == 1 ? "" : "s");
  return hours > 0 ? fmt::format("{} h {} min", hours, minutes % 60) : fmt::format("{} min", minutes);
}

}  // namespace

std::string number(double value, int decimals, Language language) {
  if (!std::isfinite(value)) return "–";
  std::string digits = fmt::format("{:.{}f}", std::abs(value), decimals);
  const bool zero = digits.find_first_not_of("0.") == std::string::npos;
  const auto point = digits.find('.');
  const bool english = language == Language::en;
  std::string out(value < 0 && !zero ? kMinus : "");
  out += grouped(std::string_view(digits).substr(0, point), english ? "," : kNoBreak);
  if (point != std::string::npos) out += (english ? "." : ",") + digits.substr(point + 1);
  return out;
}

std::string ago(Duration age, Language language) {
  const auto minutes = age.count() / Instant::kMinute;
  if (minutes < 1) return language == Language::kk ? "жаңа ғана" : language == Language::ru ? "только что" : "just now";
  const auto span = span_of(minutes, language);
  return span + (language == Language::kk ? " бұрын" : language == Language::ru ? " назад" : " ago");
}

std::string span(Duration length, Language language) { return span_of(length.count() / Instant::kMinute, language); }

Plural russian_plural(std::uint64_t n) {
  const auto last = n % 10, two = n % 100;
  if (last == 1 && two != 11) return Plural::one;
  return last >= 2 && last <= 4 && (two < 12 || two > 14) ? Plural::few : Plural::many;
}

}  // namespace qala::words
