#pragma once

#include <array>
#include <string_view>

namespace qala::lorawan {

/// The tables of lorawan.db, one step per version. Never change a step that has been released: add one.
inline constexpr std::array<std::string_view, 1> kRawSteps = {R"sql(
CREATE TABLE uplink (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  source   TEXT NOT NULL,               -- of our sources, by name
  device   TEXT NOT NULL,               -- DevEUI in lower case; without one the server's name of it
  session  TEXT NOT NULL,               -- devAddr or session_key_id; '#…': none, made of what it says
  f_cnt    INTEGER NOT NULL,
  f_port   INTEGER NOT NULL,
  payload  BLOB NOT NULL,
  decoded  TEXT NOT NULL,               -- by the network server, JSON, or ''
  server_id TEXT NOT NULL,              -- deduplicationId, or ''
  at       INTEGER NOT NULL,            -- UTC ns: when the values are of
  received INTEGER NOT NULL,            -- UTC ns: when it came here
  rssi     REAL,
  snr      REAL,
  margin   REAL,                        -- dB above what the spreading factor needs
  lost     INTEGER NOT NULL,            -- frames between it and the one before
  state    INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
  problem  TEXT NOT NULL,
  data     TEXT NOT NULL                -- what it was decoded to, JSON, or ''
) STRICT;
CREATE INDEX uplink_by_counter ON uplink (device, session, f_cnt, source);
CREATE INDEX uplink_by_device ON uplink (device, id);
CREATE INDEX uplink_open ON uplink (state, id) WHERE state IN (0, 3);
CREATE INDEX uplink_by_age ON uplink (received);

CREATE TABLE heard (
  device      TEXT PRIMARY KEY,
  source      TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('chirpstack', 'tts')),
  application TEXT NOT NULL,
  tenant      TEXT NOT NULL,
  device_id   TEXT NOT NULL,
  name        TEXT NOT NULL,
  last_seen   INTEGER NOT NULL,         -- UTC ns
  battery     REAL,                     -- per cent
  rssi        REAL,
  snr         REAL,
  margin      REAL,
  session     TEXT NOT NULL,
  f_cnt       INTEGER,
  received    INTEGER NOT NULL,
  lost        INTEGER NOT NULL,
  problem     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql"};

}  // namespace qala::lorawan
