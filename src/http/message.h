#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"

namespace qala::http {

namespace asio = boost::asio;

enum class Method : std::uint8_t { get, head, post, put, patch, del, options };

/// One request, header checked by the gate (see gate.h), body read and un-gzipped within the route's limit.
struct Request {
  Method method = Method::get;
  std::string target;                                        ///< as sent
  std::string path;                                          ///< decoded once, no "//", no "." or ".." segments
  std::vector<std::pair<std::string, std::string>> query;    ///< decoded, in order
  std::vector<std::pair<std::string, std::string>> params;   ///< from the route: {id} -> "17"
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  std::string peer;      ///< "127.0.0.1"
  bool secure = false;   ///< came over TLS
  std::uint64_t id = 0;  ///< in every log line of this request

  /// First value of that name, or empty.
  std::string_view header(std::string_view lower_name) const;
  std::optional<std::string_view> query_value(std::string_view name) const;
  std::string_view param(std::string_view name) const;
  /// Value of one cookie, or empty.
  std::string_view cookie(std::string_view name) const;
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Not empty: send this file instead of body (Range, ETag, If-None-Match handled by the server). A content_type left
  /// at its default then follows from the file's name.
  std::string file;
  /// Called again and again for the next piece of a long answer (chunked), until it gives an empty one. For exports.
  std::function<asio::awaitable<Result<std::string>>()> stream;

  static Response json(std::string body, unsigned status = 200);
  static Response text(std::string body, unsigned status = 200);
  static Response empty(unsigned status = 204);
  /// {"error":{"kind","code","message"}}; the one table from ErrorKind to status. `code`: stable name the screens
  /// translate, "alarm.not_found"; empty: the kind.
  static Response error(const Error& error, std::string_view code = {});
};

using Handler = std::function<asio::awaitable<Response>(Request&)>;

/// One WebSocket connection. All calls on the network thread.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  /// Queues one text message. The queue holds 64 messages or 4 MB; one more closes the connection (slow reader):
  /// false, and the client reconnects and catches up.
  virtual bool send(std::shared_ptr<const std::string> text) = 0;
  /// The same with a binary message.
  virtual bool send_binary(std::shared_ptr<const std::string> bytes) = 0;
  virtual std::size_t queued() const = 0;
  /// Of the messages that wait: for who would rather leave something out than be closed.
  virtual std::size_t queued_bytes() const = 0;
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
};

/// What the server tells the owner of a WebSocket. Kept alive by the connection.
class WebSocketHandler {
 public:
  virtual ~WebSocketHandler() = default;
  virtual void opened(std::shared_ptr<WebSocket> socket) = 0;
  virtual void received(std::string_view text) = 0;
  virtual void closed() = 0;
};

/// What becomes of an upgrade: a handler that takes the connection, or the ordinary response that refuses it.
struct UpgradeDecision {
  template <std::derived_from<WebSocketHandler> Handler>
  UpgradeDecision(std::shared_ptr<Handler> takes) : handler(std::move(takes)) {}
  UpgradeDecision(const Error& error) : refusal(Response::error(error)) {}
  UpgradeDecision(Response refuses) : refusal(std::move(refuses)) {}

  std::shared_ptr<WebSocketHandler> handler;  ///< none: refused
  Response refusal;
};
using WebSocketRoute = std::function<asio::awaitable<UpgradeDecision>(Request&)>;

}  // namespace qala::http
