#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/file.h"

namespace qala::readings {

/// What the log asks of the file system, so that tests can count syncs, fail a write or forget what was not synced.
class LogDisk {
 public:
  virtual ~LogDisk() = default;
  virtual Result<> write(File& file, std::uint64_t offset, std::span<const std::byte> bytes);
  /// fdatasync
  virtual Result<> sync(File& file);
  virtual Result<> sync_folder(const std::string& folder);
  virtual Result<> rename(const std::string& from, const std::string& to);
  virtual Result<> remove(const std::string& path);
  virtual Result<> truncate(File& file, std::uint64_t size);
  /// The one that everybody but tests uses.
  static LogDisk& system();
};

}  // namespace qala::readings
