#include "sensorthings/value.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/json_writer.h"
#include "base/time.h"

namespace qala::sensorthings {

namespace {

using Type = Value::Type;

bool digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
  if (at + count > text.size()) return false;
  out = 0;
  for (std::size_t i = at; i < at + count; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

/// "hh:mm[:ss[.fraction]]" at the beginning of `text`, which is consumed.
std::optional<std::int64_t> take_clock(std::string_view& text) {
  int hour = 0, minute = 0, second = 0;
  if (!digits(text, 0, 2, hour) || text.size() < 5 || text[2] != ':' || !digits(text, 3, 2, minute))
    return std::nullopt;
  std::size_t at = 5;
  std::int64_t fraction = 0;
  if (at < text.size() && text[at] == ':') {
    if (!digits(text, at + 1, 2, second)) return std::nullopt;
    at += 3;
    if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
      std::int64_t unit = 100'000'000;
      const std::size_t first = ++at;
      for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; at++, unit /= 10)
        fraction += (text[at] - '0') * unit;
      if (at == first) return std::nullopt;
    }
  }
  if (hour > 24 || minute > 59 || second > 60 || (hour == 24 && (minute || second || fraction))) return std::nullopt;
  text.remove_prefix(at);
  return ((hour * 60LL + minute) * 60 + second) * Instant::kSecond + fraction;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
  int year = 0, month = 0, day = 0;
  if (!digits(text, 0, 4, year) || text.size() < 10 || text[4] != '-' || !digits(text, 5, 2, month) || text[7] != '-' ||
      !digits(text, 8, 2, day))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  text.remove_prefix(10);
  return std::chrono::sys_days(date).time_since_epoch().count();
}

/// "Z", "+01:00", "-0700", " 01:00" (a '+' that was decoded as a blank).
std::optional<std::int32_t> take_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.empty() || (text[0] != '+' && text[0] != '-' && text[0] != ' ')) return std::nullopt;
  int hours = 0, minutes = 0;
  if (!digits(text, 1, 2, hours)) return std::nullopt;
  if (text.size() > 3) {
    const std::size_t at = text[3] == ':' ? 4 : 3;
    if (text.size() != at + 2 || !digits(text, at, 2, minutes)) return std::nullopt;
  }
  if (hours > 18 || minutes > 59) return std::nullopt;
  const std::int32_t offset = hours * 60 + minutes;
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::optional<std::int64_t> parse_instant(std::string_view text, std::int32_t* offset_minutes) {
  const auto days = take_date(text);
  if (!days || text.empty() || (text[0] != 'T' && text[0] != 't')) return std::nullopt;
  text.remove_prefix(1);
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset) return std::nullopt;
  if (offset_minutes) *offset_minutes = *offset;
  if (*days < -106'000 || *days > 106'000) return std::nullopt;  // 1679 to 2260
  return *days * Instant::kDay + *clock - *offset * Instant::kMinute;
}

std::optional<Value> parse_time(std::string_view text) {
  const auto slash = text.find('/');
  Value out;
  const auto from = parse_instant(text.substr(0, slash), &out.offset_minutes);
  if (!from) return std::nullopt;
  out.type = Type::instant;
  out.from = out.to = *from;
  if (slash == std::string_view::npos) return out;
  const auto rest = text.substr(slash + 1);
  auto to = parse_instant(rest);
  if (!to) {
    if (const auto length = parse_duration(rest)) to = *from + *length;
  }
  if (!to || *to < *from) return std::nullopt;
  out.type = Type::interval;
  out.to = *to;
  return out;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  const auto days = take_date(text);
  return days && text.empty() ? days : std::nullopt;
}

