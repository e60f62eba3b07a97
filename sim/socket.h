#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace qala::sim {

/// "127.0.0.1:8080", "[::1]:1883", "qala.lan:80".
struct Endpoint {
  std::string host;
  std::string port;
  static Result<Endpoint> parse(std::string_view text);
};

/// One TCP connection. Closed when it goes out of scope. Not thread-safe.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : fd_(descriptor) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { close(); }

  /// `unavailable` or `timeout` if nobody answers in time. Afterwards reads and writes wait at most `wait`.
  static Result<Socket> connect(const Endpoint& to, std::chrono::milliseconds wait);
  void close();
  bool open() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }
  Result<> set_nonblocking();
  Result<> write_all(std::string_view bytes);
  /// Appends what has come; `unavailable` when the other side has closed.
  Result<> read_some(std::string& into);

 private:
  int fd_ = -1;
};

}  // namespace qala::sim
