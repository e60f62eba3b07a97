// When to connect, and when to try again.
#include "rtsp/client.h"

#include <algorithm>
#include <utility>

#include "rtsp/session.h"
#include "rtsp/shared.h"
#include "rtsp/url.h"

namespace qala::rtsp {
namespace {

class RealClient final : public Client, public Ticked, public Session::Owner {
 public:
  RealClient(boost::asio::io_context& io, const Clock& clock, Random& random, Address address, Watcher& watcher,
             Timing timing)
      : io_(io), clock_(clock), random_(random), address_(std::move(address)), watcher_(watcher), timing_(timing) {}
  ~RealClient() override { stop(); }

  void start() override {
    if (started_) return;
    started_ = true;
    attempts_ = 0;
    udp_refused_ = false;
    Shared::of(io_).add(*this, timing_.tick);
    connect();
  }

  void stop() override {
    if (!std::exchange(started_, false)) return;
    Shared::of(io_).remove(*this);
    if (const auto session = std::exchange(session_, nullptr)) session->close();
    state_ = State::idle;
    reason_ = Reason::none;
  }

  void address(Address address) override {
    if (address == address_) return;
    address_ = std::move(address);
    if (!started_) return;
    if (const auto session = std::exchange(session_, nullptr)) session->close();
    attempts_ = 0;
    udp_refused_ = false;
    // At the next tick, not here: we may have been called by the session that was just closed.
    retry_ns_ = clock_.monotonic_ns();
    state_ = State::waiting;
  }

  Counters counters() const override { return feed_.counters; }
  State state() const override { return state_; }

 private:
  void tick() override {
    if (session_) return std::shared_ptr(session_)->tick();
    if (clock_.monotonic_ns() >= retry_ns_) connect();
  }

  void connect() {
    if (connected_before_) feed_.counters.reconnects++;
    connected_before_ = true;
    auto url = parse_url(address_.url);
    if (!url) {
      // Waits for another address; the slow retry only says it again.
      wait(timing_.retry_password, Reason::bad_answer, url.error().message);
      return;
    }
    auto user = address_.user.empty() ? url->user : address_.user;
    auto password = address_.user.empty() ? url->password : address_.password;
    const auto session = std::make_shared<Session>(io_, clock_, random_, timing_,
                                                   Session::Wish{.url = std::move(*url),
                                                                 .user = std::move(user),
                                                                 .password = std::move(password),
                                                                 .udp = address_.udp && !udp_refused_},
                                                   feed_, watcher_, *this);
    session_ = session;
    progressed(State::connecting, Reason::none, {});
    if (session_ == session) session->start();
  }

  void progressed(State state, Reason reason, std::string_view words) override {
    if (state == state_ && reason == reason_) return;
    state_ = state;
    reason_ = reason;
    watcher_.on_state(state, reason, words);
  }

  void ended(Ending ending) override {
    session_ = nullptr;
    if (ending.udp_was_dumb) udp_refused_ = true;
    if (ending.played || ending.udp_was_dumb) attempts_ = 0;
    wait(delay(ending), ending.reason, ending.words);
  }

  Timing::ms delay(const Ending& ending) {
    if (ending.reason == Reason::wrong_password) return timing_.retry_password;
    const auto most = ending.answered ? timing_.retry_most : timing_.retry_unreachable;
    return std::min(most, timing_.retry_first * (std::int64_t{1} << std::min(attempts_++, 16u)));
  }

  /// 75 to 125 % of it, so that cameras behind one switch do not all come back in the same moment.
  void wait(Timing::ms least, Reason reason, std::string_view words) {
    const auto wait_ns = std::chrono::nanoseconds(least).count();
    const auto part = static_cast<std::int64_t>(random_.next() % 1'024);
    retry_ns_ = clock_.monotonic_ns() + wait_ns / 4 * 3 + wait_ns / 2 * part / 1'024;
    progressed(State::waiting, reason, words);
  }

  boost::asio::io_context& io_;
  const Clock& clock_;
  Random& random_;
  Address address_;
  Watcher& watcher_;
  const Timing timing_;

  Feed feed_;
  std::shared_ptr<Session> session_;
  State state_ = State::idle;
  Reason reason_ = Reason::none;
  unsigned attempts_ = 0;
  std::int64_t retry_ns_ = 0;
  bool started_ = false, connected_before_ = false, udp_refused_ = false;
};

}  // namespace

std::unique_ptr<Client> Client::make(boost::asio::io_context& io, const Clock& clock, Random& random, Address address,
                                     Watcher& watcher, Timing timing) {
  return std::make_unique<RealClient>(io, clock, random, std::move(address), watcher, timing);
}

}  // namespace qala::rtsp
