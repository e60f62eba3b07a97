#pragma once

#include <span>
#include <string_view>

#include "base/sqlite.h"

namespace qala::sqlite {

/// Brings the tables of one room to their newest version. Several rooms share town.db, so each keeps its own version in
/// the table room_version(room, version). steps[i] is the SQL that leads from version i to i + 1; each runs in its own
/// transaction together with the new version. A file of a newer version is refused (`conflict`), and nothing is
/// touched.
Result<> upgrade_room(Database& db, std::string_view room, std::span<const std::string_view> steps);

}  // namespace qala::sqlite
