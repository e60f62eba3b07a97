#pragma once

#include <string>

#include "base/result.h"

namespace qala::app {

/// What this program makes of a data folder: DATA/format holds this number and the program that wrote it. Grows by one
/// with every release in which a room has a new schema step or file format; folder_format_test.cpp holds the rooms'
/// versions against it. 1: Qala 0.1, which wrote no such file.
constexpr int kFolderFormat = 2;

/// 0: there is no town in the folder yet. `conflict`: of a newer program; says how to go back.
Result<int> folder_format(const std::string& data);
Result<> write_folder_format(const std::string& data);

/// Where the folder as it was before an upgrade from `format` is kept, a whole town of the older program.
std::string kept_before_upgrade(const std::string& data, int format);

/// Brings the folder to this program's format: first a copy of what was (kept_before_upgrade), then each room's steps,
/// each in a transaction, last the number in DATA/format. Ended by a kill at any point, the next call goes on. Does
/// nothing to a folder that is of this format, or has no town. `conflict`: another process serves the folder.
/// Returns the format it had.
Result<int> upgrade_folder(const std::string& data);

}  // namespace qala::app