std::int64_t start_of(std::int64_t days, std::int64_t after) {
  days += after / Instant::kDay;
  std::int64_t out = 0;
  if (!__builtin_mul_overflow(days, Instant::kDay, &out) && !__builtin_add_overflow(out, after % Instant::kDay, &out))
    return out;
  return days < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  const auto clock = take_clock(text);
  return clock && text.empty() && *clock < Instant::kDay ? clock : std::nullopt;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (!text.starts_with('P')) return std::nullopt;
  text.remove_prefix(1);
  bool clock = false, any = false;
  long double sum = 0;
  while (!text.empty()) {
    if (text[0] == 'T' && !clock) {
      clock = true;
      text.remove_prefix(1);
      continue;
    }
    double number = 0;
    if (text[0] < '0' || text[0] > '9') return std::nullopt;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (ec != std::errc() || end == text.data() + text.size()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    long double unit = 0;
    switch (text[0]) {
      case 'Y': unit = clock ? 0 : 365.0L * Instant::kDay; break;
      case 'M': unit = clock ? Instant::kMinute : 30.0L * Instant::kDay; break;
      case 'W': unit = clock ? 0 : 7.0L * Instant::kDay; break;
      case 'D': unit = clock ? 0 : static_cast<long double>(Instant::kDay); break;
      case 'H': unit = clock ? static_cast<long double>(Instant::kHour) : 0; break;
      case 'S': unit = clock ? static_cast<long double>(Instant::kSecond) : 0; break;
      default: return std::nullopt;
    }
    if (unit == 0) return std::nullopt;
    sum += number * unit;
    any = true;
    text.remove_prefix(1);
  }
  if (!any || sum > 9e18L) return std::nullopt;
  const auto ns = static_cast<std::int64_t>(std::roundl(sum));
  return negative ? -ns : ns;
}

std::string time_text(std::int64_t from, std::optional<std::int64_t> to) {
  std::string out = to_iso({from});
  if (to) out += '/' + to_iso({*to});
  return out;
}

Value value_of(const Json& json) {
  switch (json.kind) {
    case Json::Kind::null: return {};
    case Json::Kind::boolean: return Value::boolean(json.text == "true");
    case Json::Kind::number: return Value::of(std::strtold(json.text.c_str(), nullptr));
    case Json::Kind::string: return Value::string(json.text);
    default: break;
  }
  Value out;
  out.type = Type::json;
  out.tree = std::make_shared<const Json>(json);
  return out;
}

namespace {

Truth holds(int sign, Compare how) {
  switch (how) {
    case Compare::eq: return sign == 0;
    case Compare::ne: return sign != 0;
    case Compare::gt: return sign > 0;
    case Compare::ge: return sign >= 0;
    case Compare::lt: return sign < 0;
    case Compare::le: return sign <= 0;
  }
  return std::nullopt;
}

int sign_of(std::int64_t a, std::int64_t b) { return a < b ? -1 : a > b ? 1 : 0; }

/// Decimal text is nearest-rounded to 64 bits of mantissa, sums of it are not: equal within the last few bits.
int compare_numbers(const Value& a, const Value& b) {
  const long double difference = a.number - b.number;
  if (a.computed || b.computed) {
    const long double size = std::fmax(std::fabs(a.number), std::fabs(b.number));
    if (std::fabs(difference) <= size * 1e-15L) return 0;
  }
  return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}

/// An interval is half open; an instant against an instant compares as usual. `le` and `ge` of two intervals ask both
/// ends, of an interval and an instant what `lt` and `gt` ask, but that the edge counts.
Truth compare_times(const Value& a, Compare how, const Value& b) {
  const bool ia = a.type == Type::interval, ib = b.type == Type::interval;
  if (!ia && !ib) return holds(sign_of(a.from, b.from), how);
  switch (how) {
    case Compare::eq: return ia == ib && a.from == b.from && a.to == b.to;
    case Compare::ne: return !(ia == ib && a.from == b.from && a.to == b.to);
    case Compare::lt: return ia ? a.to <= b.from : a.from < b.from;
    case Compare::gt: return compare_times(b, Compare::lt, a);
    case Compare::le:
      if (ia && ib) return a.from <= b.from && a.to <= b.to;
      return ia ? a.to <= b.from : a.from <= b.from;
    case Compare::ge: return compare_times(b, Compare::le, a);
  }
  return std::nullopt;
}

bool same_json(const Json& a, const Json& b) {
  if (a.kind != b.kind || a.items.size() != b.items.size() || a.members.size() != b.members.size()) return false;
  if (a.kind == Json::Kind::number)
    return std::strtold(a.text.c_str(), nullptr) == std::strtold(b.text.c_str(), nullptr);
  if (a.text != b.text) return false;
  for (std::size_t i = 0; i < a.items.size(); i++)
    if (!same_json(a.items[i], b.items[i])) return false;
  for (const auto& member : a.members) {
    const Json* other = b.find(member.name);
    if (!other || !same_json(member.value, *other)) return false;
  }
  return true;
}

std::string text_of(const Json& json) {
  std::string out;
  JsonWriter writer(out);
  registry::write_json(writer, json);
  return out;
}

/// A text where a time is asked: '2024-01-01T00:00:00Z'.
bool meet_as_times(const Value& a, const Value& b, Value& other) {
  if (!a.is_time() || b.type != Type::string) return false;
  auto parsed = parse_time(b.text);
  if (!parsed) return false;
  other = std::move(*parsed);
  return true;
}

}  // namespace

Truth compare(const Value& a, Compare how, const Value& b) {
  if (a.is_null() || b.is_null()) {
    // `x eq null` asks whether there is a value; anything else with null is not known.
    return std::nullopt;
  }
  if (a.is_time() && b.is_time()) return compare_times(a, how, b);
  Value other;
  if (meet_as_times(a, b, other)) return compare_times(a, how, other);
  if (meet_as_times(b, a, other)) return compare_times(other, how, b);
  if (a.type == Type::instant && b.type == Type::date) return holds(sign_of(a.from, start_of(b.from)), how);
  if (a.type == Type::date && b.type == Type::instant) return holds(sign_of(start_of(a.from), b.from), how);
  if (a.type == Type::interval && b.type == Type::date) return compare_times(a, how, Value::instant(start_of(b.from)));
  if (a.type == Type::date && b.type == Type::interval) return compare_times(Value::instant(start_of(a.from)), how, b);
  if (a.type != b.type) return std::nullopt;
  switch (a.type) {
    case Type::boolean: return holds(static_cast<int>(a.truth) - static_cast<int>(b.truth), how);
    case Type::number: return holds(compare_numbers(a, b), how);
    case Type::string: return holds(a.text.compare(b.text), how);
    case Type::date:
    case Type::time_of_day:
    case Type::duration: return holds(sign_of(a.from, b.from), how);
    case Type::json:
      if (how == Compare::eq) return same_json(*a.tree, *b.tree);
      if (how == Compare::ne) return !same_json(*a.tree, *b.tree);
      return std::nullopt;
    default: return std::nullopt;
  }
}

int order(const Value& a, const Value& b) {
  const auto rank = [](const Value& v) {
    return v.type == Type::interval ? static_cast<int>(Type::instant) : static_cast<int>(v.type);
  };
  if (rank(a) != rank(b)) return rank(a) - rank(b);
  switch (a.type) {
    case Type::boolean: return static_cast<int>(a.truth) - static_cast<int>(b.truth);
    case Type::number: return compare_numbers(a, b);
    case Type::string: return a.text.compare(b.text);
    case Type::instant:
    case Type::interval:
      if (a.from != b.from) return sign_of(a.from, b.from);
      return sign_of(a.to, b.to);
    case Type::date:
    case Type::time_of_day:
    case Type::duration: return sign_of(a.from, b.from);
    case Type::json: return text_of(*a.tree).compare(text_of(*b.tree));
    default: return 0;
  }
}

}  // namespace qala::sensorthings
