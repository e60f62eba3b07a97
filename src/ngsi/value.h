#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "registry/model.h"

namespace qala::ngsi {

/// What an attribute says.
struct Value {
  enum class Kind : std::uint8_t { number, text, boolean, time, words, members, place };
  Kind kind = Kind::text;
  double number = 0;
  std::string text = {};  ///< a text; a number as it is written
  bool flag = false;
  std::int64_t time = 0;                                        ///< UTC ns
  std::vector<std::string> words = {};                          ///< a list of texts
  std::vector<std::pair<std::string, std::string>> members = {};  ///< an object of texts
  registry::Point place = {};

  static Value of_text(std::string text) { return {.kind = Kind::text, .text = std::move(text)}; }
  static Value of_time(std::int64_t ns) { return {.kind = Kind::time, .time = ns}; }
  static Value of_flag(bool flag) { return {.kind = Kind::boolean, .flag = flag}; }
  static Value of_number(double number);
  static Value of_decimal(std::int64_t mantissa, int scale);
  static Value of_place(registry::Point place) { return {.kind = Kind::place, .place = place}; }
};

/// As a JSON value. `typed`: a time as {"@type": "DateTime", "@value": …}, as the normalized form has it.
void write(JsonWriter& json, const Value& value, bool typed);

struct Attribute {
  enum class Kind : std::uint8_t { property, geo, relationship };
  std::string_view name = {};  ///< of the model
  Kind kind = Kind::property;
  Value value = {};
  std::string_view unit = {};                   ///< UN/CEFACT common code; empty: none
  std::optional<std::int64_t> observed = {};  ///< UTC ns
};

}  // namespace qala::ngsi
