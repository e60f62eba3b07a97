#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mqtt/message.h"
#include "mqtt/packet.h"
#include "mqtt/ring.h"

namespace qala::mqtt {

struct Connection;

/// A message on its way to one client with QoS 1 or 2.
struct Outgoing {
  enum class State : std::uint8_t { queued, sent, released, done };
  MessagePtr message{};
  std::vector<std::uint32_t> identifiers{};
  Journal::Position stored_at{};
  std::uint8_t qos = 1;
  State state = State::queued;
  bool retain = false;
  bool duplicate = false;  ///< was sent on an earlier connection
  bool stored = false;
};

struct Will {
  MessagePtr message;
  std::uint32_t delay = 0;  ///< seconds
  bool stored = false;
};

/// A QoS 2 PUBLISH taken and not yet released. A bus message waits here for its PUBREL.
struct Incoming {
  std::uint16_t packet_id = 0;
  bool waiting = false;   ///< telemetry: the handler has not answered yet
  bool stored = false;    ///< `message` is in the store
  MessagePtr message{};   ///< none: was handed on already
};

/// What a client subscribed to with one filter.
struct SubscriptionDetails {
  SubscribeOptions options;
  std::uint32_t identifier = 0;
};

/// What the server remembers of one client across its connections. Owned by the Broker; network thread.
///
/// The outgoing queue is a window over the packet ids: entry i has the id of its position (`first + i`), so an
/// acknowledgement finds its entry without a search, and ids never meet while fewer than 65,535 are in the queue.
struct Session {
  std::uint64_t number = 0;
  std::string key;
  std::string client_id;
  Principal principal;
  Version version = Version::v311;
  std::uint32_t expiry = 0;  ///< seconds after the connection; 0xffffffff: for ever
  bool stored = false;
  bool ended = false;         ///< only its will is left of it
  bool keeps_will = false;  ///< asked for a will delay and left the expiry to us: the will waits, the session does not
  Connection* connection = nullptr;
  Instant began;  ///< its newest connection; 0: none since the start of the program
  Instant answered_until;  ///< what was answered before this had reached the client; 0: not known
  Instant unanswered_since;  ///< what it sends again it sent first then, or later; 0: not known
  std::int64_t gone_ms = 0;  ///< UTC, when the connection went
  std::int64_t deadline_ns = 0;  ///< monotonic, when will or session are due; 0: none
  std::int64_t expires_ns = 0;  ///< monotonic; 0: not while connected, or never
  std::int64_t will_due_ns = 0;
  std::unique_ptr<Will> will;

  Ring<Outgoing> out;
  std::uint64_t first = 0;  ///< position of out[0]
  std::uint64_t sent_to = 0;  ///< positions from here on were never sent on an earlier connection
  bool cut_off = false;  ///< restored, and nobody saw its connection end: all of the queue may have been sent
  std::size_t unsent = 0;  ///< index of the first queued one
  std::uint32_t inflight = 0;
  std::size_t queued_bytes = 0;

  std::vector<Incoming> incoming;
  std::size_t held_bytes = 0;  ///< of the messages in `incoming`
  std::map<std::string, SubscriptionDetails, std::less<>> subscriptions;
  std::uint64_t match_round = 0;  ///< for routing: already among the receivers of this message
  std::uint32_t match_index = 0;

  static std::uint16_t packet_id(std::uint64_t position) { return static_cast<std::uint16_t>(position % 65535 + 1); }
  /// Index of the entry with this id, or out.size().
  std::size_t find(std::uint16_t id) const {
    const auto offset = (id + 65535u - packet_id(first)) % 65535u;
    return offset < out.size() ? offset : out.size();
  }
};

}  // namespace qala::mqtt
