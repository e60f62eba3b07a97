#pragma once

#include <array>
#include <string_view>

namespace qala::audit {

/// audit.db, one step per version. Never change a step that has been released: add one.
inline constexpr std::array<std::string_view, 2> kSchemaSteps = {R"sql(
CREATE TABLE entry (
  sequence          INTEGER PRIMARY KEY CHECK (sequence > 0),                 -- 1, 2, 3 ... without gaps
  at                INTEGER NOT NULL,                                         -- milliseconds since 1970, UTC
  subject           BLOB NOT NULL CHECK (length(subject) = 16),               -- random id of the actor
  action            TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 128),   -- "thing.changed"
  object            TEXT NOT NULL,                                            -- "thing F-12"; nothing personal
  actor_commitment  BLOB NOT NULL CHECK (length(actor_commitment) = 32),      -- SHA-256 of salt, kind, name
  detail_commitment BLOB NOT NULL CHECK (length(detail_commitment) = 32),     -- SHA-256 of salt, detail
  hash              BLOB NOT NULL CHECK (length(hash) = 32)                   -- SHA-256 of the hash before and all above
) STRICT;
CREATE INDEX entry_subject ON entry (subject);
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry BEGIN SELECT raise(ABORT, 'audit entries stay'); END;
CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry BEGIN SELECT raise(ABORT, 'audit entries stay'); END;

-- The personal parts. A row may go; its entry and the chain stay.
CREATE TABLE actor_name (
  sequence INTEGER PRIMARY KEY REFERENCES entry (sequence),
  salt     BLOB NOT NULL CHECK (length(salt) = 16),
  kind     TEXT NOT NULL,   -- "user", "token", "system"
  name     TEXT NOT NULL
) STRICT;
CREATE TABLE detail (
  sequence INTEGER PRIMARY KEY REFERENCES entry (sequence),
  salt     BLOB NOT NULL CHECK (length(salt) = 16),
  text     TEXT NOT NULL
) STRICT;

-- Which random id an actor has now. Erased with the name: later entries of the same name get another id.
CREATE TABLE subject (
  id   BLOB PRIMARY KEY CHECK (length(id) = 16),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (kind, name)
) STRICT;

CREATE TABLE head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  text TEXT NOT NULL                          -- signed place of the newest entry
) STRICT;
)sql",
                                                                 R"sql(
-- What was done to one object is found without reading the whole chain.
CREATE INDEX entry_object ON entry (object);
CREATE INDEX entry_of_many ON entry (sequence) WHERE action = 'registry.changed';
)sql"};

}  // namespace qala::audit
