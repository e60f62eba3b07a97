#pragma once

#include <cerrno>
#include <cstddef>
#include <sys/types.h>

#include <sqlite3.h>

namespace qala::tests {

/// While it exists, whatever SQLite writes fails with `why`: ENOSPC is a full disk, EIO a broken one.
class SqliteDiskFails {
 public:
  explicit SqliteDiskFails(int why) {
    why_ = why;
    set(reinterpret_cast<sqlite3_syscall_ptr>(&SqliteDiskFails::write),
        reinterpret_cast<sqlite3_syscall_ptr>(&SqliteDiskFails::pwrite));
  }
  ~SqliteDiskFails() { set(nullptr, nullptr); }
  SqliteDiskFails(const SqliteDiskFails&) = delete;
  SqliteDiskFails& operator=(const SqliteDiskFails&) = delete;

 private:
  static void set(sqlite3_syscall_ptr write, sqlite3_syscall_ptr pwrite) {
    auto* system = sqlite3_vfs_find(nullptr);
    system->xSetSystemCall(system, "write", write);
    for (const char* name : {"pwrite", "pwrite64"}) system->xSetSystemCall(system, name, pwrite);  // as it was built
  }
  static ssize_t write(int, const void*, std::size_t) {
    errno = why_;
    return -1;
  }
  static ssize_t pwrite(int, const void*, std::size_t, off_t) {
    errno = why_;
    return -1;
  }
  static inline int why_ = 0;
};

}  // namespace qala::tests
