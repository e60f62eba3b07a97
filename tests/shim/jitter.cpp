// Put in front of programs with LD_PRELOAD: makes them wait now and then where the scheduler could, between their
// threads and between each other. What hangs or fails under it hangs or fails some day on a busy machine. TEST_JITTER
// is a seed; without it nothing is changed. The codecs' closed child may not sleep and is left alone.

#include <dlfcn.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

std::int64_t now_us() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

/// One call in 60 waits up to 8 ms, one in 3,000 up to 300 ms; in all half as long as the program has run.
void maybe_wait() {
  static const std::uint64_t seed = [] {
    const char* text = std::getenv("TEST_JITTER");
    if (std::string_view(program_invocation_short_name) == "qala-codec") text = nullptr;
    return text ? std::strtoull(text, nullptr, 10) + 1 : 0;
  }();
  if (seed == 0) return;
  static std::atomic<std::uint64_t> calls = 0;
  std::uint64_t x = (calls.fetch_add(1, std::memory_order_relaxed) + seed * 0x9E3779B97F4A7C15U);
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;  // splitmix64
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  x ^= x >> 31U;
  const std::uint64_t limit_us = x % 3000 == 0 ? 300'000 : x % 60 == 0 ? 8'000 : 0;
  if (limit_us == 0) return;
  static const std::int64_t began = now_us();
  static std::atomic<std::int64_t> waited = 0;
  const auto us = static_cast<std::int64_t>((x >> 20U) % limit_us);
  if (waited.load(std::memory_order_relaxed) + us > (now_us() - began) / 2) return;
  waited.fetch_add(us, std::memory_order_relaxed);
  const int kept = errno;
  const timespec wait{.tv_sec = 0, .tv_nsec = us * 1000};
  ::nanosleep(&wait, nullptr);
  errno = kept;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int epoll_wait(int fd, epoll_event* events, int max, int timeout) {
  static auto* const real = next<int(int, epoll_event*, int, int)>("epoll_wait");
  const int found = real(fd, events, max, timeout);
  maybe_wait();
  return found;
}

ssize_t recv(int fd, void* into, size_t size, int flags) {
  static auto* const real = next<ssize_t(int, void*, size_t, int)>("recv");
  maybe_wait();
  return real(fd, into, size, flags);
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  static auto* const real = next<ssize_t(int, msghdr*, int)>("recvmsg");
  maybe_wait();
  return real(fd, message, flags);
}

ssize_t send(int fd, const void* from, size_t size, int flags) {
  static auto* const real = next<ssize_t(int, const void*, size_t, int)>("send");
  const ssize_t sent = real(fd, from, size, flags);
  maybe_wait();
  return sent;
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static auto* const real = next<ssize_t(int, const msghdr*, int)>("sendmsg");
  const ssize_t sent = real(fd, message, flags);
  maybe_wait();
  return sent;
}

int accept(int fd, sockaddr* address, socklen_t* size) {
  static auto* const real = next<int(int, sockaddr*, socklen_t*)>("accept");
  maybe_wait();
  return real(fd, address, size);
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  static auto* const real = next<int(int, const sockaddr*, socklen_t)>("connect");
  const int done = real(fd, address, size);
  maybe_wait();
  return done;
}

ssize_t write(int fd, const void* from, size_t size) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  const ssize_t written = real(fd, from, size);
  maybe_wait();
  return written;
}

int fdatasync(int fd) {
  static auto* const real = next<int(int)>("fdatasync");
  const int done = real(fd);
  maybe_wait();
  return done;
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  static auto* const real = next<int(pthread_cond_t*)>("pthread_cond_signal");
  const int done = real(condition);
  maybe_wait();
  return done;
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  static auto* const real = next<int(pthread_mutex_t*)>("pthread_mutex_unlock");
  const int done = real(mutex);
  maybe_wait();
  return done;
}

}  // extern "C"
