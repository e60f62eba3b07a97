#include "http/server.h"

#include <sys/socket.h>

#include <algorithm>

#include <fmt/core.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "http/connection.h"
#include "http/tls.h"

namespace qala::http {
namespace {

using asio::ip::tcp;
constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 1024;
constexpr std::string_view kFullHouse =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n";

struct Door {
  tcp::acceptor acceptor;
  bool tls = false;
};

Result<tcp::endpoint> resolve(asio::io_context& context, const Listener& listener) {
  error_code failed;
  const auto address = asio::ip::make_address(listener.host, failed);
  if (!failed) return tcp::endpoint(address, listener.port);
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(listener.host, std::to_string(listener.port), failed);
  if (failed || found.empty()) return fail(ErrorKind::invalid, "cannot listen on " + listener.host + ": unknown host");
  return found.begin()->endpoint();
}

Error cannot_listen(const Listener& listener, const error_code& why) {
  const auto where = fmt::format("{}:{}", listener.host, listener.port);
  if (why == asio::error::address_in_use)
    return fail(ErrorKind::conflict, fmt::format("port {} is taken by another program ({})", listener.port, where));
  if (why == asio::error::access_denied)
    return fail(ErrorKind::denied, fmt::format("port {} needs more rights ({})", listener.port, where));
  return fail(ErrorKind::unavailable, fmt::format("cannot listen on {}: {}", where, why.message()));
}

Result<Door> open_door(asio::io_context& context, const Listener& listener) {
  TRY(const auto endpoint, resolve(context, listener));
  Door door{tcp::acceptor(context), listener.tls};
  error_code failed;
  door.acceptor.open(endpoint.protocol(), failed);
  if (!failed) door.acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) door.acceptor.bind(endpoint, failed);
  if (!failed) door.acceptor.listen(kBacklog, failed);
  if (failed) return cannot_listen(listener, failed);
  return door;
}

std::string peer_name(const tcp::socket& socket) {
  error_code failed;
  const auto endpoint = socket.remote_endpoint(failed);
  if (failed) return {};
  const auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(asio::io_context& io, const Router& router, ServerOptions options)
      : core(std::make_shared<Core>(io, router, std::move(options))), sweep_timer(io), ended(io) {}

  std::shared_ptr<Core> core;
  std::vector<Door> doors;
  std::shared_ptr<asio::ssl::context> tls;
  asio::steady_timer sweep_timer;
  asio::steady_timer ended;  ///< cancelled whenever something of the server ends
  std::size_t loops = 0;

  Result<> load();
  void spawn(asio::awaitable<void> loop);
  asio::awaitable<void> accept_loop(std::size_t door);
  asio::awaitable<void> sweep_loop();
  asio::awaitable<void> wait_for_end(std::chrono::milliseconds at_most);
  void welcome(tcp::socket socket, bool secure);
  bool make_room();
  void stop_accepting();
  bool runs() const { return loops > 0 || !core->open.empty(); }
};

Result<> Server::Impl::load() {
  TRY(auto fresh, load_tls(core->options.tls));
  tls = std::move(fresh);
  return {};
}

void Server::Impl::spawn(asio::awaitable<void> loop) {
  ++loops;
  asio::co_spawn(core->context, std::move(loop), [self = shared_from_this()](const std::exception_ptr&) {
    --self->loops;
    self->ended.cancel();
  });
}

asio::awaitable<void> Server::Impl::accept_loop(std::size_t door) {
  auto& acceptor = doors[door].acceptor;
  while (!core->stopping) {
    auto [failed, socket] = co_await acceptor.async_accept(tuple);
    if (core->stopping) co_return;
    if (!failed) {
      welcome(std::move(socket), doors[door].tls);
      continue;
    }
    if (failed == asio::error::operation_aborted) co_return;
    log::warn("cannot accept a connection", {{"why", failed.message()}});
    asio::steady_timer pause(core->context, std::chrono::milliseconds(100));  // out of descriptors: let some close
    co_await pause.async_wait(tuple);
  }
}

/// Who opens connections and says nothing must not keep those out who have something to say.
bool Server::Impl::make_room() {
  const auto first = std::ranges::min_element(core->open, {}, &Connection::would_end);
  if (first == core->open.end() || (*first)->would_end() == Connection::kNever) return false;
  (*first)->make_room();
  return true;
}

void Server::Impl::welcome(tcp::socket socket, bool secure) {
  ++core->counters.connections;
  if (core->open.size() >= core->options.max_connections && !make_room()) {
    ++core->counters.refused;
    // best effort, never waiting: a flood must not cost more than this
    [[maybe_unused]] const auto sent =
        secure ? 0 : ::send(socket.native_handle(), kFullHouse.data(), kFullHouse.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return;
  }
  error_code ignored;  // only latency is lost
  socket.set_option(tcp::no_delay(true), ignored);
  auto peer = peer_name(socket);
  auto transport = secure ? make_tls_transport(std::move(socket), *tls) : make_plain_transport(std::move(socket));
  auto connection = std::make_shared<Connection>(core, std::move(transport), std::move(peer), secure);
  asio::co_spawn(core->context, connection->run(), [self = shared_from_this(), connection](std::exception_ptr thrown) {
    self->core->open.erase(connection.get());
    self->ended.cancel();
    if (!thrown) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& problem) {
      log::error("connection failed", {{"what", problem.what()}});
    }
  });
}

/// One timer for all deadlines.
asio::awaitable<void> Server::Impl::sweep_loop() {
  const auto& times = core->options.timeouts;
  const auto shortest = std::min({times.header, times.body, times.idle, times.stop});
  const auto period = std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(1000));
  while (!core->stopping || !core->open.empty()) {
    sweep_timer.expires_after(period);
    co_await sweep_timer.async_wait(tuple);
    const auto now = core->now_ns();
    for (auto* connection : core->open) connection->check_deadline(now);
  }
}

