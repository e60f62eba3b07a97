#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "alarms/board.h"

namespace qala::alarms {

/// Which closed alarms are looked for.
struct ClosedSearch {
  std::function<bool(const std::string& rule, ThingId thing)> about = {};  ///< asked once for each pair
  std::function<bool(const std::string& comment)> says = {};
  std::size_t limit = 20;
};
constexpr std::int64_t kMostSearched = 200'000;

/// Closed alarms that stand for themselves, newest first: those of which `about` says yes, or one of whose comments
/// `says` does. Reads town.db by a connection of its own; any thread. Of the newest kMostSearched.
Result<std::vector<Alarm>> search_closed(const std::string& db_path, const ClosedSearch& search);

/// Alarms raised from <= t < to (UTC ns), most severe first, newest first; as AlarmBoard::list() otherwise.
struct Period {
  std::int64_t from = std::numeric_limits<std::int64_t>::min();
  std::int64_t to = std::numeric_limits<std::int64_t>::max();
};
Result<std::vector<Alarm>> list_raised(const AlarmBoard& board, const std::string& db_path, const Query& query,
                                       const Period& period);

}  // namespace qala::alarms
