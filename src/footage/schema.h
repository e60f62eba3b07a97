#pragma once

#include <array>
#include <string_view>

namespace qala::footage {

/// index.db, one step per version. Never change a step that has been released: add one. All of it can be made anew from
/// the files (rebuild), so a step may also empty the tables and say so to its caller.
inline constexpr std::array<std::string_view, 1> kIndexSteps = {R"sql(
CREATE TABLE file (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,           -- never given twice: readers remember it
  camera    INTEGER NOT NULL CHECK (camera >= 0),
  stream    INTEGER NOT NULL CHECK (stream IN (0, 1)),   -- 0 main, 1 sub
  run       INTEGER NOT NULL CHECK (run > 0),            -- files of one run are continuous
  from_ms   INTEGER NOT NULL,                            -- wall clock of the first picture; with run: the file's name
  to_ms     INTEGER NOT NULL CHECK (to_ms >= from_ms),   -- end of the last; while open: from_ms
  bytes     INTEGER NOT NULL CHECK (bytes >= 0),         -- up to the last whole fragment; while open: 0
  open      INTEGER NOT NULL CHECK (open IN (0, 1)),     -- 1: being written, or left so by a crash
  marks     INTEGER NOT NULL CHECK (marks IN (0, 1, 2)), -- 0 still, 1 motion throughout, 2 look into fragments
  fragments BLOB NOT NULL,                               -- where each fragment is, docs/formats/footage.md
  UNIQUE (camera, stream, from_ms, run)
) STRICT;
CREATE INDEX file_open ON file (id) WHERE open = 1;

-- Files of each UTC day, by the day they began; kept by the triggers below.
CREATE TABLE day (
  camera INTEGER NOT NULL,
  stream INTEGER NOT NULL,
  day    INTEGER NOT NULL,   -- days since 1970
  files  INTEGER NOT NULL,
  bytes  INTEGER NOT NULL,
  PRIMARY KEY (camera, stream, day)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER file_added AFTER INSERT ON file BEGIN
  INSERT INTO day VALUES (new.camera, new.stream, new.from_ms / 86400000, 1, new.bytes)
    ON CONFLICT DO UPDATE SET files = files + 1, bytes = bytes + new.bytes;
END;
CREATE TRIGGER file_grown AFTER UPDATE OF bytes ON file BEGIN
  UPDATE day SET bytes = bytes + new.bytes - old.bytes
    WHERE camera = new.camera AND stream = new.stream AND day = new.from_ms / 86400000;
END;
CREATE TRIGGER file_gone AFTER DELETE ON file BEGIN
  UPDATE day SET files = files - 1, bytes = bytes - old.bytes
    WHERE camera = old.camera AND stream = old.stream AND day = old.from_ms / 86400000;
  DELETE FROM day
    WHERE camera = old.camera AND stream = old.stream AND day = old.from_ms / 86400000 AND files = 0;
END;

-- Files that no row knows any more and that are still to be removed.
CREATE TABLE garbage (
  path TEXT PRIMARY KEY   -- from the footage folder
) STRICT, WITHOUT ROWID;
)sql"};

/// holds.db: what must not go. Not in the index, which may be made anew.
inline constexpr std::array<std::string_view, 1> kHoldSteps = {R"sql(
CREATE TABLE hold (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  camera   INTEGER NOT NULL,
  from_ms  INTEGER NOT NULL,
  to_ms    INTEGER NOT NULL CHECK (to_ms > from_ms),
  until_ms INTEGER NOT NULL,   -- ends by itself then
  reason   TEXT NOT NULL,
  by       TEXT NOT NULL
) STRICT;
)sql"};

}  // namespace qala::footage
