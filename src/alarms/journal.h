#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alarms/board.h"
#include "alarms/model.h"
#include "alarms/steps.h"
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

/// What one transaction writes: a share of a large write, or all of a small one.
struct Part {
  std::vector<std::shared_ptr<const Alarm>> alarms;
  std::vector<Step> steps;
  std::vector<PendingChange> pending;
  std::size_t size() const { return alarms.size() + steps.size() + pending.size(); }
};

/// Tables `alarm*` of town.db. Writer thread; `db` must outlive it.
///
/// A small write is one transaction. A large one (a thousand alarms in a second) must neither hold up the writer nor be
/// seen by halves after a crash: its parts are staged as JSON in `alarm_batch`, a transaction each; with
/// commit_staged() they are in force together with the position; then they are spread over the tables, again a
/// transaction each. A start completes what was committed and forgets what was not.
class Journal {
 public:
  static Result<std::unique_ptr<Journal>> open(sqlite::Database& db);

  struct Loaded {
    std::vector<Alarm> open;
    std::vector<PendingChange> pending;
    std::vector<OutOfService> out_of_service;
    std::optional<Exercise> exercise;  ///< that was not ended
    std::uint64_t last_exercise = 0;
    Position position;
  };
  Result<Loaded> load();
  /// Everything or nothing, durable when it returns.
  Result<> write(const Part& all, const Position& position);
  Result<> stage(std::size_t number, const Part& part);
  Result<> commit_staged(const Position& position);
  Result<> spread(std::size_t number, const Part& part);
  /// For an alarm that is closed already.
  Result<> add_comment(AlarmId alarm, std::size_t number, const Comment& comment);
  /// With what it does to alarms that are open.
  Result<> put_out_of_service(const OutOfService& entry, const Part& changed, const Position& position);
  /// Begun, or ended.
  Result<> put_exercise(const Exercise& exercise, const Part& changed, const Position& position);
  Result<> drop_out_of_service(const OutOfService& entry, const Part& changed, const Position& position);

 private:
  explicit Journal(sqlite::Database& db) : db_(db) {}
  Result<> prepare();
  Result<> complete_batch();
  Result<> write_rows(const Part& part);
  Result<> write_position(const Position& position, bool batch);
  Result<> write_alarm(const Alarm& alarm);
  Result<> write_step(const Step& step);
  Result<> write_pending(const PendingChange& change);

  sqlite::Database& db_;
  sqlite::Statement put_alarm_, put_comment_, put_step_, put_pending_, drop_pending_, put_position_;
};

/// Columns of table `alarm` in the order that read_alarm() wants. New ones come last: a batch that an older version
/// staged is read with them missing.
extern const char* const kAlarmColumns;
Alarm read_alarm(const sqlite::Statement& row);
Result<> read_comments(sqlite::Database& db, Alarm& alarm);
/// Newest first.
Result<std::vector<Exercise>> read_exercises(sqlite::Database& db, std::size_t most);
/// The newest `most` steps and all comments, oldest first.
Result<History> read_history(sqlite::Database& db, AlarmId id, std::size_t most);

}  // namespace qala::alarms
