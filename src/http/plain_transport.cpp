#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "http/transport.h"
#include "http/upgrade.h"

namespace qala::http {
namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  asio::awaitable<error_code> handshake() override { co_return error_code{}; }

  asio::awaitable<std::pair<error_code, std::size_t>> read_some(asio::mutable_buffer into) override {
    const auto [failed, bytes] = co_await socket_.async_read_some(into, tuple);
    co_return std::pair{failed, bytes};
  }

  asio::awaitable<error_code> write(std::span<const asio::const_buffer> pieces) override {
    const auto [failed, bytes] = co_await asio::async_write(socket_, pieces, tuple);
    co_return failed;
  }

  asio::awaitable<void> shutdown_send() override {
    error_code ignored;  // a peer that has gone needs no goodbye
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    co_return;
  }

  void cancel() override {
    error_code ignored;  // fails only on a closed socket, where nothing waits
    socket_.cancel(ignored);
  }

  void close() override {
    error_code ignored;  // the descriptor is released in any case
    socket_.close(ignored);
  }

  std::shared_ptr<SocketSession> upgrade(const Request& request, std::shared_ptr<WebSocketHandler> handler,
                                         const ServerOptions& options) override {
    return make_socket_session(std::move(socket_), request, std::move(handler), options);
  }

 private:
  asio::ip::tcp::socket socket_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(asio::ip::tcp::socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace qala::http
