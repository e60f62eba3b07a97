#include "registry/describe.h"

#include "base/json_writer.h"

namespace qala::registry {

namespace {

/// Writes `name: [before, after]` for fields that differ; a new entity's fields that are not empty.
class Differences {
 public:
  explicit Differences(std::string& out) : json_(out) { json_.object(); }
  ~Differences() { json_.end(); }

  void text(std::string_view name, const std::string* before, const std::string& after) {
    if (before ? *before == after : after.empty()) return;
    begin(name);
    if (before) json_.string(*before);
    json_.string(after).end();
  }
  void number(std::string_view name, const double* before, double after) {
    if (before ? *before == after : after == 0) return;
    begin(name);
    if (before) json_.number(*before);
    json_.number(after).end();
  }

 private:
  void begin(std::string_view name) { json_.key(name).array(); }
  JsonWriter json_;
};

template <class T>
void text(Differences& out, std::string_view name, const T* before, const T& after, std::string T::* field) {
  out.text(name, before ? &(before->*field) : nullptr, after.*field);
}

template <class T, class Number>
void number(Differences& out, std::string_view name, const T* before, const T& after, const Number& of) {
  const double was = before ? of(*before) : 0;
  out.number(name, before ? &was : nullptr, of(after));
}

template <class T>
void names(Differences& out, const T* before, const T& after) {
  out.text("name_kk", before ? &before->name.kk : nullptr, after.name.kk);
  out.text("name_ru", before ? &before->name.ru : nullptr, after.name.ru);
  out.text("name_en", before ? &before->name.en : nullptr, after.name.en);
}

void fields(Differences& out, const Thing* before, const Thing& after) {
  text(out, "key", before, after, &Thing::key);
  text(out, "name", before, after, &Thing::name);
  text(out, "description", before, after, &Thing::description);
  const std::string kind = before ? std::string(name_of(before->kind)) : std::string();
  out.text("kind", before ? &kind : nullptr, std::string(name_of(after.kind)));
  number(out, "zone", before, after, [](const Thing& thing) { return double(thing.zone); });
  text(out, "street", before, after, &Thing::street);
  text(out, "owner", before, after, &Thing::owner);
  number(out, "parent", before, after, [](const Thing& thing) { return double(thing.parent.value); });
  number(out, "gateway", before, after, [](const Thing& thing) { return double(thing.gateway.value); });
  number(out, "lon", before, after, [](const Thing& thing) { return thing.location ? thing.location->lon : 0; });
  number(out, "lat", before, after, [](const Thing& thing) { return thing.location ? thing.location->lat : 0; });
  text(out, "installed", before, after, &Thing::installed);
  text(out, "calibrated", before, after, &Thing::calibrated);
  text(out, "photo", before, after, &Thing::photo);
  text(out, "properties", before, after, &Thing::properties);
}

void fields(Differences& out, const Datastream* before, const Datastream& after) {
  number(out, "thing", before, after, [](const Datastream& d) { return double(d.thing.value); });
  text(out, "key", before, after, &Datastream::key);
  text(out, "name", before, after, &Datastream::name);
  number(out, "property", before, after, [](const Datastream& d) { return double(d.property.value); });
  number(out, "sensor", before, after, [](const Datastream& d) { return double(d.sensor.value); });
  text(out, "unit", before, after, &Datastream::unit);
  number(out, "interval_ms", before, after, [](const Datastream& d) { return double(d.interval_ms); });
  text(out, "retention", before, after, &Datastream::retention);
}

void fields(Differences& out, const ZoneArea* before, const ZoneArea& after) {
  text(out, "key", before, after, &ZoneArea::key);
  names(out, before, after);
}

void fields(Differences& out, const Sensor* before, const Sensor& after) {
  text(out, "name", before, after, &Sensor::name);
  text(out, "description", before, after, &Sensor::description);
  text(out, "metadata", before, after, &Sensor::metadata);
}

void fields(Differences& out, const ObservedProperty* before, const ObservedProperty& after) {
  text(out, "key", before, after, &ObservedProperty::key);
  names(out, before, after);
  text(out, "definition", before, after, &ObservedProperty::definition);
  text(out, "unit", before, after, &ObservedProperty::unit);
  number(out, "decimals", before, after, [](const ObservedProperty& p) { return double(p.decimals); });
  number(out, "plausible_min", before, after, [](const ObservedProperty& p) { return p.plausible_min; });
  number(out, "plausible_max", before, after, [](const ObservedProperty& p) { return p.plausible_max; });
}

/// Collects what is done to each entity of a batch.
class Story {
 public:
  template <class T>
  void add(std::string_view type, std::string_view name, const T* before, const T& after) {
    const std::string object = std::string(type) + " " + std::string(name);
    if (count_ == 0) single_ = {std::string(type) + (before ? ".changed" : ".created"), object, {}};
    if (count_ > 0) details_ += ',';
    append_json_string(details_, object);
    details_ += ':';
    Differences differences(details_);
    fields(differences, before, after);
    count_++;
  }

  Description tell() && {
    single_.detail = "{" + details_ + "}";
    if (count_ == 1) return std::move(single_);
    return {"registry.changed", std::to_string(count_) + " entities", std::move(single_.detail)};
  }

 private:
  Description single_;
  std::string details_;
  std::size_t count_ = 0;
};

std::string datastream_name(const Registry::View& view, const Changes& changes, const Datastream& datastream) {
  for (const Thing& thing : changes.things)
    if (changes.things.size() < 8 && thing.id == datastream.thing) return thing.key + "/" + datastream.key;
  const Thing* thing = view.thing(datastream.thing);
  return (thing ? thing->key : "#" + std::to_string(datastream.thing.value)) + "/" + datastream.key;
}

}  // namespace

Description describe(const Registry::View& before, const Changes& changes) {
  Story story;
  for (const auto& zone : changes.zones) story.add("zone", zone.key, before.zone(zone.id), zone);
  for (const auto& property : changes.properties)
    story.add("property", property.key, before.property(property.id), property);
  for (const auto& sensor : changes.sensors) story.add("sensor", sensor.name, before.sensor(sensor.id), sensor);
  for (const auto& thing : changes.things) story.add("thing", thing.key, before.thing(thing.id), thing);
  for (const auto& datastream : changes.datastreams)
    story.add("datastream", datastream_name(before, changes, datastream), before.datastream(datastream.id), datastream);
  return std::move(story).tell();
}

Description describe_removal(const Registry::View& before, const Thing& thing) {
  std::string detail;
  JsonWriter json(detail);
  json.object().field("name", thing.name).key("datastreams").array();
  for (const DatastreamId id : before.datastreams_of(thing.id)) json.string(before.datastream(id)->key);
  json.end().end();
  return {"thing.removed", "thing " + thing.key, std::move(detail)};
}

Description describe_removal(const Registry::View& before, const Datastream& datastream) {
  return {"datastream.removed", "datastream " + datastream_name(before, {}, datastream), "{}"};
}

Description describe_removal(const Registry::View&, const Sensor& sensor) {
  return {"sensor.removed", "sensor " + sensor.name, "{}"};
}

Description describe_removal(const Registry::View&, const ObservedProperty& property) {
  return {"property.removed", "property " + property.key, "{}"};
}

Description describe_removal(const ZoneArea& zone) { return {"zone.removed", "zone " + zone.key, "{}"}; }

}  // namespace qala::registry
