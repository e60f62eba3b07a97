#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alarms/board.h"
#include "alarms/directory.h"
#include "alarms/model.h"
#include "alarms/probe.h"
#include "alarms/rules.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/sqlite.h"
#include "base/zone.h"
#include "readings/store.h"

namespace qala::alarms {

/// Told of every alarm that changed, whole, on the writer thread, at the end of the call that changed it.
class AlarmListener {
 public:
  virtual ~AlarmListener() = default;
  virtual void changed(std::span<const Alarm> alarms) = 0;
};

struct EngineOptions {
  registry::Point place{71.0, 52.0};  ///< of the town: decides when it is night
  std::optional<Zone> zone;           ///< of the town: schedules and quiet times are in its hours; none: UTC
  /// A reading that is older than this (or three intervals, if more) when it arrives may clear, but raises nothing:
  /// imported history is not news.
  std::int64_t stale_s = 3600;
  std::uint32_t group_least = 5;     ///< so many children with the same alarm ...
  std::uint32_t group_percent = 30;  ///< ... and this share of all: it is one alarm on the parent
  std::int64_t group_window_s = 900;
  /// When a cause clears, what it explained has so long to clear too, unless a newer reading says that it has not.
  std::int64_t release_s = 900;
  std::int64_t shelve_at_most_s = 12 * 3600;
  /// By severity: unacknowledged for so long, an alarm is escalated; 0: never. [0] is unused.
  std::array<std::int64_t, 6> escalate_s{0, 300, 900, 0, 0, 0};
  audit::AuditSink* audit = nullptr;  ///< what people do is recorded here before it counts; nullptr: in tests
};

/// What became of the alarms that someone acknowledged together.
struct Acknowledged {
  std::vector<AlarmId> done, already, unknown;  ///< already: acknowledged or closed
};

/// What an exercise is to raise.
struct Staged {
  std::string rule;
  ThingId thing;
  DatastreamId datastream = {};  ///< none: the first that the rule reaches
  double value = std::numeric_limits<double>::quiet_NaN();  ///< NaN: a tenth beyond the limit
};

/// Judges readings by rules and keeps the alarms. Everything here runs on the writer thread; people's queries go to
/// board(), from any thread. `db`, `directory` and `clock` must outlive it.
///
/// Life: open() -> recover() -> evaluate() right after each commit, tick() about once a second, apply_some() until
/// nothing is left, ten times to once a second. What evaluate() finds is held in memory until it is written together
/// with the log sequence it came from; after a crash recover() replays the rest of the log and arrives at the same
/// alarms with the same ids. What tick() finds the next tick would find again.
/// What people do is durable and audited when the call returns, or has not happened. It waits for everything found
/// before it to be written: call apply_some() until it gives false first, or the writer is held up by a large write.
///
/// Errors of people's calls: `invalid` begins with the field ("reason: ..."), `conflict` with a code ("closed: ...").
class RuleEngine {
 public:
  static Result<std::unique_ptr<RuleEngine>> open(sqlite::Database& db, const std::string& db_path,
                                                  const StreamDirectory& directory, const Clock& clock, Rules rules,
                                                  EngineOptions options = {});
  /// One that judges and remembers nothing on disk: for trying rules. Neither recover() nor board() nor what people do.
  static std::unique_ptr<RuleEngine> rehearse(const StreamDirectory& directory, const Clock& clock, Rules rules,
                                              EngineOptions options);
  virtual ~RuleEngine() = default;

  /// Takes the newest readings from the store and replays its log from applied() on. Once, before the first evaluate().
  virtual Result<> recover(readings::ReadingStore& store) = 0;

  /// All rows of one commit in one or several calls with the same sequence. `outcomes` may be empty: all stored.
  virtual void evaluate(std::uint64_t sequence, std::span<const readings::Observation> rows,
                        std::span<const readings::Outcome> outcomes) = 0;
  /// Silence, durations that passed without a further reading, causes that cleared. Never scans all datastreams.
  virtual Result<> tick(Instant now) = 0;
  /// Writes what evaluate() changed and the sequence it has reached, in one transaction. Not inside a transaction of
  /// the caller. On failure everything is kept and tried again.
  virtual Result<> apply() = 0;
  /// One step of apply(): at most kMostAtOnce rows, one transaction. True: there is more to write.
  virtual Result<bool> apply_some() = 0;
  static constexpr std::size_t kMostAtOnce = 128;
  /// Whether apply() would write an alarm. What it writes besides (how far, what is pending) the log tells as well.
  virtual bool has_unsaved_alarms() const = 0;
  /// The log sequence that is safely in town.db: ReadingStore::release() may go up to here.
  virtual std::uint64_t applied() const = 0;

