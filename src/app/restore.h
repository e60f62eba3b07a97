#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/town_snapshot.h"
#include "base/result.h"

namespace qala::app {

/// Damage in a SQLite file, a line each; none if there is no such file.
std::vector<std::string> check_sqlite(const std::string& path);

/// Copies a backup into the folder `data`, which must be absent or empty; on the disk when this returns. `corrupt`, and
/// nothing is made: the backup was cut off while it was written. `link`: files of readings and pictures, which nobody
/// ever writes into, are linked where the disk allows it (for a drill beside the backup), and nothing is synced.
Result<> copy_backup(const std::string& backup, const std::string& data, bool link);

/// Opens a folder that nobody serves as the server would, verifies every byte, and compares what is there with what the
/// backup said of itself. A line for each thing that does not fit; none: the backup is good.
Result<std::vector<std::string>> compare_folder(const std::string& data, const Contents& contents, const Config& config,
                                                const std::function<bool()>& cancelled = {});

/// Restores `backup` into the folder `scratch` (removed before and after) and compares it: proof that it can be done.
Result<std::vector<std::string>> drill(const std::string& backup, const std::string& scratch, const Config& config,
                                       const std::function<bool()>& cancelled = {});

}  // namespace qala::app
