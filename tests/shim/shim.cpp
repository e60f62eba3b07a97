// Put in front of a program with LD_PRELOAD: keeps a journal of what the program changes in a folder and when it syncs
// (see record.h), so that powercut.mjs can afterwards take back what a power cut would. The C library's own buffered
// files (fopen) and memory maps are not seen: Qala and SQLite write with write and pwrite.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>

#include "journal.h"

using qala::shim::Journal;
using qala::shim::real;

namespace {

int open_at(int folder, const char* path, int flags, mode_t mode) {
  constexpr int kChanges = O_CREAT | O_TRUNC;
  auto& journal = Journal::get();
  const auto full = (flags & kChanges) ? journal.path(folder, path) : std::nullopt;
  if (!full) return real().openat(folder, path, flags, mode);
  const auto guard = journal.lock();
  struct stat info{};
  const bool existed = ::lstat(full->c_str(), &info) == 0;
  if (existed && (flags & O_TRUNC) && info.st_size > 0) {
    const int before = real().open(full->c_str(), O_RDONLY | O_CLOEXEC);
    if (before >= 0) {
      if (const auto inode = journal.file(before)) journal.will_resize(before, *inode, 0);
      ::close(before);
    }
  }
  const int fd = real().openat(folder, path, flags, mode);
  const int code = errno;
  if (fd >= 0 && !existed) journal.created(*full);
  errno = code;
  return fd;
}

/// Runs `change` after the journal knows what it will overwrite.
template <class Change>
auto writing(int fd, std::int64_t offset, std::size_t length, Change change) {
  auto& journal = Journal::get();
  const auto guard = journal.lock();
  if (const auto inode = journal.file(fd)) {
    if (offset < 0) {
      struct stat info{};
      ::fstat(fd, &info);
      offset = (::fcntl(fd, F_GETFL) & O_APPEND) ? info.st_size : ::lseek(fd, 0, SEEK_CUR);
    }
    journal.will_write(fd, *inode, static_cast<std::uint64_t>(offset), length);
  }
  return change();
}

bool is_file(int fd) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

int resizing(int fd, off_t size, int (*change)(int, off_t)) {
  auto& journal = Journal::get();
  const auto guard = journal.lock();
  if (const auto inode = journal.file(fd)) journal.will_resize(fd, *inode, static_cast<std::uint64_t>(size));
  return change(fd, size);
}

/// A slow disk, so that kills fall into syncs: TEST_SHIM_SYNC_US microseconds for each.
void take_time() {
  static const long us = [] {
    const char* text = std::getenv("TEST_SHIM_SYNC_US");
    return text ? std::atol(text) : 0;
  }();
  if (us > 0) ::usleep(static_cast<useconds_t>(us));
}

int syncing(int fd, int (*sync)(int)) {
  auto& journal = Journal::get();
  std::uint64_t until = 0;
  {
    const auto guard = journal.lock();
    until = journal.next();
  }
  take_time();
  const int result = sync(fd);
  const int code = errno;
  if (result == 0) {
    const auto guard = journal.lock();
    journal.synced(fd, until);
  }
  errno = code;
  return result;
}

int renaming(const char* from, const char* to) {
  auto& journal = Journal::get();
  const auto old_path = journal.path(AT_FDCWD, from);
  const auto new_path = journal.path(AT_FDCWD, to);
  const auto guard = journal.lock();
  if (old_path && new_path) journal.will_rename(*old_path, *new_path);
  return real().rename(from, to);
}

int removing(const char* path) {
  auto& journal = Journal::get();
  const auto full = journal.path(AT_FDCWD, path);
  const auto guard = journal.lock();
  if (full) journal.will_remove(*full);
  return real().unlink(path);
}

std::size_t total(const iovec* parts, int count) {
  std::size_t sum = 0;
  for (int i = 0; i < count; i++) sum += parts[i].iov_len;
  return sum;
}

mode_t mode_of(int flags, va_list& more) { return (flags & O_CREAT) ? va_arg(more, mode_t) : 0; }

}  // namespace

extern "C" {

#define TEST_SHIM_OPEN(name) \
  int name(const char* path, int flags, ...) { \
    va_list more; \
    va_start(more, flags); \
    const mode_t mode = mode_of(flags, more); \
    va_end(more); \
    return open_at(AT_FDCWD, path, flags, mode); \
  }
TEST_SHIM_OPEN(open)
TEST_SHIM_OPEN(open64)

#define TEST_SHIM_OPENAT(name) \
  int name(int folder, const char* path, int flags, ...) { \
    va_list more; \
    va_start(more, flags); \
    const mode_t mode = mode_of(flags, more); \
    va_end(more); \
    return open_at(folder, path, flags, mode); \
  }
TEST_SHIM_OPENAT(openat)
TEST_SHIM_OPENAT(openat64)

ssize_t write(int fd, const void* bytes, size_t length) {
  if (!is_file(fd)) return real().write(fd, bytes, length);
  return writing(fd, -1, length, [&] { return real().write(fd, bytes, length); });
}

ssize_t pwrite(int fd, const void* bytes, size_t length, off_t offset) {
  return writing(fd, offset, length, [&] { return real().pwrite(fd, bytes, length, offset); });
}
ssize_t pwrite64(int fd, const void* bytes, size_t length, off64_t offset) { return pwrite(fd, bytes, length, offset); }

ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto next = reinterpret_cast<ssize_t (*)(int, const iovec*, int)>(::dlsym(RTLD_NEXT, "writev"));
  if (!is_file(fd)) return next(fd, parts, count);
  return writing(fd, -1, total(parts, count), [&] { return next(fd, parts, count); });
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  static const auto next = reinterpret_cast<ssize_t (*)(int, const iovec*, int, off_t)>(::dlsym(RTLD_NEXT, "pwritev"));
  return writing(fd, offset, total(parts, count), [&] { return next(fd, parts, count, offset); });
}
ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t offset) { return pwritev(fd, parts, count, offset); }

int ftruncate(int fd, off_t size) noexcept { return resizing(fd, size, real().ftruncate); }
int ftruncate64(int fd, off64_t size) noexcept { return ftruncate(fd, size); }

int posix_fallocate(int fd, off_t offset, off_t length) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return errno;
  if (info.st_size >= offset + length) return 0;
  return ftruncate(fd, offset + length) == 0 ? 0 : errno;
}
int posix_fallocate64(int fd, off64_t offset, off64_t length) { return posix_fallocate(fd, offset, length); }
int fallocate(int fd, int mode, off_t offset, off_t length) {
  if (mode != 0) {
    errno = EOPNOTSUPP;
    return -1;
  }
  errno = posix_fallocate(fd, offset, length);
  return errno == 0 ? 0 : -1;
}
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return fallocate(fd, mode, offset, length); }

int rename(const char* from, const char* to) noexcept { return renaming(from, to); }
int unlink(const char* path) noexcept { return removing(path); }
int remove(const char* path) noexcept {
  struct stat info{};
  if (::lstat(path, &info) == 0 && S_ISDIR(info.st_mode)) return ::rmdir(path);
  return removing(path);
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  static const auto next = reinterpret_cast<int (*)(int, const char*, int)>(::dlsym(RTLD_NEXT, "unlinkat"));
  auto& journal = Journal::get();
  const auto full = (flags & AT_REMOVEDIR) ? std::nullopt : journal.path(folder, path);
  const auto guard = journal.lock();
  if (full) journal.will_remove(*full);
  return next(folder, path, flags);
}

int fsync(int fd) { return syncing(fd, real().fsync); }
int fdatasync(int fd) { return syncing(fd, real().fdatasync); }

}  // extern "C"