void Server::Impl::stop_accepting() {
  core->stopping = true;
  for (auto& door : doors) {
    error_code ignored;  // the descriptor is released in any case
    door.acceptor.close(ignored);
  }
}

asio::awaitable<void> Server::Impl::wait_for_end(std::chrono::milliseconds at_most) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (!core->open.empty() && std::chrono::steady_clock::now() < until) {
    ended.expires_at(until);
    co_await ended.async_wait(tuple);
  }
}

Server::Server(asio::io_context& context, const Router& router, ServerOptions options)
    : impl_(std::make_shared<Impl>(context, router, std::move(options))) {}

Server::~Server() { impl_->stop_accepting(); }

Result<> Server::start() {
  const auto& listeners = impl_->core->options.listeners;
  if (std::ranges::any_of(listeners, &Listener::tls)) TRY_VOID(impl_->load());
  std::vector<Door> doors;
  for (const auto& listener : listeners) {
    TRY(auto door, open_door(impl_->core->context, listener));
    doors.push_back(std::move(door));
  }
  impl_->doors = std::move(doors);
  for (std::size_t i = 0; i < impl_->doors.size(); ++i) impl_->spawn(impl_->accept_loop(i));
  impl_->spawn(impl_->sweep_loop());
  return {};
}

asio::awaitable<void> Server::stop() {
  const auto impl = impl_;
  impl->stop_accepting();
  for (auto* connection : impl->core->open) connection->finish();
  co_await impl->wait_for_end(impl->core->options.timeouts.stop);
  for (auto* connection : impl->core->open) connection->abort();
  while (impl->runs()) {
    co_await impl->wait_for_end(std::chrono::seconds(5));
    if (!impl->core->open.empty()) log::warn("waiting for requests to end", {{"open", impl->core->open.size()}});
    impl->sweep_timer.cancel();
    impl->ended.expires_after(std::chrono::milliseconds(10));
    if (impl->core->open.empty() && impl->loops > 0) co_await impl->ended.async_wait(tuple);
  }
}

std::vector<std::pair<std::string, std::uint16_t>> Server::endpoints() const {
  std::vector<std::pair<std::string, std::uint16_t>> out;
  for (const auto& door : impl_->doors) {
    error_code failed;
    const auto endpoint = door.acceptor.local_endpoint(failed);
    out.emplace_back(failed ? std::string() : endpoint.address().to_string(),
                     failed ? std::uint16_t{0} : endpoint.port());
  }
  return out;
}

Result<> Server::reload_tls() { return impl_->load(); }

ServerCounters Server::counters() const {
  auto out = impl_->core->counters;
  out.open_connections = impl_->core->open.size();
  return out;
}

}  // namespace qala::http
