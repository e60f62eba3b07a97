#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

namespace qala {

Result<File> File::open(const std::string& path, Mode mode) {
  const int flags = mode == Mode::read ? O_RDONLY : (mode == Mode::write ? O_RDWR : O_RDWR | O_CREAT);
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0640);
  if (fd < 0) return from_errno(errno, "opening " + path);
  return File(fd, path);
}

File::File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::uint64_t> File::size() const {
  struct stat info{};
  if (::fstat(fd_, &info) != 0) return from_errno(errno, "asking the size of " + path_);
  return static_cast<std::uint64_t>(info.st_size);
}

Result<> File::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const ssize_t n = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return from_errno(errno, "reading " + path_);
    if (n == 0)
      return fail(ErrorKind::corrupt, "reading " + path_ + ": it ends too early, at " + std::to_string(offset));
    out = out.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<> File::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return from_errno(errno, "writing " + path_);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<> File::sync_data() {
  if (::fdatasync(fd_) != 0) return from_errno(errno, "syncing " + path_);
  return {};
}

Result<> File::preallocate(std::uint64_t wanted) {
  TRY(std::uint64_t have, size());
  static constexpr std::size_t kBlock = 1 << 20;
  const std::vector<std::byte> zeros(kBlock);
  while (have < wanted) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, wanted - have));
    TRY_VOID(write_at(have, std::span(zeros).first(n)));
    have += n;
  }
  return sync_data();
}

Result<> File::truncate(std::uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return from_errno(errno, "cutting " + path_);
  return {};
}

Result<std::vector<std::byte>> read_file(const std::string& path) {
  TRY(auto file, File::open(path, File::Mode::read));
  TRY(const auto size, file.size());
  std::vector<std::byte> bytes(size);
  TRY_VOID(file.read_at(0, bytes));
  return bytes;
}

Result<> write_file_atomically(const std::string& path, std::span<const std::byte> bytes) {
  const std::string fresh = path + ".new";
  TRY(auto file, File::open(fresh, File::Mode::create));
  TRY_VOID(file.truncate(0));
  TRY_VOID(file.write_at(0, bytes));
  TRY_VOID(file.sync_data());
  if (::rename(fresh.c_str(), path.c_str()) != 0) return from_errno(errno, "renaming " + fresh);
  return sync_folder(std::filesystem::path(path).parent_path().string());
}

Result<> sync_folder(const std::string& folder) {
  const std::string name = folder.empty() ? "." : folder;
  const int fd = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return from_errno(errno, "opening " + name);
  const int code = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (code != 0) return from_errno(code, "syncing " + name);
  return {};
}

Result<DiskSpace> disk_space(const std::string& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) return from_errno(errno, "asking the free space of " + path);
  return DiskSpace{.free = info.f_bavail * info.f_frsize, .total = info.f_blocks * info.f_frsize};
}

}  // namespace qala
