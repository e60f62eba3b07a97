#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qala {

/// A point in time: UTC nanoseconds since 1970 (1677 to 2262). Nanoseconds, because device times finer than a
/// millisecond must stay distinct; whole units of time cost nothing in the store, whose chunks scale by a common
/// factor.
struct Instant {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(const Instant&, const Instant&) = default;
  constexpr std::int64_t ms() const { return ns >= 0 ? ns / 1'000'000 : (ns - 999'999) / 1'000'000; }
  constexpr std::int64_t seconds() const { return ns >= 0 ? ns / kSecond : (ns - kSecond + 1) / kSecond; }
  static constexpr Instant from_ms(std::int64_t ms) { return {ms * 1'000'000}; }
  static constexpr Instant from_seconds(std::int64_t s) { return {s * kSecond}; }

  static constexpr std::int64_t kSecond = 1'000'000'000;
  static constexpr std::int64_t kMinute = 60 * kSecond;
  static constexpr std::int64_t kHour = 60 * kMinute;
  static constexpr std::int64_t kDay = 24 * kHour;
};

using Duration = std::chrono::nanoseconds;

constexpr Instant operator+(Instant at, Duration d) { return {at.ns + d.count()}; }
constexpr Instant operator-(Instant at, Duration d) { return {at.ns - d.count()}; }
constexpr Duration operator-(Instant a, Instant b) { return Duration(a.ns - b.ns); }

/// "2026-01-17T14:40:12.345Z"; as many of 0, 3, 6 or 9 decimals as the instant needs.
std::string to_iso(Instant at);

/// RFC 3339 / ISO 8601: date, 'T' or space, time, optional decimals (to 9), 'Z' or an offset (both required but in
/// "YYYY-MM-DD", which is midnight UTC). Nothing else is accepted; years outside 1678..2261 are refused.
std::optional<Instant> parse_iso(std::string_view text);

}  // namespace qala
