#pragma once

#include <cstdint>
#include <vector>

#include "alarms/model.h"
#include "alarms/steps.h"
#include "base/result.h"
#include "base/sqlite.h"

namespace qala::alarms {

/// A line of the alarms' history with its number, and the alarm as it is now.
struct FeedStep {
  std::uint64_t number = 0;  ///< in order of writing, the same for ever: whoever tells others uses it as a key
  Step step;
  Alarm alarm;
};

/// What was written after step `after`, oldest first, at most `most`: for whoever follows the alarms and must miss
/// nothing, also over a crash. A step is here once it is durable, and then its alarm is too. Needs the tables of
/// RuleEngine::open(). Without comments.
Result<std::vector<FeedStep>> read_feed(sqlite::Database& db, std::uint64_t after, std::size_t most);
/// Number of the newest step; 0: there is none.
Result<std::uint64_t> newest_step(sqlite::Database& db);
/// An alarm as it is in town.db, open or closed; `not_found`.
Result<Alarm> read_alarm(sqlite::Database& db, AlarmId id);

}  // namespace qala::alarms
