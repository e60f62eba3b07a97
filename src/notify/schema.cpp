#include "notify/schema.h"

#include <array>
#include <string_view>

#include "base/schema.h"

namespace qala::notify {

namespace {

constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE notify_recipient (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT NOT NULL,
  channel       TEXT NOT NULL CHECK (channel IN ('mail', 'webhook', 'push')),
  address       TEXT NOT NULL,                    -- mail address or URL
  secret        TEXT NOT NULL,                    -- signs web-hooks; keys of a browser; never shown again
  user          INTEGER NOT NULL,                 -- whose it is; 0: the town's
  language      TEXT NOT NULL CHECK (language IN ('kk', 'ru', 'en')),
  severities    TEXT NOT NULL,                    -- "1,2"; empty: all; likewise the next three
  zones         TEXT NOT NULL,
  kinds         TEXT NOT NULL,
  events        TEXT NOT NULL,                    -- "raised,cleared"
  hours         TEXT NOT NULL,                    -- "days from until" in bits and minutes, with commas between
  delay_s       INTEGER NOT NULL,
  paused        INTEGER NOT NULL CHECK (paused IN (0, 1)),
  created       INTEGER NOT NULL,                 -- UTC ns
  since_step    INTEGER NOT NULL,                 -- alarm_step.id: what was before is not told
  left_out      INTEGER NOT NULL DEFAULT 0,       -- events beyond the queue since the last message
  last_sent     INTEGER,                          -- UTC ns
  failing_since INTEGER,                          -- UTC ns, null: it works, as far as we know
  failure       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE notify_item (                        -- what somebody is to be told and is in no message yet
  recipient INTEGER NOT NULL REFERENCES notify_recipient (id) ON DELETE CASCADE,
  step      INTEGER NOT NULL,                     -- alarm_step.id: the order of alarms; told once
  alarm     INTEGER NOT NULL,
  event     TEXT NOT NULL,
  at        INTEGER NOT NULL,                     -- UTC ns, of the step
  due       INTEGER NOT NULL,                     -- UTC ns
  PRIMARY KEY (recipient, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX notify_item_by_due ON notify_item (due);
CREATE TABLE notify_told (                        -- who heard of an alarm and wants to hear its end
  recipient INTEGER NOT NULL REFERENCES notify_recipient (id) ON DELETE CASCADE,
  alarm     INTEGER NOT NULL,
  PRIMARY KEY (recipient, alarm)
) STRICT, WITHOUT ROWID;
CREATE TABLE notify_message (                     -- made once, sent until it arrives or is given up
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  recipient INTEGER NOT NULL REFERENCES notify_recipient (id) ON DELETE CASCADE,
  key       TEXT NOT NULL UNIQUE,                 -- the same at every attempt
  alarm     INTEGER NOT NULL,                     -- 0: several
  severity  INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 5),
  events    INTEGER NOT NULL,                     -- how many it tells
  made      INTEGER NOT NULL,                     -- UTC ns
  next      INTEGER NOT NULL,                     -- UTC ns, of the next attempt
  attempts  INTEGER NOT NULL DEFAULT 0,
  state     INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)), -- 0 waits, 1 delivered, 2 given up
  done      INTEGER,                              -- UTC ns
  words     TEXT NOT NULL DEFAULT '',             -- what the other side said last
  subject   TEXT NOT NULL,
  body      TEXT NOT NULL                         -- emptied when it is done
) STRICT;
CREATE INDEX notify_message_by_state ON notify_message (state, done);
CREATE INDEX notify_message_by_recipient ON notify_message (recipient, id);
CREATE TABLE notify_position (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  step     INTEGER NOT NULL,                      -- alarm_step.id up to which everybody's items are made
  instance TEXT NOT NULL,                         -- first part of every key: two towns' messages never look the same
  secret   TEXT NOT NULL,                         -- the town's VAPID key, base64url
  open     TEXT NOT NULL
) STRICT;
)sql";

}  // namespace

Result<> upgrade_schema(sqlite::Database& db) {
  static constexpr std::array kSteps{kVersion1};
  return sqlite::upgrade_room(db, "notify", kSteps);
}

}  // namespace qala::notify
