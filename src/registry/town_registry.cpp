#include "registry/town_registry.h"

#include <mutex>
#include <unordered_set>

#include "registry/catalogue.h"
#include "registry/checks.h"
#include "registry/describe.h"

namespace qala::registry {

namespace {

/// Gives the next id to every entity that has none. Ids are never given out again, so that one day there may be none.
template <class T>
Result<> number(std::vector<T>& entities, std::uint32_t& last, std::uint32_t most = kMaxEntityId) {
  for (T& entity : entities) {
    std::uint32_t& id = [&]() -> std::uint32_t& {
      if constexpr (requires { entity.id.value; }) return entity.id.value;
      else return entity.id;
    }();
    if (id != 0) continue;
    if (last >= most) {
      return fail(ErrorKind::invalid, "all " + std::to_string(most) +
                                          " numbers for entities of this kind are used: take the registry over into a "
                                          "new data folder (export, import)");
    }
    id = ++last;
  }
  return {};
}

/// nth_new(i) becomes the id that the i-th entity has got.
void resolve(std::uint32_t& id, const auto& entities) {
  if ((id & kNewHere) == 0) return;
  const auto& entity = entities[id & ~kNewHere];
  if constexpr (requires { entity.id.value; }) id = entity.id.value;
  else id = entity.id;
}

bool judged_otherwise(const ObservedProperty& a, const ObservedProperty& b) {
  return a.key != b.key || a.unit != b.unit || a.plausible_min != b.plausible_min || a.plausible_max != b.plausible_max;
}

}  // namespace

Result<> TownRegistry::load() {
  TRY_VOID(load_catalogue());
  TRY_VOID(tables_.load(contents_));
  TRY(last_.zone, tables_.last_id("zone"));
  TRY(last_.property, tables_.last_id("observed_property"));
  TRY(last_.sensor, tables_.last_id("sensor"));
  TRY(last_.thing, tables_.last_id("thing"));
  TRY(last_.datastream, tables_.last_id("datastream"));
  // from the clock: a browser that saw the previous run must not take this one for unchanged
  contents_.set_generation(static_cast<std::uint64_t>(std::max<std::int64_t>(1, clock_.now().ms())));
  return {};
}

Result<> TownRegistry::load_catalogue() {
  Contents stored;
  TRY_VOID(tables_.load_named(stored));
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  bool changed = false;
  for (const ObservedProperty& property : catalogue()) {
    const ObservedProperty* known = stored.property(property.id);
    if (known && *known == property) continue;
    const ObservedProperty* other = stored.property(property.key);
    if (other && other->id != property.id) continue;  // the town had a property of that name before the catalogue
    TRY(const bool edited, tables_.is_edited(property.id));
    if (edited) continue;
    TRY_VOID(tables_.put(property, false));
    changed = true;
  }
  return changed ? transaction.commit() : Result<>();
}

void TownRegistry::read(const std::function<void(const View&)>& look) const {
  std::shared_lock guard(lock_);
  look(contents_);
}

Result<ThingId> TownRegistry::put_thing(Thing thing, const Actor& actor) {
  Changes changes;
  changes.things.push_back(std::move(thing));
  TRY_VOID(put_all(changes, actor));
  return changes.things[0].id;
}

Result<DatastreamId> TownRegistry::put_datastream(Datastream datastream, const Actor& actor) {
  Changes changes;
  changes.datastreams.push_back(std::move(datastream));
  TRY_VOID(put_all(changes, actor));
  return changes.datastreams[0].id;
}

Result<SensorId> TownRegistry::put_sensor(Sensor sensor, const Actor& actor) {
  Changes changes;
  changes.sensors.push_back(std::move(sensor));
  TRY_VOID(put_all(changes, actor));
  return changes.sensors[0].id;
}

Result<ObservedPropertyId> TownRegistry::put_property(ObservedProperty property, const Actor& actor) {
  Changes changes;
  changes.properties.push_back(std::move(property));
  TRY_VOID(put_all(changes, actor));
  return changes.properties[0].id;
}

Result<std::uint32_t> TownRegistry::put_zone(ZoneArea zone, const Actor& actor) {
  Changes changes;
  changes.zones.push_back(std::move(zone));
  TRY_VOID(put_all(changes, actor));
  return changes.zones[0].id;
}

Result<> TownRegistry::put_many(std::span<Thing> things, std::span<Datastream> datastreams, const Actor& actor) {
  Changes changes;
  changes.things.assign(things.begin(), things.end());
  changes.datastreams.assign(datastreams.begin(), datastreams.end());
  TRY_VOID(put_all(changes, actor));
  std::move(changes.things.begin(), changes.things.end(), things.begin());
  std::move(changes.datastreams.begin(), changes.datastreams.end(), datastreams.begin());
  return {};
}

Result<> TownRegistry::record(const Changes& changes, const Actor& actor) {
  const Description what = describe(contents_, changes);
  return audit_.record(actor, what.action, what.object, what.detail).context("recording in the audit chain");
}

Result<> TownRegistry::put_all(Changes& changes, const Actor& actor) { return commit(changes, true, {}, {}, actor); }

Result<> TownRegistry::put_and_remove(Changes& changes, const Removals& removals, const Also& also,
                                      const Actor& actor) {
  const bool puts = !changes.zones.empty() || !changes.properties.empty() || !changes.sensors.empty() ||
                    !changes.things.empty() || !changes.datastreams.empty();
  return commit(changes, puts, removals, also, actor);
}

/// Inside a transaction: rows and audit entries of what goes. What is not there is passed over.
Result<> TownRegistry::remove_all(const Removals& removals, const Actor& actor) {
  const auto remove = [&](const auto* entity) -> Result<> {
    if (!entity) return {};
    const Description what = describe_removal(contents_, *entity);
    TRY_VOID(tables_.remove(entity->id).context("removing " + what.object));
    return audit_.record(actor, what.action, what.object, what.detail).context("recording in the audit chain");
  };
  for (const DatastreamId id : removals.datastreams) TRY_VOID(remove(contents_.datastream(id)));
  for (const ThingId id : removals.things) TRY_VOID(remove(contents_.thing(id)));
  for (const SensorId id : removals.sensors) TRY_VOID(remove(contents_.sensor(id)));
  for (const ObservedPropertyId id : removals.properties) TRY_VOID(remove(contents_.property(id)));
  return {};
}

/// The caller's changes stay as they were if anything fails.
Result<> TownRegistry::commit(Changes& changes, bool puts, const Removals& removals, const Also& also,
                              const Actor& actor) {
  Changes work = changes;
  TRY_VOID(check(contents_, work));
  TRY(const LastIds last, give_ids(work));
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(write(work));
  if (puts) TRY_VOID(record(work, actor));
  TRY_VOID(remove_all(removals, actor));
  if (also) TRY_VOID(also(work));
  TRY_VOID(transaction.commit());
  last_ = last;
  std::vector<DatastreamId> gone = removals.datastreams;
  std::vector<ThingId> released;
  for (const ThingId id : removals.things) {
    for (const DatastreamId datastream : contents_.datastreams_of(id)) gone.push_back(datastream);
    for (const ThingId child : contents_.children_of(id)) released.push_back(child);
    for (const ThingId device : contents_.behind(id)) released.push_back(device);
  }
  const std::vector<DatastreamId> described = described_anew(work);
  if (puts) apply(work);
  if (!removals.empty()) {
    std::unique_lock guard(lock_);
    for (const DatastreamId id : removals.datastreams) contents_.remove(id);
    for (const ThingId id : removals.things) contents_.remove(id);
    for (const SensorId id : removals.sensors) contents_.remove(id);
    for (const ObservedPropertyId id : removals.properties) contents_.remove(id);
    contents_.set_generation(contents_.generation() + 1);
  }
  if (puts) tell(work, described);
  for (ChangeListener* listener : listeners_) {
    for (const DatastreamId datastream : gone) listener->datastream_removed(datastream);
    for (const ThingId thing : removals.things) listener->thing_removed(thing);
    for (const ThingId other : released)
      if (const Thing* thing = contents_.thing(other)) listener->thing_changed(*thing);
  }
  changes = std::move(work);
  return {};
}

Result<TownRegistry::LastIds> TownRegistry::give_ids(Changes& changes) const {
  LastIds last = last_;
  TRY_VOID(number(changes.zones, last.zone));
  TRY_VOID(number(changes.properties, last.property));
  TRY_VOID(number(changes.sensors, last.sensor));
  TRY_VOID(number(changes.things, last.thing));
  TRY_VOID(number(changes.datastreams, last.datastream, kMaxDatastreamId));
  for (Thing& thing : changes.things) {
    resolve(thing.zone, changes.zones);
    resolve(thing.parent.value, changes.things);
    resolve(thing.gateway.value, changes.things);
  }
  for (Datastream& datastream : changes.datastreams) {
    resolve(datastream.thing.value, changes.things);
    resolve(datastream.property.value, changes.properties);
    resolve(datastream.sensor.value, changes.sensors);
  }
  return last;
}

Result<> TownRegistry::write(const Changes& changes) {
  const Instant now = clock_.now();
  for (const auto& zone : changes.zones) TRY_VOID(tables_.put(zone).context("storing zone " + zone.key));
  for (const auto& property : changes.properties)
    TRY_VOID(tables_.put(property, true).context("storing property " + property.key));
  for (const auto& sensor : changes.sensors) TRY_VOID(tables_.put(sensor).context("storing sensor " + sensor.name));
  for (const auto& thing : changes.things) TRY_VOID(tables_.put(thing, now).context("storing thing " + thing.key));
  for (const auto& datastream : changes.datastreams)
    TRY_VOID(tables_.put(datastream, now).context("storing datastream " + datastream.key));
  return {};
}

void TownRegistry::apply(const Changes& changes) {
  std::unique_lock guard(lock_);
  for (const auto& zone : changes.zones) contents_.put(zone);
  for (const auto& property : changes.properties) contents_.put(property);
  for (const auto& sensor : changes.sensors) contents_.put(sensor);
  for (const auto& thing : changes.things) contents_.put(thing);
  for (const auto& datastream : changes.datastreams) contents_.put(datastream);
  contents_.set_generation(contents_.generation() + 1);
}

/// Before apply(): datastreams that stay as they are, but lie in a zone of another name or measure a property that is
/// judged otherwise.
std::vector<DatastreamId> TownRegistry::described_anew(const Changes& changes) const {
  std::unordered_set<std::uint32_t> zones, properties, told;
  for (const auto& zone : changes.zones) {
    const ZoneArea* before = contents_.zone(zone.id);
    if (before && before->key != zone.key) zones.insert(zone.id);
  }
  for (const auto& property : changes.properties) {
    const ObservedProperty* before = contents_.property(property.id);
    if (before && judged_otherwise(*before, property)) properties.insert(property.id.value);
  }
  if (zones.empty() && properties.empty()) return {};
  for (const auto& datastream : changes.datastreams) told.insert(datastream.id.value);
  std::vector<DatastreamId> ids;
  contents_.each_datastream([&](const Datastream& datastream) {
    if (told.contains(datastream.id.value)) return;
    const Thing* thing = contents_.thing(datastream.thing);
    if (properties.contains(datastream.property.value) || (thing && zones.contains(thing->zone)))
      ids.push_back(datastream.id);
  });
  return ids;
}

void TownRegistry::tell(const Changes& changes, std::span<const DatastreamId> described) {
  for (ChangeListener* listener : listeners_) {
    for (const auto& thing : changes.things) listener->thing_changed(thing);
    for (const auto& datastream : changes.datastreams) listener->datastream_changed(datastream);
    for (const DatastreamId id : described)
      if (const Datastream* datastream = contents_.datastream(id)) listener->datastream_changed(*datastream);
  }
}

Result<> TownRegistry::remove_thing(ThingId id, const Actor& actor) {
  if (!contents_.thing(id)) return fail(ErrorKind::not_found, "there is no thing " + std::to_string(id.value));
  Changes none;
  return commit(none, false, {.things = {id}}, {}, actor);
}

Result<> TownRegistry::remove_datastream(DatastreamId id, const Actor& actor) {
  if (!contents_.datastream(id))
    return fail(ErrorKind::not_found, "there is no datastream " + std::to_string(id.value));
  Changes none;
  return commit(none, false, {.datastreams = {id}}, {}, actor);
}

Result<> TownRegistry::remove_zone(std::uint32_t id, const Actor& actor) {
  const ZoneArea* zone = contents_.zone(id);
  if (!zone) return fail(ErrorKind::not_found, "there is no zone " + std::to_string(id));
  std::size_t within = 0;
  contents_.each_thing([&](const Thing& thing) { within += thing.zone == id; });
  if (within > 0)
    return fail(ErrorKind::conflict, "zone \"" + zone->key + "\": " + std::to_string(within) + " things lie in it");
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(tables_.remove_zone(id).context("removing zone " + zone->key));
  const Description what = describe_removal(*zone);
  TRY_VOID(audit_.record(actor, what.action, what.object, what.detail).context("recording in the audit chain"));
  TRY_VOID(transaction.commit());
  std::unique_lock guard(lock_);
  contents_.remove_zone(id);
  contents_.set_generation(contents_.generation() + 1);
  return {};
}

Result<std::unique_ptr<Registry>> Registry::open(sqlite::Database& db, const Clock& clock, AuditSink& audit) {
  TRY(auto tables, Tables::open(db));
  auto registry = std::make_unique<TownRegistry>(db, std::move(tables), clock, audit);
  TRY_VOID(registry->load());
  return std::unique_ptr<Registry>(std::move(registry));
}

}  // namespace qala::registry
