// What a stranger asks of NGSI-LD: q, patterns, shapes, parameters. Read or refused, whatever they are; what was read
// is used. The first byte says as what.
#include <string>
#include <string_view>

#include "ngsi/match.h"
#include "ngsi/negotiate.h"
#include "ngsi/options.h"

using namespace qala::ngsi;

namespace {

const Entity& entity() {
  static const Entity one = [] {
    Entity out{.model = &models()[0], .id = "urn:ngsi-ld:AirQualityObserved:A-1"};
    out.attributes.push_back({.name = "pm25", .value = Value::of_decimal(415, 1), .unit = "GQ", .observed = 1});
    out.attributes.push_back({.name = "name", .value = Value::of_text("Мектеп №4")});
    out.attributes.push_back({.name = "dateObserved", .value = Value::of_time(1)});
    return out;
  }();
  return one;
}

/// NAME=TEXT lines as parameters.
Ask ask_of(std::string_view text) {
  Ask out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    const auto equals = std::min(line.find('='), line.size());
    out.options.emplace_back(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 8'000) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      if (const auto query = parse_query(text)) (void)fits(*query, entity());
      break;
    case 1: {
      const auto line = std::min(text.find('\n'), text.size());
      if (const auto pattern = Pattern::parse(text.substr(0, line))) (void)pattern->found_in(text.substr(line));
      break;
    }
    case 2: {
      const auto line = std::min(text.find('\n'), text.size());
      const auto rest = text.substr(std::min(line + 1, text.size()));
      for (const char* geometry : {"Point", "MultiPoint", "Polygon", "MultiPolygon"})
        if (const auto area = parse_geo_query(text.substr(0, line), geometry, rest)) (void)area->holds({70.95, 51.99});
      break;
    }
    case 3: {
      const Ask ask = ask_of(text);
      (void)entity_options(ask).has_value();
      (void)temporal_options(ask).has_value();
      (void)one_options(ask).has_value();
      break;
    }
    case 4:
      (void)wants_ld(text);
      (void)is_known_context(text, "https://town/ngsi-ld/v1/context.jsonld");
      break;
    default:
      for (const Model& model : models())
        if (const auto key = key_in(model, text)) (void)urn_of(model, *key);
  }
  return 0;
}
