#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace qala::mqtt {

/// MQTT 5 reason codes that Qala itself gives to a PUBLISH; 3.1.1 clients are disconnected where a code is an error.
enum class Reason : std::uint8_t {
  success = 0x00,
  no_matching_subscribers = 0x10,
  unspecified = 0x80,
  implementation_error = 0x83,
  bad_user_name_or_password = 0x86,
  not_authorized = 0x87,
  server_unavailable = 0x88,
  server_busy = 0x89,
  topic_name_invalid = 0x90,
  quota_exceeded = 0x97,
  payload_format_invalid = 0x99,
};

/// What a connection may do, once authenticated.
struct Principal {
  enum class Role : std::uint8_t {
    device,        ///< own v1/devices/me/... topics only
    gateway,       ///< v1/gateway/... and its own v1/devices/me/...
    provisioning,  ///< an unclaimed device: v1/devices/me/... and v1/gateway/..., waits in the list
    bus,           ///< any topic that is not Qala's own (v1/..., v1.1/..., qala/...), reads qala/... and v1.1/...
  };
  Role role = Role::device;
  TokenId token;
  ThingId thing;       ///< device and gateway
  std::string name;    ///< for logs and the health page; never the secret
  std::uint32_t messages_per_second = 0;  ///< rate limit, 0: none
};

/// A CONNECT as far as deciding who it is.
struct Credentials {
  std::string client_id;
  std::string user_name;
  std::string password;
  std::string certificate_fingerprint;  ///< SHA-256, lower-case hex, empty without a client certificate
  std::string peer;                     ///< "127.0.0.1:51234"
  bool anonymous_listener = false;      ///< came in by the anonymous loopback bus listener
};

/// A PUBLISH on one of Qala's own topics. The views are valid only during the call.
struct Telemetry {
  std::string_view topic;
  std::string_view payload;
  std::uint8_t qos = 0;
  bool duplicate = false;           ///< DUP flag
  std::uint16_t packet_id = 0;      ///< QoS 1 and 2
  /// The session outlives the connection: (client id, packet id, payload) identifies a resend.
  bool persistent_session = false;
  /// What a client sends again it sent first then, or later: when the session's connection before this one began, or
  /// shortly before it was last heard from. 0: not known, as after a start.
  Instant unanswered_since = {};
  std::string_view client_id;
};

/// What the broker asks of Qala. Called on the network thread; must not block.
class Handler {
 public:
  virtual ~Handler() = default;

  /// `done` may be called at once or later, on the network thread. An error refuses the connection (`denied`:
  /// credentials; `unavailable`: try later).
  virtual void authenticate(const Credentials& credentials, std::function<void(Result<Principal>)> done) = 0;

  /// A message on v1/devices/me/(telemetry|attributes), v1/gateway/(telemetry|attributes|connect|disconnect), or of a
  /// bus principal on SensorThings' v1.1/…/Observations. `done` is called on the network thread once the commit that
  /// holds the readings is on the disk, or with the reason why not. The PUBACK/PUBREC waits for it. QoS 0 passes an
  /// empty function.
  virtual void telemetry(const Principal& principal, const Telemetry& message, std::function<void(Reason)> done) = 0;

  /// The connection went; gateways' devices go with it.
  virtual void disconnected(const Principal& principal, std::string_view client_id) = 0;
};

}  // namespace qala::mqtt
