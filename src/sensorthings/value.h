#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "registry/json_tree.h"
#include "sensorthings/geometry.h"

namespace qala::sensorthings {

using Json = registry::JsonValue;

/// What a filter computes with. Null is "not known": it makes a comparison neither true nor false.
struct Value {
  enum class Type : std::uint8_t {
    null,
    boolean,
    number,
    string,
    instant,      ///< from: UTC ns
    interval,     ///< from <= t < to
    date,         ///< from: days since 1970
    time_of_day,  ///< from: ns since midnight
    duration,     ///< from: ns
    geometry,
    json,  ///< an object or array
    list,  ///< of `in`
  };
  Type type = Type::null;
  bool truth = false;
  bool computed = false;  ///< came out of arithmetic: its last digits are not exact
  std::int32_t offset_minutes = 0;  ///< of an instant as written
  long double number = 0;
  std::int64_t from = 0, to = 0;
  std::string text = {};
  std::shared_ptr<const Geometry> shape = {};
  std::shared_ptr<const Json> tree = {};

  bool is_null() const { return type == Type::null; }
  bool is_time() const { return type == Type::instant || type == Type::interval; }
  static Value boolean(bool b) { return {.type = Type::boolean, .truth = b}; }
  static Value of(long double n) { return {.type = Type::number, .number = n}; }
  static Value string(std::string s) { return {.type = Type::string, .text = std::move(s)}; }
  static Value instant(std::int64_t ns) { return {.type = Type::instant, .from = ns, .to = ns}; }
  static Value interval(std::int64_t a, std::int64_t b) { return {.type = Type::interval, .from = a, .to = b}; }
  static Value simple(Type type, std::int64_t from) { return {.type = type, .from = from}; }
};

/// A JSON scalar as itself, an object or array as json.
Value value_of(const Json& json);

/// "2024-01-01T00:00:00Z" with any offset, "+0100" without a colon too, or a blank where a '+' was decoded; seconds may
/// be left out. `offset_minutes`: as written.
std::optional<std::int64_t> parse_instant(std::string_view text, std::int32_t* offset_minutes = nullptr);
/// An instant or "from/to" (`to` may be a duration). Nothing else; from > to is nothing.
std::optional<Value> parse_time(std::string_view text);
/// "2024-01-01": days since 1970.
std::optional<std::int64_t> parse_date(std::string_view text);
/// "10:00:00", decimals allowed: ns since midnight.
std::optional<std::int64_t> parse_time_of_day(std::string_view text);
/// UTC ns of `after` ns past the beginning of a day (since 1970): the first or last instant there is for what lies
/// before 1677 or after 2262.
std::int64_t start_of(std::int64_t days, std::int64_t after = 0);
/// ISO 8601: "PT1H", "-P1DT2H"; months are 30 days, years 365. ns.
std::optional<std::int64_t> parse_duration(std::string_view text);

/// "t" or "a/b".
std::string time_text(std::int64_t from, std::optional<std::int64_t> to);

/// Three-valued: true, false, not known (other type, or null).
using Truth = std::optional<bool>;
enum class Compare : std::uint8_t { eq, ne, gt, ge, lt, le };
Truth compare(const Value& a, Compare how, const Value& b);
/// For $orderby: null first, then by type, then by value. < 0, 0, > 0.
int order(const Value& a, const Value& b);

}  // namespace qala::sensorthings
