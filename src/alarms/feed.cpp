#include "alarms/feed.h"

#include "alarms/journal.h"

namespace qala::alarms {

Result<Alarm> read_alarm(sqlite::Database& db, AlarmId id) {
  TRY(auto row, db.prepare(std::string("SELECT ") + kAlarmColumns + " FROM alarm WHERE id = ?"));
  row.bind(1, static_cast<std::int64_t>(id.value));
  TRY(const bool any, row.step());
  if (!any) return fail(ErrorKind::not_found, "there is no alarm " + std::to_string(id.value));
  return read_alarm(row);
}

Result<std::uint64_t> newest_step(sqlite::Database& db) {
  TRY(auto row, db.prepare("SELECT coalesce(max(id), 0) FROM alarm_step"));
  TRY([[maybe_unused]] const bool any, row.step());
  return static_cast<std::uint64_t>(row.integer(0));
}

Result<std::vector<FeedStep>> read_feed(sqlite::Database& db, std::uint64_t after, std::size_t most) {
  TRY(auto rows, db.prepare("SELECT id, alarm, at, step, by, text, until, value, shown FROM alarm_step WHERE id > ? "
                            "ORDER BY id LIMIT ?"));
  rows.bind(1, static_cast<std::int64_t>(after)).bind(2, static_cast<std::int64_t>(most));
  std::vector<FeedStep> feed;
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) break;
    FeedStep told{.number = static_cast<std::uint64_t>(rows.integer(0)), .step = {}, .alarm = {}};
    told.step = {.alarm = AlarmId(static_cast<std::uint64_t>(rows.integer(1))),
                 .kind = step_from(rows.text(3)).value_or(StepKind::commented),
                 .at = rows.integer(2),
                 .by = rows.text(4),
                 .text = rows.text(5),
                 .until = rows.integer(6)};
    if (!rows.is_null(7)) told.step.value = rows.real(7);
    told.step.shown = rows.integer(8) != 0;
    feed.push_back(std::move(told));
  }
  for (auto& told : feed) {
    auto alarm = read_alarm(db, told.step.alarm);
    if (alarm) told.alarm = std::move(*alarm);
    else if (alarm.error().kind != ErrorKind::not_found) return std::move(alarm.error());
    else told.step.kind = StepKind::commented;  // there is nothing left to tell of
  }
  return feed;
}

}  // namespace qala::alarms
