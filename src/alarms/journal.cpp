#include "alarms/journal.h"

#include <cmath>

#include "alarms/schema.h"

namespace qala::alarms {

const char* const kAlarmColumns =
    "id, rule, severity, condition, handling, thing, datastream, kind, zone, raised, cleared, acknowledged, "
    "acknowledged_by, value, \"limit\", comparison, unit, count, covers, cause, sequence";

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
  return journal;
}

Result<> Journal::prepare() {
  TRY(put_alarm_, db_.prepare(std::string("INSERT OR REPLACE INTO alarm (") + kAlarmColumns +
                              ", open) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  TRY(put_comment_,
      db_.prepare("INSERT OR IGNORE INTO alarm_comment (alarm, number, at, by, text) VALUES (?,?,?,?,?)"));
  TRY(put_pending_,
      db_.prepare("INSERT OR REPLACE INTO alarm_pending (datastream, rule, since, value) VALUES (?,?,?,?)"));
  TRY(drop_pending_, db_.prepare("DELETE FROM alarm_pending WHERE datastream = ? AND rule = ?"));
  TRY(put_position_,
      db_.prepare("INSERT OR REPLACE INTO alarm_position (one, sequence, next_id, clock) VALUES (1,?,?,?)"));
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
  return loaded;
}

Result<> Journal::write(const std::map<AlarmId, std::shared_ptr<const Alarm>>& alarms,
                        const std::vector<PendingChange>& pending, const Position& position) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  for (const auto& [id, alarm] : alarms) TRY_VOID(write_alarm(*alarm));
  for (const auto& change : pending) TRY_VOID(write_pending(change));
  put_position_.bind(1, whole(position.sequence)).bind(2, whole(position.next_id)).bind(3, position.clock_ns);
  TRY_VOID(put_position_.run());
  return transaction.commit();
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
  put.bind(21, whole(alarm.sequence)).bind(22, std::int64_t{alarm.is_open()});
  TRY_VOID(put.run());
  for (std::size_t i = 0; i < alarm.comments.size(); i++) TRY_VOID(add_comment(alarm.id, i, alarm.comments[i]));
  return {};
}

Result<> Journal::add_comment(AlarmId alarm, std::size_t number, const Comment& comment) {
  put_comment_.bind(1, whole(alarm.value)).bind(2, whole(number)).bind(3, comment.at.ns);
  put_comment_.bind(4, comment.by).bind(5, comment.text);
  return put_comment_.run();
}

Result<> Journal::write_pending(const PendingChange& change) {
  if (change.gone) {
    return drop_pending_.bind(1, std::int64_t{change.datastream.value}).bind(2, change.rule).run();
  }
  put_pending_.bind(1, std::int64_t{change.datastream.value}).bind(2, change.rule);
  return put_pending_.bind(3, change.pending.since).bind(4, change.pending.value).run();
}

}  // namespace qala::alarms
