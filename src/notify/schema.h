#pragma once

#include "base/sqlite.h"

namespace qala::notify {

/// Brings the tables `notify*` of town.db to the newest version.
Result<> upgrade_schema(sqlite::Database& db);

}  // namespace qala::notify
