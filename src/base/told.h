#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace qala::log {

/// A warning or an error that was logged, all of one event together. For the health page: who runs a town should not
/// have to read its log to learn that there is something in it.
struct Told {
  std::string event;
  bool is_error = false;
  std::uint64_t count = 0;
  Instant last;
  std::string fields;  ///< of the newest, as logged; at most 300 bytes
};
/// Newest first; at most 40 events, the oldest go. Any thread. Kept whatever the level.
std::vector<Told> told();

}  // namespace qala::log
