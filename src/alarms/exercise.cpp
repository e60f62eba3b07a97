// Exercises in town.db and as JSON.
#include "alarms/exercise.h"

#include <charconv>

#include "alarms/journal.h"

namespace qala::alarms {

namespace {

/// "[1,2,3]"; what it cannot read it leaves out.
template <class Id>
std::vector<Id> ids_in(std::string_view text) {
  std::vector<Id> ids;
  for (std::size_t at = text.find_first_of("0123456789"); at < text.size();) {
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), id);
    if (error == std::errc()) ids.push_back(Id(id));
    at = text.find_first_of("0123456789", static_cast<std::size_t>(end - text.data()));
  }
  return ids;
}

std::uint32_t number_of(std::uint32_t id) { return id; }
std::uint32_t number_of(ThingId id) { return id.value; }

template <class Id>
void put_ids(JsonWriter& out, const std::vector<Id>& ids) {
  out.array();
  for (const Id id : ids) out.integer(number_of(id));
  out.end();
}

template <class Id>
std::string text_of(const std::vector<Id>& ids) {
  std::string text;
  JsonWriter out(text);
  put_ids(out, ids);
  return text;
}

}  // namespace

Result<std::vector<Exercise>> read_exercises(sqlite::Database& db, std::size_t most) {
  TRY(auto rows, db.prepare("SELECT id, reason, by, started, until, ended, ended_by, zones, things FROM alarm_exercise "
                            "ORDER BY id DESC LIMIT ?"));
  rows.bind(1, static_cast<std::int64_t>(most));
  std::vector<Exercise> found;
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) return found;
    found.push_back({.id = static_cast<std::uint64_t>(rows.integer(0)),
                     .reason = rows.text(1),
                     .by = rows.text(2),
                     .started = rows.integer(3),
                     .until = rows.integer(4),
                     .ended = rows.integer(5),
                     .ended_by = rows.text(6),
                     .zones = ids_in<std::uint32_t>(rows.text(7)),
                     .things = ids_in<ThingId>(rows.text(8))});
  }
}

Result<> Journal::put_exercise(const Exercise& exercise, const Part& changed, const Position& position) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto put, db_.prepare("INSERT OR REPLACE INTO alarm_exercise (id, reason, by, started, until, ended, ended_by, "
                            "zones, things) VALUES (?,?,?,?,?,?,?,?,?)"));
  put.bind(1, static_cast<std::int64_t>(exercise.id)).bind(2, exercise.reason).bind(3, exercise.by);
  put.bind(4, exercise.started).bind(5, exercise.until);
  if (exercise.ended == 0) put.bind_null(6);
  else put.bind(6, exercise.ended);
  put.bind(7, exercise.ended_by).bind(8, text_of(exercise.zones)).bind(9, text_of(exercise.things));
  TRY_VOID(put.run());
  TRY_VOID(write_rows(changed));
  TRY_VOID(write_position(position, false));
  return transaction.commit();
}

void render(JsonWriter& out, const Exercise& exercise) {
  const auto ms = [](std::int64_t ns) { return Instant{ns}.ms(); };
  out.object().field("id", exercise.id).field("reason", exercise.reason).field("by", exercise.by);
  out.field("started", ms(exercise.started)).field("until", ms(exercise.until)).key("ended");
  if (exercise.ended == 0) out.null();
  else out.integer(ms(exercise.ended));
  out.key("ended_by");
  if (exercise.ended_by.empty()) out.null();
  else out.string(exercise.ended_by);
  out.key("zones");
  put_ids(out, exercise.zones);
  out.key("things");
  put_ids(out, exercise.things);
  out.end();
}

}  // namespace qala::alarms
