// The asking side of the control socket: blocking, since a command of the command line has nothing else to do.
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "app/control.h"

namespace qala::app {

namespace {

class Connection {
 public:
  ~Connection() {
    if (fd_ >= 0) ::close(fd_);
  }

  Result<> open(const std::string& path, std::chrono::milliseconds patience) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    static_assert(sizeof address.sun_path == kLongestSocketPath + 1);
    if (path.size() > kLongestSocketPath) return nobody();
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      return nobody();
    }
    const timeval wait{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    return {};
  }

  void send(std::string_view text) const {
    [[maybe_unused]] const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  }

  /// More of what the server says, behind what is there; false at its end.
  Result<bool> receive(std::string& into) const {
    char buffer[65536];
    ssize_t n = 0;
    do n = ::recv(fd_, buffer, sizeof buffer, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return fail(ErrorKind::timeout, "the server says nothing: look into its log");
    }
    if (n <= 0) return false;
    into.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

 private:
  static Error nobody() { return fail(ErrorKind::unavailable, "no server runs on this data folder"); }

  int fd_ = -1;
};

/// Takes the whole pieces off the front of `heard`; what is left begins with an answer or is not whole yet.
bool take_pieces(std::string& heard, const Printed& printed) {
  for (;;) {
    if (!heard.starts_with("text ")) return true;
    const std::size_t end = heard.find('\n');
    if (end == std::string::npos) return heard.size() < 32;
    std::size_t size = 0;
    const auto [at, ec] = std::from_chars(heard.data() + 5, heard.data() + end, size);
    if (ec != std::errc() || at != heard.data() + end) return false;
    if (heard.size() < end + 1 + size) return true;
    if (printed) printed(std::string_view(heard).substr(end + 1, size));
    heard.erase(0, end + 1 + size);
  }
}

}  // namespace

Result<std::string> ask_server(const std::string& path, const std::string& line, const Printed& printed,
                               std::chrono::milliseconds patience) {
  Connection server;
  TRY_VOID(server.open(path, patience));
  std::string heard;
  server.send(line + "\n");  // one that is busy has hung up by then, and has said so
  for (bool more = true; more;) {
    TRY(more, server.receive(heard));
    if (!take_pieces(heard, printed))
      return fail(ErrorKind::internal, "the server answers in a way this program does not know");
  }
  const bool whole = heard.ends_with('\n');
  while (!heard.empty() && heard.back() == '\n') heard.pop_back();
  if (whole && heard.starts_with("ok")) return heard.size() > 3 ? heard.substr(3) : std::string();
  if (whole && heard.starts_with("error ")) return fail(ErrorKind::internal, heard.substr(6));
  return fail(ErrorKind::unavailable, "the server ended before it answered");
}

}  // namespace qala::app
