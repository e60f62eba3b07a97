#include "base/json_writer.h"
#include "registry/catalogue.h"
#include "registry/registry.h"

namespace qala::registry {

namespace {

void write_name(JsonWriter& json, const LocalText& name) {
  json.key("name").object().field("kk", name.kk).field("ru", name.ru).field("en", name.en).end();
}

void write_named(JsonWriter& json, const Registry::View& view) {
  json.key("zones").array();
  view.each_zone([&](const ZoneArea& zone) {
    json.object().field("key", zone.key);
    write_name(json, zone.name);
    json.end();
  });
  json.end().key("sensors").array();
  view.each_sensor([&](const Sensor& sensor) {
    json.object().field("name", sensor.name).field("description", sensor.description);
    json.field("metadata", sensor.metadata).end();
  });
  json.end().key("observed_properties").array();
  view.each_property([&](const ObservedProperty& property) {
    for (const auto& built_in : catalogue())
      if (built_in == property) return;
    json.object().field("key", property.key);
    write_name(json, property.name);
    json.field("definition", property.definition).field("unit", property.unit).field("decimals", property.decimals);
    json.field("min", property.plausible_min).field("max", property.plausible_max).end();
  });
  json.end();
}

void write_datastream(JsonWriter& json, const Registry::View& view, const Datastream& datastream) {
  json.object().field("key", datastream.key);
  if (!datastream.name.empty()) json.field("name", datastream.name);
  json.key("property");
  if (const auto* property = view.property(datastream.property)) json.string(property->key);
  else json.null();
  if (!datastream.unit.empty()) json.field("unit", datastream.unit);
  if (datastream.interval_ms != 0) json.field("interval_ms", datastream.interval_ms);
  if (const auto* sensor = view.sensor(datastream.sensor)) json.field("sensor", sensor->name);
  json.field("retention", datastream.retention).end();
}

void text(JsonWriter& json, std::string_view name, const std::string& value) {
  if (!value.empty()) json.field(name, value);
}

void write_properties(JsonWriter& json, const Registry::View& view, const Thing& thing) {
  json.key("properties").object().field("key", thing.key);
  text(json, "name", thing.name);
  text(json, "description", thing.description);
  json.field("kind", name_of(thing.kind));
  if (const auto* zone = view.zone(thing.zone)) json.field("zone", zone->key);
  text(json, "street", thing.street);
  text(json, "owner", thing.owner);
  if (const auto* parent = view.thing(thing.parent)) json.field("parent", parent->key);
  if (const auto* gateway = view.thing(thing.gateway)) json.field("gateway", gateway->key);
  text(json, "installed", thing.installed);
  text(json, "calibrated", thing.calibrated);
  text(json, "photo", thing.photo);
  if (thing.properties != "{}") json.key("properties").raw(thing.properties);
  json.key("datastreams").array();
  for (const DatastreamId id : view.datastreams_of(thing.id)) write_datastream(json, view, *view.datastream(id));
  json.end().end();
}

void write_feature(JsonWriter& json, const Registry::View& view, const Thing& thing) {
  json.object().field("type", "Feature").key("geometry");
  if (thing.location) {
    json.object().field("type", "Point").key("coordinates").array();
    json.number(thing.location->lon).number(thing.location->lat).end().end();
  } else {
    json.null();
  }
  write_properties(json, view, thing);
  json.end();
}

}  // namespace

std::string export_geojson(const Registry& registry) {
  std::string out;
  registry.read([&](const Registry::View& view) {
    JsonWriter json(out);
    json.object().field("type", "FeatureCollection");
    write_named(json, view);
    json.key("features").array();
    view.each_thing([&](const Thing& thing) {
      write_feature(json, view, thing);
      out += '\n';  // one feature a line: problems name lines, and versions can be compared
    });
    json.end().end();
  });
  out += '\n';
  return out;
}

}  // namespace qala::registry
