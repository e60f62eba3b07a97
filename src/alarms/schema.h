#pragma once

#include "base/sqlite.h"

namespace qala::alarms {

/// Creates the room's tables in town.db or brings them to this version, in one transaction. `conflict`: they were made
/// by a newer Qala.
Result<> upgrade_schema(sqlite::Database& db);

}  // namespace qala::alarms
