#include <locale.h>
#include <wctype.h>

#include <chrono>
#include <cmath>

#include "base/time.h"
#include "base/utf8.h"
#include "sensorthings/evaluate.h"

namespace qala::sensorthings {

using Op = Expr::Op;
using Type = Value::Type;

namespace {

/// Letters of all alphabets, whatever the system's language: glibc has the locale built in.
locale_t unicode() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

Value changed_case(const std::string& text, bool upper) {
  auto letters = utf8::characters(text);
  for (char32_t& c : letters) {
    if (!unicode()) break;
    c = static_cast<char32_t>(upper ? towupper_l(static_cast<wint_t>(c), unicode())
                                    : towlower_l(static_cast<wint_t>(c), unicode()));
  }
  return Value::string(utf8::to_text(letters));
}

Value trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return Value::string("");
  return Value::string(std::string(text.substr(first, text.find_last_not_of(kBlank) - first + 1)));
}

/// Counts characters, from 0. A start beyond the end gives an empty text, a negative one counts as 0.
Value substring(const std::vector<Value>& args) {
  const auto letters = utf8::characters(args[0].text);
  if (args[1].type != Type::number || (args.size() == 3 && args[2].type != Type::number)) return {};
  long double from = std::trunc(args[1].number);
  long double count = args.size() == 3 ? std::trunc(args[2].number) : static_cast<long double>(letters.size());
  if (from < 0) from = 0;
  if (count < 0) count = 0;
  if (from >= static_cast<long double>(letters.size())) return Value::string("");
  const auto start = static_cast<std::size_t>(from);
  const auto left = letters.size() - start;
  return Value::string(utf8::to_text(std::u32string_view(letters).substr(
      start, count < static_cast<long double>(left) ? static_cast<std::size_t>(count) : left)));
}

Value of_strings(std::string_view name, const std::vector<Value>& args) {
  const std::string& a = args[0].text;
  if (name == "length") return Value::of(static_cast<long double>(utf8::characters(a).size()));
  if (name == "tolower") return changed_case(a, false);
  if (name == "toupper") return changed_case(a, true);
  if (name == "trim") return trimmed(a);
  if (name == "substring") return substring(args);
  for (const Value& arg : args)
    if (arg.type != Type::string) return {};
  if (name == "concat") {
    std::string out;
    for (const Value& arg : args) out += arg.text;
    return Value::string(std::move(out));
  }
  const std::string& b = args[1].text;
  if (name == "substringof") return Value::boolean(b.find(a) != std::string::npos);
  if (name == "contains") return Value::boolean(a.find(b) != std::string::npos);
  if (name == "startswith") return Value::boolean(a.starts_with(b));
  if (name == "endswith") return Value::boolean(a.ends_with(b));
  // indexof
  const auto at = a.find(b);
  if (at == std::string::npos) return Value::of(-1);
  return Value::of(static_cast<long double>(utf8::characters(std::string_view(a).substr(0, at)).size()));
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

/// A time that came as text, too.
Value as_time(const Value& value) {
  if (value.type != Type::string) return value;
  if (auto time = parse_time(value.text)) return *time;
  if (const auto date = parse_date(value.text)) return Value::simple(Type::date, *date);
  return {};
}

Value of_time(std::string_view name, const Value& given) {
  const Value value = as_time(given);
  std::int64_t days = 0, in_day = 0;
  if (value.is_time()) {  // of an interval: its start
    days = floor_div(value.from, Instant::kDay);
    in_day = value.from - days * Instant::kDay;
  } else if (value.type == Type::date) {
    days = value.from;
    if (name == "date") return value;
    if (name != "year" && name != "month" && name != "day") return {};
  } else if (value.type == Type::time_of_day) {
    in_day = value.from;
    if (name == "time") return value;
    if (name != "hour" && name != "minute" && name != "second" && name != "fractionalseconds") return {};
  } else {
    return {};
  }
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  const auto whole = [](std::int64_t n) { return Value::of(static_cast<long double>(n)); };
  if (name == "year") return whole(static_cast<int>(date.year()));
  if (name == "month") return whole(static_cast<unsigned>(date.month()));
  if (name == "day") return whole(static_cast<unsigned>(date.day()));
  if (name == "hour") return whole(in_day / Instant::kHour);
  if (name == "minute") return whole(in_day / Instant::kMinute % 60);
  if (name == "second") return whole(in_day / Instant::kSecond % 60);
  if (name == "fractionalseconds") {
    Value out = Value::of(static_cast<long double>(in_day % Instant::kSecond) / 1e9L);
    out.computed = true;
    return out;
  }
  if (name == "date") return Value::simple(Type::date, days);
  if (name == "time") return Value::simple(Type::time_of_day, in_day);
  return Value::of(value.offset_minutes);  // totaloffsetminutes: what is stored is UTC
}

Truth of_intervals(std::string_view name, const Value& left, const Value& right) {
  const Value a = as_time(left), b = as_time(right);
  if (!a.is_time() || !b.is_time()) return std::nullopt;
  const bool ia = a.type == Type::interval, ib = b.type == Type::interval;
  if (name == "before") return compare(a, Compare::lt, b);
  if (name == "after") return compare(a, Compare::gt, b);
  if (name == "meets") return a.to == b.from || a.from == b.to;
  if (name == "starts") return a.from == b.from;
  if (name == "finishes") return a.to == b.to;
  if (name == "during") {
    if (!ib) return std::nullopt;
    return ia ? a.from >= b.from && a.to <= b.to : a.from >= b.from && a.from < b.to;
  }
  // overlaps
  if (ia && ib) return a.from < b.to && b.from < a.to;
  if (!ia && !ib) return a.from == b.from;
  return ia ? a.from <= b.from && b.from < a.to : b.from <= a.from && a.from < b.to;
}

std::shared_ptr<const Geometry> shape_of(const Value& value) {
  if (value.type == Type::geometry) return value.shape;
  if (value.type != Type::json) return nullptr;
  auto shape = geometry_of(*value.tree);
  return shape ? std::make_shared<const Geometry>(std::move(*shape)) : nullptr;
}

Value of_shapes(std::string_view name, const std::vector<Value>& args) {
  const auto a = shape_of(args[0]);
  if (!a) return {};
  if (name == "geo.length") {
    Value out = Value::of(length(*a));
    out.computed = true;
    return out;
  }
  const auto b = shape_of(args[1]);
  if (!b) return {};
  if (name == "geo.distance") {
    const double d = distance(*a, *b);
    if (std::isnan(d)) return {};
    Value out = Value::of(d);
    out.computed = true;
    return out;
  }
  if (name == "geo.intersects") return Value::boolean(intersects(*a, *b));
  std::optional<bool> answer;
  if (name == "st_relate") {
    const auto matrix = relation(*a, *b);
    if (matrix && args[2].type == Type::string) answer = matches(*matrix, args[2].text);
  } else {
    answer = spatial(name.substr(3), *a, *b);
  }
  return answer ? Value::boolean(*answer) : Value();
}

}  // namespace

Value apply(std::string_view name, const std::vector<Value>& args, Instant now) {
  if (name == "now") return Value::instant(now.ns);
  if (name == "mindatetime") return Value::instant(std::numeric_limits<std::int64_t>::min());
  if (name == "maxdatetime") return Value::instant(std::numeric_limits<std::int64_t>::max());
  if (name.starts_with("geo.") || name.starts_with("st_")) return of_shapes(name, args);
  if (name == "before" || name == "after" || name == "meets" || name == "during" || name == "overlaps" ||
      name == "starts" || name == "finishes") {
    const Truth truth = of_intervals(name, args[0], args[1]);
    return truth ? Value::boolean(*truth) : Value();
  }
  if (name == "round" || name == "floor" || name == "ceiling") {
    if (args[0].type != Type::number) return {};
    const long double n = args[0].number;
    return Value::of(name == "round" ? std::round(n) : name == "floor" ? std::floor(n) : std::ceil(n));
  }
  if (name == "year" || name == "month" || name == "day" || name == "hour" || name == "minute" || name == "second" ||
      name == "fractionalseconds" || name == "date" || name == "time" || name == "totaloffsetminutes")
    return of_time(name, args[0]);
  if (args[0].type != Type::string) return {};
  return of_strings(name, args);
}

Value arithmetic(Op op, const Value& a, const Value& b) {
  if (a.type == Type::number && b.type == Type::number) {
    long double n = 0;
    switch (op) {
      case Op::add: n = a.number + b.number; break;
      case Op::sub: n = a.number - b.number; break;
      case Op::mul: n = a.number * b.number; break;
      case Op::div: n = a.number / b.number; break;
      default: n = std::fmod(a.number, b.number);
    }
    if (!std::isfinite(n)) return {};  // divided by nothing
    Value out = Value::of(n);
    out.computed = true;
    return out;
  }
  if (b.type == Type::duration && (a.is_time() || a.type == Type::duration) && (op == Op::add || op == Op::sub)) {
    Value out = a;
    const std::int64_t shift = op == Op::add ? b.from : -b.from;
    if (__builtin_add_overflow(a.from, shift, &out.from) || __builtin_add_overflow(a.to, shift, &out.to)) return {};
    return out;
  }
  if (a.type == Type::date && b.type == Type::duration && (op == Op::add || op == Op::sub))
    return Value::instant(start_of(a.from, op == Op::add ? b.from : -b.from));
  if (a.type == Type::duration && b.is_time() && op == Op::add) return arithmetic(op, b, a);
  if (a.type == Type::instant && b.type == Type::instant && op == Op::sub) {
    std::int64_t length = 0;
    if (__builtin_sub_overflow(a.from, b.from, &length)) return {};
    return Value::simple(Type::duration, length);
  }
  if (a.type == Type::date && b.type == Type::date && op == Op::sub)
    return Value::simple(Type::duration, start_of(a.from - b.from));
  if (a.type == Type::duration && b.type == Type::number && (op == Op::mul || op == Op::div)) {
    const long double ns = op == Op::mul ? a.from * b.number : a.from / b.number;
    if (!(std::fabs(ns) < 9e18L)) return {};
    return Value::simple(Type::duration, static_cast<std::int64_t>(std::round(ns)));
  }
  return {};
}

}  // namespace qala::sensorthings
