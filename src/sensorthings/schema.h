#pragma once

#include <array>
#include <string_view>

namespace qala::sensorthings {

/// The room's tables in town.db, one step per version. Never change a step that has been released: add one.
inline constexpr std::array<std::string_view, 1> kSchemaSteps = {R"sql(
CREATE TABLE location (
  id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id <= 2147483647),
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  encoding    TEXT NOT NULL,                 -- encodingType: "application/geo+json"
  location    TEXT NOT NULL,                 -- JSON, GeoJSON as a rule
  properties  TEXT NOT NULL,                 -- JSON object, or empty
  mirrors     INTEGER NOT NULL,              -- the thing whose point in the registry this is, or 0
  feature     INTEGER NOT NULL               -- the feature of interest made from it, or 0
) STRICT;

CREATE TABLE thing_location (                -- where things are now
  thing    INTEGER NOT NULL,
  location INTEGER NOT NULL REFERENCES location (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (thing, location)
) STRICT, WITHOUT ROWID;

CREATE TABLE historical_location (
  id    INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id <= 2147483647),
  thing INTEGER NOT NULL,
  time  INTEGER NOT NULL                     -- UTC ns
) STRICT;

CREATE TABLE historical_location_location (
  historical INTEGER NOT NULL REFERENCES historical_location (id) DEFERRABLE INITIALLY DEFERRED,
  location   INTEGER NOT NULL,
  PRIMARY KEY (historical, location)
) STRICT, WITHOUT ROWID;

CREATE TABLE feature_of_interest (
  id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id <= 2147483647),
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  encoding    TEXT NOT NULL,
  feature     TEXT NOT NULL,                 -- JSON
  properties  TEXT NOT NULL                  -- JSON object, or empty
) STRICT;

CREATE TABLE feature_datastream (            -- whose observations name the feature
  feature    INTEGER NOT NULL,
  datastream INTEGER NOT NULL,
  PRIMARY KEY (feature, datastream)
) STRICT, WITHOUT ROWID;

CREATE TABLE thing_feature (                 -- of history that is gone: its observations are still about that feature
  thing   INTEGER NOT NULL,
  time    INTEGER NOT NULL,                  -- UTC ns
  feature INTEGER NOT NULL,
  PRIMARY KEY (thing, time, feature)
) STRICT, WITHOUT ROWID;

CREATE TABLE sensorthings_extra (            -- what the registry has no column for
  entity TEXT NOT NULL CHECK (entity IN ('thing', 'datastream', 'sensor', 'observed_property')),
  id     INTEGER NOT NULL,
  name   TEXT NOT NULL,                      -- "observationType"
  value  TEXT NOT NULL,                      -- JSON
  PRIMARY KEY (entity, id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE datastream_detailed (           -- some of whose observations have a result time or an interval
  datastream INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE observation_moved (             -- changed observations: they keep their id, but lie elsewhere
  id         INTEGER PRIMARY KEY,
  datastream INTEGER NOT NULL,
  key        INTEGER NOT NULL                -- time in the store, UTC ns
) STRICT;
)sql"};

}  // namespace qala::sensorthings
