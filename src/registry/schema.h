#pragma once

#include <array>
#include <string_view>

namespace qala::registry {

/// The registry's tables in town.db, one step per version. Never change a step that has been released: add one.
inline constexpr std::array<std::string_view, 1> kSchemaSteps = {R"sql(
CREATE TABLE zone (
  id      INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id <= 2147483647),
  key     TEXT NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 128),  -- what files and rules use: "zhagalau"
  name_kk TEXT NOT NULL,                                               -- Kazakh
  name_ru TEXT NOT NULL,                                               -- Russian
  name_en TEXT NOT NULL                                                -- English
) STRICT;

CREATE TABLE observed_property (
  id            INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id <= 2147483647),  -- below 1000: built in
  key           TEXT NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 128),             -- "pm2_5"
  name_kk       TEXT NOT NULL,
  name_ru       TEXT NOT NULL,
  name_en       TEXT NOT NULL,
  definition    TEXT NOT NULL,                                        -- URI of a vocabulary, or empty
  unit          TEXT NOT NULL,                                        -- symbol as shown in English, or empty
  decimals      INTEGER NOT NULL CHECK (decimals BETWEEN 0 AND 9),    -- shown
  plausible_min REAL NOT NULL,                                        -- both equal: no limits
  plausible_max REAL NOT NULL CHECK (plausible_max >= plausible_min),
  edited        INTEGER NOT NULL DEFAULT 0 CHECK (edited IN (0, 1))   -- 1: the town's words, kept over an upgrade
) STRICT;

CREATE TABLE sensor (
  id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id <= 2147483647),
  name        TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 256),  -- make and model
  description TEXT NOT NULL,
  metadata    TEXT NOT NULL                                                 -- data sheet: URI or text
) STRICT;

CREATE TABLE thing (
  id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id <= 2147483647),
  key         TEXT NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 128),  -- "F-12", stable
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('other', 'air_station', 'meter', 'lamp', 'feeder', 'heat_substation', 'bin',
                'bus_stop', 'bench', 'camera', 'vehicle', 'gateway', 'traffic_counter', 'weather_station', 'pump')),
  zone        INTEGER REFERENCES zone (id),
  street      TEXT NOT NULL,
  owner       TEXT NOT NULL,
  parent      INTEGER REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED CHECK (parent <> id),  -- feeder of a lamp
  gateway     INTEGER REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED CHECK (gateway <> id), -- speaks through it
  lon         REAL CHECK (lon BETWEEN -180 AND 180),                       -- degrees, WGS 84
  lat         REAL CHECK (lat BETWEEN -90 AND 90),
  installed   TEXT NOT NULL,                                               -- "2024-10-03" or empty
  calibrated  TEXT NOT NULL,                                               -- last calibration, or empty
  photo       TEXT NOT NULL,                                               -- file in the data folder, or empty
  properties  TEXT NOT NULL,                                               -- JSON object
  changed     INTEGER NOT NULL,                                            -- milliseconds since 1970, UTC
  CHECK ((lon IS NULL) = (lat IS NULL))
) STRICT;
CREATE INDEX thing_parent ON thing (parent) WHERE parent IS NOT NULL;
CREATE INDEX thing_gateway ON thing (gateway) WHERE gateway IS NOT NULL;

CREATE TABLE datastream (
  id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id <= 2147483647),
  thing       INTEGER NOT NULL REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED,
  key         TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 128),         -- telemetry key the device sends
  name        TEXT NOT NULL,
  property    INTEGER REFERENCES observed_property (id),
  sensor      INTEGER REFERENCES sensor (id),
  unit        TEXT NOT NULL,                                               -- instead of the property's, or empty
  interval_ms INTEGER NOT NULL CHECK (interval_ms >= 0),                   -- expected, 0: unknown
  retention   TEXT NOT NULL CHECK (length(retention) BETWEEN 1 AND 64),    -- retention class
  changed     INTEGER NOT NULL,                                            -- milliseconds since 1970, UTC
  UNIQUE (thing, key)
) STRICT;

-- The town's own properties start at 1001, so that the catalogue can grow.
INSERT INTO sqlite_sequence (name, seq) VALUES ('observed_property', 1000);
)sql"};

}  // namespace qala::registry
