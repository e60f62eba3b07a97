#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alarms/engine.h"
#include "base/clock.h"
#include "temporary_folder.h"

namespace qala::alarms::testing {

/// Things and datastreams from a list, for tests.
class ListDirectory final : public StreamDirectory {
 public:
  ThingId add_thing(const std::string& key, registry::Kind kind, ThingId parent = {}, ThingId gateway = {});
  DatastreamId add_stream(ThingId thing, const std::string& key, const std::string& property,
                          std::int64_t interval_s = 600, const std::string& unit = "");
  void remove_stream(DatastreamId id);
  StreamFacts& facts(DatastreamId id) { return streams_.at(id); }
  ThingId thing_named(std::string_view key) const;
  std::vector<DatastreamId> streams_named(std::string_view glob) const;
  const std::string& key_of(ThingId thing) const { return keys_.at(thing); }

  bool stream(DatastreamId id, StreamFacts& out) const override;
  bool thing(ThingId id, ThingFacts& out) const override;
  std::vector<DatastreamId> streams_of(ThingId thing) const override;
  std::size_t dependants(ThingId thing) const override;

 private:
  std::map<ThingId, ThingFacts> things_;
  std::map<ThingId, std::string> keys_;
  std::map<DatastreamId, StreamFacts> streams_;
};

/// A store that is only a list of commits: what recovery needs of one.
class ListStore final : public readings::ReadingStore {
 public:
  std::uint64_t add(const std::vector<readings::Observation>& rows);
  void forget_log_until(std::uint64_t sequence) { first_ = sequence + 1; }

  Result<readings::Appended> append(std::span<const readings::Batch* const>, std::string_view) override;
  void release(std::uint64_t) override {}
  Result<> replay(std::uint64_t after, const Replay& each) override;
  std::uint64_t last_sequence() const override { return commits_.size(); }
  std::vector<readings::Latest> latest(std::span<const DatastreamId>) const override { return latest_all(); }
  std::vector<readings::Latest> latest_all() const override;
  Result<readings::Range> range(DatastreamId datastream, readings::Window window, std::size_t limit, bool with_ids,
                                bool newest_first) const override;
  Result<std::vector<readings::Bucket>> buckets(DatastreamId, readings::Window, const readings::Calendar&,
                                                const Zone&) const override;
  Result<> buckets_of_many(std::span<const DatastreamId>, readings::Window, const readings::Calendar&, const Zone&,
                           const EachBuckets&) const override;
  Result<std::vector<readings::Exceedance>> exceedance(std::span<const DatastreamId>, readings::Window,
                                                       const readings::Calendar&, const Zone&, double) const override;
  Result<std::uint64_t> count(std::span<const DatastreamId>, readings::Window) const override;
  Result<readings::Range> by_id(ObservationId, std::size_t, const Wanted&) const override;
  std::optional<readings::Window> span_of(DatastreamId) const override { return std::nullopt; }
  Result<std::size_t> erase_readings(std::span<const readings::ReadingKey>) override;
  Result<bool> erase_datastream(DatastreamId) override;
  Result<> expire(std::span<const DatastreamId>, std::int64_t) override { return {}; }
  Result<> backup(const std::string&) override { return {}; }
  Result<std::uint64_t> check(const std::function<void(const readings::Damage&)>&) const override;
  readings::StoreHealth health() const override { return {}; }
  Result<> settle() override { return {}; }

 private:
  std::vector<std::vector<readings::Observation>> commits_;
  std::uint64_t first_ = 1;
  std::map<DatastreamId, std::map<std::int64_t, readings::Observation>> by_stream_;
};

/// A town with a clock that is told, a store, town.db in a folder of its own and the engine over them.
class Town : public AlarmListener {
 public:
  Town();
  ~Town() override;

  void open();            ///< as `qala serve` does; with what is on the disk
  void kill();            ///< the engine is gone, as by kill -9; what was not applied is lost
  void use(std::vector<Rule> rules);
  void wait(std::int64_t seconds);  ///< with a tick every ten seconds
  void read(DatastreamId datastream, double value) { read_at(datastream, value, clock.now()); }
  void read_at(DatastreamId datastream, double value, Instant at);
  void changed(std::span<const Alarm> alarms) override;

  /// Unattached open alarms, as the tray shows them.
  std::vector<Alarm> tray() const;
  std::vector<Alarm> everything(State state = State::all) const;

  tests::TemporaryFolder folder_;
  FakeClock clock;
  ListDirectory directory;
  ListStore store;
  Rules rules;
  EngineOptions options;
  std::unique_ptr<RuleEngine> engine;
  std::vector<Alarm> told;  ///< what listeners heard, in order

 private:
  std::unique_ptr<sqlite::Database> db_;
};

/// One of the built-in rules, to be changed.
Rule default_rule(std::string_view key);
/// value as a decimal with three places
readings::Observation reading(DatastreamId datastream, double value, Instant at);

}  // namespace qala::alarms::testing
