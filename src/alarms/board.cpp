#include "alarms/board.h"

#include <algorithm>
#include <unordered_set>

#include "alarms/journal.h"

namespace qala::alarms {

std::optional<State> state_from(std::string_view name) {
  if (name == "open") return State::open;
  if (name == "closed") return State::closed;
  if (name == "all") return State::all;
  return std::nullopt;
}

namespace {

bool goes_first(const Alarm& a, const Alarm& b) {
  if (a.severity != b.severity) return a.severity < b.severity;
  if (a.raised != b.raised) return a.raised > b.raised;
  return a.id > b.id;
}

bool wanted(const Alarm& alarm, const Query& query) { return query.thing ? alarm.thing == query.thing : !alarm.cause; }

}  // namespace

Result<std::unique_ptr<AlarmBoard>> AlarmBoard::open(const std::string& db_path) {
  TRY(auto db, sqlite::Database::open(db_path, {.read_only = true, .durable = true, .cache_kib = 256}));
  return std::unique_ptr<AlarmBoard>(new AlarmBoard(std::move(db)));
}

std::shared_ptr<const Snapshot> AlarmBoard::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

void AlarmBoard::publish(std::shared_ptr<const Snapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  snapshot_.swap(snapshot);
}

void AlarmBoard::publish(OutOfServiceList list) {
  const std::lock_guard lock(mutex_);
  out_of_service_.swap(list);
}

void AlarmBoard::publish(std::shared_ptr<const Exercise> exercise) {
  const std::lock_guard lock(mutex_);
  exercise_.swap(exercise);
}

std::shared_ptr<const Exercise> AlarmBoard::exercise() const {
  const std::lock_guard lock(mutex_);
  return exercise_;
}

Result<std::vector<Exercise>> AlarmBoard::exercises(std::size_t most) const {
  const std::lock_guard lock(db_mutex_);
  return read_exercises(db_, most);
}

Counts AlarmBoard::counts() const { return snapshot()->counts; }
Aside AlarmBoard::aside() const { return snapshot()->aside; }

OutOfServiceList AlarmBoard::out_of_service() const {
  const std::lock_guard lock(mutex_);
  return out_of_service_;
}

Result<std::vector<Alarm>> AlarmBoard::list(const Query& query) const {
  std::vector<Alarm> alarms;
  const auto now = snapshot();
  if (query.state != State::closed) {
    std::vector<const Alarm*> open;
    for (const auto& alarm : now->open) {
      if (wanted(*alarm, query)) open.push_back(alarm.get());
    }
    const std::size_t take = std::min(query.limit, open.size());
    std::ranges::partial_sort(open, open.begin() + static_cast<std::ptrdiff_t>(take),
                              [](const Alarm* a, const Alarm* b) { return goes_first(*a, *b); });
    for (std::size_t i = 0; i < take; i++) alarms.push_back(*open[i]);
  }
  if (query.state == State::open) return alarms;
  TRY(auto past, closed(query));
  std::unordered_set<AlarmId> still_open;
  for (const auto& alarm : now->open) still_open.insert(alarm->id);
  std::erase_if(past, [&](const Alarm& alarm) { return still_open.contains(alarm.id); });
  if (query.newest()) past.resize(std::min(past.size(), query.limit - alarms.size()));
  alarms.insert(alarms.end(), std::make_move_iterator(past.begin()), std::make_move_iterator(past.end()));
  std::ranges::sort(alarms, goes_first);
  if (alarms.size() > query.limit) alarms.resize(query.limit);
  return alarms;
}

Result<std::vector<Alarm>> AlarmBoard::closed(const Query& query) const {
  const std::lock_guard lock(db_mutex_);
  std::string which = query.thing ? " AND thing = ?2" : " AND cause IS NULL";
  if (query.since != 0) which += " AND cleared >= ?3";
  const char* const order = query.newest() ? " ORDER BY raised DESC" : " ORDER BY severity, raised DESC";
  TRY(auto rows, db_.prepare(std::string("SELECT ") + kAlarmColumns + " FROM alarm WHERE open = 0" + which + order +
                             ", id DESC LIMIT ?1"));
  rows.bind(1, static_cast<std::int64_t>(std::min<std::size_t>(query.limit, 100'000)));
  if (query.thing) rows.bind(2, std::int64_t{query.thing.value});
  if (query.since != 0) rows.bind(3, query.since);
  std::vector<Alarm> alarms;
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) break;
    alarms.push_back(read_alarm(rows));
  }
  for (auto& alarm : alarms) TRY_VOID(read_comments(db_, alarm));
  return alarms;
}

Result<Alarm> AlarmBoard::find(AlarmId id) const {
  for (const auto& alarm : snapshot()->open) {
    if (alarm->id == id) return *alarm;
  }
  const std::lock_guard lock(db_mutex_);
  TRY(auto row, db_.prepare(std::string("SELECT ") + kAlarmColumns + " FROM alarm WHERE id = ?"));
  row.bind(1, static_cast<std::int64_t>(id.value));
  TRY(const bool any, row.step());
  if (!any) return fail(ErrorKind::not_found, "there is no alarm " + std::to_string(id.value));
  Alarm alarm = read_alarm(row);
  TRY_VOID(read_comments(db_, alarm));
  return alarm;
}

Result<History> AlarmBoard::history(AlarmId id) const {
  const std::lock_guard lock(db_mutex_);
  return read_history(db_, id, kMostSteps);
}

}  // namespace qala::alarms
