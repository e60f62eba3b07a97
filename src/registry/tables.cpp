#include "registry/tables.h"

#include "base/schema.h"
#include "registry/schema.h"

namespace qala::registry {

namespace {

sqlite::Statement& bind_reference(sqlite::Statement& statement, int at, std::uint32_t id) {
  return id == 0 ? statement.bind_null(at) : statement.bind(at, static_cast<std::int64_t>(id));
}

}  // namespace

Result<Tables> Tables::open(sqlite::Database& db) {
  TRY_VOID(sqlite::upgrade_room(db, "registry", kSchemaSteps));
  Tables tables(db);
  TRY_VOID(tables.prepare());
  return tables;
}

Result<> Tables::prepare() {
  TRY(put_zone_, db_->prepare("INSERT INTO zone (id, key, name_kk, name_ru, name_en) VALUES (?1, ?2, ?3, ?4, ?5) "
                              "ON CONFLICT (id) DO UPDATE SET key=?2, name_kk=?3, name_ru=?4, name_en=?5"));
  TRY(put_property_,
      db_->prepare("INSERT INTO observed_property (id, key, name_kk, name_ru, name_en, definition, unit, decimals, "
                   "plausible_min, plausible_max, edited) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
                   "ON CONFLICT (id) DO UPDATE SET key=?2, name_kk=?3, name_ru=?4, name_en=?5, definition=?6, unit=?7, "
                   "decimals=?8, plausible_min=?9, plausible_max=?10, edited=?11"));
  TRY(put_sensor_, db_->prepare("INSERT INTO sensor (id, name, description, metadata) VALUES (?1, ?2, ?3, ?4) "
                                "ON CONFLICT (id) DO UPDATE SET name=?2, description=?3, metadata=?4"));
  TRY(put_thing_,
      db_->prepare("INSERT INTO thing (id, key, name, description, kind, zone, street, owner, parent, gateway, lon, "
                   "lat, installed, calibrated, photo, properties, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
                   "?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) ON CONFLICT (id) DO UPDATE SET key=?2, name=?3, "
                   "description=?4, kind=?5, zone=?6, street=?7, owner=?8, parent=?9, gateway=?10, lon=?11, lat=?12, "
                   "installed=?13, calibrated=?14, photo=?15, properties=?16, changed=?17"));
  TRY(put_datastream_,
      db_->prepare("INSERT INTO datastream (id, thing, key, name, property, sensor, unit, interval_ms, retention, "
                   "changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO UPDATE SET thing=?2, "
                   "key=?3, name=?4, property=?5, sensor=?6, unit=?7, interval_ms=?8, retention=?9, changed=?10"));
  TRY(release_children_, db_->prepare("UPDATE thing SET parent=NULL WHERE parent=?"));
  TRY(release_behind_, db_->prepare("UPDATE thing SET gateway=NULL WHERE gateway=?"));
  TRY(remove_datastreams_, db_->prepare("DELETE FROM datastream WHERE thing=?"));
  TRY(remove_thing_, db_->prepare("DELETE FROM thing WHERE id=?"));
  TRY(remove_datastream_, db_->prepare("DELETE FROM datastream WHERE id=?"));
  TRY(remove_zone_, db_->prepare("DELETE FROM zone WHERE id=?"));
  TRY(remove_sensor_, db_->prepare("DELETE FROM sensor WHERE id=?"));
  TRY(remove_property_, db_->prepare("DELETE FROM observed_property WHERE id=?"));
  TRY(is_edited_, db_->prepare("SELECT edited FROM observed_property WHERE id=?"));
  TRY(last_id_, db_->prepare("SELECT seq FROM sqlite_sequence WHERE name=?"));
  return {};
}

Result<std::uint32_t> Tables::last_id(std::string_view table) {
  TRY(const bool any, last_id_.bind(1, table).step());
  const auto id = any ? static_cast<std::uint32_t>(last_id_.integer(0)) : 0;
  last_id_.reset();
  return id;
}

Result<> Tables::put(const ZoneArea& zone) {
  return put_zone_.bind(1, static_cast<std::int64_t>(zone.id))
      .bind(2, zone.key)
      .bind(3, zone.name.kk)
      .bind(4, zone.name.ru)
      .bind(5, zone.name.en)
      .run();
}

Result<> Tables::put(const ObservedProperty& property, bool edited) {
  return put_property_.bind(1, static_cast<std::int64_t>(property.id.value))
      .bind(2, property.key)
      .bind(3, property.name.kk)
      .bind(4, property.name.ru)
      .bind(5, property.name.en)
      .bind(6, property.definition)
      .bind(7, property.unit)
      .bind(8, static_cast<std::int64_t>(property.decimals))
      .bind(9, property.plausible_min)
      .bind(10, property.plausible_max)
      .bind(11, static_cast<std::int64_t>(edited))
      .run();
}

Result<> Tables::put(const Sensor& sensor) {
  return put_sensor_.bind(1, static_cast<std::int64_t>(sensor.id.value))
      .bind(2, sensor.name)
      .bind(3, sensor.description)
      .bind(4, sensor.metadata)
      .run();
}

Result<> Tables::put(const Thing& thing, Instant at) {
  auto& row = put_thing_;
  row.bind(1, static_cast<std::int64_t>(thing.id.value)).bind(2, thing.key).bind(3, thing.name);
  row.bind(4, thing.description).bind(5, name_of(thing.kind));
  bind_reference(row, 6, thing.zone).bind(7, thing.street).bind(8, thing.owner);
  bind_reference(row, 9, thing.parent.value);
  bind_reference(row, 10, thing.gateway.value);
  if (thing.location) row.bind(11, thing.location->lon).bind(12, thing.location->lat);
  else row.bind_null(11).bind_null(12);
  row.bind(13, thing.installed).bind(14, thing.calibrated).bind(15, thing.photo).bind(16, thing.properties);
  return row.bind(17, at.ms()).run();
}

Result<> Tables::put(const Datastream& datastream, Instant at) {
  auto& row = put_datastream_;
  row.bind(1, static_cast<std::int64_t>(datastream.id.value));
  row.bind(2, static_cast<std::int64_t>(datastream.thing.value)).bind(3, datastream.key).bind(4, datastream.name);
  bind_reference(row, 5, datastream.property.value);
  bind_reference(row, 6, datastream.sensor.value);
  row.bind(7, datastream.unit).bind(8, datastream.interval_ms).bind(9, datastream.retention);
  return row.bind(10, at.ms()).run();
}

Result<bool> Tables::is_edited(ObservedPropertyId id) {
  TRY(const bool any, is_edited_.bind(1, static_cast<std::int64_t>(id.value)).step());
  const bool edited = any && is_edited_.integer(0) != 0;
  is_edited_.reset();
  return edited;
}

Result<> Tables::remove(ThingId id) {
  for (auto* statement : {&release_children_, &release_behind_, &remove_datastreams_, &remove_thing_})
    TRY_VOID(statement->bind(1, static_cast<std::int64_t>(id.value)).run());
  return {};
}

Result<> Tables::remove(DatastreamId id) {
  return remove_datastream_.bind(1, static_cast<std::int64_t>(id.value)).run();
}

Result<> Tables::remove(SensorId id) { return remove_sensor_.bind(1, static_cast<std::int64_t>(id.value)).run(); }

Result<> Tables::remove(ObservedPropertyId id) {
  return remove_property_.bind(1, static_cast<std::int64_t>(id.value)).run();
}

Result<> Tables::remove_zone(std::uint32_t id) { return remove_zone_.bind(1, static_cast<std::int64_t>(id)).run(); }

}  // namespace qala::registry
