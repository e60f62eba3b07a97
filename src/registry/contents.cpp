#include "registry/contents.h"

namespace qala::registry {

namespace {

std::string_view key_of(const Sensor& sensor) { return sensor.name; }
std::string_view key_of(const auto& entity) { return entity.key; }
std::uint32_t owner_of(const Datastream& datastream) { return datastream.thing.value; }
std::uint32_t owner_of(const auto&) { return 0; }
std::uint32_t number_of(const ZoneArea& zone) { return zone.id; }
std::uint32_t number_of(const auto& entity) { return entity.id.value; }

template <class T>
auto hash_in(const Slots<T>& slots) {
  return [&slots](std::uint32_t id) {
    const T& entity = *slots.find(id);
    return key_hash(owner_of(entity), key_of(entity));
  };
}

template <class T>
const T* find_key(const Slots<T>& slots, const KeyIndex& index, std::string_view key, std::uint32_t owner = 0) {
  return slots.find(index.find(key_hash(owner, key), [&](std::uint32_t id) {
    const T& entity = *slots.find(id);
    return owner_of(entity) == owner && key_of(entity) == key;
  }));
}

template <class T>
void put_indexed(Slots<T>& slots, KeyIndex& index, T entity) {
  const std::uint32_t id = number_of(entity);
  const T* old = slots.find(id);
  const bool same = old && owner_of(*old) == owner_of(entity) && key_of(*old) == key_of(entity);
  if (old && !same) index.erase(id, hash_in(slots));
  slots.put(std::move(entity));
  if (!same) index.insert(id, hash_in(slots));
}

}  // namespace

const Thing* Contents::thing(std::string_view key) const { return find_key(things_, thing_keys_, key); }
const Datastream* Contents::datastream(ThingId thing, std::string_view key) const {
  return find_key(datastreams_, datastream_keys_, key, thing.value);
}
const ObservedProperty* Contents::property(std::string_view key) const {
  return find_key(properties_, property_keys_, key);
}
const Sensor* Contents::sensor(std::string_view name) const { return find_key(sensors_, sensor_names_, name); }
const ZoneArea* Contents::zone(std::string_view key) const { return find_key(zones_, zone_keys_, key); }

void Contents::put(Thing thing) {
  const ThingId id = thing.id, parent = thing.parent, gateway = thing.gateway;
  if (const Thing* old = things_.find(id.value)) {
    of_parent_.remove(old->parent.value, id.value);
    of_gateway_.remove(old->gateway.value, id.value);
  }
  put_indexed(things_, thing_keys_, std::move(thing));
  of_parent_.add(parent.value, id.value);
  of_gateway_.add(gateway.value, id.value);
}

void Contents::put(Datastream datastream) {
  const DatastreamId id = datastream.id;
  const ThingId thing = datastream.thing;
  const Datastream* old = datastreams_.find(id.value);
  if (old && old->thing != thing) of_thing_.remove(old->thing.value, id.value);
  put_indexed(datastreams_, datastream_keys_, std::move(datastream));
  of_thing_.add(thing.value, id.value);
}

void Contents::put(ObservedProperty property) { put_indexed(properties_, property_keys_, std::move(property)); }
void Contents::put(Sensor sensor) { put_indexed(sensors_, sensor_names_, std::move(sensor)); }
void Contents::put(ZoneArea zone) { put_indexed(zones_, zone_keys_, std::move(zone)); }

void Contents::remove(ThingId id) {
  const Thing* thing = things_.find(id.value);
  if (!thing) return;
  for (const DatastreamId datastream : datastreams_of(id)) remove(datastream);
  const auto release = [this](ThingId other, ThingId Thing::* link) {
    Thing copy = *things_.find(other.value);
    copy.*link = ThingId();
    put(std::move(copy));
  };
  for (const ThingId child : children_of(id)) release(child, &Thing::parent);
  for (const ThingId device : behind(id)) release(device, &Thing::gateway);
  of_parent_.remove(thing->parent.value, id.value);
  of_gateway_.remove(thing->gateway.value, id.value);
  thing_keys_.erase(id.value, hash_in(things_));
  things_.erase(id.value);
}

void Contents::remove(DatastreamId id) {
  const Datastream* datastream = datastreams_.find(id.value);
  if (!datastream) return;
  of_thing_.remove(datastream->thing.value, id.value);
  datastream_keys_.erase(id.value, hash_in(datastreams_));
  datastreams_.erase(id.value);
}

void Contents::remove(SensorId id) {
  if (!sensors_.find(id.value)) return;
  sensor_names_.erase(id.value, hash_in(sensors_));
  sensors_.erase(id.value);
}

void Contents::remove(ObservedPropertyId id) {
  if (!properties_.find(id.value)) return;
  property_keys_.erase(id.value, hash_in(properties_));
  properties_.erase(id.value);
}

void Contents::remove_zone(std::uint32_t id) {
  if (!zones_.find(id)) return;
  zone_keys_.erase(id, hash_in(zones_));
  zones_.erase(id);
}

}  // namespace qala::registry
