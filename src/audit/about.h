#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/audit.h"

namespace qala::audit {

/// Entries about `object` ("thing F-12") or about something of it (`part` before its name: "datastream F-12/power" for
/// the part "datastream F-12/"), and those about many objects at once (action `many`) whose details name one of them.
struct About {
  std::string object = {}, part = {}, many = {};
  std::uint64_t before = 0;  ///< sequence; 0: from the end
  std::size_t limit = 100;
};
/// Newest first. Any thread; opens its own read-only connection.
Result<std::vector<Entry>> about(const std::string& folder, const About& what);

}  // namespace qala::audit
