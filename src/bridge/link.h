#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "bridge/inbox.h"
#include "bridge/setup.h"
#include "bridge/transport.h"
#include "mqtt/packet.h"

namespace qala::bridge {

struct Options {
  std::int64_t patience_ns = 15 * Instant::kSecond;  ///< for whatever the broker owes us: a connection, an answer
  std::int64_t commit_patience_ns = 60 * Instant::kSecond;  ///< for our own commits
  std::uint16_t keep_alive_s = 30;
  std::uint32_t session_expiry_s = 7 * 86'400;  ///< so long a broker of version 5 keeps what comes while we are away
  std::size_t window = 64;                      ///< messages that may wait for their commit
  std::uint32_t most_bytes = 512u << 10;        ///< of a packet
  std::int64_t steady_ns = 10 * Instant::kSecond;  ///< a connection that lasted so long was a good one
  std::int64_t tick_ms = 100;
};

/// Why a connection ended.
struct End {
  enum class Why : std::uint8_t {
    unreachable,  ///< nobody is there, or not for long
    refused,      ///< the broker does not want us, or we do not trust it: a person has to look
    version,      ///< it does not speak this version of MQTT
    busy,         ///< we could not keep a message
    stopped,
  };
  Why why = Why::unreachable;
  std::string words = {};
};

/// A message as the broker sent it; views into its bytes.
struct Arrival {
  std::string_view topic = {}, payload = {};
  std::uint16_t packet_id = 0;
  std::uint8_t qos = 0;
  bool duplicate = false;  ///< the broker says that it sent this before
};

/// One connection to a broker, from the first byte to the last. Network thread. Make it shared; `setup`, `clock` and
/// `user` outlive run().
///
/// A message is acknowledged when its verdict is in, in the order of arrival. While `window` of them wait nothing more
/// is read. When one was not taken the connection ends without acknowledging it or anything behind it: the broker has a
/// session for us and sends them again.
class Link : public std::enable_shared_from_this<Link> {
 public:
  using Done = std::function<void(Verdict)>;
  class User {
   public:
    virtual ~User() = default;
    /// Connected and subscribed. `words`: topics that the broker refuses; empty: none.
    virtual void ready(std::string words) = 0;
    /// `done` once, not from within; it may come after the connection has ended.
    virtual void arrived(const Arrival& message, Done done) = 0;
    /// A message that is too large to look at: it is acknowledged, unseen.
    virtual void too_large(std::string_view topic, std::size_t bytes) = 0;
  };

  Link(boost::asio::io_context& network, const Clock& clock, const Setup& setup, mqtt::Version version,
       const Options& options, User& user);

  /// Once. Returns when nothing of it runs.
  boost::asio::awaitable<End> run();
  /// Says goodbye if the broker reads, and ends.
  void stop();
  /// Done when the broker has acknowledged it (QoS 1). `unavailable`: not connected, or not any more before that;
  /// `denied`: the broker refuses it.
  boost::asio::awaitable<Result<>> publish(std::string topic, std::string payload);

  std::size_t unacknowledged() const { return inbox_.size(); }

 private:
  enum class Stage : std::uint8_t { opening, greeting, subscribing, ready };
  struct Letter {
    explicit Letter(boost::asio::io_context& network) : settled(network) {}
    boost::asio::steady_timer settled;
    std::int64_t until_ns = 0;
    Result<> outcome = fail(ErrorKind::unavailable, "the connection was lost");
    bool done = false;
  };

  boost::asio::awaitable<void> converse();
  boost::asio::awaitable<void> read();
  boost::asio::awaitable<void> write();
  boost::asio::awaitable<void> watch();
  Result<> greet();
  void subscribe();
  void hear_again();
  std::size_t handle_all(std::string_view bytes);
  void handle(const mqtt::Frame& frame);
  void on_connack(const mqtt::Frame& frame);
  void on_suback(const mqtt::Frame& frame);
  void on_publish(const mqtt::Frame& frame);
  void on_acknowledgement(const mqtt::Frame& frame);
  void on_disconnect(const mqtt::Frame& frame);
  std::size_t on_large(std::string_view bytes, const mqtt::Frame& frame);
  void settle(std::uint64_t number, Verdict verdict);
  void acknowledge();
  void send(std::string_view bytes);
  void check_waits(std::int64_t now_ns);
  void end(End::Why why, std::string words);
  bool over() const { return ended_; }
  std::uint16_t next_packet_id();

  boost::asio::io_context& network_;
  const Clock& clock_;
  const Setup& setup_;
  const mqtt::Version version_;
  const Options& options_;
  User& user_;
  Transport transport_;
  Inbox inbox_;
  boost::asio::steady_timer tick_, room_;  ///< room_: there is room in the inbox again
  std::map<std::uint16_t, std::shared_ptr<Letter>> letters_;
  std::string in_, out_, writing_;
  std::size_t discard_ = 0;  ///< bytes of a packet that is too large
  Stage stage_ = Stage::opening;
  std::int64_t stage_until_ns_ = 0, sent_ns_ = 0, ping_until_ns_ = 0, write_until_ns_ = 0, full_until_ns_ = 0;
  std::int64_t keep_alive_ns_ = 0;
  std::size_t broker_window_ = 65'535, broker_most_bytes_ = 0;
  std::uint8_t broker_qos_ = 1;
  std::uint16_t packet_id_ = 0;
  int running_ = 0;
  bool is_writing_ = false, leaving_ = false, ended_ = false;
  End end_;
};

/// "not authorized", for people.
std::string_view words_of(mqtt::Code code);

}  // namespace qala::bridge
