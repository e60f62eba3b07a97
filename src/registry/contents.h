#pragma once

#include "registry/groups.h"
#include "registry/key_index.h"
#include "registry/registry.h"
#include "registry/slots.h"

namespace qala::registry {

/// The town in memory. Knows nothing of the database nor of locks: TownRegistry guards it.
class Contents final : public Registry::View {
 public:
  const Thing* thing(ThingId id) const override { return things_.find(id.value); }
  const Thing* thing(std::string_view key) const override;
  const Datastream* datastream(DatastreamId id) const override { return datastreams_.find(id.value); }
  const Datastream* datastream(ThingId thing, std::string_view key) const override;
  const ObservedProperty* property(ObservedPropertyId id) const override { return properties_.find(id.value); }
  const ObservedProperty* property(std::string_view key) const override;
  const Sensor* sensor(SensorId id) const override { return sensors_.find(id.value); }
  const Sensor* sensor(std::string_view name) const override;
  const ZoneArea* zone(std::uint32_t id) const override { return zones_.find(id); }
  const ZoneArea* zone(std::string_view key) const override;
  std::vector<DatastreamId> datastreams_of(ThingId thing) const override {
    return of_thing_.members<DatastreamId>(thing.value);
  }
  std::vector<ThingId> children_of(ThingId thing) const override { return of_parent_.members<ThingId>(thing.value); }
  std::vector<ThingId> behind(ThingId gateway) const override { return of_gateway_.members<ThingId>(gateway.value); }
  void each_thing(const std::function<void(const Thing&)>& visit) const override { things_.each(visit); }
  void each_datastream(const std::function<void(const Datastream&)>& visit) const override { datastreams_.each(visit); }
  void each_property(const std::function<void(const ObservedProperty&)>& visit) const override {
    properties_.each(visit);
  }
  void each_sensor(const std::function<void(const Sensor&)>& visit) const override { sensors_.each(visit); }
  void each_zone(const std::function<void(const ZoneArea&)>& visit) const override { zones_.each(visit); }
  std::size_t thing_count() const override { return things_.size(); }
  std::size_t datastream_count() const override { return datastreams_.size(); }
  std::uint64_t generation() const override { return generation_; }

  // Each replaces what had the same id, and keeps the indexes right.
  void put(Thing thing);
  void put(Datastream datastream);
  void put(ObservedProperty property);
  void put(Sensor sensor);
  void put(ZoneArea zone);
  void remove(ThingId id);
  void remove(DatastreamId id);
  void remove(SensorId id);
  void remove(ObservedPropertyId id);
  void remove_zone(std::uint32_t id);
  void set_generation(std::uint64_t generation) { generation_ = generation; }

 private:
  Slots<Thing> things_;
  Slots<Datastream> datastreams_;
  Slots<ObservedProperty> properties_;
  Slots<Sensor> sensors_;
  Slots<ZoneArea> zones_;
  KeyIndex thing_keys_, datastream_keys_, property_keys_, sensor_names_, zone_keys_;
  Groups of_thing_, of_parent_, of_gateway_;
  std::uint64_t generation_ = 0;
};

}  // namespace qala::registry
