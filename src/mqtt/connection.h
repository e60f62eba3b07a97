#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "mqtt/handler.h"
#include "mqtt/packet.h"
#include "mqtt/ring.h"
#include "mqtt/session.h"

namespace qala::mqtt {

/// An acknowledgement that may not go out yet. They leave in the order of the packets they answer.
struct PendingAck {
  std::uint64_t commit = 0;                   ///< not before the journal has committed this
  std::unique_ptr<std::string> packet{};      ///< SUBACK and UNSUBACK, ready made
  std::uint16_t packet_id = 0;
  PacketType type = PacketType::puback;
  Code code = Code::success;
  bool waiting = false;                       ///< the handler has not answered
};

/// Which connection, surviving the reuse of its slot. Fits with a pointer into std::function's own 16 bytes.
struct ConnectionId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

/// What exists only for version 5 clients that use it.
struct TopicAliases {
  std::vector<std::string> from_client;                       ///< [alias - 1]
  std::unordered_map<std::string, std::uint16_t> to_client;
};

/// Retained messages on their way to a new subscription.
struct RetainedWalk {
  std::uint8_t qos = 0;
  std::uint32_t identifier = 0;
  std::string next{};  ///< topic to go on with
};

/// One client's connection: what the broker and the transport know of it. Bytes for the client are appended to `out`
/// (then Transport::wake); the transport sends them. Small when idle: buffers exist only while they hold something.
struct Connection {
  enum class State : std::uint8_t { new_born, authenticating, open, closing };

  ConnectionId id;
  State state = State::new_born;
  Version version = Version::v311;
  bool anonymous_listener = false;
  bool throttled = false;         ///< over its rate: not read until later
  bool stuffed = false;           ///< does not read what it is sent: not read until that is gone
  bool dirty = false;             ///< in the transport's list of connections to flush
  bool linger = false;            ///< we end it: the client shall have the chance to read why
  bool commit_waiter = false;     ///< in the broker's list
  std::uint16_t keep_alive = 0;
  std::uint16_t receive_maximum = 65535;
  std::uint16_t alias_maximum = 0;
  std::uint32_t maximum_packet = 0;  ///< of the client; 0: none
  std::uint32_t ack_base = 0;        ///< sequence of acks[0]
  std::uint32_t unacknowledged = 0;  ///< QoS 1 publishes in `acks`
  std::int64_t heard_ns = 0;         ///< last packet, or while we do not listen; before CONNACK: accept
  std::int64_t read_ns = 0;          ///< last packet
  Session* session = nullptr;
  Ring<PendingAck> acks;
  std::string out;
  std::size_t sent = 0;              ///< of `out`
  std::size_t left = 0;              ///< stuffed: what was unsent at the last tick
  std::map<std::string, RetainedWalk, std::less<>> walks;  ///< by filter
  std::unique_ptr<TopicAliases> aliases;
  std::unique_ptr<struct PendingConnect> connecting;
  std::string peer;
  std::string fingerprint;

  bool over() const { return state == State::closing; }
};

/// What the broker wants of the sockets.
class Transport {
 public:
  virtual ~Transport() = default;
  /// The connection has output, or is to be closed once its output is sent.
  virtual void wake(Connection& connection) = 0;
  /// Feed it again: what was put off can go on.
  virtual void resume(Connection& connection) = 0;
};

}  // namespace qala::mqtt
