#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace qala::bench {

/// One MQTT 3.1.1 connection on a socket: publishes QoS 1 and counts what comes back. The socket is non-blocking once
/// connected; whoever polls it calls read(). One thread.
class MqttConnection {
 public:
  /// Connects and waits for CONNACK; ends the program if refused.
  MqttConnection(int port, const std::string& client_id, const std::string& user);
  ~MqttConnection();
  MqttConnection(const MqttConnection&) = delete;
  MqttConnection& operator=(const MqttConnection&) = delete;

  /// Waits for SUBACK: call it before the first read().
  void subscribe(std::string_view filter);
  /// `due_ns`: from when the time to the acknowledgement counts.
  void publish(std::string_view topic, std::string_view payload, std::int64_t due_ns);
  /// Takes what has arrived. `acked(due_ns)` for each PUBACK, `received()` for each message, which is acknowledged.
  template <class Acked, class Received>
  void read(Acked acked, Received received);

  int socket() const { return socket_; }
  std::size_t unacknowledged() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::uint16_t id;
    std::int64_t due_ns;
  };
  /// False: the socket has no more.
  bool fill();
  /// The next whole packet of `in_`: its first byte and body. False: none.
  bool packet(std::uint8_t& head, std::string_view& body);
  void send(std::string_view bytes);
  std::int64_t acknowledged(std::string_view body);
  void acknowledge(std::string_view publish, std::uint8_t head, std::string& out) const;

  int socket_;
  std::string in_;
  std::size_t at_ = 0;
  std::uint16_t last_id_ = 0;
  std::deque<Waiting> waiting_;
};

template <class Acked, class Received>
void MqttConnection::read(Acked acked, Received received) {
  std::string acknowledgements;
  while (fill()) {
    std::uint8_t head = 0;
    std::string_view body;
    while (packet(head, body)) {
      if (head >> 4 == 4) acked(acknowledged(body));
      if (head >> 4 == 3) {
        acknowledge(body, head, acknowledgements);
        received();
      }
    }
    if (!acknowledgements.empty()) send(acknowledgements);
    acknowledgements.clear();
  }
}

}  // namespace qala::bench
