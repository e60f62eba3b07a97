#include "cameras/schema.h"

#include <array>

namespace qala::cameras {

namespace {

constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE camera (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: recordings lie under it
  thing        INTEGER NOT NULL UNIQUE,
  grouped      TEXT NOT NULL,
  url          TEXT NOT NULL, user     TEXT NOT NULL, password     TEXT NOT NULL, udp     INTEGER NOT NULL,
  sub_url      TEXT NOT NULL, sub_user TEXT NOT NULL, sub_password TEXT NOT NULL, sub_udp INTEGER NOT NULL,
  recording    TEXT NOT NULL CHECK (recording IN ('always', 'motion', 'never')),
  ptz          INTEGER NOT NULL CHECK (ptz IN (0, 1)),
  off          INTEGER NOT NULL CHECK (off IN (0, 1)),
  created      INTEGER NOT NULL,                   -- UTC ns
  changed      INTEGER NOT NULL
) STRICT;
CREATE TABLE camera_mask (
  camera  INTEGER NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  number  INTEGER NOT NULL,
  name    TEXT NOT NULL,
  corners TEXT NOT NULL,                           -- "x,y x,y ...", 0..1 of the picture
  PRIMARY KEY (camera, number)
) STRICT;
CREATE TABLE camera_group (
  name      TEXT PRIMARY KEY,
  keep_days INTEGER NOT NULL,                      -- 0: no limit of that kind
  keep_gb   INTEGER NOT NULL
) STRICT;
CREATE TABLE look (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  camera  INTEGER NOT NULL,                        -- cameras may go, looks stay
  kind    TEXT NOT NULL CHECK (kind IN ('live', 'still', 'playback', 'export', 'unmask')),
  began   INTEGER NOT NULL,                        -- UTC ns: when somebody looked
  ended   INTEGER,                                 -- null: still looking, or the program ended meanwhile
  shown_from INTEGER NOT NULL,                     -- UTC ns: what minutes were seen
  shown_to   INTEGER,
  masked  INTEGER NOT NULL CHECK (masked IN (0, 1)),
  actor_kind TEXT NOT NULL,
  actor   TEXT NOT NULL,                           -- personal: can be erased
  reason  TEXT NOT NULL,
  case_number TEXT NOT NULL
) STRICT;
CREATE INDEX look_by_camera ON look (camera, began);
CREATE INDEX look_by_time ON look (began);
)sql";

constexpr std::string_view kVersion2 = R"sql(
ALTER TABLE camera ADD COLUMN onvif_url      TEXT NOT NULL DEFAULT '';  -- '': not spoken with
ALTER TABLE camera ADD COLUMN onvif_user     TEXT NOT NULL DEFAULT '';  -- '': those of the main stream
ALTER TABLE camera ADD COLUMN onvif_password TEXT NOT NULL DEFAULT '';
ALTER TABLE camera ADD COLUMN onvif_profile  TEXT NOT NULL DEFAULT '';
ALTER TABLE camera ADD COLUMN onvif_events   INTEGER NOT NULL DEFAULT 0 CHECK (onvif_events IN (0, 1));
)sql";

constexpr std::array kSteps{kVersion1, kVersion2};

}  // namespace

std::span<const std::string_view> schema_steps() { return kSteps; }

}  // namespace qala::cameras
