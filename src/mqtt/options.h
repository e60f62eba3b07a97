#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace qala {
class Clock;
}

namespace qala::mqtt {

struct Endpoint {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
};

struct TlsEndpoint {
  Endpoint at;
  std::string certificate_file;  ///< PEM, chain allowed
  std::string key_file;          ///< PEM
  std::string client_ca_file;    ///< PEM; if given, a client certificate is asked for (not required) and must verify
};

struct Limits {
  std::size_t connections = 10'000;
  std::size_t sessions = 50'000;               ///< with and without connection
  std::size_t sessions_of_token = 100;  ///< not of the bus, before the one that is gone longest gives way to a new one
  std::size_t connections_of_device = 100;  ///< at a time, by one token
  std::size_t connections_of_gateway = 1'000;
  std::size_t unauthenticated_ms = 10'000;  ///< from accept to CONNACK
  std::size_t packet_bytes = 1024 * 1024;  ///< bus principals
  std::size_t telemetry_packet_bytes = 256 * 1024;  ///< all others, and every CONNECT
  std::uint16_t receive_maximum = 1000;  ///< unacknowledged QoS 1 and 2 packets from one client
  std::uint16_t inflight = 1000;  ///< and to one client, if it did not ask for fewer
  std::uint16_t topic_alias_maximum = 10;  ///< each way
  std::uint16_t bus_keep_alive = 60;  ///< seconds; longer ones of version 5 bus clients are shortened to this
  std::size_t queued_messages = 20'000;  ///< per session; the newest is dropped
  std::size_t queued_bytes = 16 * 1024 * 1024;  ///< per session
  std::size_t output_bytes = 4 * 1024 * 1024;  ///< unsent bytes per connection before QoS 0 is dropped
  std::uint16_t unread_s = 60;  ///< without a keep-alive: whoever takes nothing of twice as much for so long must go
  std::size_t subscriptions = 1'000;  ///< per session
  std::size_t retained = 500'000;
  std::size_t retained_bytes = 512 * 1024 * 1024;  ///< of all of them; what would go beyond is dropped
  std::uint32_t session_expiry = 30 * 24 * 3600;  ///< seconds; longer wishes are cut to this, but for bus principals
  std::uint32_t will_grace = 60;  ///< seconds after a start before wills of those not back are published
  std::size_t client_id_bytes = 1024;
  std::size_t unwritten_changes = 100'000;  ///< waiting for the session file before bus clients are read no further
};

struct ServerOptions {
  std::optional<Endpoint> plain;
  std::optional<TlsEndpoint> tls;
  /// Connections that come in here are bus principals without credentials. Loopback addresses only.
  std::optional<Endpoint> anonymous_bus;
  /// SQLite file of sessions and retained messages; empty: they last as long as the program.
  std::string session_file;
  /// The tokens that are good: what the session file keeps of others ends at the start. None given: all are.
  std::optional<std::vector<TokenId>> good_tokens;
  Limits limits;
  /// Told of every message that bus clients, or their wills, publish on a topic that begins with `overheard_below`,
  /// after it was handed on. Network thread; must not call the server back at once.
  std::function<void(std::string_view topic, std::string_view payload)> overheard;
  std::string overheard_below;
  const Clock* clock = nullptr;  ///< null: the system's
  std::uint32_t tick_ms = 250;  ///< how often time-outs are looked at
};

}  // namespace qala::mqtt
