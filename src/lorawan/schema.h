#pragma once

#include <array>
#include <string_view>

namespace qala::lorawan {

/// The room's tables in town.db, one step per version. Never change a step that has been released: add one.
inline constexpr std::array<std::string_view, 1> kSchemaSteps = {R"sql(
CREATE TABLE lorawan_codec (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  name     TEXT NOT NULL UNIQUE,
  script   TEXT NOT NULL,
  sha256   TEXT NOT NULL,
  changed  INTEGER NOT NULL,                -- UTC ns
  by       TEXT NOT NULL,
  strikes  INTEGER NOT NULL,
  disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
  reason   TEXT NOT NULL                    -- of the last strike
) STRICT;

CREATE TABLE lorawan_profile (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL UNIQUE,
  maker      TEXT NOT NULL,
  model      TEXT NOT NULL,
  decoder    TEXT NOT NULL CHECK (decoder IN ('codec', 'cayenne-lpp', 'server')),
  codec      INTEGER REFERENCES lorawan_codec (id),
  expected_s INTEGER NOT NULL,              -- between uplinks; 0: not known
  variables  TEXT NOT NULL,                 -- JSON object
  fields     TEXT NOT NULL                  -- JSON array
) STRICT;

CREATE TABLE lorawan_device (
  eui     TEXT PRIMARY KEY,
  profile INTEGER REFERENCES lorawan_profile (id),
  thing   INTEGER NOT NULL,
  name    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lorawan_downlink (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid      TEXT NOT NULL UNIQUE,           -- what the network server calls it
  device    TEXT NOT NULL,
  source    TEXT NOT NULL,
  at        INTEGER NOT NULL,               -- UTC ns
  by        TEXT NOT NULL,
  f_port    INTEGER NOT NULL,
  payload   BLOB NOT NULL,
  confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
  state     TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'acknowledged', 'failed', 'expired')),
  published INTEGER NOT NULL CHECK (published IN (0, 1)),  -- the broker has it
  words     TEXT NOT NULL,
  changed   INTEGER NOT NULL                -- UTC ns
) STRICT;
CREATE INDEX lorawan_downlink_by_device ON lorawan_downlink (device, id);
)sql"};

}  // namespace qala::lorawan
