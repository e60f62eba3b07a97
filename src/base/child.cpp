#include "base/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <fmt/core.h>

extern char** environ;

namespace qala {

namespace {

std::string in_words(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return fmt::format("ended with {}", WEXITSTATUS(status));
}

/// What posix_spawn is told; freed by itself.
class Orders {
 public:
  Orders() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~Orders() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;

  void fill(const Child::Start& start) {
    if (start.input >= 0) posix_spawn_file_actions_adddup2(&files, start.input, 0);
    else posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (start.output >= 0) posix_spawn_file_actions_adddup2(&files, start.output, 1);
    if (start.quiet) posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    // Sockets that Asio made are not close-on-exec: a child that outlives us must not hold our ports.
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&usual, signal);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }

  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
};

}  // namespace

Result<std::unique_ptr<Child>> Child::start(boost::asio::io_context& io, const Start& start, OnEnd on_end) {
  Orders orders;
  orders.fill(start);
  std::vector<char*> arguments{const_cast<char*>(start.program.c_str())};
  for (const std::string& argument : start.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  if (start.environment) {
    for (const std::string& setting : *start.environment) environment.push_back(const_cast<char*>(setting.c_str()));
    environment.push_back(nullptr);
  }
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, start.program.c_str(), &orders.files, &orders.attributes, arguments.data(),
                                   start.environment ? environment.data() : environ);
  if (failed != 0) return from_errno(failed, "starting " + start.program);
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (handle < 0) {
    const int code = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return from_errno(code, "watching " + start.program);
  }
  ::fcntl(handle, F_SETFD, FD_CLOEXEC);
  std::unique_ptr<Child> child(new Child(io, pid, std::move(on_end)));
  child->handle_.assign(handle);
  child->wait();
  return child;
}

Child::Child(boost::asio::io_context& io, int pid, OnEnd on_end) : handle_(io), pid_(pid), on_end_(std::move(on_end)) {}

Child::~Child() {
  *here_ = false;
  if (ended_) return;
  kill();
  ::waitpid(pid_, nullptr, 0);
}

void Child::kill() {
  if (!ended_) ::kill(pid_, SIGKILL);
}

void Child::wait() {
  handle_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [this, here = here_](const boost::system::error_code& ec) {
                       if (!*here || ec == boost::asio::error::operation_aborted) return;
                       int status = 0;
                       ::waitpid(pid_, &status, 0);
                       ended_ = true;
                       const auto tell = std::move(on_end_);
                       tell(in_words(status));
                     });
}

Result<std::string> beside_ourselves(const std::string& name) {
  std::error_code ec;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ec);
  if (ec) return fail(ErrorKind::internal, "where the running program lies cannot be read: " + ec.message());
  return (self.parent_path() / name).string();
}

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string candidate = std::string(rest.substr(0, end)) + "/" + name;
    if (end > 0 && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

}  // namespace qala
