#include "ngsi/value.h"

#include <cmath>

namespace qala::ngsi {

Value Value::of_number(double number) {
  Value out{.kind = Kind::number, .number = number};
  JsonWriter(out.text).measured(number);
  return out;
}

Value Value::of_decimal(std::int64_t mantissa, int scale) {
  Value out{.kind = Kind::number, .number = static_cast<double>(mantissa) * std::pow(10, -scale)};
  if (scale > 0) out.number = static_cast<double>(mantissa) / std::pow(10, scale);  // correctly rounded
  append_decimal(out.text, mantissa, scale);
  return out;
}

void write(JsonWriter& json, const Value& value, bool typed) {
  switch (value.kind) {
    case Value::Kind::number: json.raw(value.text); break;
    case Value::Kind::text: json.string(value.text); break;
    case Value::Kind::boolean: json.boolean(value.flag); break;
    case Value::Kind::time:
      if (typed) json.object().field("@type", "DateTime").key("@value").time(Instant{value.time}).end();
      else json.time(Instant{value.time});
      break;
    case Value::Kind::words:
      json.array();
      for (const auto& word : value.words) json.string(word);
      json.end();
      break;
    case Value::Kind::members:
      json.object();
      for (const auto& [name, text] : value.members) json.field(name, text);
      json.end();
      break;
    case Value::Kind::place:
      json.object().field("type", "Point").key("coordinates").array();
      json.number(value.place.lon).number(value.place.lat).end().end();
      break;
  }
}

}  // namespace qala::ngsi
