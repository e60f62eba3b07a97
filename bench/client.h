#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qala::bench {

/// `name=value` arguments; ends the program with a message for one that is not known.
class Arguments {
 public:
  Arguments(int argc, char** argv, std::map<std::string, std::string> known);
  const std::string& text(const std::string& name) const { return values_.at(name); }
  std::int64_t number(const std::string& name) const;

 private:
  std::map<std::string, std::string> values_;
};

/// Ends the program: a load that lost a request must not end in a figure.
[[noreturn]] void give_up(const std::string& why);

std::int64_t monotonic_ns();
/// CPU seconds of this program so far.
double own_cpu_seconds();

/// Times in milliseconds, and what a table says about them.
class Times {
 public:
  void add(std::int64_t ns) { ms_.push_back(static_cast<float>(static_cast<double>(ns) * 1e-6)); }
  void add(const Times& other) { ms_.insert(ms_.end(), other.ms_.begin(), other.ms_.end()); }
  std::size_t size() const { return ms_.size(); }
  /// {"n":..,"p50_ms":..,"p90_ms":..,"p99_ms":..,"max_ms":..}
  std::string json() const;

 private:
  std::vector<float> ms_;
};

/// A connected TCP socket to 127.0.0.1, without Nagle's delay.
int connect_to(int port);

/// A keep-alive HTTP/1.1 connection on a blocking socket. Knows Content-Length and chunked answers. One thread.
class HttpConnection {
 public:
  explicit HttpConnection(int port) : port_(port), socket_(connect_to(port)) {}
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// `head`: request line and fields, each ending in CRLF, without Content-Length and the empty line. The status.
  int exchange(std::string_view head, std::string_view body, bool has_body);
  const std::string& body() const { return body_; }

 private:
  void send(std::string_view head, std::string_view body);
  void more();
  std::string_view line();
  void take(std::size_t bytes);

  int port_, socket_;
  std::string in_, body_;
  std::size_t at_ = 0;
};

}  // namespace qala::bench
