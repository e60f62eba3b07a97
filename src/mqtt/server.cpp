#include "mqtt/server.h"

#include <chrono>
#include <functional>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/threads.h"
#include "mqtt/broker.h"
#include "mqtt/listener.h"
#include "mqtt/sockets.h"

namespace qala::mqtt {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct Server::Parts {
  Parts(asio::io_context& io_in, Handler& handler, ServerOptions options_in)
      : io(io_in),
        options(std::move(options_in)),
        clock(options.clock ? *options.clock : system_clock),
        sockets(io),
        broker(handler, sockets, options.limits, clock, random),
        ticker(io) {}

  ~Parts() {
    *alive = false;
    if (worker) worker->stop();
  }

  Result<> open_store();
  Result<> listen();
  void tick();
  std::function<void(std::function<void()>)> poster();

  asio::io_context& io;
  ServerOptions options;
  SystemClock system_clock;
  const Clock& clock;
  SystemRandom random;
  Sockets sockets;
  std::unique_ptr<SessionStore> store;
  std::unique_ptr<Worker> worker;
  Broker broker;
  std::unique_ptr<TlsContext> tls;
  std::unique_ptr<Listener> plain, secure, anonymous;
  asio::steady_timer ticker;
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
  bool running = false;
  bool started = false;
};

std::function<void(std::function<void()>)> Server::Parts::poster() {
  return [this, flag = alive](std::function<void()> job) {
    asio::post(io, [flag, job = std::move(job)] {
      if (*flag) job();
    });
  };
}

Result<> Server::Parts::open_store() {
  if (options.session_file.empty()) return {};
  TRY(store, open_sqlite_session_store(options.session_file));
  TRY(const auto state, store->load());
  worker = std::make_unique<Worker>(1, "mqtt-sessions");
  const auto retry = [this, flag = alive](std::function<void()> job) {
    auto timer = std::make_shared<asio::steady_timer>(io, 1s);
    timer->async_wait([flag, timer, job = std::move(job)](boost::system::error_code ec) {
      if (!ec && *flag) job();
    });
  };
  broker.use_store(*store, *worker, {.post = poster(), .retry = retry, .committed = {}, .failed = {}});
  broker.restore(state);
  if (options.good_tokens) broker.keep_only(*options.good_tokens);
  return {};
}

Result<> Server::Parts::listen() {
  const auto adopt = [this](bool is_anonymous) {
    return [this, is_anonymous](int socket, std::string peer) {
      sockets.adopt(socket, std::move(peer), nullptr, is_anonymous);
    };
  };
  if (options.plain) {
    TRY(plain, Listener::open(io, *options.plain, adopt(false)));
  }
  if (options.tls) {
    TRY(tls, TlsContext::load(*options.tls));
    TRY(secure, Listener::open(io, options.tls->at, [this](int socket, std::string peer) {
          sockets.adopt(socket, std::move(peer), tls->accept(socket), false);
        }));
  }
  if (options.anonymous_bus) {
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(options.anonymous_bus->address, ec);
    if (ec || !address.is_loopback()) {
      return fail(ErrorKind::invalid,
                  "the anonymous MQTT listener must be on a loopback address, not " + options.anonymous_bus->address);
    }
    TRY(anonymous, Listener::open(io, *options.anonymous_bus, adopt(true)));
  }
  return {};
}

void Server::Parts::tick() {
  ticker.expires_after(std::chrono::milliseconds(options.tick_ms));
  ticker.async_wait([this, flag = alive](boost::system::error_code ec) {
    if (ec || !*flag || !running) return;
    broker.tick();
    sockets.tick();
    tick();
  });
}

Server::Server(asio::io_context& io, Handler& handler, ServerOptions options)
    : parts_(std::make_unique<Parts>(io, handler, std::move(options))) {}

Server::~Server() = default;

Result<> Server::start() {
  auto& p = *parts_;
  p.broker.set_overheard(p.options.overheard, p.options.overheard_below);
  TRY_VOID(p.sockets.start(p.broker, p.clock));
  TRY_VOID(p.open_store());
  TRY_VOID(p.listen());
  p.running = p.started = true;
  p.tick();
  return {};
}

asio::awaitable<void> Server::stop() {
  auto& p = *parts_;
  p.running = false;
  for (auto* listener : {&p.plain, &p.secure, &p.anonymous}) listener->reset();
  p.ticker.cancel();
  if (!p.started) co_return;
  p.broker.shut_down();
  p.sockets.stop();
  asio::steady_timer timer(p.io);
  for (int i = 0; i < 400 && !p.broker.idle(); i++) {
    timer.expires_after(10ms);
    static_cast<void>(co_await timer.async_wait(asio::as_tuple(asio::use_awaitable)));
  }
  if (!p.broker.idle()) log::error("mqtt sessions of the last seconds not written", {});
  if (p.worker) p.worker->stop();
}

Endpoints Server::endpoints() const {
  Endpoints out;
  if (parts_->plain) out.plain = parts_->plain->endpoint();
  if (parts_->secure) out.tls = parts_->secure->endpoint();
  if (parts_->anonymous) out.anonymous_bus = parts_->anonymous->endpoint();
  return out;
}

const Counters& Server::counters() const { return parts_->broker.counters(); }

bool Server::has_subscriptions() const { return parts_->broker.has_subscriptions(); }
bool Server::has_sensorthings_subscriptions() const { return parts_->broker.has_sensorthings_subscriptions(); }
std::vector<std::string> Server::sensorthings_filters() const { return parts_->broker.sensorthings_filters(); }

void Server::publish(std::string_view topic, std::string_view payload, bool retain, std::uint8_t qos) {
  parts_->broker.publish(topic, payload, retain, qos);
}

void Server::publish_to(TokenId token, std::string_view topic, std::string_view payload, std::uint8_t qos) {
  parts_->broker.publish_to(token, topic, payload, qos);
}

void Server::drop(TokenId token) { parts_->broker.drop(token); }

Result<> Server::reload_certificates() {
  auto& p = *parts_;
  if (!p.options.tls) return {};
  TRY(p.tls, TlsContext::load(*p.options.tls));
  return {};
}

}  // namespace qala::mqtt
