#include "alarms/testbed.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace qala::alarms::testing {

using readings::Observation;

ThingId ListDirectory::add_thing(const std::string& key, registry::Kind kind, ThingId parent, ThingId gateway) {
  const ThingId id(static_cast<std::uint32_t>(things_.size() + 1));
  things_[id] = {id, kind, 1, parent, gateway};
  keys_[id] = key;
  return id;
}

DatastreamId ListDirectory::add_stream(ThingId thing, const std::string& key, const std::string& property,
                                       std::int64_t interval_s, const std::string& unit) {
  const DatastreamId id(static_cast<std::uint32_t>(streams_.empty() ? 1 : streams_.rbegin()->first.value + 1));
  streams_[id] = {
      id, thing, things_[thing].kind, 1, "orta", property, keys_[thing] + "/" + key, unit, interval_s * 1000};
  return id;
}

void ListDirectory::remove_stream(DatastreamId id) { streams_.erase(id); }

ThingId ListDirectory::thing_named(std::string_view key) const {
  for (const auto& [id, name] : keys_) {
    if (name == key) return id;
  }
  return {};
}

std::vector<DatastreamId> ListDirectory::streams_named(std::string_view glob) const {
  std::vector<DatastreamId> found;
  for (const auto& [id, facts] : streams_) {
    if (glob_matches(glob, facts.key)) found.push_back(id);
  }
  return found;
}

bool ListDirectory::stream(DatastreamId id, StreamFacts& out) const {
  const auto at = streams_.find(id);
  if (at != streams_.end()) out = at->second;
  return at != streams_.end();
}

bool ListDirectory::thing(ThingId id, ThingFacts& out) const {
  const auto at = things_.find(id);
  if (at != things_.end()) out = at->second;
  return at != things_.end();
}

std::vector<DatastreamId> ListDirectory::streams_of(ThingId thing) const {
  std::vector<DatastreamId> ids;
  for (const auto& [id, facts] : streams_) {
    if (facts.thing == thing) ids.push_back(id);
  }
  return ids;
}

std::size_t ListDirectory::dependants(ThingId thing) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      things_, [&](const auto& entry) { return entry.second.parent == thing || entry.second.gateway == thing; }));
}

std::uint64_t ListStore::add(const std::vector<Observation>& rows) {
  commits_.push_back(rows);
  for (const auto& row : rows) by_stream_[row.datastream][row.time] = row;
  return commits_.size();
}

Result<readings::Appended> ListStore::append(std::span<const readings::Batch* const>, std::string_view) {
  return fail(ErrorKind::internal, "not here");
}

Result<> ListStore::replay(std::uint64_t after, const Replay& each) {
  if (after + 1 < first_) return fail(ErrorKind::invalid, "the log begins later");
  for (std::uint64_t sequence = after + 1; sequence <= commits_.size(); sequence++) {
    readings::Batch batch;
    batch.rows = commits_[sequence - 1];
    TRY_VOID(each(sequence, batch, ""));
  }
  return {};
}

std::vector<readings::Latest> ListStore::latest_all() const {
  std::vector<readings::Latest> all;
  for (const auto& [id, rows] : by_stream_) {
    const Observation& row = rows.rbegin()->second;
    all.push_back({id, row.time, row.type, row.scale, row.flags, row.bits, ""});
  }
  return all;
}

Result<readings::Range> ListStore::range(DatastreamId datastream, readings::Window window, std::size_t limit, bool,
                                         bool newest_first) const {
  readings::Range range;
  const auto at = by_stream_.find(datastream);
  if (at == by_stream_.end()) return range;
  for (const auto& [time, row] : at->second) {
    if (time >= window.from && time < window.to) range.batch.rows.push_back(row);
  }
  if (newest_first) std::ranges::reverse(range.batch.rows);
  if (range.batch.rows.size() > limit) range.batch.rows.resize(limit);
  return range;
}

Result<std::vector<readings::Bucket>> ListStore::buckets(DatastreamId, readings::Window, const readings::Calendar&,
                                                         const Zone&) const {
  return fail(ErrorKind::internal, "not here");
}
Result<> ListStore::buckets_of_many(std::span<const DatastreamId>, readings::Window, const readings::Calendar&,
                                    const Zone&, const EachBuckets&) const {
  return fail(ErrorKind::internal, "not here");
}
Result<std::vector<readings::Exceedance>> ListStore::exceedance(std::span<const DatastreamId>, readings::Window,
                                                                const readings::Calendar&, const Zone&, double) const {
  return fail(ErrorKind::internal, "not here");
}
Result<std::uint64_t> ListStore::count(std::span<const DatastreamId>, readings::Window) const { return 0; }
Result<readings::Range> ListStore::by_id(ObservationId, std::size_t, const Wanted&) const { return readings::Range{}; }
Result<std::size_t> ListStore::erase_readings(std::span<const readings::ReadingKey>) { return 0; }
Result<bool> ListStore::erase_datastream(DatastreamId) { return false; }
Result<std::uint64_t> ListStore::check(const std::function<void(const readings::Damage&)>&) const { return 0; }

Town::Town() : rules(std::make_shared<const std::vector<Rule>>(default_rules())) {}

Town::~Town() { kill(); }

void Town::open() {
  const std::string path = folder_.file("town.db");
  auto db = sqlite::Database::open(path);
  ASSERT_TRUE(db) << db.error().message;
  db_ = std::make_unique<sqlite::Database>(std::move(*db));
  auto opened = RuleEngine::open(*db_, path, directory, clock, rules, options);
  ASSERT_TRUE(opened) << opened.error().message;
  engine = std::move(*opened);
  const auto recovered = engine->recover(store);
  ASSERT_TRUE(recovered) << recovered.error().message;
  engine->add_listener(*this);
}

void Town::kill() {
  engine.reset();
  db_.reset();
}

void Town::use(std::vector<Rule> new_rules) { rules = std::make_shared<const std::vector<Rule>>(std::move(new_rules)); }

void Town::wait(std::int64_t seconds) {
  while (seconds > 0) {
    const std::int64_t step = std::min<std::int64_t>(seconds, 10);
    clock.advance(std::chrono::seconds(step));
    seconds -= step;
    const auto ticked = engine->tick(clock.now());
    ASSERT_TRUE(ticked) << ticked.error().message;
  }
}

void Town::read_at(DatastreamId datastream, double value, Instant at) {
  const std::vector<Observation> rows{reading(datastream, value, at)};
  engine->evaluate(store.add(rows), rows, {});
}

void Town::changed(std::span<const Alarm> alarms) { told.insert(told.end(), alarms.begin(), alarms.end()); }

std::vector<Alarm> Town::tray() const {
  return *engine->board().list({.state = State::open, .limit = 100000, .thing = {}});
}

std::vector<Alarm> Town::everything(State state) const {
  EXPECT_TRUE(engine->apply());
  return *engine->board().list({.state = state, .limit = 100000, .thing = {}});
}

Rule default_rule(std::string_view key) {
  const auto& all = default_rules();
  return *std::ranges::find(all, key, &Rule::key);
}

Observation reading(DatastreamId datastream, double value, Instant at) {
  Observation row;
  row.datastream = datastream;
  row.time = at.ns;
  row.scale = 3;
  row.bits = static_cast<std::int64_t>(std::llround(value * 1000));
  return row;
}

}  // namespace qala::alarms::testing
