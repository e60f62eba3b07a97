#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "record.h"

namespace qala::shim {

/// The C library's own functions, behind the ones that the shim puts in front.
struct Real {
  int (*open)(const char*, int, ...);
  int (*openat)(int, const char*, int, ...);
  ssize_t (*write)(int, const void*, size_t);
  ssize_t (*pwrite)(int, const void*, size_t, off_t);
  int (*ftruncate)(int, off_t);
  int (*rename)(const char*, const char*);
  int (*unlink)(const char*);
  int (*fsync)(int);
  int (*fdatasync)(int);
};
const Real& real();

/// What the program does to files below TEST_SHIM_FOLDER, written to TEST_SHIM_JOURNAL. One per process, used from any
/// thread: whoever changes a file holds `lock()` from before the record until the change is made.
/// If the journal cannot be written the process ends: a test that goes on would prove nothing.
class Journal {
 public:
  static Journal& get();

  std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }

  /// Inode if `fd` is a regular file of the folder.
  std::optional<ino_t> file(int fd);
  /// Absolute path if `path` lies in the folder.
  std::optional<std::string> path(int folder, const char* path) const;

  void will_write(int fd, ino_t inode, std::uint64_t offset, std::uint64_t length);
  void will_resize(int fd, ino_t inode, std::uint64_t size);
  void created(const std::string& path);
  void will_rename(const std::string& from, const std::string& to);
  void will_remove(const std::string& path);
  std::uint64_t next() const { return next_; }
  /// After a sync that succeeded; `until` is next() from before it.
  void synced(int fd, std::uint64_t until);

 private:
  Journal();
  void append(Head head, std::string_view path, std::string_view data);
  void keep(const std::string& path, ino_t inode);

  std::mutex mutex_;
  std::string folder_, kept_;
  int fd_ = -1;
  std::uint64_t next_ = 0;
  std::unordered_map<ino_t, bool> known_;  ///< is it a file of the folder?
  std::vector<char> buffer_;
};

}  // namespace qala::shim
