#include "sandbox/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define QALA_SANITIZED 1
#endif
#endif
#ifdef QALA_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

namespace qala::sandbox {

namespace {

constexpr rlim_t kDataBytes = 160u << 20;
constexpr rlim_t kFiles = 8;

// Memory, waiting for a lock of its own, the clock (the C library asks the kernel where it cannot do without) and what
// it has used itself (before collecting garbage), random bytes, signals of its own, its end.
constexpr int kAllowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(munmap),
    SCMP_SYS(madvise),
    SCMP_SYS(mremap),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(sched_yield),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getrusage),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(lseek),
};
/// What the sanitizers do besides: their own thread, and looking whether memory is there by writing it into a pipe.
constexpr int kSanitizers[] = {SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(prctl),
                               SCMP_SYS(pipe2),     SCMP_SYS(write),           SCMP_SYS(close)};
constexpr int kRefused[] = {SCMP_SYS(open),       SCMP_SYS(openat), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
                            SCMP_SYS(newfstatat), SCMP_SYS(access), SCMP_SYS(sysinfo)};

Result<> limit(int what, rlim_t most, const char* name) {
  const rlimit both{most, most};
  if (::setrlimit(static_cast<__rlimit_resource_t>(what), &both) != 0)
    return from_errno(errno, std::string("limiting ") + name);
  return {};
}

/// Owns libseccomp's filter.
struct Filter {
  scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
  ~Filter() { seccomp_release(context); }
};

/// Allows a call whose argument number `which` is `value`, of what `mask` leaves of it.
int allow_if(scmp_filter_ctx filter, int call, unsigned which, std::uint64_t mask, std::uint64_t value) {
  const scmp_arg_cmp is{which, SCMP_CMP_MASKED_EQ, mask, value};
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &is);
}

int add_rules(scmp_filter_ctx filter) {
  int failed = 0;
  for (const int call : kAllowed) failed |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 0, nullptr);
  if (kSanitized) {
    for (const int call : kSanitizers) failed |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 0, nullptr);
  }
  for (const int call : kRefused) failed |= seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES), call, 0, nullptr);
  for (const std::uint64_t file : {1, 2}) failed |= allow_if(filter, SCMP_SYS(write), 0, ~std::uint64_t{0}, file);
  // Memory, but none that can be executed.
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) failed |= allow_if(filter, call, 2, PROT_EXEC, 0);
  failed |= allow_if(filter, SCMP_SYS(tgkill), 0, ~std::uint64_t{0}, static_cast<std::uint64_t>(::getpid()));
  return failed;
}

// ---- what must not be possible

void open_file() {
  if (::open("/etc/passwd", O_RDONLY) >= 0) ::_exit(0);
  ::_exit(3);
}
void open_socket() { ::_exit(::socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 3); }
void start_process() {
  const long child = ::syscall(SYS_fork);
  ::_exit(child >= 0 ? 0 : 3);
}
void start_program() {
  char* const arguments[] = {const_cast<char*>("/bin/true"), nullptr};
  ::execve("/bin/true", arguments, arguments + 1);
  ::_exit(3);
}
void kill_parent() { ::_exit(::kill(::getppid(), 0) == 0 ? 0 : 3); }
void make_code() {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ::_exit(page != MAP_FAILED ? 0 : 3);
}
void write_elsewhere() { ::_exit(::write(0, "x", 1) >= 0 ? 0 : 3); }
void take_memory() {
  void* block = ::mmap(nullptr, std::size_t{512} << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ::_exit(block != MAP_FAILED ? 0 : 3);
}

struct Attempt {
  const char* name;
  void (*run)();
  bool with_sanitizer = true;
};
constexpr Attempt kAttempts[] = {
    {"open a file", open_file},
    {"open a socket", open_socket},
    {"start a process", start_process},
    {"start a program", start_program},
    {"signal its parent", kill_parent},
    {"make code", make_code},
    {"write elsewhere", write_elsewhere, false},
    {"take 512 MB", take_memory, false},
};

}  // namespace

Result<> die_with_parent() {
  const pid_t parent = ::getppid();
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return from_errno(errno, "tying to the parent");
  if (parent == 1 || ::getppid() != parent) return fail(ErrorKind::cancelled, "the parent is gone");
  return {};
}

Result<> enter_jail() {
  TRY_VOID(limit(RLIMIT_CORE, 0, "core files"));
  TRY_VOID(limit(RLIMIT_NOFILE, kFiles, "open files"));
  if (!kSanitized) TRY_VOID(limit(RLIMIT_DATA, kDataBytes, "memory"));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return from_errno(errno, "giving up privileges");
  const Filter filter;
  if (!filter.context) return fail(ErrorKind::internal, "no filter of system calls can be made");
  if (add_rules(filter.context) != 0) return fail(ErrorKind::internal, "the filter of system calls is not taken");
  // For threads that are there already too.
  seccomp_attr_set(filter.context, SCMP_FLTATR_CTL_TSYNC, 1);
  const int failed = seccomp_load(filter.context);
  if (failed != 0) return from_errno(-failed, "limiting system calls");
  return {};
}

bool try_jail() {
  bool tight = true;
  for (const Attempt& attempt : kAttempts) {
    if (kSanitized && !attempt.with_sanitizer) continue;
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child < 0) return false;
    if (child == 0) {
      if (!enter_jail()) ::_exit(4);
      attempt.run();
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    const bool refused = WIFEXITED(status) && WEXITSTATUS(status) == 3;
    std::printf("%s: %s\n", attempt.name, killed ? "ends it" : refused ? "refused" : "POSSIBLE");
    tight = tight && (killed || refused);
  }
  return tight;
}

}  // namespace qala::sandbox
