#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sink.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/sqlite.h"
#include "registry/model.h"

namespace qala::registry {

using audit::Actor;
using audit::AuditSink;

/// In a batch an id with this bit names the n-th new entity of the same batch: `nth_new<ThingId>(0)` is things[0].
constexpr std::uint32_t kNewHere = 0x80000000;
template <class I>
constexpr I nth_new(std::size_t index) {
  return I(kNewHere | static_cast<std::uint32_t>(index));
}

/// Many changes in one transaction. Entities whose id is 0 are created, others replaced. Zones are named by nth_new
/// too.
struct Changes {
  std::vector<ZoneArea> zones = {};
  std::vector<ObservedProperty> properties = {};
  std::vector<Sensor> sensors = {};
  std::vector<Thing> things = {};
  std::vector<Datastream> datastreams = {};
};

/// What goes, in one transaction. Datastreams of a thing, a sensor or a property that goes must be named, but for those
/// of a thing.
struct Removals {
  std::vector<ThingId> things = {};
  std::vector<DatastreamId> datastreams = {};
  std::vector<SensorId> sensors = {};
  std::vector<ObservedPropertyId> properties = {};
  bool empty() const { return things.empty() && datastreams.empty() && sensors.empty() && properties.empty(); }
};

/// Told of every change after it is committed, on the writer thread.
class ChangeListener {
 public:
  virtual ~ChangeListener() = default;
  virtual void thing_changed(const Thing& thing) = 0;
  virtual void thing_removed(ThingId thing) = 0;
  /// Also if what describes it is another: the key of its thing's zone; key, unit or plausible limits of its property.
  virtual void datastream_changed(const Datastream& datastream) = 0;
  virtual void datastream_removed(DatastreamId datastream) = 0;
};

/// Things, datastreams, sensors, observed properties, zones: all in memory, all in town.db.
/// Changes on the writer thread only, outside of any transaction of the caller; reading from any thread through read(),
/// which holds a shared lock: keep it short,
/// copy out what you need. (The one lock of the room: an exclusive one is taken for the microseconds of a change.)
class Registry {
 public:
  /// Creates or upgrades the tables in `db` and loads everything. `db` must outlive the registry.
  static Result<std::unique_ptr<Registry>> open(sqlite::Database& db, const Clock& clock, AuditSink& audit);
  virtual ~Registry() = default;

  /// What a reader sees while it holds the lock. References stay valid only inside the call of read().
  class View {
   public:
    virtual ~View() = default;
    virtual const Thing* thing(ThingId id) const = 0;
    virtual const Thing* thing(std::string_view key) const = 0;
    virtual const Datastream* datastream(DatastreamId id) const = 0;
    virtual const Datastream* datastream(ThingId thing, std::string_view key) const = 0;
    virtual const ObservedProperty* property(ObservedPropertyId id) const = 0;
    virtual const ObservedProperty* property(std::string_view key) const = 0;
    virtual const Sensor* sensor(SensorId id) const = 0;
    virtual const Sensor* sensor(std::string_view name) const = 0;
    virtual const ZoneArea* zone(std::uint32_t id) const = 0;
    virtual const ZoneArea* zone(std::string_view key) const = 0;
    virtual std::vector<DatastreamId> datastreams_of(ThingId thing) const = 0;
    virtual std::vector<ThingId> children_of(ThingId thing) const = 0;
    virtual std::vector<ThingId> behind(ThingId gateway) const = 0;  ///< things that speak through it
    /// By ascending id.
    virtual void each_thing(const std::function<void(const Thing&)>& visit) const = 0;
    virtual void each_datastream(const std::function<void(const Datastream&)>& visit) const = 0;
    virtual void each_property(const std::function<void(const ObservedProperty&)>& visit) const = 0;
    virtual void each_sensor(const std::function<void(const Sensor&)>& visit) const = 0;
    virtual void each_zone(const std::function<void(const ZoneArea&)>& visit) const = 0;
    virtual std::size_t thing_count() const = 0;
    virtual std::size_t datastream_count() const = 0;
    /// Grows with every change: a cheap "has anything changed".
    virtual std::uint64_t generation() const = 0;
  };
  virtual void read(const std::function<void(const View&)>& look) const = 0;

  // Writer thread. id 0 creates, else replaces. `conflict`: the key is taken; `invalid` says which field and why.
  virtual Result<ThingId> put_thing(Thing thing, const Actor& actor) = 0;
  virtual Result<DatastreamId> put_datastream(Datastream datastream, const Actor& actor) = 0;
  virtual Result<SensorId> put_sensor(Sensor sensor, const Actor& actor) = 0;
  virtual Result<ObservedPropertyId> put_property(ObservedProperty property, const Actor& actor) = 0;
  virtual Result<std::uint32_t> put_zone(ZoneArea zone, const Actor& actor) = 0;
  /// Many at once in one transaction (claims, auto-claim): those whose id is 0 are created, ids filled in. A datastream
  /// of a thing made in the same call has `thing = nth_new<ThingId>(index in things)`; parent and gateway likewise.
  /// On an error nothing has changed, in memory nor on disk. One audit entry.
  virtual Result<> put_many(std::span<Thing> things, std::span<Datastream> datastreams, const Actor& actor) = 0;
  /// The same for all kinds of entities; ids are filled in.
  virtual Result<> put_all(Changes& changes, const Actor& actor) = 0;
  /// Puts and removes in one transaction, in which `also` writes what another room keeps beside; it sees the ids. An
  /// error of `also` undoes everything. One audit entry for what is put, one for each that goes.
  using Also = std::function<Result<>(const Changes& changes)>;
  virtual Result<> put_and_remove(Changes& changes, const Removals& removals, const Also& also, const Actor& actor) = 0;
  /// With its datastreams; children and devices behind it stay, without parent or gateway.
  virtual Result<> remove_thing(ThingId id, const Actor& actor) = 0;
  virtual Result<> remove_datastream(DatastreamId id, const Actor& actor) = 0;

  /// Outlives the registry or is never called again. Called without the lock: a listener may read().
  virtual void add_listener(ChangeListener& listener) = 0;
};

/// What we know of a telemetry key: "pm25", "PM2.5", "pm2_5" are all the property pm2_5. nullptr: unknown.
const ObservedProperty* guess_property(const Registry::View& view, std::string_view telemetry_key);

/// Reads things (and their datastreams) from CSV or GeoJSON; all or nothing, errors with line and column. See
/// docs/formats/registry.md. Writer thread.
struct ImportReport {
  std::size_t created = 0, changed = 0, unchanged = 0;
  std::vector<std::string> problems = {};  ///< "line 17, column lat: ..."; not empty: nothing was changed
};
Result<ImportReport> import_csv(Registry& registry, std::string_view text, const Actor& actor);
Result<ImportReport> import_geojson(Registry& registry, std::string_view text, const Actor& actor);
/// The same in two steps, for who looks at the changes in between; what he finds wrong he adds to the problems. Both on
/// the writer thread, with nothing changed in between.
struct ImportPlan {
  Changes changes = {};
  ImportReport report = {};
};
Result<ImportPlan> plan_csv(const Registry& registry, std::string_view text);
Result<ImportPlan> plan_geojson(const Registry& registry, std::string_view text);
/// With problems: changes nothing and gives them back.
Result<ImportReport> carry_out(Registry& registry, ImportPlan plan, const Actor& actor);
std::string export_csv(const Registry& registry);
std::string export_geojson(const Registry& registry);

}  // namespace qala::registry
