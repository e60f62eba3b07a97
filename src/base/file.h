#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace qala {

/// An open file. Every failure names the path. Not thread-safe but for read_at.
class File {
 public:
  enum class Mode { read, write, create };  ///< write: must exist; create: made if absent, never truncated

  static Result<File> open(const std::string& path, Mode mode);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  Result<std::uint64_t> size() const;
  /// Exactly `out.size()` bytes or an error (`corrupt` at the end of the file).
  Result<> read_at(std::uint64_t offset, std::span<std::byte> out) const;
  Result<> write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Data and what is needed to find it are on the disk when this returns.
  Result<> sync_data();
  /// Reserves [0, size) and writes zeros over what is new, so that later writes change no metadata.
  Result<> preallocate(std::uint64_t size);
  Result<> truncate(std::uint64_t size);
  const std::string& path() const { return path_; }
  int descriptor() const { return fd_; }

 private:
  File(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  std::string path_;
};

Result<std::vector<std::byte>> read_file(const std::string& path);
/// Writes `path.new`, syncs it, renames it over `path`, syncs the folder: afterwards either the old or the new is
/// there.
Result<> write_file_atomically(const std::string& path, std::span<const std::byte> bytes);
/// Makes creations, renames and removals in `folder` durable.
Result<> sync_folder(const std::string& folder);
/// Free and total bytes of the file system that holds `path`.
struct DiskSpace {
  std::uint64_t free = 0;
  std::uint64_t total = 0;
};
Result<DiskSpace> disk_space(const std::string& path);

}  // namespace qala
