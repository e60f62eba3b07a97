#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "http/message.h"

namespace qala::http {

/// Per-route limits.
struct RouteOptions {
  std::uint64_t body_limit = 1 << 20;      ///< bytes on the wire
  std::uint64_t unpacked_limit = 8 << 20;  ///< bytes after gunzip
  /// Asked before a byte of the body is read: what it gives is the answer, and the body is not read. A stranger's body
  /// then costs no memory.
  std::function<std::optional<Response>(const Request&)> admits = {};
  /// Told of a body that was refused before the handler saw it: too large, no gzip, too slow.
  std::function<void(const Request&, unsigned status, std::string_view message)> body_refused = {};
};

/// Paths to handlers. Patterns: "/api/v1/things/{id}"; a last segment "{rest*}" takes the remainder. Static segments
/// win over parameters. Unknown path 404, known path with another method 405 with Allow.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  void add(Method method, std::string_view pattern, Handler handler, RouteOptions options = {});
  void websocket(std::string_view pattern, WebSocketRoute route);
  /// All that add() was told of, in no particular order.
  void each(const std::function<void(Method, std::string_view pattern, const Handler&)>& visit) const;
  /// Serves files below `folder` under `prefix`: content types (incl. .mjs, .woff2, .geojson, .pmtiles), strong ETag,
  /// Range, pre-compressed `.gz` neighbours, `immutable` caching for hashed names, no dot files, no symlinks out.
  void files(std::string_view prefix, std::string folder);
  /// Any path under `prefix` that neither a route nor a file answers gets this file, never cached: the screens find
  /// their way by themselves.
  void spa(std::string_view prefix, std::string index_file);

  struct Impl;
  Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

struct Listener {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: the system chooses; see Server::endpoints
  bool tls = false;
};

struct TlsFiles {
  std::string certificate;  ///< PEM chain
  std::string key;
};

/// A header must arrive within `header`, the first byte of a connection too; a body or the reader of an answer make
/// progress within `body`, a body come with 4 KB/s at least besides; a connection between requests closes after `idle`;
/// a WebSocket is pinged after half of `socket` and closed after all of it, if nothing is heard. A handler that takes
/// longer than `slow` is logged.
struct Timeouts {
  std::chrono::milliseconds header{10'000};
  std::chrono::milliseconds body{30'000};
  std::chrono::milliseconds idle{120'000};
  std::chrono::milliseconds stop{2'000};
  std::chrono::milliseconds socket{60'000};
  std::chrono::milliseconds slow{1'000};
};

struct ServerOptions {
  std::vector<Listener> listeners{};
  TlsFiles tls{};
  /// One more: of those that wait for a request to begin or to go on, the one that would end first makes room. If none
  /// does, the new one is turned away.
  std::size_t max_connections = 4000;
  /// Bytes of all bodies that are being read, unpacked or handled. Beyond, bodies of more than 64 KB are refused (503,
  /// Retry-After); smaller ones pass, so that a control room can still acknowledge.
  std::uint64_t body_memory = 256 << 20;
  std::string server_name = "Qala";
  /// Sent with every HTML response; API responses get `default-src 'none'`.
  std::string content_security_policy{};
  /// Shortened by tests only.
  Timeouts timeouts{};
};

struct ServerCounters {
  std::uint64_t requests = 0, refused = 0, connections = 0, open_connections = 0, websockets = 0, slow_readers = 0;
};

/// HTTP/1.1 and WebSocket server on one io_context that one thread runs. `router` must outlive it.
/// A header must arrive within 10 s, a body make progress every 30 s; idle connections close after 120 s.
class Server {
 public:
  Server(asio::io_context& context, const Router& router, ServerOptions options);
  ~Server();
  /// Binds everything or nothing: `conflict` names the port that is taken.
  Result<> start();
  /// Stops accepting, lets running requests end for at most 2 s, closes. Returns when nothing of it runs: a handler
  /// that never ends keeps it waiting.
  asio::awaitable<void> stop();
  /// Actual host and port of each listener, in the order given.
  std::vector<std::pair<std::string, std::uint16_t>> endpoints() const;
  /// Reads certificate and key again; connections that exist keep theirs. An error leaves the old ones in use.
  Result<> reload_tls();
  ServerCounters counters() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace qala::http
