#pragma once

#include <array>
#include <string_view>

#include "access/schema_sign_in.h"

namespace qala::access {

/// The tables of access/ in town.db, one step per version. Never change a step that has been released: add one.
inline constexpr std::array<std::string_view, 3> kSchemaSteps = {R"sql(
CREATE TABLE access_key (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  key  BLOB NOT NULL CHECK (length(key) = 32)        -- under which all digests below are made
) STRICT;

-- Grows with every change of users, sessions or credentials, so that another process notices.
CREATE TABLE access_change (
  only   INTEGER PRIMARY KEY CHECK (only = 1),
  number INTEGER NOT NULL
) STRICT;
INSERT INTO access_change VALUES (1, 1);

CREATE TABLE user (
  id            INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id <= 2147483647),
  name          TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 64),
  password_hash TEXT NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
  role          TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'engineer', 'admin')),
  language      TEXT NOT NULL CHECK (language IN ('kk', 'ru', 'en')),
  created       INTEGER NOT NULL                     -- milliseconds since 1970, UTC
) STRICT;

CREATE TABLE session (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  digest    BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),   -- of the cookie
  user      INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  peer      TEXT NOT NULL,                                      -- address it was opened from
  created   INTEGER NOT NULL,                                   -- milliseconds since 1970, UTC
  last_seen INTEGER NOT NULL                                    -- to the minute
) STRICT;
CREATE INDEX session_user ON session (user);

CREATE TABLE credential (
  id        INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0 AND id <= 2147483647),
  kind      TEXT NOT NULL CHECK (kind IN ('token', 'login', 'certificate')),
  digest    BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),   -- of the token, of user and password, of the fingerprint
  name      TEXT NOT NULL CHECK (length(name) <= 128),
  scope     TEXT NOT NULL CHECK (scope IN ('ingest', 'read', 'bus', 'admin', 'device', 'gateway', 'provisioning')),
  thing     INTEGER CHECK (thing > 0),                          -- id in the table thing
  created   INTEGER NOT NULL,                                   -- milliseconds since 1970, UTC
  expires   INTEGER,                                            -- NULL: never
  last_used INTEGER,                                            -- to the minute, NULL: not yet
  revoked   INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1)),
  change    INTEGER NOT NULL,                                   -- access_change.number when it was made or revoked
  CHECK ((scope IN ('device', 'gateway')) = (thing IS NOT NULL))
) STRICT;
CREATE INDEX credential_change ON credential (change);
CREATE INDEX credential_thing ON credential (thing) WHERE thing IS NOT NULL;

CREATE TABLE setup_code (
  digest  BLOB PRIMARY KEY CHECK (length(digest) = 32),
  created INTEGER NOT NULL
) STRICT;

CREATE TABLE sign_in_failure (
  who      BLOB PRIMARY KEY CHECK (length(who) = 32),           -- digest of user name and place
  failures INTEGER NOT NULL CHECK (failures > 0),
  last     INTEGER NOT NULL                                     -- milliseconds since 1970, UTC
) STRICT;
)sql",
                                                                 R"sql(
ALTER TABLE user ADD COLUMN last_sign_in INTEGER;     -- milliseconds since 1970, UTC; NULL: never
ALTER TABLE sign_in_failure ADD COLUMN user INTEGER;  -- id in the table user; NULL: there was none of that name

-- A role for a part of the town, beyond the one that a user has everywhere.
CREATE TABLE user_grant (
  user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('operator', 'engineer')),
  zone INTEGER CHECK (zone > 0),                         -- id in the table zone; NULL: every zone
  kind TEXT CHECK (length(kind) BETWEEN 1 AND 64),       -- of things; NULL: every kind
  CHECK (zone IS NOT NULL OR kind IS NOT NULL)           -- the whole town is what user.role is for
) STRICT;
CREATE UNIQUE INDEX user_grant_once ON user_grant (user, role, ifnull(zone, 0), ifnull(kind, ''));

-- With which a person chooses a password of his own, once. One for each user.
CREATE TABLE user_link (
  digest  BLOB PRIMARY KEY CHECK (length(digest) = 32),
  user    INTEGER NOT NULL UNIQUE REFERENCES user (id) ON DELETE CASCADE,
  expires INTEGER NOT NULL                               -- milliseconds since 1970, UTC
) STRICT;
)sql",
                                                                 kSignInStep};

}  // namespace qala::access
