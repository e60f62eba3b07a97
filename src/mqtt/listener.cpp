#include "mqtt/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/core.h>

#include "base/log.h"

namespace qala::mqtt {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kAcceptsPerRound = 256;

class TcpListener final : public Listener, public std::enable_shared_from_this<TcpListener> {
 public:
  TcpListener(asio::io_context& io, OnAccept on_accept) : acceptor_(io), pause_(io), on_accept_(std::move(on_accept)) {}

  Result<> start(const Endpoint& at) {
    boost::system::error_code ec;
    const auto where = fmt::format("MQTT listener {}:{}", at.address, at.port);
    const auto address = asio::ip::make_address(at.address, ec);
    if (ec) return fail(ErrorKind::invalid, where + ": not an IP address");
    const tcp::endpoint endpoint(address, at.port);
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(1024, ec);
    if (!ec) acceptor_.non_blocking(true, ec);
    if (ec) return from_errno(ec.value(), where);
    wait();
    return {};
  }

  Endpoint endpoint() const override {
    boost::system::error_code ec;
    const auto local = acceptor_.local_endpoint(ec);
    return {local.address().to_string(), local.port()};
  }

  void close() override {
    boost::system::error_code ec;
    acceptor_.close(ec);
    pause_.cancel();
  }

 private:
  void wait() {
    acceptor_.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](boost::system::error_code ec) {
      if (!ec && self->acceptor_.is_open()) self->accept_some();
    });
  }

  void accept_some() {
    for (int i = 0; i < kAcceptsPerRound; i++) {
      tcp::endpoint peer;
      auto size = static_cast<socklen_t>(peer.capacity());
      const int fd = ::accept4(acceptor_.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)) return rest();
      if (fd < 0) break;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
      on_accept_(fd, fmt::format("{}:{}", peer.address().to_string(), peer.port()));
    }
    wait();
  }

  void rest() {
    log::warn("mqtt listener out of descriptors or memory", {{"errno", errno}});
    pause_.expires_after(std::chrono::milliseconds(200));
    pause_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
      if (!ec && self->acceptor_.is_open()) self->wait();
    });
  }

  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  OnAccept on_accept_;
};

/// What the owner holds: closing it ends the accept loop, which holds the listener until then.
class Handle final : public Listener {
 public:
  explicit Handle(std::shared_ptr<TcpListener> listener) : listener_(std::move(listener)) {}
  ~Handle() override { listener_->close(); }
  Endpoint endpoint() const override { return listener_->endpoint(); }
  void close() override { listener_->close(); }

 private:
  std::shared_ptr<TcpListener> listener_;
};

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(asio::io_context& io, const Endpoint& at, OnAccept on_accept) {
  auto listener = std::make_shared<TcpListener>(io, std::move(on_accept));
  TRY_VOID(listener->start(at));
  return std::unique_ptr<Listener>(std::make_unique<Handle>(std::move(listener)));
}

}  // namespace qala::mqtt
