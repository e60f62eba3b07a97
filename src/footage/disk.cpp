#include "footage/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace qala::footage {

Result<File> Disk::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (fd < 0) return from_errno(errno, "creating " + path);
  ::close(fd);
  return File::open(path, File::Mode::write);
}

Result<> Disk::write(File& file, std::uint64_t offset, std::span<const std::byte> bytes) {
  return file.write_at(offset, bytes);
}

void Disk::start_sync(File& file) { ::sync_file_range(file.descriptor(), 0, 0, SYNC_FILE_RANGE_WRITE); }

Result<> Disk::sync(File& file) { return file.sync_data(); }

Result<> Disk::make_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0750) == 0) {
    const auto slash = folder.rfind('/');
    return sync_folder(slash == std::string::npos ? "." : folder.substr(0, slash));
  }
  if (errno == EEXIST) return {};
  if (errno != ENOENT) return from_errno(errno, "making the folder " + folder);
  const auto slash = folder.rfind('/');
  if (slash == std::string::npos || slash == 0) return from_errno(ENOENT, "making the folder " + folder);
  TRY_VOID(make_folder(folder.substr(0, slash)));
  return make_folder(folder);
}

Result<> Disk::sync_folder(const std::string& folder) { return qala::sync_folder(folder); }

Result<> Disk::truncate(File& file, std::uint64_t size) { return file.truncate(size); }

Result<> Disk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return from_errno(errno, "removing " + path);
  return {};
}

Result<DiskSpace> Disk::space(const std::string& folder) { return disk_space(folder); }

Disk& Disk::system() {
  static Disk disk;
  return disk;
}

}  // namespace qala::footage
