#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "alarms/exercise.h"
#include "alarms/model.h"
#include "alarms/steps.h"
#include "base/result.h"
#include "base/sqlite.h"

namespace qala::alarms {

/// Alarms in the tray (Alarm::in_tray) by severity; [0] is unused.
using Counts = std::array<std::uint32_t, 6>;

/// Open alarms that are put aside; out of service counts before shelved.
struct Aside {
  std::uint32_t shelved = 0;
  std::uint32_t out_of_service = 0;
};

enum class State : std::uint8_t { open, closed, all };
std::optional<State> state_from(std::string_view name);

struct Query {
  State state = State::open;
  std::size_t limit = 1000;
  ThingId thing;           ///< none: the whole town
  std::int64_t since = 0;  ///< UTC ns: closed ones only if they ended then or later; 0: all

  /// Which closed ones are left out when they are more than `limit`: the oldest, or the least severe.
  bool newest() const { return thing || since != 0; }
};

/// The open alarms at one moment, immutable. Alarms are shared between snapshots until they change.
struct Snapshot {
  std::vector<std::shared_ptr<const Alarm>> open;  ///< in no particular order, attached ones included
  Counts counts{};
  Counts exercise{};  ///< of the counts: those of an exercise
  Aside aside{};
};

/// (rule, thing) pairs that are not heeded.
using OutOfServiceList = std::shared_ptr<const std::vector<OutOfService>>;

/// What happened to an alarm, oldest first.
struct History {
  std::vector<Step> steps;
  std::size_t left_out = 0;  ///< older steps than the newest kMostSteps
};

/// What people look at. list(), counts() and find() from any thread; publish() by the engine. Open alarms come from a
/// snapshot, closed ones from town.db by a connection of its own (they appear there with the next apply()).
class AlarmBoard {
 public:
  /// `db_path`: town.db; the tables exist already.
  static Result<std::unique_ptr<AlarmBoard>> open(const std::string& db_path);

  /// Most severe first, newest first. An alarm attached to a cause is left out unless `thing` asks for that thing.
  /// When they are more than `limit`, the least severe are left out; of a thing, or since a time, the closed ones that
  /// were raised first.
  Result<std::vector<Alarm>> list(const Query& query) const;
  Counts counts() const;
  Aside aside() const;
  OutOfServiceList out_of_service() const;
  /// The one that runs; nullptr: none.
  std::shared_ptr<const Exercise> exercise() const;
  /// Past ones and the one that runs, newest first.
  Result<std::vector<Exercise>> exercises(std::size_t most) const;
  /// The steps that are written (RuleEngine::apply_some), comments among them.
  Result<History> history(AlarmId id) const;
  static constexpr std::size_t kMostSteps = 1000;
  /// Open or closed; `not_found`.
  Result<Alarm> find(AlarmId id) const;

  std::shared_ptr<const Snapshot> snapshot() const;
  void publish(std::shared_ptr<const Snapshot> snapshot);
  void publish(OutOfServiceList list);
  void publish(std::shared_ptr<const Exercise> exercise);

 private:
  explicit AlarmBoard(sqlite::Database db) : db_(std::move(db)) {}
  Result<std::vector<Alarm>> closed(const Query& query) const;

  mutable std::mutex mutex_;  ///< guards what is published, held for the copy of a pointer
  std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<const Snapshot>();
  OutOfServiceList out_of_service_ = std::make_shared<const std::vector<OutOfService>>();
  std::shared_ptr<const Exercise> exercise_;
  mutable std::mutex db_mutex_;  ///< one reader of closed alarms at a time
  mutable sqlite::Database db_;
};

}  // namespace qala::alarms
