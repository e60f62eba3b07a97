#include "journal.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace qala::shim {

namespace {

template <class Function>
void find(Function& into, const char* name) {
  into = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "qala_shim: %s: %s\n", what, std::strerror(errno));
  std::abort();
}

std::string from_environment(const char* name) {
  const char* text = std::getenv(name);
  if (!text || !*text) {
    errno = EINVAL;
    give_up(name);
  }
  return text;
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

ino_t inode_of(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

std::uint64_t size_of(int fd) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) give_up("fstat");
  return static_cast<std::uint64_t>(info.st_size);
}

/// The bytes of [offset, offset + length) that exist. `fd` may be open for writing only.
std::string read_before(int fd, std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  if (offset >= size || length == 0) return {};
  std::string bytes(std::min(length, size - offset), '\0');
  const std::string name = "/proc/self/fd/" + std::to_string(fd);
  const int again = real().open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (again < 0) give_up("opening a file again");
  for (std::size_t done = 0; done < bytes.size();) {
    const auto n = ::pread(again, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n <= 0) give_up("reading what was there");
    done += static_cast<std::size_t>(n);
  }
  ::close(again);
  return bytes;
}

}  // namespace

const Real& real() {
  static const Real functions = [] {
    Real r{};
    find(r.open, "open");
    find(r.openat, "openat");
    find(r.write, "write");
    find(r.pwrite, "pwrite");
    find(r.ftruncate, "ftruncate");
    find(r.rename, "rename");
    find(r.unlink, "unlink");
    find(r.fsync, "fsync");
    find(r.fdatasync, "fdatasync");
    return r;
  }();
  return functions;
}

Journal& Journal::get() {
  static Journal journal;
  return journal;
}

Journal::Journal() {
  char resolved[PATH_MAX];
  if (!::realpath(from_environment("TEST_SHIM_FOLDER").c_str(), resolved)) give_up("TEST_SHIM_FOLDER");
  folder_ = resolved;
  const std::string path = from_environment("TEST_SHIM_JOURNAL");
  kept_ = path + ".files";
  if (::mkdir(kept_.c_str(), 0700) != 0 && errno != EEXIST) give_up(kept_.c_str());
  fd_ = real().open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) give_up(path.c_str());
}

std::optional<ino_t> Journal::file(int fd) {
  struct stat info{};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  const auto [found, fresh] = known_.try_emplace(info.st_ino, false);
  if (fresh) {
    char target[PATH_MAX];
    const std::string name = "/proc/self/fd/" + std::to_string(fd);
    const auto n = ::readlink(name.c_str(), target, sizeof target);
    found->second = n > 0 && std::string_view(target, static_cast<std::size_t>(n)).starts_with(folder_ + "/") &&
                    !std::string_view(target, static_cast<std::size_t>(n)).ends_with("-shm");
  }
  return found->second ? std::optional(info.st_ino) : std::nullopt;
}

std::optional<std::string> Journal::path(int folder, const char* path) const {
  std::string full = path;
  if (full.empty()) return std::nullopt;
  if (full.front() != '/') {
    char base[PATH_MAX];
    const std::string name = folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/" + std::to_string(folder);
    const auto n = ::readlink(name.c_str(), base, sizeof base);
    if (n <= 0) return std::nullopt;
    full = std::string(base, static_cast<std::size_t>(n)) + "/" + full;
  }
  char resolved[PATH_MAX];
  if (!::realpath(folder_of(full).c_str(), resolved)) return std::nullopt;
  full = resolved + full.substr(full.rfind('/'));
  if (!full.starts_with(folder_ + "/") || full.ends_with("-shm")) return std::nullopt;
  return full;
}

void Journal::append(Head head, std::string_view path, std::string_view data) {
  head.path_bytes = static_cast<std::uint32_t>(path.size());
  head.data_bytes = static_cast<std::uint32_t>(data.size());
  buffer_.resize(sizeof head + path.size() + data.size());
  std::memcpy(buffer_.data(), &head, sizeof head);
  if (!path.empty()) std::memcpy(buffer_.data() + sizeof head, path.data(), path.size());
  if (!data.empty()) std::memcpy(buffer_.data() + sizeof head + path.size(), data.data(), data.size());
  if (real().write(fd_, buffer_.data(), buffer_.size()) != static_cast<ssize_t>(buffer_.size()))
    give_up("writing the journal");
  next_++;
}

void Journal::keep(const std::string& path, ino_t inode) {
  const std::string second = kept_ + "/" + std::to_string(inode);
  if (::link(path.c_str(), second.c_str()) != 0 && errno != EEXIST) give_up("keeping a file");
}

void Journal::will_write(int fd, ino_t inode, std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t size = size_of(fd);
  append({.kind = Kind::write, .inode = inode, .offset = offset, .length = length, .size = size}, {},
         read_before(fd, offset, length, size));
}

void Journal::will_resize(int fd, ino_t inode, std::uint64_t wanted) {
  const std::uint64_t size = size_of(fd);
  append({.kind = Kind::resize, .inode = inode, .offset = wanted, .size = size}, {},
         wanted < size ? read_before(fd, wanted, size - wanted, size) : std::string());
}

void Journal::created(const std::string& path) {
  const ino_t inode = inode_of(path);
  known_[inode] = true;
  append({.kind = Kind::create, .inode = inode, .folder = inode_of(folder_of(path))}, path, {});
}

void Journal::will_rename(const std::string& from, const std::string& to) {
  const ino_t target = inode_of(to);
  if (target != 0) keep(to, target);
  append({.kind = Kind::rename, .inode = inode_of(from), .other = target, .folder = inode_of(folder_of(to))},
         from + '\0' + to, {});
}

void Journal::will_remove(const std::string& path) {
  const ino_t inode = inode_of(path);
  if (inode == 0) return;
  keep(path, inode);
  append({.kind = Kind::remove, .inode = inode, .folder = inode_of(folder_of(path))}, path, {});
}

void Journal::synced(int fd, std::uint64_t until) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return;
  if (S_ISDIR(info.st_mode)) {
    append({.kind = Kind::sync_folder, .folder = info.st_ino, .until = until}, {}, {});
  } else if (const auto inode = file(fd)) {
    append({.kind = Kind::sync_file, .inode = *inode, .until = until}, {}, {});
  }
}

}  // namespace qala::shim
