// The only translation unit that sees Beast.
#include <deque>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "http/server.h"
#include "http/upgrade.h"

namespace qala::http {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxMessage = 64 * 1024;
constexpr std::size_t kMaxQueued = 64;
constexpr std::size_t kMaxQueuedBytes = 4 << 20;

template <class Stream>
class Session final : public SocketSession, public WebSocket, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, const Request& request, std::shared_ptr<WebSocketHandler> handler,
          const ServerOptions& options)
      : socket_(std::move(stream)),
        handler_(std::move(handler)),
        work_(socket_.get_executor()),
        server_(options.server_name),
        silence_(options.timeouts.socket) {
    work_.expires_at(std::chrono::steady_clock::time_point::max());
    upgrade_.method(beast::http::verb::get);
    upgrade_.target(request.target);
    for (const auto& [name, value] : request.headers)
      if (name == "host" || name == "connection" || name == "upgrade" || name.starts_with("sec-websocket-"))
        upgrade_.insert(name, value);
  }

  asio::awaitable<void> run() override {
    const auto self = this->shared_from_this();
    configure();
    const auto [refused] = co_await socket_.async_accept(upgrade_, tuple);
    if (refused) co_return;
    open_ = true;
    writing_ = true;
    asio::co_spawn(socket_.get_executor(), write_loop(self), asio::detached);  // run() waits for its end below
    handler_->opened(self);
    co_await read_loop();
    open_ = false;
    wake();
    drop();
    while (writing_) co_await work_.async_wait(tuple);
    handler_->closed();
    handler_.reset();  // it may hold us
  }

  bool send(std::shared_ptr<const std::string> text) override { return enqueue(std::move(text), false); }
  bool send_binary(std::shared_ptr<const std::string> bytes) override { return enqueue(std::move(bytes), true); }

  std::size_t queued() const override { return queue_.size(); }
  std::size_t queued_bytes() const override { return queued_bytes_; }

  void close(std::uint16_t code, std::string_view reason) override {
    if (!open_) return;
    open_ = false;
    goodbye_.code = code;
    goodbye_.reason.assign(reason.data(), std::min<std::size_t>(reason.size(), 120));
    say_goodbye_ = true;
    wake();
  }

  void finish() override { close(websocket::close_code::going_away, "the server stops"); }
  void abort() override {
    open_ = false;
    drop();
  }
  bool was_slow() const override { return slow_; }

 private:
  struct Message {
    std::shared_ptr<const std::string> bytes;
    bool binary = false;
  };

  bool enqueue(std::shared_ptr<const std::string> bytes, bool binary) {
    if (!open_) return false;
    if (queue_.size() >= kMaxQueued || queued_bytes_ + bytes->size() > kMaxQueuedBytes) {
      slow_ = true;
      open_ = false;
      drop();
      return false;
    }
    queued_bytes_ += bytes->size();
    queue_.push_back({std::move(bytes), binary});
    wake();
    return true;
  }

  void configure() {
    // a ping after half of that; closed if nothing comes in the other half
    socket_.set_option(websocket::stream_base::timeout{std::chrono::seconds(10), silence_, true});
    socket_.set_option(websocket::stream_base::decorator(
        [server = server_](websocket::response_type& response) { response.set(beast::http::field::server, server); }));
    socket_.read_message_max(kMaxMessage);
    socket_.auto_fragment(false);
  }

  asio::awaitable<void> read_loop() {
    beast::flat_buffer buffer;
    while (true) {
      const auto [failed, bytes] = co_await socket_.async_read(buffer, tuple);
      if (failed) co_return;
      const auto data = buffer.cdata();
      if (socket_.got_text() && open_) handler_->received({static_cast<const char*>(data.data()), data.size()});
      if (!socket_.got_text()) close(websocket::close_code::unknown_data, "text only");
      buffer.consume(buffer.size());
    }
  }

  asio::awaitable<void> write_loop(std::shared_ptr<Session> self) {
    while (open_ || say_goodbye_) {
      if (queue_.empty() && say_goodbye_) {
        say_goodbye_ = false;
        co_await socket_.async_close(goodbye_, tuple);
        break;
      }
      if (queue_.empty()) {
        co_await work_.async_wait(tuple);
        continue;
      }
      const Message message = queue_.front();
      socket_.binary(message.binary);
      const auto [failed, bytes] = co_await socket_.async_write(asio::buffer(*message.bytes), tuple);
      if (failed) break;
      queue_.pop_front();
      queued_bytes_ -= message.bytes->size();
    }
    self->writing_ = false;
    wake();
  }

  void wake() { work_.cancel(); }

  void drop() {
    error_code ignored;  // the descriptor is released in any case
    beast::get_lowest_layer(socket_).close(ignored);
  }

  websocket::stream<Stream> socket_;
  websocket::request_type upgrade_;
  std::shared_ptr<WebSocketHandler> handler_;
  std::deque<Message> queue_;
  std::size_t queued_bytes_ = 0;
  asio::steady_timer work_;  ///< never expires: cancelled to wake whoever waits
  std::string server_;
  std::chrono::milliseconds silence_;  ///< after which the other side is taken for gone
  websocket::close_reason goodbye_;
  bool open_ = false;
  bool writing_ = false;
  bool say_goodbye_ = false;
  bool slow_ = false;
};

}  // namespace

std::shared_ptr<SocketSession> make_socket_session(asio::ip::tcp::socket socket, const Request& request,
                                                   std::shared_ptr<WebSocketHandler> handler,
                                                   const ServerOptions& options) {
  return std::make_shared<Session<asio::ip::tcp::socket>>(std::move(socket), request, std::move(handler), options);
}

std::shared_ptr<SocketSession> make_socket_session(TlsStream stream, const Request& request,
                                                   std::shared_ptr<WebSocketHandler> handler,
                                                   const ServerOptions& options) {
  return std::make_shared<Session<TlsStream>>(std::move(stream), request, std::move(handler), options);
}

}  // namespace qala::http
