#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "alarms/board.h"
#include "alarms/directory.h"
#include "alarms/model.h"
#include "alarms/probe.h"
#include "alarms/rules.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/sqlite.h"
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
  /// A reading that is older than this (or three intervals, if more) when it arrives may clear, but raises nothing:
  /// imported history is not news.
  std::int64_t stale_s = 3600;
  std::uint32_t group_least = 5;     ///< so many children with the same alarm ...
  std::uint32_t group_percent = 30;  ///< ... and this share of all: it is one alarm on the parent
  std::int64_t group_window_s = 900;
  /// When a cause clears, what it explained has so long to clear too, unless a newer reading says that it has not.
  std::int64_t release_s = 900;
};

/// Judges readings by rules and keeps the alarms. Everything here runs on the writer thread; people's queries go to
/// board(), from any thread. `db`, `directory` and `clock` must outlive it.
///
/// Life: open() -> recover() -> evaluate() right after each commit, tick() about once a second, apply() ten times to
/// once a second. What evaluate() finds is held in memory until apply() writes it together with the log sequence it
/// came from; after a crash recover() replays the rest of the log and arrives at the same alarms with the same ids.
/// tick(), acknowledge(), comment() and set_rules() apply before they return: what they change is not in the log.
class RuleEngine {
 public:
  static Result<std::unique_ptr<RuleEngine>> open(sqlite::Database& db, const std::string& db_path,
                                                  const StreamDirectory& directory, const Clock& clock, Rules rules,
                                                  EngineOptions options = {});
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
  /// Whether apply() would write an alarm. What it writes besides (how far, what is pending) the log tells as well.
  virtual bool has_unsaved_alarms() const = 0;
  /// The log sequence that is safely in town.db: ReadingStore::release() may go up to here.
  virtual std::uint64_t applied() const = 0;

  /// `not_found`; `conflict` if it is acknowledged already. A comment that is empty is not added.
  virtual Result<Alarm> acknowledge(AlarmId id, std::string_view by, std::string_view comment) = 0;
  /// `not_found`; `invalid` if the text is empty or longer than 4,000 bytes.
  virtual Result<Alarm> comment(AlarmId id, std::string_view by, std::string_view text) = 0;

  /// Other rules from here on. Alarms of rules that are gone or disabled clear.
  virtual Result<> set_rules(Rules rules) = 0;
  /// The registry changed: what applies to this datastream is worked out again; removed ones clear.
  virtual void datastream_changed(DatastreamId id) = 0;
  virtual void thing_changed(ThingId id) = 0;

  virtual void add_listener(AlarmListener& listener) = 0;
  virtual const AlarmBoard& board() const = 0;
  virtual Probe probe() const = 0;
};

}  // namespace qala::alarms
