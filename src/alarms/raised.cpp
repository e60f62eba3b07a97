#include "alarms/raised.h"

#include <algorithm>

namespace qala::alarms {

Result<std::vector<Raised>> raised_of(sqlite::Database& town, const std::unordered_set<ThingId>& things, ThingId own,
                                      std::int64_t from, std::int64_t to, std::size_t most) {
  // The list of steps is that of the index alarm_step_by_time, word for word: only then is it used.
  TRY(auto row, town.prepare("SELECT s.at, a.id, a.rule, a.severity, a.thing FROM alarm_step s"
                             " JOIN alarm a ON a.id = s.alarm WHERE s.at >= ?1 AND s.at < ?2"
                             " AND s.step IN ('raised', 'raised_again', 'acknowledged') AND s.step <> 'acknowledged'"
                             " AND (a.cause IS NULL OR a.thing = ?3) AND a.exercise = 0 ORDER BY s.at DESC"));
  row.bind(1, from).bind(2, to).bind(3, std::int64_t{own.value});
  std::vector<Raised> out;
  while (out.size() < most) {
    TRY(const bool more, row.step());
    if (!more) break;
    const ThingId thing(static_cast<std::uint32_t>(row.integer(4)));
    if (!things.contains(thing)) continue;
    out.push_back({.at = row.integer(0),
                   .id = AlarmId(static_cast<std::uint64_t>(row.integer(1))),
                   .rule = row.text(2),
                   .severity = static_cast<Severity>(row.integer(3)),
                   .thing = thing});
  }
  std::ranges::reverse(out);
  return out;
}

}  // namespace qala::alarms
