#pragma once

#include <cstdint>

#include "sim/run.h"

namespace qala::sim {

/// What became of a stretch of history.
struct Sent {
  std::uint64_t readings = 0, lines = 0, requests = 0, retries = 0, refused_requests = 0;
};

/// Sends everything after `from` up to `until` as line protocol, on several connections at once. Each device's readings
/// go by one connection and in order; no connection runs more than some hours ahead of the others. A request is
/// repeated until the server answers it, so a server that is killed and comes back misses nothing. Returns early when
/// told to stop.
Result<Sent> send_history(const Options& options, const Session& session, const Town& town, const Frame& frame,
                          const std::string& ingest_token, Seconds from, Seconds until);

}  // namespace qala::sim
