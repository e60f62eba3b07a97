#pragma once

#include <string>

#include "base/result.h"

namespace qala {

/// Makes a folder and those above it that are missing; the names of all that were made are on the disk when this
/// returns.
Result<> make_folders(const std::string& path);
/// Copies a file over `to`, or all that is in a folder into the folder `to`, with who may read it. Everything is on the
/// disk when this returns, but the name `to` itself: for that its folder is to be synced.
Result<> copy_durably(const std::string& from, const std::string& to);

}  // namespace qala
