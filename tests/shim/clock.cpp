// Put in front of programs with LD_PRELOAD: a clock of their own, the same for all of them and faster than the
// system's. Programs and their clock checks are unchanged: a week is lived through in minutes by the real server.
//   TEST_CLOCK="TOWN SPEED"   the clock begins at TOWN (seconds since 1970) and runs at most SPEED times as fast
//   TEST_CLOCK_FILE=FILE      16 zero bytes that the programs share: how far it has come
//   TEST_CLOCK_LEADS=1        for one of them: it moves the clock on, and only while it keeps up. A thread that once
//   waited
//                             (poll, sleep) and now works may be left behind by kSlack of the town's time, no more.
//   TEST_CLOCK_NO_SYNC=1      fdatasync does nothing; a disk does not get faster

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kSlack = 6 * kSecond;

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}
timespec spec(std::int64_t ns) { return {ns / kSecond, ns % kSecond}; }
std::int64_t ns_of(const timespec& at) { return at.tv_sec * kSecond + at.tv_nsec; }

using AskClock = int(clockid_t, timespec*);
using Sleep = int(const timespec*, timespec*);

class TownClock {
 public:
  TownClock() {
    double town = 0;
    const char* text = std::getenv("TEST_CLOCK");
    const char* file = std::getenv("TEST_CLOCK_FILE");
    if (!text || !file || std::sscanf(text, "%lf %lf", &town, &speed_) != 2) return;
    const int fd = ::open(file, O_RDWR | O_CLOEXEC);
    void* shared = fd < 0 ? MAP_FAILED : ::mmap(nullptr, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) ::close(fd);
    if (shared == MAP_FAILED) return;
    begin_ = static_cast<std::int64_t>(town) * kSecond;
    gone_ = static_cast<std::atomic<std::int64_t>*>(shared);
  }
  bool on() const { return gone_ != nullptr; }
  std::int64_t gone() const { return gone_->load(std::memory_order_acquire); }
  void move(std::int64_t ns) { gone_->fetch_add(ns, std::memory_order_acq_rel); }
  double speed() const { return speed_; }
  std::int64_t system(clockid_t clock) const {
    timespec now{};
    ask_(clock, &now);
    return ns_of(now);
  }
  int ask(clockid_t clock, timespec* out) const { return ask_(clock, out); }
  /// What the programs see. Monotonic time counts from the clock's beginning.
  std::int64_t now(clockid_t clock) const {
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? begin_ + gone() : 1000 * kSecond + gone();
  }
  static bool ours(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC ||
           clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME;
  }
  /// The shortest that `ns` of the town can take, a tenth of a millisecond at least.
  timespec shortest(std::int64_t ns) const {
    return spec(std::max<std::int64_t>(100'000, static_cast<std::int64_t>(static_cast<double>(ns) / speed_)));
  }
  void rest(std::int64_t ns) const {
    const timespec wait = shortest(ns);
    sleep_(&wait, nullptr);
  }

 private:
  AskClock* ask_ = next<AskClock>("clock_gettime");
  Sleep* sleep_ = next<Sleep>("nanosleep");
  std::atomic<std::int64_t>* gone_ = nullptr;
  std::int64_t begin_ = 0;
  double speed_ = 1;
};

TownClock& town() {
  static TownClock clock;
  return clock;
}

/// A thread of the program that leads: waiting, or at work since a moment.
struct Hand {
  std::atomic<std::int64_t> at_work_since{-1};  ///< -1: waits
  Hand();
  ~Hand();
};
std::mutex hands_lock;
std::vector<Hand*>& hands() {
  static auto* all = new std::vector<Hand*>;
  return *all;
}
Hand::Hand() {
  const std::lock_guard lock(hands_lock);
  hands().push_back(this);
}
Hand::~Hand() {
  const std::lock_guard lock(hands_lock);
  std::erase(hands(), this);
}

bool leads() {
  static const bool yes = std::getenv("TEST_CLOCK_LEADS") != nullptr;
  return yes;
}

/// While it lives the thread waits.
class Waiting {
 public:
  Waiting() {
    if (leads()) hand().at_work_since = -1;
  }
  ~Waiting() {
    if (leads()) hand().at_work_since = town().gone();
  }

 private:
  static Hand& hand() {
    static thread_local Hand mine;
    return mine;
  }
};

[[noreturn]] void lead() {
  std::int64_t last = town().system(CLOCK_MONOTONIC);
  for (;;) {
    town().rest(0);
    const std::int64_t now = town().system(CLOCK_MONOTONIC);
    const std::int64_t gone = town().gone();
    // Half a second at once at most: who ticks every second shall tick every second.
    std::int64_t by = std::min<std::int64_t>(
        static_cast<std::int64_t>(static_cast<double>(now - last) * town().speed()), kSecond / 2);
    last = now;
    {
      const std::lock_guard lock(hands_lock);
      for (const Hand* hand : hands()) {
        const std::int64_t since = hand->at_work_since;
        if (since >= 0) by = std::min(by, since + kSlack - gone);
      }
    }
    if (by > 0) town().move(by);
  }
}

[[gnu::constructor]] void begin() {
  if (town().on() && leads()) std::thread(lead).detach();
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) {
  if (!town().on() || !TownClock::ours(clock)) return town().ask(clock, out);
  *out = spec(town().now(clock));
  return 0;
}

int gettimeofday(timeval* out, void*) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *out = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* out) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* wait, timespec* left) {
  static auto* const real = next<int(clockid_t, int, const timespec*, timespec*)>("clock_nanosleep");
  if (!town().on()) return real(clock, flags, wait, left);
  const Waiting waiting;
  const std::int64_t until = (flags & TIMER_ABSTIME ? 0 : town().now(clock)) + ns_of(*wait);
  for (std::int64_t now = town().now(clock); now < until; now = town().now(clock)) town().rest(until - now);
  return 0;
}

