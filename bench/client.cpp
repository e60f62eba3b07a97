#include "client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace qala::bench {

void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::_Exit(1);
}

Arguments::Arguments(int argc, char** argv, std::map<std::string, std::string> known) : values_(std::move(known)) {
  for (int i = 1; i < argc; i++) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    const auto found = values_.find(argument.substr(0, equals));
    if (equals == std::string::npos || found == values_.end()) {
      std::string all;
      for (const auto& [name, value] : values_) all += " " + name + "=" + value;
      give_up("unknown argument " + argument + "; there are (with defaults):" + all);
    }
    found->second = argument.substr(equals + 1);
  }
}
std::int64_t Arguments::number(const std::string& name) const { return std::atoll(values_.at(name).c_str()); }

std::int64_t monotonic_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string Times::json() const {
  if (ms_.empty()) return R"({"n":0})";
  std::vector<float> sorted = ms_;
  std::ranges::sort(sorted);
  const auto at = [&](double q) {
    return static_cast<double>(
        sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(static_cast<double>(sorted.size()) * q))]);
  };
  char text[200];
  std::snprintf(text, sizeof text, R"({"n":%zu,"p50_ms":%.4f,"p90_ms":%.4f,"p99_ms":%.4f,"max_ms":%.3f})",
                sorted.size(), at(0.5), at(0.9), at(0.99), static_cast<double>(sorted.back()));
  return text;
}

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    give_up("connect to port " + std::to_string(port) + ": " + std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

HttpConnection::~HttpConnection() { ::close(socket_); }

void HttpConnection::send(std::string_view head, std::string_view body) {
  iovec parts[2] = {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}};
  iovec* part = parts;
  int count = body.empty() ? 1 : 2;
  while (count > 0) {
    const ssize_t n = ::writev(socket_, part, count);
    if (n < 0) give_up(std::string("write: ") + std::strerror(errno));
    auto sent = static_cast<std::size_t>(n);
    while (count > 0 && sent >= part->iov_len) {
      sent -= part->iov_len;
      part++;
      count--;
    }
    if (count > 0) {
      part->iov_base = static_cast<char*>(part->iov_base) + sent;
      part->iov_len -= sent;
    }
  }
}

void HttpConnection::more() {
  const std::size_t before = in_.size();
  in_.resize(before + 65536);
  const ssize_t n = ::recv(socket_, in_.data() + before, 65536, 0);
  if (n <= 0) give_up("the server closed the connection");
  in_.resize(before + static_cast<std::size_t>(n));
}

std::string_view HttpConnection::line() {
  for (;;) {
    const std::size_t end = in_.find("\r\n", at_);
    if (end != std::string::npos) {
      const std::string_view found(in_.data() + at_, end - at_);
      at_ = end + 2;
      return found;
    }
    more();
  }
}

void HttpConnection::take(std::size_t bytes) {
  while (bytes > 0) {
    if (at_ == in_.size()) {
      in_.clear();
      at_ = 0;
      more();
    }
    const std::size_t n = std::min(bytes, in_.size() - at_);
    body_.append(in_, at_, n);
    at_ += n;
    bytes -= n;
  }
}

int HttpConnection::exchange(std::string_view head, std::string_view body, bool has_body) {
  in_.erase(0, at_);
  at_ = 0;
  body_.clear();
  send(std::string(head) + (has_body ? "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" : "\r\n"), body);
  const std::string_view first = line();
  const int status = first.size() > 12 ? std::atoi(first.data() + 9) : 0;
  std::size_t length = 0;
  bool chunked = false, last = false;
  for (std::string field(line()); !field.empty(); field = line()) {
    if (::strncasecmp(field.c_str(), "content-length:", 15) == 0)
      length = static_cast<std::size_t>(std::atoll(field.c_str() + 15));
    if (::strncasecmp(field.c_str(), "transfer-encoding: chunked", 26) == 0) chunked = true;
    if (::strncasecmp(field.c_str(), "connection: close", 17) == 0) last = true;
  }
  if (chunked) {
    for (std::size_t n = 1; n > 0;) {
      n = std::strtoull(std::string(line()).c_str(), nullptr, 16);
      take(n);
      (void)line();
    }
  } else {
    take(length);
  }
  if (last) {
    ::close(socket_);
    socket_ = connect_to(port_);
    in_.clear();
    at_ = 0;
  }
  return status;
}

}  // namespace qala::bench