  /// `not_found`; `conflict` if it is acknowledged or closed already. A comment that is empty is not added.
  virtual Result<Alarm> acknowledge(AlarmId id, const audit::Actor& by, std::string_view comment) = 0;
  /// At most kMostAtOnce / 4 at once: one audit entry, one transaction.
  virtual Result<Acknowledged> acknowledge(std::span<const AlarmId> ids, const audit::Actor& by,
                                           std::string_view comment) = 0;
  /// `not_found`; `invalid` if the text is empty or longer than 4,000 bytes. Closed alarms take comments too.
  virtual Result<Alarm> comment(AlarmId id, const audit::Actor& by, std::string_view text) = 0;
  /// Puts an alarm aside until `until`; a shelved one gets the new time. `invalid`: "until", "too_long", "reason";
  /// `conflict`: "closed", "explained" (by another: that one is to be shelved).
  virtual Result<Alarm> shelve(AlarmId id, const audit::Actor& by, Instant until, std::string_view reason) = 0;
  /// `conflict`: "not_shelved".
  virtual Result<Alarm> unshelve(AlarmId id, const audit::Actor& by) = 0;
  /// An empty name: to nobody. The caller knows that there is such a user. `conflict`: "closed".
  virtual Result<Alarm> assign(AlarmId id, const audit::Actor& by, std::string_view assignee) = 0;
  /// Whatever the rule raises on the thing from here on is put aside, until return_to_service(). `invalid`: "reason",
  /// "rule"; `conflict`: "already_out_of_service".
  virtual Result<OutOfService> take_out_of_service(std::string_view rule, ThingId thing, const audit::Actor& by,
                                                   std::string_view reason) = 0;
  /// `not_found`: it is in service.
  virtual Result<> return_to_service(std::string_view rule, ThingId thing, const audit::Actor& by) = 0;

  /// Reason, until, zones and things are taken from `wanted`. `invalid`: "reason", "until", "too_long", "things";
  /// `conflict`: "running".
  virtual Result<Exercise> begin_exercise(Exercise wanted, const audit::Actor& by) = 0;
  /// Clears what it raised, step by step from the next tick() on. `not_found`: none runs.
  virtual Result<> end_exercise(const audit::Actor& by) = 0;
  /// Raised as if a reading had: durable with the next apply(). `not_found`: no exercise, no thing; `conflict`:
  /// "out_of_scope", "rule_not_here", "raises_nothing" (a value within the limit), "already_raised".
  virtual Result<Alarm> raise_in_exercise(const Staged& staged, const audit::Actor& by) = 0;
  /// Its condition is over. `conflict`: "not_exercise", "closed".
  virtual Result<Alarm> clear_in_exercise(AlarmId id, const audit::Actor& by) = 0;
  static constexpr std::int64_t kLongestExercise = 24 * Instant::kHour;

  /// Other rules from here on. Alarms of rules that are gone or disabled clear.
  virtual Result<> set_rules(Rules rules) = 0;
  /// By which readings are judged. Writer thread.
  virtual Rules rules() const = 0;
  /// The registry changed: what applies to this datastream is worked out again; removed ones clear.
  virtual void datastream_changed(DatastreamId id) = 0;
  virtual void thing_changed(ThingId id) = 0;

  virtual void add_listener(AlarmListener& listener) = 0;
  virtual const AlarmBoard& board() const = 0;
  virtual const EngineOptions& options() const = 0;  ///< any thread
  virtual Probe probe() const = 0;
};

/// set_rules() with what the book says, if readings are judged by others: one that failed is made up for. Writer
/// thread.
Result<> keep_in_force(const RuleBook& book, RuleEngine& engine);

}  // namespace qala::alarms
