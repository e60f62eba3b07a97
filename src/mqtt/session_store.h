#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "mqtt/handler.h"
#include "mqtt/packet.h"

namespace qala::mqtt {

/// One change of what must survive the program: sessions, subscriptions, queued and retained messages. Sessions and
/// messages have numbers that are never used twice in one store. Which fields count depends on the kind.
struct Change {
  enum class Kind : std::uint8_t {
    none,               ///< taken back before it was written
    put_session,        ///< session, text (key), second (client id), token, role, version, number (expiry s),
                        ///< at, sent
    drop_session,       ///< session, with all that is its own
    put_subscription,   ///< session, text (filter), options, number (identifier)
    drop_subscription,  ///< session, text
    put_message,        ///< message, text (topic), second (payload), third (forwarded properties), qos, retain, at
    drop_message,       ///< message
    put_queued,         ///< session, number (position), message, qos, retain, third (identifiers, 4 bytes each)
    set_released,       ///< session, number: PUBREC has come, PUBREL follows
    drop_queued,        ///< session, number
    put_inbound,  ///< session, number: a QoS 2 packet id whose message was taken; message, if it waits for PUBREL
    drop_inbound,  ///< session, number
    put_retained,  ///< text (topic), message
    drop_retained,  ///< text
    put_will,  ///< session (may have no put_session), text (key), second (client id), token, message, number (delay s)
    drop_will,  ///< session
  };
  Kind kind = Kind::none;
  Version version = Version::v311;
  Principal::Role role = Principal::Role::bus;
  std::uint8_t qos = 0;
  bool retain = false;
  SubscribeOptions options{};
  TokenId token{};
  std::uint64_t session = 0;
  std::uint64_t message = 0;
  std::uint64_t number = 0;
  std::uint64_t sent = 0;  ///< position in the queue up to which messages may have reached the client
  /// ms since 1970; session: when its connection went (0: it has one), message: end of life (0: none)
  std::int64_t at = 0;
  std::string text{}, second{}, third{};
};

/// What a store holds, as puts: applied in this order they give the state back. Queued ones come by session and
/// position; `number` of a released one is marked by a following set_released.
struct StoredState {
  std::vector<Change> changes;
};

/// Where sessions survive. Used from one worker thread at a time.
class SessionStore {
 public:
  virtual ~SessionStore() = default;
  virtual Result<StoredState> load() = 0;
  /// All of the changes or none; on the disk when it returns. After a failure the same batch is tried again.
  virtual Result<> apply(std::span<const Change> changes) = 0;
};

/// In one SQLite file, created if absent. Refuses a file of a newer version.
Result<std::unique_ptr<SessionStore>> open_sqlite_session_store(const std::string& path);

}  // namespace qala::mqtt
