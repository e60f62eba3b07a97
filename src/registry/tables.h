#pragma once

#include "base/sqlite.h"
#include "registry/contents.h"

namespace qala::registry {

/// The registry's rows in town.db. Opens no transaction itself. Writer thread. `db` must outlive it.
class Tables {
 public:
  /// Creates or upgrades the tables.
  static Result<Tables> open(sqlite::Database& db);

  Result<> load(Contents& into);
  /// Zones, properties and sensors only.
  Result<> load_named(Contents& into);
  /// Highest id that `table` ever gave out: removed ids are not used again, readings may still carry them.
  Result<std::uint32_t> last_id(std::string_view table);

  // Insert or replace.
  Result<> put(const ZoneArea& zone);
  Result<> put(const ObservedProperty& property, bool edited);
  Result<> put(const Sensor& sensor);
  Result<> put(const Thing& thing, Instant at);
  Result<> put(const Datastream& datastream, Instant at);
  /// Is this property of the catalogue in the town's own words?
  Result<bool> is_edited(ObservedPropertyId id);

  Result<> remove(ThingId id);  ///< with its datastreams; releases children and devices behind it
  Result<> remove(DatastreamId id);
  Result<> remove(SensorId id);
  Result<> remove(ObservedPropertyId id);
  Result<> remove_zone(std::uint32_t id);

 private:
  explicit Tables(sqlite::Database& db) : db_(&db) {}
  Result<> prepare();

  Result<> load_things(Contents& into);
  Result<> load_datastreams(Contents& into);

  sqlite::Database* db_;
  sqlite::Statement put_zone_, put_property_, put_sensor_, put_thing_, put_datastream_;
  sqlite::Statement release_children_, release_behind_, remove_datastreams_, remove_thing_, remove_datastream_,
      remove_zone_, remove_sensor_, remove_property_;
  sqlite::Statement is_edited_, last_id_;
};

}  // namespace qala::registry
