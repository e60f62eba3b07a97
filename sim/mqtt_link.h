#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

#include "sim/socket.h"

namespace qala::sim {

/// One device's MQTT connection: publishes at QoS 1, keeps each message until its PUBACK, connects again by itself and
/// then sends what was not acknowledged once more, unchanged, in order and marked DUP, in the same session. Blocks for
/// a connect at most; everything else is driven by advance() and received(). Not thread-safe.
class MqttLink {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Who {
    std::string client_id;
    std::string user_name;
  };
  MqttLink(Endpoint server, Who who) : server_(std::move(server)), who_(std::move(who)) {}

  /// Connects when it is time to, asks whether the server still lives, gives up on one that does not answer.
  void advance(Time now);
  /// Bytes are waiting at descriptor().
  void received(Time now);
  /// Cut off on purpose: nothing is sent, nothing is lost. release() lets it connect again.
  void hold();
  void release() { held_ = false; }

  int descriptor() const { return socket_.descriptor(); }
  bool up() const { return state_ == State::up; }
  /// False while disconnected or while too much waits for acknowledgement: do not publish.
  bool ready() const { return up() && waiting_.size() < kWindow; }
  void publish(std::string_view topic, std::string_view payload);
  std::size_t unacknowledged() const { return waiting_.size(); }
  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t repeated() const { return repeated_; }
  std::uint64_t refused() const { return refused_; }
  /// Messages that the server closed the connection over again and again; the oldest is then let go, and counted.
  std::uint64_t given_up() const { return given_up_; }

 private:
  enum class State { down, asked, up };
  struct Waiting {
    std::uint16_t id;
    std::string packet;
  };
  static constexpr std::size_t kWindow = 16;
  static constexpr std::chrono::seconds kKeepAlive{60}, kAnswerWithin{30};
  static constexpr int kLives = 20;

  void connect(Time now);
  void welcomed(bool accepted);
  void taken(std::uint16_t id);
  void drop(Time now);
  void send(std::string_view bytes);

  Endpoint server_;
  Who who_;
  Socket socket_;
  State state_ = State::down;
  bool held_ = false, broken_ = false;
  std::string input_;
  std::deque<Waiting> waiting_;
  std::uint16_t next_id_ = 1;
  Time next_try_{}, last_sent_{}, last_heard_{};
  std::chrono::milliseconds backoff_{250};
  std::uint64_t acknowledged_ = 0, repeated_ = 0, refused_ = 0, given_up_ = 0;
  int lives_without_ack_ = 0;
};

}  // namespace qala::sim
