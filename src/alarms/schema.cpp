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

// Handling after ISA-18.2. What is known of older alarms becomes their history.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE alarm ADD COLUMN shelved_until   INTEGER;                   -- UTC ns, null: not shelved
ALTER TABLE alarm ADD COLUMN shelved_at      INTEGER;                   -- UTC ns
ALTER TABLE alarm ADD COLUMN shelved_by      TEXT NOT NULL DEFAULT '';
ALTER TABLE alarm ADD COLUMN shelved_reason  TEXT NOT NULL DEFAULT '';
ALTER TABLE alarm ADD COLUMN out_at          INTEGER;                   -- UTC ns, null: in service
ALTER TABLE alarm ADD COLUMN out_by          TEXT NOT NULL DEFAULT '';
ALTER TABLE alarm ADD COLUMN out_reason      TEXT NOT NULL DEFAULT '';
ALTER TABLE alarm ADD COLUMN assignee        TEXT NOT NULL DEFAULT '';
ALTER TABLE alarm ADD COLUMN escalated       INTEGER;                   -- UTC ns
ALTER TABLE alarm ADD COLUMN waiting         INTEGER;                   -- UTC ns, since when it asks for acknowledgement
ALTER TABLE alarm ADD COLUMN dismissed       INTEGER NOT NULL DEFAULT 0 CHECK (dismissed IN (0, 1));
CREATE TABLE alarm_step (                                               -- who did what to an alarm, when
  id    INTEGER PRIMARY KEY,                                            -- in order of writing
  alarm INTEGER NOT NULL,
  at    INTEGER NOT NULL,                                               -- UTC ns
  step  TEXT NOT NULL,                                                  -- "raised", see steps.h
  by    TEXT NOT NULL,                                                  -- empty: the system
  text  TEXT NOT NULL,                                                  -- reason, assignee
  until INTEGER,                                                        -- UTC ns, of shelved
  value REAL,                                                           -- the reading, of raises
  shown INTEGER NOT NULL CHECK (shown IN (0, 1))                        -- a raise that came to the tray
) STRICT;
CREATE INDEX alarm_step_by_alarm ON alarm_step (alarm);
CREATE INDEX alarm_step_by_time ON alarm_step (at) WHERE step IN ('raised', 'raised_again', 'acknowledged');
CREATE TABLE alarm_out_of_service (
  rule   TEXT NOT NULL,
  thing  INTEGER NOT NULL,
  at     INTEGER NOT NULL,                                              -- UTC ns
  by     TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (rule, thing)
) STRICT, WITHOUT ROWID;
CREATE TABLE alarm_batch (                                              -- parts of a large write, see journal.h
  part INTEGER PRIMARY KEY,
  body TEXT NOT NULL                                                    -- JSON
) STRICT;
ALTER TABLE alarm_position ADD COLUMN batch INTEGER NOT NULL DEFAULT 0; -- 1: the parts are complete and in force
INSERT INTO alarm_step (alarm, at, step, by, text, value, shown)
  SELECT id, raised, 'raised', '', '', value, cause IS NULL FROM alarm
  UNION ALL SELECT id, cleared, 'cleared', '', '', NULL, 0 FROM alarm WHERE cleared IS NOT NULL
  UNION ALL SELECT id, acknowledged, 'acknowledged', acknowledged_by, '', NULL, 0 FROM alarm
    WHERE acknowledged IS NOT NULL
  ORDER BY 1, 2;
UPDATE alarm SET waiting = raised;
)sql";

// Exercises: what they raise is marked for ever.
constexpr const char* kVersion3 = R"sql(
ALTER TABLE alarm ADD COLUMN exercise INTEGER NOT NULL DEFAULT 0;       -- id of the exercise, 0: a real alarm
CREATE TABLE alarm_exercise (
  id       INTEGER PRIMARY KEY,
  reason   TEXT NOT NULL,
  by       TEXT NOT NULL,
  started  INTEGER NOT NULL,                                            -- UTC ns
  until    INTEGER NOT NULL,                                            -- UTC ns, when it ends by itself
  ended    INTEGER,                                                     -- UTC ns, null: it runs
  ended_by TEXT NOT NULL,                                               -- empty: by itself
  zones    TEXT NOT NULL,                                               -- JSON array of ids; both empty: the town
  things   TEXT NOT NULL                                                -- JSON array of ids
) STRICT;
)sql";

// What ended since a time is asked for every minute, of a past that only grows.
constexpr const char* kVersion4 = R"sql(
CREATE INDEX alarm_by_end ON alarm (open, cleared);
)sql";

constexpr std::string_view kSteps[] = {kVersion1, kVersion2, kVersion3, kVersion4};

}  // namespace

Result<> upgrade_schema(sqlite::Database& db) { return sqlite::upgrade_room(db, "alarms", kSteps); }

}  // namespace qala::alarms
