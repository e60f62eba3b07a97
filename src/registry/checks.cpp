#include "registry/checks.h"

#include <unordered_map>
#include <unordered_set>

#include "registry/canonical_json.h"

namespace qala::registry {

namespace {

Error refuse(std::string_view what, std::string_view key, const FieldProblem& problem) {
  return fail(ErrorKind::invalid, std::string(what) + " \"" + std::string(key) + "\", " + std::string(problem.field) +
                                      ": " + problem.problem);
}

/// Keys that two entities of this batch, or one and the town, both want.
class Taken {
 public:
  /// False if another entity of the batch has it already.
  bool claim(std::string key) { return seen_.insert(std::move(key)).second; }

 private:
  std::unordered_set<std::string> seen_;
};

bool is_new(std::uint32_t id) { return (id & kNewHere) != 0; }

/// Every reference points to something that exists or is made in this batch.
class References {
 public:
  References(const Registry::View& view, const Changes& changes) : view_(view), changes_(changes) {}

  bool zone(std::uint32_t id) const { return id == 0 || in(id, changes_.zones, view_.zone(id) != nullptr); }
  bool property(ObservedPropertyId id) const {
    return !id || in(id.value, changes_.properties, view_.property(id) != nullptr);
  }
  bool sensor(SensorId id) const { return !id || in(id.value, changes_.sensors, view_.sensor(id) != nullptr); }
  bool thing(ThingId id) const { return in(id.value, changes_.things, view_.thing(id) != nullptr); }

 private:
  template <class T>
  static bool in(std::uint32_t id, const std::vector<T>& batch, bool exists) {
    return is_new(id) ? (id & ~kNewHere) < batch.size() : exists;
  }
  const Registry::View& view_;
  const Changes& changes_;
};

template <class T>
Result<> check_id(std::string_view what, std::string_view key, std::uint32_t id, const T* existing) {
  if (id == 0) return {};
  if (id > kMaxEntityId || !existing)
    return fail(ErrorKind::not_found,
                std::string(what) + " \"" + std::string(key) + "\": there is no id " + std::to_string(id));
  return {};
}

Error taken(std::string_view what, std::string_view key) {
  return fail(ErrorKind::conflict, std::string(what) + " \"" + std::string(key) + "\": the key is taken");
}

/// Follows parents (or gateways) as they will be after the batch.
class Circles {
 public:
  Circles(const Registry::View& view, const std::vector<Thing>& things, ThingId Thing::* link)
      : view_(view), things_(things), link_(link) {
    for (const Thing& thing : things)
      if (thing.id) changed_[thing.id.value] = thing.*link;
  }

  bool contains(std::size_t index) {
    const Thing& start = things_[index];
    const ThingId self = start.id ? start.id : nth_new<ThingId>(index);
    ThingId at = start.*link_;
    for (std::size_t steps = 0; at; at = next(at), steps++)
      if (at == self || normal(at) == normal(self) || steps > kDeepest) return true;
    return false;
  }

 private:
  static constexpr std::size_t kDeepest = 64;

  ThingId normal(ThingId id) const {
    if (!is_new(id.value)) return id;
    const ThingId known = things_[id.value & ~kNewHere].id;
    return known ? known : id;
  }
  ThingId next(ThingId id) const {
    if (is_new(id.value)) return things_[id.value & ~kNewHere].*link_;
    if (const auto found = changed_.find(id.value); found != changed_.end()) return found->second;
    return view_.thing(id)->*link_;
  }

  const Registry::View& view_;
  const std::vector<Thing>& things_;
  ThingId Thing::* link_;
  std::unordered_map<std::uint32_t, ThingId> changed_;
};

Result<> check_things(const Registry::View& view, Changes& changes) {
  const References refers(view, changes);
  Taken keys;
  for (Thing& thing : changes.things) {
    TRY(thing.properties, canonical_object(thing.properties).context("thing \"" + thing.key + "\", properties"));
    if (const auto problem = check_fields(thing)) return refuse("thing", thing.key, problem);
    TRY_VOID(check_id("thing", thing.key, thing.id.value, view.thing(thing.id)));
    const Thing* holder = view.thing(thing.key);
    if (!keys.claim(thing.key) || (holder && holder->id != thing.id)) return taken("thing", thing.key);
    if (!refers.zone(thing.zone)) return refuse("thing", thing.key, {"zone", "there is no such zone"});
    if (thing.parent && !refers.thing(thing.parent))
      return refuse("thing", thing.key, {"parent", "there is no such thing"});
    if (thing.gateway && !refers.thing(thing.gateway))
      return refuse("thing", thing.key, {"gateway", "there is no such thing"});
  }
  Circles parents(view, changes.things, &Thing::parent), gateways(view, changes.things, &Thing::gateway);
  for (std::size_t at = 0; at < changes.things.size(); at++) {
    const std::string& key = changes.things[at].key;
    if (parents.contains(at)) return refuse("thing", key, {"parent", "leads in a circle, or 64 things up"});
    if (gateways.contains(at)) return refuse("thing", key, {"gateway", "leads in a circle, or 64 things up"});
  }
  return {};
}

Result<> check_datastreams(const Registry::View& view, const Changes& changes) {
  const References refers(view, changes);
  Taken keys;
  for (const Datastream& datastream : changes.datastreams) {
    if (const auto problem = check_fields(datastream)) return refuse("datastream", datastream.key, problem);
    TRY_VOID(check_id("datastream", datastream.key, datastream.id.value, view.datastream(datastream.id)));
    if (!refers.thing(datastream.thing))
      return refuse("datastream", datastream.key, {"thing", "there is no such thing"});
    const Datastream* holder =
        is_new(datastream.thing.value) ? nullptr : view.datastream(datastream.thing, datastream.key);
    if (!keys.claim(std::to_string(datastream.thing.value) + "/" + datastream.key) ||
        (holder && holder->id != datastream.id))
      return taken("datastream", datastream.key);
    if (!refers.property(datastream.property))
      return refuse("datastream", datastream.key, {"property", "there is no such observed property"});
    if (!refers.sensor(datastream.sensor))
      return refuse("datastream", datastream.key, {"sensor", "there is no such sensor"});
  }
  return {};
}

template <class T, class Holder>
Result<> check_named(std::string_view what, const T& entity, std::string_view key, std::uint32_t id, const T* by_id,
                     const Holder* by_key, Taken& keys) {
  if (const auto problem = check_fields(entity)) return refuse(what, key, problem);
  TRY_VOID(check_id(what, key, id, by_id));
  if (!keys.claim(std::string(key)) || (by_key && by_key->id != entity.id)) return taken(what, key);
  return {};
}

}  // namespace

Result<> check(const Registry::View& view, Changes& changes) {
  Taken zones, properties, sensors;
  for (const auto& zone : changes.zones)
    TRY_VOID(check_named("zone", zone, zone.key, zone.id, view.zone(zone.id), view.zone(zone.key), zones));
  for (const auto& property : changes.properties)
    TRY_VOID(check_named("property", property, property.key, property.id.value, view.property(property.id),
                         view.property(property.key), properties));
  for (const auto& sensor : changes.sensors)
    TRY_VOID(check_named("sensor", sensor, sensor.name, sensor.id.value, view.sensor(sensor.id),
                         view.sensor(sensor.name), sensors));
  TRY_VOID(check_things(view, changes));
  return check_datastreams(view, changes);
}

}  // namespace qala::registry
