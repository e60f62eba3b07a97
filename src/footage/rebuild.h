#pragma once

#include <string>

#include "base/result.h"
#include "footage/disk.h"
#include "footage/index.h"
#include "footage/library.h"

namespace qala::footage {

/// While it lives nobody else changes the folder. `conflict`: somebody else has it.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::string& folder);

 private:
  explicit FolderLock(File file) : file_(std::move(file)) {}
  File file_;
};

/// Looks through one file. `cut`: a torn end is cut off; else only the marks are read. `corrupt`: its beginning is no
/// longer there.
struct LookedThrough {
  Index::Ended file = {};
  std::uint64_t fragments = 0, torn_bytes = 0, damaged = 0;
};
Result<LookedThrough> look_through(const std::string& path, Disk& disk, bool cut);

/// Fills the index from the files. The caller holds the lock.
Result<Rebuilt> fill_index(Index& index, const std::string& folder, Disk& disk);
/// Opens the index; one that is missing or unreadable is made anew (an unreadable one becomes index.db.damaged).
Result<Index> open_or_rebuild(const std::string& folder, Disk& disk);

}  // namespace qala::footage
