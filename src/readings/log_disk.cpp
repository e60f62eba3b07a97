#include "readings/log_disk.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace qala::readings {

Result<> LogDisk::write(File& file, std::uint64_t offset, std::span<const std::byte> bytes) {
  return file.write_at(offset, bytes);
}

Result<> LogDisk::sync(File& file) { return file.sync_data(); }

Result<> LogDisk::sync_folder(const std::string& folder) { return qala::sync_folder(folder); }

Result<> LogDisk::rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return from_errno(errno, "renaming " + from);
  return {};
}

Result<> LogDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return from_errno(errno, "removing " + path);
  return {};
}

Result<> LogDisk::truncate(File& file, std::uint64_t size) { return file.truncate(size); }

LogDisk& LogDisk::system() {
  static LogDisk disk;
  return disk;
}

}  // namespace qala::readings
