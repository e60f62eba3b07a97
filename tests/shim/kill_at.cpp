// Put in front of a program with LD_PRELOAD: kills it, as SIGKILL does, just before its TEST_KILL_AT-th change that has
// to outlive it (sync, rename, link, removal, new length). Without the variable it changes nothing.

#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace {

void count() {
  static const long limit = [] {
    const char* text = std::getenv("TEST_KILL_AT");
    return text ? std::atol(text) : 0;
  }();
  static std::atomic<long> done = 0;
  if (limit > 0 && ++done == limit) ::kill(::getpid(), SIGKILL);
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int fsync(int fd) {
  static auto* const real = next<int(int)>("fsync");
  count();
  return real(fd);
}

int fdatasync(int fd) {
  static auto* const real = next<int(int)>("fdatasync");
  count();
  return real(fd);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  count();
  return real(from, to);
}

int link(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("link");
  count();
  return real(from, to);
}

int unlink(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  count();
  return real(path);
}

int ftruncate(int fd, off_t size) noexcept {
  static auto* const real = next<int(int, off_t)>("ftruncate");
  count();
  return real(fd, size);
}

int ftruncate64(int fd, off64_t size) noexcept {
  static auto* const real = next<int(int, off64_t)>("ftruncate64");
  count();
  return real(fd, size);
}

}  // extern "C"
