#pragma once

#include <map>
#include <string>

#include "sim/http_client.h"
#include "sim/run.h"

namespace qala::sim {

/// What the town needs to speak: made through the public API, kept in the state file for the next start.
struct Access {
  std::string ingest;                          ///< line protocol
  std::string provisioning;                    ///< for devices nobody knows
  std::map<std::string, std::string> devices;  ///< by thing key: gateways and devices that speak for themselves
};

/// Puts the plan, imports the things. Repeats until the server answers; gives up when it refuses.
Result<> set_up_town(HttpClient& http, const Options& options, const Town& town, const Session& session);
/// Tokens from the state file if they still work, else new ones.
Result<Access> make_access(HttpClient& http, const Options& options, const Town& town, const Session& session);
/// When the middle one of the server's newest readings was taken, by the wall clock; nothing if it has none.
std::optional<Seconds> newest_reading(HttpClient& http, const Options& options);

}  // namespace qala::sim
