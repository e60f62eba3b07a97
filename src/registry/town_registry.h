#pragma once

#include <shared_mutex>
#include <span>
#include <vector>

#include "registry/contents.h"
#include "registry/tables.h"

namespace qala::registry {

/// Registry over town.db. A change is checked against memory, written in one transaction, recorded in the audit chain,
/// committed, then applied to memory under the exclusive lock; listeners hear of it last, without the lock.
class TownRegistry final : public Registry {
 public:
  TownRegistry(sqlite::Database& db, Tables tables, const Clock& clock, AuditSink& audit)
      : db_(db), tables_(std::move(tables)), clock_(clock), audit_(audit) {}
  /// Brings the catalogue up to date and fills the memory.
  Result<> load();

  void read(const std::function<void(const View&)>& look) const override;
  Result<ThingId> put_thing(Thing thing, const Actor& actor) override;
  Result<DatastreamId> put_datastream(Datastream datastream, const Actor& actor) override;
  Result<SensorId> put_sensor(Sensor sensor, const Actor& actor) override;
  Result<ObservedPropertyId> put_property(ObservedProperty property, const Actor& actor) override;
  Result<std::uint32_t> put_zone(ZoneArea zone, const Actor& actor) override;
  Result<> put_many(std::span<Thing> things, std::span<Datastream> datastreams, const Actor& actor) override;
  Result<> put_all(Changes& changes, const Actor& actor) override;
  Result<> put_and_remove(Changes& changes, const Removals& removals, const Also& also, const Actor& actor) override;
  Result<> remove_thing(ThingId id, const Actor& actor) override;
  Result<> remove_datastream(DatastreamId id, const Actor& actor) override;
  Result<> remove_zone(std::uint32_t id, const Actor& actor);
  void add_listener(ChangeListener& listener) override { listeners_.push_back(&listener); }

 private:
  struct LastIds {
    std::uint32_t zone = 0, property = 0, sensor = 0, thing = 0, datastream = 0;
  };
  Result<> load_catalogue();
  Result<LastIds> give_ids(Changes& changes) const;
  Result<> write(const Changes& changes);
  Result<> record(const Changes& changes, const Actor& actor);
  Result<> remove_all(const Removals& removals, const Actor& actor);
  Result<> commit(Changes& changes, bool puts, const Removals& removals, const Also& also, const Actor& actor);
  void apply(const Changes& changes);
  std::vector<DatastreamId> described_anew(const Changes& changes) const;
  void tell(const Changes& changes, std::span<const DatastreamId> described);

  sqlite::Database& db_;
  Tables tables_;
  const Clock& clock_;
  AuditSink& audit_;
  mutable std::shared_mutex lock_;
  Contents contents_;
  LastIds last_;
  std::vector<ChangeListener*> listeners_;
};

}  // namespace qala::registry
