#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "alarms/registry_directory.h"
#include "alarms/testbed.h"
#include "base/zone.h"
#include "readings/embedded_store.h"
#include "no_audit.h"
#include "temporary_folder.h"

namespace qala::alarms::testing {

/// The engine over what `qala serve` gives it: the registry, town.db and the store of readings, in a folder of its own.
class RealTown {
 public:
  RealTown() { open(); }
  ~RealTown() { kill(); }

  void open() {
    auto opened_db = sqlite::Database::open(folder_.file("town.db"));
    ASSERT_TRUE(opened_db) << opened_db.error().message;
    db_ = std::make_unique<sqlite::Database>(std::move(*opened_db));
    registry = *registry::Registry::open(*db_, clock, audit_);
    directory = std::make_unique<RegistryDirectory>(*registry);
    registry->add_listener(*directory);
    auto opened_store = readings::open_embedded(folder_.file("readings"), *Zone::find("Asia/Almaty"), clock,
                                                {.log_segment = 1 << 20, .background = false});
    ASSERT_TRUE(opened_store) << opened_store.error().message;
    store = std::move(*opened_store);
    auto opened = RuleEngine::open(*db_, folder_.file("town.db"), *directory, clock,
                                   std::make_shared<const std::vector<Rule>>(default_rules()));
    ASSERT_TRUE(opened) << opened.error().message;
    engine = std::move(*opened);
    directory->watch(*engine);
    const auto recovered = engine->recover(*store);
    ASSERT_TRUE(recovered) << recovered.error().message;
  }
  /// As kill -9 leaves it: nothing is applied or settled on the way out.
  void kill() {
    engine.reset();
    store.reset();
    directory.reset();
    registry.reset();
    db_.reset();
  }

  ThingId add(const std::string& key, registry::Kind kind, ThingId parent = {}, ThingId gateway = {},
              std::uint32_t zone = 0) {
    const auto made = registry->put_thing(
        {.key = key, .name = key, .kind = kind, .zone = zone, .parent = parent, .gateway = gateway}, actor);
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(ThingId());
  }
  DatastreamId add_stream(ThingId thing, const std::string& key, std::string_view property, std::int64_t interval_s,
                          const std::string& unit = {}) {
    registry::Datastream stream{
        .thing = thing, .key = key, .name = key, .unit = unit, .interval_ms = interval_s * 1000};
    registry->read([&](const registry::Registry::View& view) {
      if (const auto* found = view.property(property)) stream.property = found->id;
    });
    const auto made = registry->put_datastream(stream, actor);
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(DatastreamId());
  }
  template <class Change>
  void change(ThingId id, Change change) {
    registry::Thing thing;
    registry->read([&](const registry::Registry::View& view) { thing = *view.thing(id); });
    change(thing);
    EXPECT_TRUE(registry->put_thing(thing, actor));
  }

  /// One commit, judged as the writer does it.
  void read(DatastreamId datastream, double value) { read_at(datastream, value, clock.now()); }
  void read_at(DatastreamId datastream, double value, Instant at) {
    readings::Batch batch;
    batch.rows.push_back(reading(datastream, value, at));
    const readings::Batch* batches[] = {&batch};
    const auto done = store->append(batches, {});
    ASSERT_TRUE(done) << done.error().message;
    engine->evaluate(done->sequence, batch.rows, done->outcomes);
  }
  /// Commits that no rule has seen: the process died in between.
  void read_unjudged(DatastreamId datastream, double value) {
    readings::Batch batch;
    batch.rows.push_back(reading(datastream, value, clock.now()));
    const readings::Batch* batches[] = {&batch};
    ASSERT_TRUE(store->append(batches, {}));
  }
  /// With a tick every ten seconds.
  void wait(std::int64_t seconds) {
    for (; seconds > 0; seconds -= 10) {
      clock.advance(std::chrono::seconds(10));
      ASSERT_TRUE(engine->tick(clock.now()));
    }
  }
  std::vector<Alarm> tray() const {
    return *engine->board().list({.state = State::open, .limit = 100000, .thing = {}});
  }

  tests::TemporaryFolder folder_;
  FakeClock clock;
  registry::Actor actor{"system", "test"};
  std::unique_ptr<registry::Registry> registry;
  std::unique_ptr<RegistryDirectory> directory;
  std::unique_ptr<readings::ReadingStore> store;
  std::unique_ptr<RuleEngine> engine;

 private:
  tests::NoAudit audit_;
  std::unique_ptr<sqlite::Database> db_;
};

}  // namespace qala::alarms::testing
