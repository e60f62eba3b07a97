#include "alarms/search.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "alarms/journal.h"

namespace qala::alarms {

namespace {

Result<sqlite::Database> open(const std::string& path) {
  return sqlite::Database::open(path, {.read_only = true, .durable = true, .cache_kib = 1024});
}

Result<std::unordered_set<std::int64_t>> commented(sqlite::Database& db, const ClosedSearch& search) {
  std::unordered_set<std::int64_t> said;
  TRY(auto comments, db.prepare("SELECT alarm, text FROM alarm_comment"));
  for (;;) {
    TRY(const bool more, comments.step());
    if (!more) return said;
    if (search.says(comments.text(1))) said.insert(comments.integer(0));
  }
}

Result<std::vector<Alarm>> read_all(sqlite::Database& db, const std::vector<std::int64_t>& ids) {
  std::vector<Alarm> alarms;
  TRY(auto row, db.prepare(std::string("SELECT ") + kAlarmColumns + " FROM alarm WHERE id = ?"));
  for (const std::int64_t id : ids) {
    row.bind(1, id);
    TRY(const bool any, row.step());
    if (any) alarms.push_back(read_alarm(row));
    row.reset();
  }
  for (auto& alarm : alarms) TRY_VOID(read_comments(db, alarm));
  return alarms;
}

bool goes_first(const Alarm& a, const Alarm& b) {
  if (a.severity != b.severity) return a.severity < b.severity;
  return a.raised != b.raised ? a.raised > b.raised : a.id > b.id;
}

}  // namespace

Result<std::vector<Alarm>> search_closed(const std::string& db_path, const ClosedSearch& search) {
  TRY(auto db, open(db_path));
  TRY(const auto said, commented(db, search));
  std::unordered_map<std::string, bool> known;
  std::vector<std::int64_t> ids;
  // Ids rise with time.
  TRY(auto rows,
      db.prepare("SELECT id, rule, thing FROM alarm WHERE open = 0 AND cause IS NULL ORDER BY id DESC LIMIT ?"));
  rows.bind(1, kMostSearched);
  while (ids.size() < search.limit) {
    TRY(const bool more, rows.step());
    if (!more) break;
    const std::string rule = rows.text(1);
    const auto thing = static_cast<std::uint32_t>(rows.integer(2));
    const auto [place, fresh] = known.try_emplace(rule + '\n' + std::to_string(thing), false);
    if (fresh) place->second = search.about(rule, ThingId(thing));
    if (place->second || said.contains(rows.integer(0))) ids.push_back(rows.integer(0));
  }
  rows.reset();
  return read_all(db, ids);
}

Result<std::vector<Alarm>> list_raised(const AlarmBoard& board, const std::string& db_path, const Query& query,
                                       const Period& period) {
  std::vector<Alarm> alarms;
  std::unordered_set<std::int64_t> open_ids;
  const auto wanted = [&](const Alarm& alarm) {
    if (alarm.raised < period.from || alarm.raised >= period.to) return false;
    return query.thing ? alarm.thing == query.thing : !alarm.cause;
  };
  for (const auto& alarm : board.snapshot()->open) {
    open_ids.insert(static_cast<std::int64_t>(alarm->id.value));
    if (query.state != State::closed && wanted(*alarm)) alarms.push_back(*alarm);
  }
  if (query.state != State::open) {
    TRY(auto db, open(db_path));
    std::vector<std::int64_t> ids;
    TRY(auto rows, db.prepare(std::string("SELECT id FROM alarm WHERE open = 0 AND raised >= ?1 AND raised < ?2 AND ") +
                              (query.thing ? "thing = ?3" : "cause IS NULL") +
                              " ORDER BY severity, raised DESC, id DESC LIMIT ?4"));
    rows.bind(1, period.from).bind(2, period.to).bind(4, static_cast<std::int64_t>(query.limit));
    if (query.thing) rows.bind(3, std::int64_t{query.thing.value});
    for (;;) {
      TRY(const bool more, rows.step());
      if (!more) break;
      if (!open_ids.contains(rows.integer(0))) ids.push_back(rows.integer(0));
    }
    TRY(auto past, read_all(db, ids));
    alarms.insert(alarms.end(), std::make_move_iterator(past.begin()), std::make_move_iterator(past.end()));
  }
  std::ranges::sort(alarms, goes_first);
  if (alarms.size() > query.limit) alarms.resize(query.limit);
  return alarms;
}

}  // namespace qala::alarms
