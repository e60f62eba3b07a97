#include <unordered_map>

#include "registry/canonical_json.h"
#include "registry/checks.h"
#include "registry/document.h"

namespace qala::registry {

void Problems::add(std::size_t line, std::string_view column, std::string_view problem) {
  if (list_.size() == kMost) {
    unlisted_++;
    return;
  }
  std::string text = "line " + std::to_string(line);
  if (!column.empty()) text += ", column " + std::string(column);
  list_.push_back(text + ": " + std::string(problem));
}

std::vector<std::string> Problems::take() && {
  if (unlisted_ > 0) list_.push_back("and " + std::to_string(unlisted_) + " more");
  return std::move(list_);
}

namespace {

void take(std::string& field, const std::optional<std::string>& given) {
  if (given) field = *given;
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text.substr(0, 64)) + "\""; }

/// Turns a document into changes of the town that `view` shows. Lives for one import, under the registry's read lock.
class Plan {
 public:
  Plan(const Registry::View& view, const Document& document, Problems& problems)
      : view_(view), document_(document), problems_(problems) {}

  void make() {
    for (const auto& zone : document_.zones) plan_zone(zone);
    for (const auto& property : document_.properties) plan_property(property);
    for (const auto& sensor : document_.sensors) plan_sensor(sensor);
    for (std::size_t at = 0; at < document_.things.size(); at++) plan_thing(at);
    for (std::size_t at = 0; at < document_.things.size(); at++) link_thing(at);
    drop_unchanged();
  }

  Changes changes;
  ImportReport report;

 private:
  template <class T>
  void note(std::size_t line, const T& entity, std::string_view prefix = {}) {
    if (const auto problem = check_fields(entity))
      problems_.add(line, std::string(prefix) + std::string(problem.field), problem.problem);
  }

  void plan_zone(const FileZone& file) {
    ZoneArea zone{.key = file.key, .name = file.name};
    const ZoneArea* known = view_.zone(file.key);
    if (known) zone.id = known->id;
    note(file.line, zone, "zone_");
    if (known && *known == zone) return void(zones_[file.key] = known->id);
    zones_[file.key] = nth_new<std::uint32_t>(changes.zones.size());
    changes.zones.push_back(std::move(zone));
  }

  void plan_property(const FileProperty& file) {
    ObservedProperty property = file.property;
    const ObservedProperty* known = view_.property(property.key);
    if (known) property.id = known->id;
    note(file.line, property, "property_");
    if (known && *known == property) return;
    properties_[property.key] = nth_new<ObservedPropertyId>(changes.properties.size());
    changes.properties.push_back(std::move(property));
  }

  void plan_sensor(const FileSensor& file) {
    Sensor sensor = file.sensor;
    const Sensor* known = view_.sensor(sensor.name);
    if (known) sensor.id = known->id;
    note(file.line, sensor, "sensor_");
    if (known && *known == sensor) return;
    sensors_[sensor.name] = nth_new<SensorId>(changes.sensors.size());
    changes.sensors.push_back(std::move(sensor));
  }

  void plan_thing(std::size_t at) {
    const FileThing& file = document_.things[at];
    const Thing* known = view_.thing(file.key);
    Thing thing = known ? *known : Thing{.key = file.key, .properties = "{}"};
    take(thing.name, file.name);
    take(thing.description, file.description);
    take(thing.street, file.street);
    take(thing.owner, file.owner);
    take(thing.installed, file.installed);
    take(thing.calibrated, file.calibrated);
    take(thing.photo, file.photo);
    if (file.has_location) thing.location = file.location;
    take_kind(file, thing);
    take_zone(file, thing);
    take_properties(file, thing);
    note(file.line, thing);
    things_.emplace(file.key, nth_new<ThingId>(at));
    changes.things.push_back(std::move(thing));
  }

  void take_kind(const FileThing& file, Thing& thing) {
    if (!file.kind) return;
    const auto kind = kind_from(file.kind->empty() ? "other" : *file.kind);
    if (kind) thing.kind = *kind;
    else problems_.add(file.line, "kind", in_quotes(*file.kind) + " is not a kind of thing");
  }

  void take_zone(const FileThing& file, Thing& thing) {
    if (!file.zone) return;
    const ZoneArea* known = view_.zone(*file.zone);
    if (file.zone->empty()) thing.zone = 0;
    else if (const auto made = zones_.find(*file.zone); made != zones_.end()) thing.zone = made->second;
    else if (known) thing.zone = known->id;
    else
      problems_.add(file.line, "zone",
                    in_quotes(*file.zone) + " is unknown: give its names in Kazakh, Russian and English");
  }

  void take_properties(const FileThing& file, Thing& thing) {
    if (!file.properties) return;
    auto canonical = canonical_object(*file.properties);
    if (canonical) thing.properties = std::move(*canonical);
    else problems_.add(file.line, "properties", canonical.error().message);
  }

  /// Second round: all keys of the file are known now, in whatever order they came.
  void link_thing(std::size_t at) {
    const FileThing& file = document_.things[at];
    Thing& thing = changes.things[at];
    link(file, file.parent, "parent", thing.parent);
    link(file, file.gateway, "gateway", thing.gateway);
    const Thing* known = view_.thing(file.key);
    for (const auto& datastream : file.datastreams)
      plan_datastream(datastream, known, known ? known->id : nth_new<ThingId>(at));
  }

