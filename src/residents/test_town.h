#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "alarms/engine.h"
#include "alarms/registry_directory.h"
#include "readings/embedded_store.h"
#include "residents/page.h"
#include "no_audit.h"
#include "temporary_folder.h"

namespace qala::residents::test {

/// A town in a folder of its own: registry, store and rules as `qala serve` has them, with a clock that is told.
/// It is Saturday, 17 January 2026, 19:40 in the town.
class Town {
 public:
  Town() {
    db_ = std::make_unique<sqlite::Database>(*sqlite::Database::open(folder_.file("town.db")));
    registry = *registry::Registry::open(*db_, clock, audit_);
    store =
        *readings::open_embedded(folder_.file("readings"), zone, clock, {.log_segment = 1 << 20, .background = false});
    rules = *alarms::RuleBook::open(folder_.file("rules"));
    directory_ = std::make_unique<alarms::RegistryDirectory>(*registry);
    registry->add_listener(*directory_);
    warnings = *warnings::WarningBook::open(*db_, clock, random_, audit_, zone, {.issuer = {.sender = "a@town.kz"}});
    engine = *alarms::RuleEngine::open(*db_, folder_.file("town.db"), *directory_, clock, rules->rules());
    directory_->watch(*engine);
    EXPECT_TRUE(engine->recover(*store));
    page = std::make_unique<Page>(PageContext{.pool = pool,
                                              .clock = clock,
                                              .registry = *registry,
                                              .store = *store,
                                              .board = engine->board(),
                                              .rules = *rules,
                                              .zone = zone,
                                              .town_name = {"Үшөзек", "Ушозек", "Ushozek"},
                                              .warnings = warnings.get()});
  }
  ~Town() {
    pool.stop();
    page.reset();
    warnings.reset();
    engine.reset();
    directory_.reset();
    store.reset();
    registry.reset();
    db_.reset();
  }
  Town(const Town&) = delete;
  Town& operator=(const Town&) = delete;

  std::uint32_t add_zone(const std::string& key, registry::LocalText name) {
    registry::ZoneArea area;
    area.key = key;
    area.name = std::move(name);
    return *registry->put_zone(area, actor);
  }
  ThingId add(const std::string& key, registry::Kind kind, const std::string& street = "", ThingId parent = {}) {
    registry::Thing thing;
    thing.key = key;
    thing.name = key;
    thing.kind = kind;
    thing.zone = zone_id;
    thing.street = street;
    thing.parent = parent;
    auto id = registry->put_thing(thing, actor);
    EXPECT_TRUE(id) << id.error().message;
    return *id;
  }
  DatastreamId measure(ThingId thing, const std::string& property, const std::string& unit = "") {
    registry::Datastream stream;
    stream.thing = thing;
    stream.key = property;
    stream.unit = unit;
    stream.interval_ms = 600'000;
    registry->read([&](const registry::Registry::View& view) { stream.property = view.property(property)->id; });
    auto id = registry->put_datastream(stream, actor);
    EXPECT_TRUE(id) << id.error().message;
    return *id;
  }
  DatastreamId air(const std::string& key) { return measure(add(key, registry::Kind::air_station), "pm2_5"); }

  /// A reading with one decimal, as of `minutes_ago`.
  void read(DatastreamId stream, double value, std::int64_t minutes_ago = 0, std::uint16_t flags = 0) {
    readings::Batch batch;
    batch.rows.push_back({.datastream = stream,
                          .flags = flags,
                          .type = readings::ValueType::decimal,
                          .scale = 1,
                          .time = clock.now().ns - minutes_ago * Instant::kMinute,
                          .bits = static_cast<std::int64_t>(value * 10 + (value < 0 ? -.5 : .5))});
    const readings::Batch* const batches[] = {&batch};
    const auto done = store->append(batches, {});
    ASSERT_TRUE(done) << done.error().message;
    engine->evaluate(done->sequence, batch.rows, done->outcomes);
    ASSERT_TRUE(engine->apply());
  }
  /// The same value twice, with eleven minutes between: for rules that ask how long it lasts.
  void keep_reading(DatastreamId stream, double value) {
    read(stream, value);
    wait(660);
    read(stream, value);
  }
  /// Time goes by, with a tick every ten seconds.
  void wait(std::int64_t seconds) {
    for (; seconds > 0; seconds -= 10) {
      clock.advance(std::chrono::seconds(10));
      ASSERT_TRUE(engine->tick(clock.now()));
    }
  }
  /// Never the kept page.
  std::string html(std::string_view language = "kk") {
    clock.advance(std::chrono::seconds(11));
    return page->render(language);
  }

  tests::TemporaryFolder folder_;
  FakeClock clock{*parse_iso("2026-01-17T14:40:00Z")};
  Zone zone = *Zone::find("Asia/Almaty");
  Worker pool{1, "pool"};
  audit::Actor actor{"user", "aigul"};
  std::uint32_t zone_id = 0;
  std::unique_ptr<registry::Registry> registry;
  std::unique_ptr<readings::ReadingStore> store;
  std::unique_ptr<alarms::RuleBook> rules;
  std::unique_ptr<alarms::RuleEngine> engine;
  std::unique_ptr<warnings::WarningBook> warnings;
  std::unique_ptr<Page> page;

 private:
  tests::NoAudit audit_;
  SeededRandom random_{7};
  std::unique_ptr<sqlite::Database> db_;
  std::unique_ptr<alarms::RegistryDirectory> directory_;
};

}  // namespace qala::residents::test
