#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include "http/message.h"

namespace boost::asio::ssl {
class context;
}

namespace qala::http {

struct ServerOptions;

using boost::system::error_code;

/// What a connection upgraded to a WebSocket is steered by from outside.
class SocketSession {
 public:
  virtual ~SocketSession() = default;
  virtual asio::awaitable<void> run() = 0;
  /// The server stops: says goodbye with 1001.
  virtual void finish() = 0;
  virtual void abort() = 0;
  virtual bool was_slow() const = 0;
};

/// The bytes of one connection, with or without TLS. Network thread only; the caller keeps it alive while an operation
/// runs. A closed connection is an error code, never a throw.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual asio::awaitable<error_code> handshake() = 0;
  virtual asio::awaitable<std::pair<error_code, std::size_t>> read_some(asio::mutable_buffer into) = 0;
  virtual asio::awaitable<error_code> write(std::span<const asio::const_buffer> pieces) = 0;
  /// No more bytes from us; the peer may still send.
  virtual asio::awaitable<void> shutdown_send() = 0;
  /// What waits ends with operation_aborted; the connection stays usable.
  virtual void cancel() = 0;
  virtual void close() = 0;
  /// Hands the connection over to a WebSocket that answers `request`. This object is empty afterwards.
  virtual std::shared_ptr<SocketSession> upgrade(const Request& request, std::shared_ptr<WebSocketHandler> handler,
                                                 const ServerOptions& options) = 0;
};

std::unique_ptr<Transport> make_plain_transport(asio::ip::tcp::socket socket);
std::unique_ptr<Transport> make_tls_transport(asio::ip::tcp::socket socket, asio::ssl::context& context);

}  // namespace qala::http
