#include <array>
#include <string_view>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "http/transport.h"
#include "http/upgrade.h"

namespace qala::http {
namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr char kHandshakeRecord = 0x16;
constexpr std::string_view kPlainHint =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 101\r\nConnection: close\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\n"
    "Content-Security-Policy: default-src 'none'\r\n\r\n"
    R"({"error":{"kind":"invalid","code":"http.tls_expected","message":"this port speaks HTTPS: use https"}})";

class TlsTransport final : public Transport {
 public:
  TlsTransport(asio::ip::tcp::socket socket, asio::ssl::context& context) : stream_(std::move(socket), context) {}

  asio::awaitable<error_code> handshake() override {
    auto& socket = stream_.next_layer();
    char first = 0;
    const auto [failed, bytes] =
        co_await socket.async_receive(asio::buffer(&first, 1), asio::socket_base::message_peek, tuple);
    if (failed) co_return failed;
    if (first != kHandshakeRecord) co_return co_await say_it_is_https();
    const auto [refused] = co_await stream_.async_handshake(asio::ssl::stream_base::server, tuple);
    co_return refused;
  }

  asio::awaitable<std::pair<error_code, std::size_t>> read_some(asio::mutable_buffer into) override {
    const auto [failed, bytes] = co_await stream_.async_read_some(into, tuple);
    co_return std::pair{failed, bytes};
  }

  asio::awaitable<error_code> write(std::span<const asio::const_buffer> pieces) override {
    const auto [failed, bytes] = co_await asio::async_write(stream_, pieces, tuple);
    co_return failed;
  }

  asio::awaitable<void> shutdown_send() override {
    [[maybe_unused]] const auto [failed] =
        co_await stream_.async_shutdown(tuple);  // a peer that has gone needs no goodbye
  }

  void cancel() override {
    error_code ignored;  // fails only on a closed socket, where nothing waits
    stream_.next_layer().cancel(ignored);
  }

  void close() override {
    error_code ignored;  // the descriptor is released in any case
    stream_.next_layer().close(ignored);
  }

  std::shared_ptr<SocketSession> upgrade(const Request& request, std::shared_ptr<WebSocketHandler> handler,
                                         const ServerOptions& options) override {
    return make_socket_session(std::move(stream_), request, std::move(handler), options);
  }

 private:
  asio::awaitable<error_code> say_it_is_https() {
    auto& socket = stream_.next_layer();
    // read what came first: closing with unread bytes would reset the connection before the answer arrives
    std::array<char, 16 * 1024> request;
    co_await socket.async_read_some(asio::buffer(request), tuple);
    co_await asio::async_write(socket, asio::buffer(kPlainHint), tuple);
    co_return asio::error::no_protocol_option;
  }

  TlsStream stream_;
};

}  // namespace

std::unique_ptr<Transport> make_tls_transport(asio::ip::tcp::socket socket, asio::ssl::context& context) {
  return std::make_unique<TlsTransport>(std::move(socket), context);
}

}  // namespace qala::http
