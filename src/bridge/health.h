#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace qala::bridge {

/// For the health page: one bridge.
struct Health {
  std::string name = {}, kind = {}, url = {};
  std::string state = {};    ///< "connecting", "connected", "away", "refused"; "off": a training copy
  std::string words = {};    ///< why it is not connected, or which topics are refused
  std::string version = {};  ///< of MQTT; empty: not connected
  Instant since = {}, heard = {};
  std::uint64_t connects = 0, messages = 0, refused = 0, busy = 0, published = 0, unacknowledged = 0;
};

}  // namespace qala::bridge
