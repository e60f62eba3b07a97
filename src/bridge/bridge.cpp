#include "bridge/bridge.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/log.h"

namespace qala::bridge {

namespace asio = boost::asio;
using asio::awaitable;
using mqtt::Version;
using Is = State::Is;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

Bridge::Bridge(asio::io_context& network, const Clock& clock, Random& random, Sink& sink, Setup setup, Options options)
    : network_(network),
      clock_(clock),
      sink_(sink),
      setup_(std::move(setup)),
      options_(options),
      backoff_(random),
      // What The Things Stack speaks; others are asked in 5 first.
      version_(setup_.kind == Kind::tts ? Version::v311 : Version::v5),
      timer_(network),
      state_(std::make_shared<State>()) {
  state_->since = clock.now();
}

Bridge::~Bridge() = default;

void Bridge::start() {
  running_ = true;
  asio::co_spawn(network_, run(), asio::detached);
}

awaitable<void> Bridge::stop() {
  stopping_ = true;
  timer_.cancel();
  if (link_) link_->stop();
  asio::steady_timer moment(network_);
  while (running_) {
    moment.expires_after(std::chrono::milliseconds(2));
    co_await moment.async_wait(kTuple);
  }
}

awaitable<void> Bridge::run() {
  while (!stopping_) {
    ready_ns_ = 0;
    Link::User& user = *this;
    link_ = std::make_shared<Link>(network_, clock_, setup_, version_, options_, user);
    const End end = co_await link_->run();
    link_.reset();
    if (stopping_) break;
    if (end.why == End::Why::version && version_ == Version::v5) {
      version_ = Version::v311;
      continue;
    }
    take_end(end);
    co_await pause(clock_.monotonic_ns() + backoff_.next_ns());
  }
  running_ = false;
}

/// By the clock that is handed in, so that tests do not wait.
awaitable<void> Bridge::pause(std::int64_t until_ns) {
  while (!stopping_ && clock_.monotonic_ns() < until_ns) {
    timer_.expires_after(std::chrono::milliseconds(options_.tick_ms));
    co_await timer_.async_wait(kTuple);
  }
}

void Bridge::take_end(const End& end) {
  const bool steady = ready_ns_ > 0 && clock_.monotonic_ns() - ready_ns_ >= options_.steady_ns;
  if (steady && end.why != End::Why::busy) backoff_.reset();
  state_->version.clear();
  const bool somebody = end.why == End::Why::refused || end.why == End::Why::version;
  note(somebody ? Is::refused : Is::away, end.words);
}

void Bridge::note(Is is, std::string words) {
  if (state_->is == is && state_->words == words) return;
  const bool other = state_->is != is;
  state_->words = std::move(words);
  if (other) {
    state_->is = is;
    state_->since = clock_.now();
  }
  if (is == Is::connected)
    log::info("a bridge is connected", {{"bridge", setup_.name}, {"at", setup_.url}, {"words", state_->words}});
  else log::warn("a bridge is not connected", {{"bridge", setup_.name}, {"at", setup_.url}, {"why", state_->words}});
  sink_.changed(setup_, *state_);
}

void Bridge::ready(std::string words) {
  ready_ns_ = clock_.monotonic_ns();
  state_->connects++;
  state_->version = version_ == Version::v5 ? "5" : "3.1.1";
  sink_.connected(setup_);
  note(Is::connected, std::move(words));
}

void Bridge::arrived(const Arrival& message, Link::Done done) {
  state_->messages++;
  state_->bytes += message.payload.size();
  state_->heard = clock_.now();
  sink_.arrived(setup_, message, [state = state_, done = std::move(done)](Verdict verdict) {
    if (verdict == Verdict::bad) state->refused++;
    if (verdict == Verdict::busy) state->busy++;
    done(verdict);
  });
}

void Bridge::too_large(std::string_view topic, std::size_t bytes) {
  state_->messages++;
  state_->refused++;
  sink_.refused(setup_, fmt::format("{}: {} bytes are too many", topic.substr(0, 200), bytes));
}

awaitable<Result<>> Bridge::publish(std::string topic, std::string payload) {
  const auto link = link_;
  if (!link) co_return fail(ErrorKind::unavailable, "not connected");
  CO_TRY_VOID(co_await link->publish(std::move(topic), std::move(payload)));
  state_->published++;
  co_return Result<>();
}

State Bridge::state() const {
  State out = *state_;
  out.unacknowledged = link_ ? link_->unacknowledged() : 0;
  return out;
}

}  // namespace qala::bridge
