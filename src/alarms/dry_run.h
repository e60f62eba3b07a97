#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alarms/engine.h"
#include "alarms/registry_directory.h"
#include "base/json_writer.h"
#include "base/zone.h"

namespace qala::alarms {

/// What a rule would have done in the past.
struct DryRunResult {
  struct Example {
    ThingId thing;
    DatastreamId datastream;  ///< none: the thing as a whole
    std::int64_t raised = 0, cleared = 0;  ///< UTC ns; 0: still active at the end
    double value = 0;
  };
  std::uint64_t fired = 0, readings = 0, datastreams = 0;
  std::map<ThingId, std::uint64_t> things;     ///< on which it fired, how often
  std::map<std::int64_t, std::uint64_t> days;  ///< fired by day, UTC ns of the day's start in the town
  std::vector<Example> examples;               ///< the first ones
  bool complete = false;                       ///< false: it took too long, true up to `until`
  std::int64_t until = 0;
};
void render(JsonWriter& out, const DryRunResult& result);

/// Plays stored readings to an engine that has this one rule and writes nothing: the judging is the live one's own. On
/// the pool, step by step; between two steps the caller may give up. A step holds at most kMostRows readings in memory
/// and takes some tens of milliseconds. `registry` and `store` must outlive it.
class DryRun final : private AlarmListener {
 public:
  struct Question {
    Rule rule;
    readings::Window window;
    std::size_t examples = 20;
    Zone zone;
    registry::Point place;
    std::int64_t most_ns = 15 * Instant::kSecond;  ///< of work
  };
  static constexpr std::size_t kMostRows = 200'000;

  DryRun(Question question, const registry::Registry& registry, const readings::ReadingStore& store,
         const Clock& clock);
  /// True: there is more to do.
  Result<bool> step();
  const DryRunResult& result() const { return result_; }
  /// So much of the window is done.
  int percent() const;

 private:
  /// The time of the readings.
  class PastClock final : public Clock {
   public:
    explicit PastClock(std::int64_t at) : at_(at) {}
    Instant now() const override { return Instant{at_}; }
    std::int64_t monotonic_ns() const override { return at_; }
    void set(std::int64_t at) { at_ = std::max(at_, at); }

   private:
    std::int64_t at_;
  };

  void changed(std::span<const Alarm> alarms) override;
  Result<bool> read_some(std::int64_t until, std::vector<readings::Observation>& rows) const;
  Result<> tick_until(std::int64_t at);

  Question question_;
  const readings::ReadingStore& store_;
  const Clock& real_clock_;
  RegistryDirectory directory_;
  PastClock clock_;
  std::unique_ptr<RuleEngine> engine_;
  std::vector<DatastreamId> streams_;
  std::int64_t at_ = 0, span_ = 0, next_tick_ = 0, worked_ns_ = 0;
  std::uint64_t sequence_ = 0;
  struct Seen {
    std::uint32_t count = 0;
    std::size_t example = SIZE_MAX;
  };
  std::unordered_map<AlarmId, Seen> seen_;
  DryRunResult result_;
};

}  // namespace qala::alarms