  void link(const FileThing& file, const std::optional<std::string>& key, std::string_view column, ThingId& id) {
    if (!key) return;
    if (key->empty()) {
      id = ThingId();
    } else if (const Thing* known = view_.thing(*key)) {
      id = known->id;
    } else if (const auto made = things_.find(*key); made != things_.end()) {
      id = made->second;
    } else {
      problems_.add(file.line, column, "there is no thing " + in_quotes(*key));
    }
  }

  void plan_datastream(const FileDatastream& file, const Thing* thing, ThingId id) {
    const Datastream* known = thing ? view_.datastream(thing->id, file.key) : nullptr;
    Datastream datastream = known ? *known : Datastream{.thing = id, .key = file.key};
    take(datastream.name, file.name);
    take(datastream.unit, file.unit);
    if (file.retention) datastream.retention = file.retention->empty() ? "standard" : *file.retention;
    if (file.interval_ms) datastream.interval_ms = *file.interval_ms;
    take_observed(file, known == nullptr, datastream);
    take_sensor(file, datastream);
    note(file.line, datastream, "datastream_");
    if (known && *known == datastream) return;
    if (thing) touched_.insert({thing->id.value, true});
    changes.datastreams.push_back(std::move(datastream));
  }

  void take_observed(const FileDatastream& file, bool is_new, Datastream& datastream) {
    if (!file.property) {
      if (const auto* guess = is_new ? guess_property(view_, file.key) : nullptr) datastream.property = guess->id;
    } else if (file.property->empty()) {
      datastream.property = ObservedPropertyId();
    } else if (const auto made = properties_.find(*file.property); made != properties_.end()) {
      datastream.property = made->second;
    } else if (const auto* known = view_.property(*file.property)) {
      datastream.property = known->id;
    } else {
      problems_.add(file.line, "property", in_quotes(*file.property) + " is not an observed property");
    }
  }

  void take_sensor(const FileDatastream& file, Datastream& datastream) {
    if (!file.sensor) return;
    if (file.sensor->empty()) {
      datastream.sensor = SensorId();
    } else if (const auto made = sensors_.find(*file.sensor); made != sensors_.end()) {
      datastream.sensor = made->second;
    } else if (const auto* known = view_.sensor(*file.sensor)) {
      datastream.sensor = known->id;
    } else {
      sensors_[*file.sensor] = datastream.sensor = nth_new<SensorId>(changes.sensors.size());
      changes.sensors.push_back({.name = *file.sensor});
    }
  }

  /// Counts, and leaves out things that are already as the file says; what refers to the others is numbered anew.
  void drop_unchanged() {
    std::vector<Thing> kept;
    std::vector<ThingId> moved(changes.things.size());
    for (std::size_t at = 0; at < changes.things.size(); at++) {
      Thing& thing = changes.things[at];
      const Thing* known = view_.thing(thing.id);
      const bool same = known && *known == thing;
      if (!known) report.created++;
      else if (!same || touched_.contains(thing.id.value)) report.changed++;
      else report.unchanged++;
      if (same) continue;
      moved[at] = nth_new<ThingId>(kept.size());
      kept.push_back(std::move(thing));
    }
    const auto renumber = [&](ThingId& id) {
      if ((id.value & kNewHere) != 0) id = moved[id.value & ~kNewHere];
    };
    for (Thing& thing : kept) {
      renumber(thing.parent);
      renumber(thing.gateway);
    }
    for (Datastream& datastream : changes.datastreams) renumber(datastream.thing);
    changes.things = std::move(kept);
  }

  const Registry::View& view_;
  const Document& document_;
  Problems& problems_;
  std::unordered_map<std::string, std::uint32_t> zones_;
  std::unordered_map<std::string, ObservedPropertyId> properties_;
  std::unordered_map<std::string, SensorId> sensors_;
  std::unordered_map<std::string, ThingId> things_;
  std::unordered_map<std::uint32_t, bool> touched_;
};

}  // namespace

ImportPlan plan_document(const Registry& registry, const Document& document, Problems problems) {
  ImportPlan out;
  if (problems.empty())
    registry.read([&](const Registry::View& view) {
      Plan plan(view, document, problems);
      plan.make();
      out = {.changes = std::move(plan.changes), .report = std::move(plan.report)};
    });
  if (!problems.empty()) return {.report = {.problems = std::move(problems).take()}};
  return out;
}

Result<ImportReport> finish(ImportPlan plan, const std::function<Result<>(Changes&)>& put) {
  Changes& changes = plan.changes;
  if (!plan.report.problems.empty()) return ImportReport{.problems = std::move(plan.report.problems)};
  const bool nothing = changes.things.empty() && changes.datastreams.empty() && changes.zones.empty() &&
                       changes.properties.empty() && changes.sensors.empty();
  if (nothing) return plan.report;
  if (auto done = put(changes); !done) {
    const auto kind = done.error().kind;
    if (kind != ErrorKind::invalid && kind != ErrorKind::conflict) return std::move(done.error());
    return ImportReport{.problems = {done.error().message}};  // circles of parents: no single line is to blame
  }
  return plan.report;
}

Result<ImportReport> carry_out(Registry& registry, ImportPlan plan, const Actor& actor) {
  return finish(std::move(plan), [&](Changes& changes) { return registry.put_all(changes, actor); });
}

}  // namespace qala::registry
