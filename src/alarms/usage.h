#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "alarms/rules.h"
#include "registry/registry.h"

namespace qala::alarms {

/// How many things and datastreams a rule looks at now.
struct Reach {
  std::uint64_t things = 0, datastreams = 0;
};

/// By key; rules that reach nothing, and disabled ones, are absent. Of several silence rules that meet on a datastream
/// only the one that is heeded counts. Pool: it looks at each datastream of the town once.
std::map<std::string, Reach> reach_of(const Rules& rules, const registry::Registry& registry);

/// How often each rule raised an alarm since `from` (UTC ns), whether or not it came to the tray; exercises aside.
/// Opens a connection of its own.
Result<std::map<std::string, std::uint64_t>> fired_since(const std::string& db_path, std::int64_t from);

}  // namespace qala::alarms