int nanosleep(const timespec* wait, timespec* left) {
  const int code = clock_nanosleep(CLOCK_MONOTONIC, 0, wait, left);
  if (code != 0) errno = code;
  return code == 0 ? 0 : -1;
}

int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  static auto* const real = next<int(int, epoll_event*, int, int)>("epoll_wait");
  if (!town().on() || timeout <= 0) return real(epoll, events, most, timeout);
  return real(epoll, events, most, std::max(1, static_cast<int>(timeout / town().speed())));
}

int ppoll(pollfd* sockets, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  static auto* const real = next<int(pollfd*, nfds_t, const timespec*, const sigset_t*)>("ppoll");
  return real(sockets, count, timeout, mask);
}

int poll(pollfd* sockets, nfds_t count, int timeout) {
  static auto* const real = next<int(pollfd*, nfds_t, int)>("poll");
  if (!town().on() || timeout <= 0) return real(sockets, count, timeout);
  const Waiting waiting;
  const timespec wait = town().shortest(timeout * (kSecond / 1000));
  return ppoll(sockets, count, &wait, nullptr);
}

int timerfd_settime(int timer, int flags, const itimerspec* at, itimerspec* before) {
  static auto* const real = next<int(int, int, const itimerspec*, itimerspec*)>("timerfd_settime");
  const std::int64_t wait = ns_of(at->it_value);
  // Asio sets absolute times only to say "at once"; woken too early it looks at the clock and asks again.
  if (!town().on() || (flags & TFD_TIMER_ABSTIME) != 0 || wait == 0) return real(timer, flags, at, before);
  const itimerspec sooner{{0, 0}, town().shortest(wait)};
  return real(timer, flags, &sooner, before);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  static auto* const real =
      next<int(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>("pthread_cond_clockwait");
  if (!town().on()) return real(condition, mutex, clock, until);
  const Waiting waiting;
  for (;;) {
    const std::int64_t left = ns_of(*until) - town().now(clock);
    if (left <= 0) return ETIMEDOUT;
    const timespec due = spec(town().system(CLOCK_MONOTONIC) + ns_of(town().shortest(left)));
    const int code = real(condition, mutex, CLOCK_MONOTONIC, &due);
    if (code != ETIMEDOUT) return code;
  }
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  static auto* const real = next<int(pthread_cond_t*, pthread_mutex_t*, const timespec*)>("pthread_cond_timedwait");
  if (!town().on()) return real(condition, mutex, until);
  return pthread_cond_clockwait(condition, mutex, CLOCK_REALTIME, until);
}

int fdatasync(int file) {
  static auto* const real = next<int(int)>("fdatasync");
  static const bool skip = std::getenv("TEST_CLOCK_NO_SYNC") != nullptr;
  return skip ? 0 : real(file);
}

}  // extern "C"
