#pragma once

#include <vector>

#include "base/sqlite.h"
#include "warnings/model.h"

namespace qala::warnings {

/// The tables of town.db. Writer thread; within the caller's transaction where something is written.
Result<> upgrade_schema(sqlite::Database& db, Instant now);
Result<Instant> began(sqlite::Database& db);
Result<std::vector<Message>> read_all(sqlite::Database& db);
/// Fills in the id of a new message.
Result<> write_row(sqlite::Database& db, Message& message);
Result<> remove_row(sqlite::Database& db, std::uint64_t id);

}  // namespace qala::warnings
