#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "alarms/model.h"
#include "base/result.h"
#include "base/sqlite.h"

namespace qala::alarms {

/// A moment at which an alarm was raised, as a mark on a line of time.
struct Raised {
  std::int64_t at = 0;  ///< UTC ns
  AlarmId id;
  std::string rule;
  Severity severity = Severity::medium;
  ThingId thing;
};

/// Those of `things` in [from, to) ns, oldest first, of more than `most` the newest. What a cause explains is left out
/// (but of `own`), and so are exercises. Reads what is written (RuleEngine::apply_some) by a connection of the caller.
Result<std::vector<Raised>> raised_of(sqlite::Database& town, const std::unordered_set<ThingId>& things, ThingId own,
                                      std::int64_t from, std::int64_t to, std::size_t most);

}  // namespace qala::alarms
