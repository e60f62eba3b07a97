#include "alarms/journal.h"

#include <cmath>

#include "alarms/schema.h"

namespace qala::alarms {

const char* const kAlarmColumns =
    "id, rule, severity, condition, handling, thing, datastream, kind, zone, raised, cleared, acknowledged, "
    "acknowledged_by, value, \"limit\", comparison, unit, count, covers, cause, sequence, shelved_until, shelved_at, "
    "shelved_by, shelved_reason, out_at, out_by, out_reason, assignee, escalated, waiting, dismissed, open, exercise";

namespace {

void bind_id(sqlite::Statement& statement, int at, std::uint64_t id) {
  if (id == 0) statement.bind_null(at);
  else statement.bind(at, static_cast<std::int64_t>(id));
}

void bind_time(sqlite::Statement& statement, int at, std::int64_t ns) {
  if (ns == 0) statement.bind_null(at);
  else statement.bind(at, ns);
}

std::int64_t whole(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

Alarm read_alarm(const sqlite::Statement& row) {
  Alarm alarm;
  alarm.id = AlarmId(static_cast<std::uint64_t>(row.integer(0)));
  alarm.rule = row.text(1);
  alarm.severity = static_cast<Severity>(row.integer(2));
  alarm.condition = row.integer(3) == 0 ? Condition::active : Condition::cleared;
  alarm.handling = row.integer(4) == 0 ? Handling::unacknowledged : Handling::acknowledged;
  alarm.thing = ThingId(static_cast<std::uint32_t>(row.integer(5)));
  alarm.datastream = DatastreamId(static_cast<std::uint32_t>(row.integer(6)));
  alarm.kind = registry::kind_from(row.text(7)).value_or(registry::Kind::other);
  alarm.zone = static_cast<std::uint32_t>(row.integer(8));
  alarm.raised = row.integer(9);
  alarm.cleared = row.integer(10);
  alarm.acknowledged = row.integer(11);
  alarm.acknowledged_by = row.text(12);
  if (!row.is_null(13)) alarm.value = row.real(13);
  alarm.limit = row.real(14);
  alarm.comparison = comparison_from(row.text(15)).value_or(Comparison::above);
  alarm.unit = row.text(16);
  alarm.count = static_cast<std::uint32_t>(row.integer(17));
  alarm.covers = static_cast<std::uint32_t>(row.integer(18));
  alarm.cause = AlarmId(static_cast<std::uint64_t>(row.integer(19)));
  alarm.sequence = static_cast<std::uint64_t>(row.integer(20));
  if (!row.is_null(21)) alarm.shelved = Shelf{row.integer(21), row.integer(22), row.text(23), row.text(24)};
  if (!row.is_null(25)) {
    alarm.out_of_service = OutOfService{alarm.rule, alarm.thing, row.integer(25), row.text(26), row.text(27)};
  }
  alarm.assignee = row.text(28);
  alarm.escalated = row.integer(29);
  alarm.waiting = row.integer(30);
  alarm.dismissed = row.integer(31) != 0;
  alarm.exercise = static_cast<std::uint64_t>(row.integer(33));
  return alarm;
}

Result<> read_comments(sqlite::Database& db, Alarm& alarm) {
  TRY(auto rows, db.prepare("SELECT at, by, text FROM alarm_comment WHERE alarm = ? ORDER BY number"));
  rows.bind(1, whole(alarm.id.value));
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) return {};
    alarm.comments.push_back({Instant{rows.integer(0)}, rows.text(1), rows.text(2)});
  }
}

Result<std::unique_ptr<Journal>> Journal::open(sqlite::Database& db) {
  TRY_VOID(upgrade_schema(db).context("tables of alarms"));
  std::unique_ptr<Journal> journal(new Journal(db));
  TRY_VOID(journal->prepare().context("tables of alarms"));
  TRY_VOID(journal->complete_batch().context("completing a large write of alarms"));
  return journal;
}

Result<> Journal::prepare() {
  TRY(put_alarm_, db_.prepare(std::string("INSERT OR REPLACE INTO alarm (") + kAlarmColumns +
                              ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  TRY(put_comment_,
      db_.prepare("INSERT OR IGNORE INTO alarm_comment (alarm, number, at, by, text) VALUES (?,?,?,?,?)"));
  TRY(put_step_,
      db_.prepare("INSERT INTO alarm_step (alarm, at, step, by, text, until, value, shown) VALUES (?,?,?,?,?,?,?,?)"));
  TRY(put_pending_,
      db_.prepare("INSERT OR REPLACE INTO alarm_pending (datastream, rule, since, value) VALUES (?,?,?,?)"));
  TRY(drop_pending_, db_.prepare("DELETE FROM alarm_pending WHERE datastream = ? AND rule = ?"));
  TRY(put_position_,
      db_.prepare("INSERT OR REPLACE INTO alarm_position (one, sequence, next_id, clock, batch) VALUES (1,?,?,?,?)"));
  return {};
}

Result<Journal::Loaded> Journal::load() {
  Loaded loaded;
  TRY(auto position, db_.prepare("SELECT sequence, next_id, clock FROM alarm_position"));
  TRY(const bool any, position.step());
  if (any) {
    loaded.position = {.sequence = static_cast<std::uint64_t>(position.integer(0)),
                       .next_id = static_cast<std::uint64_t>(position.integer(1)),
                       .clock_ns = position.integer(2)};
  }
  TRY(auto alarms, db_.prepare(std::string("SELECT ") + kAlarmColumns + " FROM alarm WHERE open = 1 ORDER BY id"));
  for (;;) {
    TRY(const bool more, alarms.step());
    if (!more) break;
    loaded.open.push_back(read_alarm(alarms));
  }
  for (auto& alarm : loaded.open) TRY_VOID(read_comments(db_, alarm));
  TRY(auto pending, db_.prepare("SELECT datastream, rule, since, value FROM alarm_pending"));
  for (;;) {
    TRY(const bool more, pending.step());
    if (!more) break;
    loaded.pending.push_back({DatastreamId(static_cast<std::uint32_t>(pending.integer(0))),
                              pending.text(1),
                              false,
                              {pending.integer(2), pending.real(3)}});
  }
  TRY(auto out, db_.prepare("SELECT rule, thing, at, by, reason FROM alarm_out_of_service ORDER BY rule, thing"));
  for (;;) {
    TRY(const bool more, out.step());
    if (!more) break;
    loaded.out_of_service.push_back(
        {out.text(0), ThingId(static_cast<std::uint32_t>(out.integer(1))), out.integer(2), out.text(3), out.text(4)});
  }
  TRY(const auto exercises, read_exercises(db_, 1));
  if (!exercises.empty()) {
    loaded.last_exercise = exercises[0].id;
    if (exercises[0].ended == 0) loaded.exercise = exercises[0];
  }
  return loaded;
}

Result<> Journal::write(const Part& all, const Position& position) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(write_rows(all));
  TRY_VOID(write_position(position, false));
  return transaction.commit();
}

Result<> Journal::write_rows(const Part& part) {
  for (const auto& alarm : part.alarms) TRY_VOID(write_alarm(*alarm));
  for (const auto& step : part.steps) TRY_VOID(write_step(step));
  for (const auto& change : part.pending) TRY_VOID(write_pending(change));
  return {};
}

Result<> Journal::write_position(const Position& position, bool batch) {
  put_position_.bind(1, whole(position.sequence)).bind(2, whole(position.next_id)).bind(3, position.clock_ns);
  return put_position_.bind(4, std::int64_t{batch}).run();
}

Result<> Journal::write_alarm(const Alarm& alarm) {
  auto& put = put_alarm_;
  put.bind(1, whole(alarm.id.value)).bind(2, alarm.rule).bind(3, static_cast<std::int64_t>(alarm.severity));
  put.bind(4, static_cast<std::int64_t>(alarm.condition)).bind(5, static_cast<std::int64_t>(alarm.handling));
  put.bind(6, std::int64_t{alarm.thing.value});
  bind_id(put, 7, alarm.datastream.value);
  put.bind(8, registry::name_of(alarm.kind)).bind(9, std::int64_t{alarm.zone}).bind(10, alarm.raised);
  bind_time(put, 11, alarm.cleared);
  bind_time(put, 12, alarm.acknowledged);
  put.bind(13, alarm.acknowledged_by);
  if (std::isnan(alarm.value)) put.bind_null(14);
  else put.bind(14, alarm.value);
  put.bind(15, alarm.limit).bind(16, name_of(alarm.comparison)).bind(17, alarm.unit);
  put.bind(18, std::int64_t{alarm.count}).bind(19, std::int64_t{alarm.covers});
  bind_id(put, 20, alarm.cause.value);
  put.bind(21, whole(alarm.sequence));
  const Shelf shelf = alarm.shelved.value_or(Shelf{});
  bind_time(put, 22, shelf.until);
  bind_time(put, 23, shelf.at);
  put.bind(24, shelf.by).bind(25, shelf.reason);
  const OutOfService out = alarm.out_of_service.value_or(OutOfService{});
  bind_time(put, 26, out.at);
  put.bind(27, out.by).bind(28, out.reason).bind(29, alarm.assignee);
  bind_time(put, 30, alarm.escalated);
  bind_time(put, 31, alarm.waiting);
  put.bind(32, std::int64_t{alarm.dismissed}).bind(33, std::int64_t{alarm.is_open()});
  put.bind(34, whole(alarm.exercise));
  TRY_VOID(put.run());
  for (std::size_t i = 0; i < alarm.comments.size(); i++) TRY_VOID(add_comment(alarm.id, i, alarm.comments[i]));
  return {};
}

Result<> Journal::add_comment(AlarmId alarm, std::size_t number, const Comment& comment) {
  put_comment_.bind(1, whole(alarm.value)).bind(2, whole(number)).bind(3, comment.at.ns);
  put_comment_.bind(4, comment.by).bind(5, comment.text);
  return put_comment_.run();
}

Result<> Journal::write_step(const Step& step) {
  put_step_.bind(1, whole(step.alarm.value)).bind(2, step.at).bind(3, name_of(step.kind));
  put_step_.bind(4, step.by).bind(5, step.text);
  bind_time(put_step_, 6, step.until);
  if (std::isnan(step.value)) put_step_.bind_null(7);
  else put_step_.bind(7, step.value);
  return put_step_.bind(8, std::int64_t{step.shown}).run();
}

Result<> Journal::write_pending(const PendingChange& change) {
  if (change.gone) {
    return drop_pending_.bind(1, std::int64_t{change.datastream.value}).bind(2, change.rule).run();
  }
  put_pending_.bind(1, std::int64_t{change.datastream.value}).bind(2, change.rule);
  return put_pending_.bind(3, change.pending.since).bind(4, change.pending.value).run();
}

Result<> Journal::put_out_of_service(const OutOfService& entry, const Part& changed, const Position& position) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto put, db_.prepare("INSERT INTO alarm_out_of_service (rule, thing, at, by, reason) VALUES (?,?,?,?,?)"));
  put.bind(1, entry.rule).bind(2, std::int64_t{entry.thing.value}).bind(3, entry.at).bind(4, entry.by);
  TRY_VOID(put.bind(5, entry.reason).run());
  TRY_VOID(write_rows(changed));
  TRY_VOID(write_position(position, false));
  return transaction.commit();
}

Result<> Journal::drop_out_of_service(const OutOfService& entry, const Part& changed, const Position& position) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto drop, db_.prepare("DELETE FROM alarm_out_of_service WHERE rule = ? AND thing = ?"));
  TRY_VOID(drop.bind(1, entry.rule).bind(2, std::int64_t{entry.thing.value}).run());
  TRY_VOID(write_rows(changed));
  TRY_VOID(write_position(position, false));
  return transaction.commit();
}

}  // namespace qala::alarms
