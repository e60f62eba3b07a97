#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qala::test {

/// An answer as it came; `headers` with names in lower case.
struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::string header(std::string_view lower_name) const {
    for (const auto& [name, value] : headers)
      if (name == lower_name) return value;
    return {};
  }
};

/// A small blocking HTTP/1.1 client for tests: one connection on loopback, kept alive, fixed and chunked answers. Waits
/// at most 20 s for a byte. Throws std::runtime_error when the connection ends too early.
/// `HttpClient client(port); auto answer = client.get("/town");`
class HttpClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  explicit HttpClient(std::uint16_t port) : port_(port) { connect(); }
  virtual ~HttpClient() {
    if (fd_ >= 0) ::close(fd_);
  }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpAnswer get(std::string_view target, const Headers& headers = {}) { return request("GET", target, {}, headers); }
  HttpAnswer post(std::string_view target, std::string_view body, const Headers& headers = {}) {
    return request("POST", target, body, headers);
  }

  HttpAnswer request(std::string_view method, std::string_view target, std::string_view body = {},
                     const Headers& headers = {}) {
    std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    const bool framed = !body.empty() || (method != "GET" && method != "HEAD" && method != "OPTIONS");
    if (framed) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n";
    text += body;
    send(text);
    return read_answer(method == "HEAD");
  }

  /// Bytes as they are, for what no well-behaved client sends.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = send_some(bytes);
      if (sent <= 0) throw std::runtime_error("sending failed");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  HttpAnswer read_answer(bool head_only = false) {
    HttpAnswer answer;
    answer.status = std::atoi(read_line().c_str() + 9);
    for (auto line = read_line(); !line.empty(); line = read_line()) answer.headers.push_back(split(line));
    const auto length = answer.header("content-length");
    const bool bodyless = head_only || answer.status == 204 || answer.status == 304 || answer.status < 200;
    if (bodyless) return answer;
    if (answer.header("transfer-encoding") == "chunked") {
      read_chunks(answer.body);
    } else if (!length.empty()) {
      answer.body = read_exactly(std::strtoull(length.c_str(), nullptr, 10));
    } else {
      answer.body = read_to_end();
    }
    return answer;
  }

  /// Everything until the peer closes. A reset counts as the end.
  std::string read_to_end() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
  }

  /// Whether the peer has closed and nothing is left to read; waits for it.
  bool at_end() { return buffer_.empty() && !fill(); }

  std::string read_exactly(std::size_t bytes) {
    while (buffer_.size() < bytes)
      if (!fill()) throw std::runtime_error("the connection ended inside a body");
    std::string out = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return out;
  }

  /// No more bytes from us; answers can still be read.
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }

  /// Few bytes fit on their way to us afterwards: for tests with a slow reader.
  void shrink_receive_buffer() {
    const int small = 4096;
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  }

 protected:
  int descriptor() const { return fd_; }
  virtual ssize_t send_some(std::string_view bytes) { return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  virtual ssize_t receive_some(char* into, std::size_t size) { return ::recv(fd_, into, size, 0); }

 private:
  void connect() {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("nobody listens on port " + std::to_string(port_));
    const int one = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const timeval wait{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  }

  bool fill() {
    char bytes[16 * 1024];
    const auto got = receive_some(bytes, sizeof bytes);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("no answer within 20 s");
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  std::string read_line() {
    auto end = buffer_.find("\r\n");
    while (end == std::string::npos) {
      if (!fill()) throw std::runtime_error("the connection ended inside a header");
      end = buffer_.find("\r\n");
    }
    auto line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
  }

  void read_chunks(std::string& body) {
    while (true) {
      const auto size = std::strtoull(read_line().c_str(), nullptr, 16);
      body += read_exactly(size);
      read_line();
      if (size == 0) return;
    }
  }

  static std::pair<std::string, std::string> split(const std::string& line) {
    const auto colon = line.find(':');
    auto name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto value = colon == std::string::npos ? std::string::npos : line.find_first_not_of(' ', colon + 1);
    return {name, value == std::string::npos ? std::string() : line.substr(value)};
  }

  std::uint16_t port_;
  int fd_ = -1;
  std::string buffer_;
};

}  // namespace qala::test
