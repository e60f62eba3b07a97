#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "alarms/model.h"
#include "base/result.h"
#include "base/sqlite.h"

namespace qala::alarms {

/// A datastream that is over a limit, but not long enough yet.
struct Pending {
  std::int64_t since = 0;  ///< phenomenon time, ns
  double value = 0;
};

/// How far the log has been judged, and by which clock.
struct Position {
  std::uint64_t sequence = 0;
  std::uint64_t next_id = 1;
  std::int64_t clock_ns = 0;  ///< when that was: a replay judges by it what was news
};

struct PendingChange {
  DatastreamId datastream;
  std::string rule;
  bool gone = false;
  Pending pending;
};

/// Tables `alarm`, `alarm_comment`, `alarm_pending`, `alarm_position` of town.db. Writer thread; `db` must outlive it.
class Journal {
 public:
  static Result<std::unique_ptr<Journal>> open(sqlite::Database& db);

  struct Loaded {
    std::vector<Alarm> open;
    std::vector<PendingChange> pending;
    Position position;
  };
  Result<Loaded> load();
  /// Everything or nothing, durable when it returns.
  Result<> write(const std::map<AlarmId, std::shared_ptr<const Alarm>>& alarms,
                 const std::vector<PendingChange>& pending, const Position& position);
  /// For an alarm that is closed already.
  Result<> add_comment(AlarmId alarm, std::size_t number, const Comment& comment);

 private:
  explicit Journal(sqlite::Database& db) : db_(db) {}
  Result<> prepare();
  Result<> write_alarm(const Alarm& alarm);
  Result<> write_pending(const PendingChange& change);

  sqlite::Database& db_;
  sqlite::Statement put_alarm_, put_comment_, put_pending_, drop_pending_, put_position_;
};

/// Columns of table `alarm` in the order that read_alarm() wants.
extern const char* const kAlarmColumns;
Alarm read_alarm(const sqlite::Statement& row);
Result<> read_comments(sqlite::Database& db, Alarm& alarm);

}  // namespace qala::alarms
