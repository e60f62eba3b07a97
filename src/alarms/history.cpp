// What happened to an alarm: its steps and its comments in one order.
#include <algorithm>

#include "alarms/journal.h"

namespace qala::alarms {

namespace {

Result<std::int64_t> count_steps(sqlite::Database& db, std::int64_t alarm) {
  TRY(auto row, db.prepare("SELECT count(*) FROM alarm_step WHERE alarm = ?"));
  TRY([[maybe_unused]] const bool any, row.bind(1, alarm).step());
  return row.integer(0);
}

/// Steps stay in the order of writing (a reading's time may lie before what a person did); a comment goes after the
/// last that is not later.
void put_in(std::vector<Step>& steps, Step comment) {
  auto at = steps.end();
  while (at != steps.begin() && std::prev(at)->at > comment.at) --at;
  steps.insert(at, std::move(comment));
}

}  // namespace

Result<History> read_history(sqlite::Database& db, AlarmId id, std::size_t most) {
  const auto alarm = static_cast<std::int64_t>(id.value);
  History history;
  TRY(const auto all, count_steps(db, alarm));
  history.left_out = static_cast<std::size_t>(std::max<std::int64_t>(0, all - static_cast<std::int64_t>(most)));
  TRY(auto rows, db.prepare("SELECT at, step, by, text, until, value FROM alarm_step WHERE alarm = ? ORDER BY id DESC "
                            "LIMIT ?"));
  rows.bind(1, alarm).bind(2, static_cast<std::int64_t>(most));
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) break;
    Step step{.alarm = id, .at = rows.integer(0), .by = rows.text(2), .text = rows.text(3), .until = rows.integer(4)};
    step.kind = step_from(rows.text(1)).value_or(StepKind::raised);
    if (!rows.is_null(5)) step.value = rows.real(5);
    history.steps.push_back(std::move(step));
  }
  std::ranges::reverse(history.steps);
  TRY(auto comments, db.prepare("SELECT at, by, text FROM alarm_comment WHERE alarm = ? ORDER BY number"));
  comments.bind(1, alarm);
  for (;;) {
    TRY(const bool more, comments.step());
    if (!more) break;
    put_in(history.steps, {.alarm = id,
                           .kind = StepKind::commented,
                           .at = comments.integer(0),
                           .by = comments.text(1),
                           .text = comments.text(2)});
  }
  return history;
}

}  // namespace qala::alarms
