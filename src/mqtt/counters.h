#pragma once

#include <cstdint>

namespace qala::mqtt {

/// What the endpoint has done since it started. Totals but for the first five, which are the present state.
struct Counters {
  std::uint64_t connections = 0;
  std::uint64_t sessions = 0;
  std::uint64_t subscriptions = 0;
  std::uint64_t retained = 0;
  std::uint64_t queued = 0;  ///< messages waiting for sessions

  std::uint64_t accepted = 0;               ///< connections that a CONNACK welcomed
  std::uint64_t refused_credentials = 0;
  std::uint64_t refused_limits = 0;         ///< too many connections or sessions
  std::uint64_t timed_out_unauthenticated = 0;
  std::uint64_t timed_out_keep_alive = 0;
  std::uint64_t protocol_errors = 0;        ///< connections ended because of what they sent
  std::uint64_t received = 0;               ///< PUBLISH packets
  std::uint64_t telemetry = 0;              ///< of these: handed to the handler
  std::uint64_t telemetry_rejected = 0;     ///< the handler said no
  std::uint64_t refused_publishes = 0;      ///< not allowed on that topic
  std::uint64_t refused_subscriptions = 0;
  std::uint64_t duplicates = 0;             ///< QoS 2 packets whose id was in use
  std::uint64_t delivered = 0;              ///< PUBLISH packets sent
  std::uint64_t dropped_full = 0;  ///< QoS 1 and 2: the session's queue was full, the new message was dropped
  std::uint64_t dropped_slow = 0;  ///< QoS 0: the client did not read fast enough
  std::uint64_t dropped_large = 0;  ///< larger than the client's maximum packet size
  std::uint64_t expired = 0;  ///< messages past their expiry
  std::uint64_t throttled = 0;  ///< times reading was put off by a rate limit
  std::uint64_t store_failures = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

}  // namespace qala::mqtt
