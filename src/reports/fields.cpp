#include "reports/fields.h"

#include <map>

namespace qala::reports {

namespace {

struct Wish {
  registry::Kind kind;
  std::string_view property;  ///< the key, or a part of it
  bool whole;                 ///< the key itself is meant
  Combine combine;
  double above;
  int minutes;
  std::string_view unit;
  double scale;
  int decimals;
  bool from_zero;
};

using registry::Kind;

/// The first whose things there are. The same as the screens ask (web/src/overview/questions.ts), but for the town's
/// mean where they show the worst place.
std::vector<Wish> wishes(Field field) {
  switch (field) {
    case Field::air: return {{Kind::air_station, "pm2_5", true, Combine::mean, 0, 10, "µg/m³", 1, 0, true}};
    case Field::heat:
      return {{Kind::heat_substation, "supply_temperature", true, Combine::mean, 0, 10, "°C", 1, 1, false}};
    case Field::light:
      return {{Kind::lamp, "power", false, Combine::share, 0.5, 10, "%", 1, 1, false},
              {Kind::lamp, "state", false, Combine::share, 0.5, 10, "%", 1, 1, false}};
    case Field::power: return {{Kind::meter, "power", true, Combine::sum, 0, 10, "MW", 1e-6, 2, true}};
    case Field::water:
      return {{Kind::meter, "flow", false, Combine::sum, 0, 10, "m³/h", 1, 1, true},
              {Kind::meter, "volume", false, Combine::rate, 0, 30, "m³/h", 1, 1, true}};
    case Field::waste: return {{Kind::bin, "fill_level", true, Combine::count, 80, 30, "", 1, 0, true}};
    case Field::traffic:
      return {{Kind::traffic_counter, "vehicle_flow", true, Combine::mean, 0, 10, "veh/h", 1, 0, true},
              {Kind::traffic_counter, "vehicle_count", true, Combine::mean, 0, 10, "veh/h", 1, 0, true}};
  }
  return {};
}

std::vector<DatastreamId> streams_of(const Wish& wish, const registry::Registry::View& view) {
  std::map<std::string, std::vector<DatastreamId>> found;
  view.each_datastream([&](const registry::Datastream& stream) {
    const auto* property = view.property(stream.property);
    if (!property) return;
    const bool fits =
        wish.whole ? property->key == wish.property : property->key.find(wish.property) != std::string::npos;
    const auto* thing = fits ? view.thing(stream.thing) : nullptr;
    if (thing && thing->kind == wish.kind) found[property->key].push_back(stream.id);
  });
  // Different properties are no one sum: the one that most things have.
  std::vector<DatastreamId> most;
  for (auto& [key, streams] : found) {
    if (streams.size() > most.size()) most = std::move(streams);
  }
  return most;
}

}  // namespace

std::optional<FieldQuestion> question_of(Field field, const registry::Registry::View& view) {
  for (const Wish& wish : wishes(field)) {
    auto streams = streams_of(wish, view);
    if (streams.empty()) continue;
    return FieldQuestion{.field = field,
                         .question = {.datastreams = std::move(streams),
                                      .combine = wish.combine,
                                      .above = wish.above,
                                      .minutes = wish.minutes},
                         .unit = wish.unit,
                         .scale = wish.scale,
                         .decimals = wish.decimals,
                         .from_zero = wish.from_zero,
                         .lit_only = field == Field::light};
  }
  return std::nullopt;
}

}  // namespace qala::reports
