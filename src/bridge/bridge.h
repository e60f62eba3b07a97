#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "bridge/backoff.h"
#include "bridge/link.h"

namespace qala::bridge {

/// How it is with one bridge.
struct State {
  enum class Is : std::uint8_t {
    connecting,  ///< it never was connected since the start, and nothing went wrong yet
    connected,
    away,     ///< the broker is not there, or sends us away for now: it is tried again
    refused,  ///< tried again, too; but a person has to look
  } is = Is::connecting;
  std::string words = {};  ///< why it is not connected, or which topics are refused
  Instant since = {}, heard = {};  ///< since it is so; the newest message
  std::string version = {};        ///< of MQTT, "5"; empty: not connected
  std::uint64_t connects = 0, messages = 0, bytes = 0;
  std::uint64_t refused = 0;  ///< messages of no use, acknowledged: malformed, too large
  std::uint64_t busy = 0;     ///< that could not be kept; the broker sends them again
  std::uint64_t published = 0;
  std::size_t unacknowledged = 0;  ///< messages that wait for their commit
};

/// Keeps a connection to one broker for as long as the program runs: after each end it waits (Backoff) and comes back,
/// under the same client id, so that what came meanwhile is sent then. Network thread.
class Bridge final : private Link::User {
 public:
  /// Takes what comes. Network thread.
  class Sink {
   public:
    virtual ~Sink() = default;
    /// `done` exactly once, on the network thread and not from within: when the message is on the disk, or is not.
    virtual void arrived(const Setup& bridge, const Arrival& message, Link::Done done) = 0;
    /// It is connected now.
    virtual void connected(const Setup& bridge) = 0;
    /// State or words have changed.
    virtual void changed(const Setup& bridge, const State& state) = 0;
    /// Something was refused unseen: for the counters of what is refused.
    virtual void refused(const Setup& bridge, std::string_view words) = 0;
  };

  /// Everything must outlive it.
  Bridge(boost::asio::io_context& network, const Clock& clock, Random& random, Sink& sink, Setup setup,
         Options options = {});
  ~Bridge();

  void start();
  /// Returns when nothing of it runs.
  boost::asio::awaitable<void> stop();
  /// Done when the broker has acknowledged it. `unavailable`: it is not connected, or the connection was lost.
  boost::asio::awaitable<Result<>> publish(std::string topic, std::string payload);

  const Setup& setup() const { return setup_; }
  State state() const;

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> pause(std::int64_t until_ns);
  void take_end(const End& end);
  void note(State::Is is, std::string words);
  void ready(std::string words) override;
  void arrived(const Arrival& message, Link::Done done) override;
  void too_large(std::string_view topic, std::size_t bytes) override;

  boost::asio::io_context& network_;
  const Clock& clock_;
  Sink& sink_;
  const Setup setup_;
  const Options options_;
  Backoff backoff_;
  mqtt::Version version_;
  std::shared_ptr<Link> link_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<State> state_;  ///< shared: verdicts may come after the bridge is gone
  std::int64_t ready_ns_ = 0;
  bool running_ = false, stopping_ = false;
};

}  // namespace qala::bridge
