#include "alarms/schema.h"

#include <string_view>

#include "base/schema.h"

namespace qala::alarms {

namespace {

// A REPLACE of an alarm must not touch its comments, so they have no foreign key.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE alarm (
  id              INTEGER PRIMARY KEY,
  rule            TEXT NOT NULL,                                        -- key of the rule
  severity        INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 5),    -- 1 critical .. 5 info
  condition       INTEGER NOT NULL CHECK (condition IN (0, 1)),         -- 0 active, 1 cleared
  handling        INTEGER NOT NULL CHECK (handling IN (0, 1)),          -- 0 unacknowledged, 1 acknowledged
  thing           INTEGER NOT NULL,
  datastream      INTEGER,                                              -- null: the thing as a whole
  kind            TEXT NOT NULL,                                        -- of the thing, as it was
  zone            INTEGER NOT NULL,                                     -- 0: none
  raised          INTEGER NOT NULL,                                     -- UTC ns
  cleared         INTEGER,                                              -- UTC ns, null: still active
  acknowledged    INTEGER,                                              -- UTC ns
  acknowledged_by TEXT NOT NULL,
  value           REAL,                                                 -- the reading that raised it
  "limit"         REAL NOT NULL,
  comparison      TEXT NOT NULL,
  unit            TEXT NOT NULL,
  count           INTEGER NOT NULL CHECK (count >= 1),                  -- how often it was raised while open
  covers          INTEGER NOT NULL,                                     -- things behind this cause
  cause           INTEGER,                                              -- alarm that explains this one
  sequence        INTEGER NOT NULL,                                     -- log row of the last change
  open            INTEGER NOT NULL CHECK (open IN (0, 1))
) STRICT;
CREATE INDEX alarm_by_open ON alarm (open, severity, raised);
CREATE INDEX alarm_by_thing ON alarm (thing, raised);
CREATE TABLE alarm_comment (
  alarm  INTEGER NOT NULL,
  number INTEGER NOT NULL,                                              -- 0, 1, 2 in order of writing
  at     INTEGER NOT NULL,                                              -- UTC ns
  by     TEXT NOT NULL,
  text   TEXT NOT NULL,
  PRIMARY KEY (alarm, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE alarm_pending (                                            -- over a limit, not long enough yet
  datastream INTEGER NOT NULL,
  rule       TEXT NOT NULL,
  since      INTEGER NOT NULL,                                          -- UTC ns
  value      REAL NOT NULL,
  PRIMARY KEY (datastream, rule)
) STRICT, WITHOUT ROWID;
CREATE TABLE alarm_position (                                           -- how far the readings' log is judged
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  sequence INTEGER NOT NULL,
  next_id  INTEGER NOT NULL,
  clock    INTEGER NOT NULL                                             -- UTC ns
) STRICT;
)sql";

constexpr std::string_view kSteps[] = {kVersion1};

}  // namespace

Result<> upgrade_schema(sqlite::Database& db) { return sqlite::upgrade_room(db, "alarms", kSteps); }

}  // namespace qala::alarms
