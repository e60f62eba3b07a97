// Large writes in parts. A part is `{"alarm":[[columns]…],"comment":[…],"step":[…],"pending":[…],"over":[…]}`, each row
// in the order of its table's columns; SQLite itself reads it back when a start finds one that was not spread.
#include "alarms/journal.h"
#include "base/json_writer.h"

namespace qala::alarms {

namespace {

constexpr const char* kCommentColumns = "alarm, number, at, by, text";
constexpr const char* kStepColumns = "alarm, at, step, by, text, until, value, shown";
constexpr const char* kPendingColumns = "datastream, rule, since, value";
constexpr int kAlarmCount = 34, kCommentCount = 5, kStepCount = 8, kPendingCount = 4;

/// A version that knew fewer columns may have been killed before its batch was spread: what it lacks is 0.
constexpr int kOfOldBatches = 33;

void or_null(JsonWriter& out, std::int64_t value) {
  if (value == 0) out.null();
  else out.integer(value);
}

void put_alarm(JsonWriter& out, const Alarm& alarm) {
  const auto whole = [&](auto value) { out.integer(static_cast<std::int64_t>(value)); };
  out.array();
  whole(alarm.id.value), out.string(alarm.rule), whole(alarm.severity), whole(alarm.condition), whole(alarm.handling);
  whole(alarm.thing.value), or_null(out, alarm.datastream.value), out.string(registry::name_of(alarm.kind));
  whole(alarm.zone), whole(alarm.raised), or_null(out, alarm.cleared), or_null(out, alarm.acknowledged);
  out.string(alarm.acknowledged_by).number(alarm.value).number(alarm.limit).string(name_of(alarm.comparison));
  out.string(alarm.unit), whole(alarm.count), whole(alarm.covers);
  or_null(out, static_cast<std::int64_t>(alarm.cause.value)), whole(alarm.sequence);
  const Shelf shelf = alarm.shelved.value_or(Shelf{});
  or_null(out, shelf.until), or_null(out, shelf.at), out.string(shelf.by).string(shelf.reason);
  const OutOfService away = alarm.out_of_service.value_or(OutOfService{});
  or_null(out, away.at), out.string(away.by).string(away.reason).string(alarm.assignee);
  or_null(out, alarm.escalated), or_null(out, alarm.waiting), whole(alarm.dismissed), whole(alarm.is_open());
  whole(alarm.exercise);
  out.end();
}

void put_comments(JsonWriter& out, const Alarm& alarm) {
  for (std::size_t i = 0; i < alarm.comments.size(); i++) {
    const Comment& comment = alarm.comments[i];
    out.array().integer(static_cast<std::int64_t>(alarm.id.value)).integer(static_cast<std::int64_t>(i));
    out.integer(comment.at.ns).string(comment.by).string(comment.text).end();
  }
}

void put_step(JsonWriter& out, const Step& step) {
  out.array().integer(static_cast<std::int64_t>(step.alarm.value)).integer(step.at).string(name_of(step.kind));
  out.string(step.by).string(step.text);
  or_null(out, step.until);
  out.number(step.value).integer(step.shown ? 1 : 0).end();
}

std::string body_of(const Part& part) {
  std::string body;
  JsonWriter out(body);
  out.object().key("alarm").array();
  for (const auto& alarm : part.alarms) put_alarm(out, *alarm);
  out.end().key("comment").array();
  for (const auto& alarm : part.alarms) put_comments(out, *alarm);
  out.end().key("step").array();
  for (const auto& step : part.steps) put_step(out, step);
  for (const bool gone : {false, true}) {
    out.end().key(gone ? "over" : "pending").array();
    for (const auto& change : part.pending) {
      if (change.gone != gone) continue;
      out.array().integer(change.datastream.value).string(change.rule);
      if (!gone) out.integer(change.pending.since).number(change.pending.value);
      out.end();
    }
  }
  out.end().end();
  return body;
}

/// "INSERT … SELECT row.value->>0, …" over all staged parts in their order.
std::string unpack(const std::string& into, const char* columns, const char* array, int count) {
  std::string sql = into + " (" + columns + ") SELECT ";
  for (int i = 0; i < count; i++) {
    const std::string value = "row.value->>" + std::to_string(i);
    sql += (i ? ", " : "") + (i < kOfOldBatches ? value : "coalesce(" + value + ", 0)");
  }
  return sql + " FROM alarm_batch, json_each(alarm_batch.body, '$." + array + "') AS row ORDER BY part, row.key;";
}

}  // namespace

Result<> Journal::stage(std::size_t number, const Part& part) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  if (number == 0) TRY_VOID(db_.exec("DELETE FROM alarm_batch; UPDATE alarm_position SET batch = 0"));
  TRY(auto put, db_.prepare("INSERT OR REPLACE INTO alarm_batch (part, body) VALUES (?,?)"));
  TRY_VOID(put.bind(1, static_cast<std::int64_t>(number)).bind(2, body_of(part)).run());
  return transaction.commit();
}

Result<> Journal::commit_staged(const Position& position) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(write_position(position, true));
  return transaction.commit();
}

Result<> Journal::spread(std::size_t number, const Part& part) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(write_rows(part));
  TRY(auto drop, db_.prepare("DELETE FROM alarm_batch WHERE part = ?"));
  TRY_VOID(drop.bind(1, static_cast<std::int64_t>(number)).run());
  return transaction.commit();
}

Result<> Journal::complete_batch() {
  TRY(auto known, db_.prepare("SELECT 1 FROM alarm_position WHERE batch = 1"));
  TRY(const bool committed, known.step());
  known.reset();
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  if (committed) {
    TRY_VOID(db_.exec(unpack("INSERT OR REPLACE INTO alarm", kAlarmColumns, "alarm", kAlarmCount)));
    TRY_VOID(db_.exec(unpack("INSERT OR IGNORE INTO alarm_comment", kCommentColumns, "comment", kCommentCount)));
    TRY_VOID(db_.exec(unpack("INSERT INTO alarm_step", kStepColumns, "step", kStepCount)));
    TRY_VOID(db_.exec(unpack("INSERT OR REPLACE INTO alarm_pending", kPendingColumns, "pending", kPendingCount)));
    TRY_VOID(
        db_.exec("DELETE FROM alarm_pending WHERE (datastream, rule) IN (SELECT row.value->>0, row.value->>1 FROM "
                 "alarm_batch, json_each(alarm_batch.body, '$.over') AS row)"));
  }
  TRY_VOID(db_.exec("DELETE FROM alarm_batch; UPDATE alarm_position SET batch = 0"));
  return transaction.commit();
}

}  // namespace qala::alarms
