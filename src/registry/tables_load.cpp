#include "registry/tables.h"

namespace qala::registry {

namespace {

std::uint32_t number(const sqlite::Statement& row, int column) {
  return static_cast<std::uint32_t>(row.integer(column));  // NULL reads as 0: none
}

LocalText local_text(const sqlite::Statement& row, int column) {
  return {.kk = row.text(column), .ru = row.text(column + 1), .en = row.text(column + 2)};
}

/// Runs a query and hands each row to `take`.
template <class Take>
Result<> each_row(sqlite::Database& db, std::string_view sql, const Take& take) {
  TRY(auto rows, db.prepare(sql));
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return {};
    take(rows);
  }
}

Thing read_thing(const sqlite::Statement& row) {
  Thing thing{.id = ThingId(number(row, 0)),
              .key = row.text(1),
              .name = row.text(2),
              .description = row.text(3),
              .kind = kind_from(row.text(4)).value_or(Kind::other),
              .zone = number(row, 5),
              .street = row.text(6),
              .owner = row.text(7),
              .parent = ThingId(number(row, 8)),
              .gateway = ThingId(number(row, 9)),
              .location = std::nullopt,
              .installed = row.text(12),
              .calibrated = row.text(13),
              .photo = row.text(14),
              .properties = row.text(15)};
  if (!row.is_null(10)) thing.location = Point{.lon = row.real(10), .lat = row.real(11)};
  return thing;
}

Datastream read_datastream(const sqlite::Statement& row) {
  return {.id = DatastreamId(number(row, 0)),
          .thing = ThingId(number(row, 1)),
          .key = row.text(2),
          .name = row.text(3),
          .property = ObservedPropertyId(number(row, 4)),
          .sensor = SensorId(number(row, 5)),
          .unit = row.text(6),
          .interval_ms = row.integer(7),
          .retention = row.text(8)};
}

}  // namespace

Result<> Tables::load(Contents& into) {
  TRY_VOID(load_named(into));
  TRY_VOID(load_things(into));
  return load_datastreams(into);
}

Result<> Tables::load_named(Contents& into) {
  TRY_VOID(each_row(*db_, "SELECT id, key, name_kk, name_ru, name_en FROM zone ORDER BY id",
                    [&](const sqlite::Statement& row) {
                      into.put(ZoneArea{.id = number(row, 0), .key = row.text(1), .name = local_text(row, 2)});
                    }));
  TRY_VOID(each_row(
      *db_, "SELECT id, name, description, metadata FROM sensor ORDER BY id", [&](const sqlite::Statement& row) {
        into.put(Sensor{
            .id = SensorId(number(row, 0)), .name = row.text(1), .description = row.text(2), .metadata = row.text(3)});
      }));
  return each_row(*db_,
                  "SELECT id, key, name_kk, name_ru, name_en, definition, unit, decimals, plausible_min, plausible_max "
                  "FROM observed_property ORDER BY id",
                  [&](const sqlite::Statement& row) {
                    into.put(ObservedProperty{.id = ObservedPropertyId(number(row, 0)),
                                              .key = row.text(1),
                                              .name = local_text(row, 2),
                                              .definition = row.text(5),
                                              .unit = row.text(6),
                                              .decimals = static_cast<int>(row.integer(7)),
                                              .plausible_min = row.real(8),
                                              .plausible_max = row.real(9)});
                  });
}

Result<> Tables::load_things(Contents& into) {
  return each_row(*db_,
                  "SELECT id, key, name, description, kind, zone, street, owner, parent, gateway, lon, lat, installed, "
                  "calibrated, photo, properties FROM thing ORDER BY id",
                  [&](const sqlite::Statement& row) { into.put(read_thing(row)); });
}

Result<> Tables::load_datastreams(Contents& into) {
  return each_row(*db_,
                  "SELECT id, thing, key, name, property, sensor, unit, interval_ms, retention FROM datastream "
                  "ORDER BY id",
                  [&](const sqlite::Statement& row) { into.put(read_datastream(row)); });
}

}  // namespace qala::registry
