#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/file.h"

namespace qala::footage {

/// What the recorder asks of the file system, so that tests can fill it, fail it and forget what was not synced.
class Disk {
 public:
  virtual ~Disk() = default;
  /// A new file; `conflict` if there is one.
  virtual Result<File> create(const std::string& path);
  virtual Result<> write(File& file, std::uint64_t offset, std::span<const std::byte> bytes);
  /// Begins to write back, does not wait; so that the sync of one file carries those of the others along.
  virtual void start_sync(File& file);
  /// fdatasync
  virtual Result<> sync(File& file);
  /// Makes the folder and those above it; what is new is synced into its parent.
  virtual Result<> make_folder(const std::string& folder);
  virtual Result<> sync_folder(const std::string& folder);
  virtual Result<> truncate(File& file, std::uint64_t size);
  /// A file that is not there counts as removed.
  virtual Result<> remove(const std::string& path);
  virtual Result<DiskSpace> space(const std::string& folder);
  /// The one that everybody but tests uses.
  static Disk& system();
};

}  // namespace qala::footage
