#include "sim/socket.h"

#include <cerrno>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace qala::sim {

namespace {

Result<> wait_connected(int fd, std::chrono::milliseconds wait, const std::string& name) {
  pollfd ready{fd, POLLOUT, 0};
  const int n = ::poll(&ready, 1, static_cast<int>(wait.count()));
  if (n == 0) return fail(ErrorKind::timeout, "connecting to " + name + ": no answer in time");
  int code = 0;
  socklen_t size = sizeof(code);
  if (n < 0 || ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
    return from_errno(errno, "connecting to " + name);
  if (code != 0) return fail(ErrorKind::unavailable, from_errno(code, "connecting to " + name).message);
  return {};
}

void set_options(int fd, std::chrono::milliseconds wait) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const timeval limit{.tv_sec = wait.count() / 1000, .tv_usec = wait.count() % 1000 * 1000};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
    return fail(ErrorKind::invalid, "\"" + std::string(text) + "\" is not HOST:PORT");
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return Endpoint{std::string(host), std::string(text.substr(colon + 1))};
}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Socket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Socket> Socket::connect(const Endpoint& to, std::chrono::milliseconds wait) {
  const std::string name = to.host + ":" + to.port;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(to.host.c_str(), to.port.c_str(), &hints, &found); code != 0) {
    return fail(ErrorKind::unavailable, "looking up " + name + ": " + ::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Error last = fail(ErrorKind::unavailable, name + " has no address");
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    Socket socket(::socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol));
    if (!socket.open()) return from_errno(errno, "making a socket");
    const int code = ::connect(socket.fd_, a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
    auto connected = code == 0 || code == EINPROGRESS ? wait_connected(socket.fd_, wait, name)
                                                      : Result<>(from_errno(code, "connecting to " + name));
    if (!connected) {
      last = std::move(connected.error());
      continue;
    }
    ::fcntl(socket.fd_, F_SETFL, ::fcntl(socket.fd_, F_GETFL) & ~O_NONBLOCK);
    set_options(socket.fd_, wait);
    return socket;
  }
  return last;
}

Result<> Socket::set_nonblocking() {
  if (::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK) != 0)
    return from_errno(errno, "making a socket non-blocking");
  return {};
}

Result<> Socket::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return from_errno(errno, "sending");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<> Socket::read_some(std::string& into) {
  char buffer[16'384];
  for (;;) {
    const auto n = ::recv(fd_, buffer, sizeof(buffer), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return from_errno(errno, "receiving");
    if (n == 0) return fail(ErrorKind::unavailable, "the other side closed the connection");
    into.append(buffer, static_cast<std::size_t>(n));
    return {};
  }
}

}  // namespace qala::sim
