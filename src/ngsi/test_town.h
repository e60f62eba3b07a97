#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "alarms/engine.h"
#include "alarms/registry_directory.h"
#include "ngsi/reader.h"
#include "no_audit.h"
#include "readings/embedded_store.h"
#include "readings/test_store.h"
#include "registry/json_tree.h"
#include "temporary_folder.h"

namespace qala::ngsi::test {

using Json = registry::JsonValue;

/// A town in a folder of its own: registry, store, rules and alarms as `qala serve` has them, with a clock that is
/// told. It is Saturday, 17 January 2026, 19:40 in the town.
class TestTown {
 public:
  TestTown() {
    db_ = std::make_unique<sqlite::Database>(*sqlite::Database::open(folder_.file("town.db")));
    registry = *registry::Registry::open(*db_, clock, audit_);
    store = std::make_unique<readings::test::WatchedStore>(
        *readings::open_embedded(folder_.file("readings"), zone, clock, {.log_segment = 1 << 20, .background = false}));
    rules = *alarms::RuleBook::open(folder_.file("rules"));
    directory_ = std::make_unique<alarms::RegistryDirectory>(*registry);
    registry->add_listener(*directory_);
    engine = *alarms::RuleEngine::open(*db_, folder_.file("town.db"), *directory_, clock, rules->rules());
    directory_->watch(*engine);
    EXPECT_TRUE(engine->recover(*store));
    reader = std::make_unique<Reader>(Town{.registry = *registry,
                                           .store = *store,
                                           .board = engine->board(),
                                           .rules = *rules,
                                           .clock = clock,
                                           .name = "Үшөзек"});
  }
  ~TestTown() {
    reader.reset();
    engine.reset();
    directory_.reset();
    store.reset();
    registry.reset();
  }
  TestTown(const TestTown&) = delete;
  TestTown& operator=(const TestTown&) = delete;

  ThingId add(const std::string& key, registry::Kind kind, const std::string& properties = "{}") {
    registry::Thing thing;
    thing.key = key;
    thing.kind = kind;
    thing.location = registry::Point{70.95, 51.99};
    thing.properties = properties;
    return put(std::move(thing));
  }
  ThingId put(registry::Thing thing) {
    auto id = registry->put_thing(std::move(thing), actor);
    EXPECT_TRUE(id) << id.error().message;
    return id.value_or(ThingId());
  }
  DatastreamId measure(ThingId thing, const std::string& property, const std::string& unit = "",
                       const std::string& key = "", std::int64_t interval_ms = 600'000) {
    registry::Datastream stream;
    stream.thing = thing;
    stream.key = key.empty() ? property : key;
    stream.unit = unit;
    stream.interval_ms = interval_ms;
    registry->read([&](const registry::Registry::View& view) { stream.property = view.property(property)->id; });
    auto id = registry->put_datastream(stream, actor);
    EXPECT_TRUE(id) << id.error().message;
    return id.value_or(DatastreamId());
  }

  /// A reading with one decimal, as of `minutes_ago`.
  void read(DatastreamId stream, double value, std::int64_t minutes_ago = 0, std::uint16_t flags = 0,
            std::int64_t interval_ns = 0) {
    readings::Batch batch;
    batch.rows.push_back({.datastream = stream,
                          .flags = flags,
                          .type = readings::ValueType::decimal,
                          .scale = 1,
                          .time = clock.now().ns - minutes_ago * Instant::kMinute,
                          .bits = static_cast<std::int64_t>(value * 10 + (value < 0 ? -.5 : .5))});
    if (interval_ns > 0)
      batch.extras.push_back(
          {.row = 0, .result_time = 0, .interval_end = batch.rows[0].time + interval_ns, .parameters = {}});
    const readings::Batch* const batches[] = {&batch};
    const auto done = store->append(batches, {});
    ASSERT_TRUE(done) << done.error().message;
    engine->evaluate(done->sequence, batch.rows, done->outcomes);
    ASSERT_TRUE(engine->apply());
  }
  alarms::Rule rule(const std::string& key, registry::Kind kind, const std::string& property,
                    alarms::Comparison comparison, double limit, double clear) {
    alarms::Rule out;
    out.key = key;
    out.name = {key, key, key};
    out.kind = kind;
    out.property = property;
    out.comparison = comparison;
    out.limit = limit;
    out.clear = clear;
    return out;
  }
  void take(const std::vector<alarms::Rule>& all) {
    for (const auto& one : all) {
      const auto done = rules->put(one);
      ASSERT_TRUE(done) << done.error().message;
    }
    ASSERT_TRUE(engine->set_rules(rules->rules()));
  }
  void wait(std::int64_t seconds) {
    for (; seconds > 0; seconds -= 10) {
      clock.advance(std::chrono::seconds(10));
      ASSERT_TRUE(engine->tick(clock.now()));
    }
  }

  /// "/entities?type=Streetlight&q=…", not percent-encoded: what a server has decoded.
  Answer ask(const std::string& target, const std::string& accept = "") const {
    Ask out{.root = "http://town/ngsi-ld/v1"};
    const auto mark = target.find('?');
    out.path = target.substr(0, mark);
    out.accept = accept;
    std::string_view rest = mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
    while (!rest.empty()) {
      const auto end = std::min(rest.find('&'), rest.size());
      const auto equals = std::min(rest.find('='), end);
      out.options.emplace_back(rest.substr(0, equals),
                               rest.substr(std::min(equals + 1, end), end - std::min(equals + 1, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return reader->get(out);
  }
  Json get(const std::string& target) const {
    const Answer answer = ask(target);
    EXPECT_EQ(answer.status, 200u) << target << ": " << answer.body;
    return parsed(answer.body);
  }
  static Json parsed(const std::string& text) {
    registry::JsonProblem problem;
    Json out = registry::parse_json(text, problem);
    EXPECT_EQ(problem.what, "") << text;
    return out;
  }
  static std::string text(const Json& json) {
    std::string out;
    JsonWriter writer(out);
    registry::write_json(writer, json);
    return out;
  }
  /// What stands at "pm25.value" as JSON; empty: nothing does.
  static std::string at(const Json& json, std::string_view path) {
    const Json* here = &json;
    while (!path.empty()) {
      const auto end = std::min(path.find('.'), path.size());
      here = here->find(path.substr(0, end));
      if (!here) return {};
      path.remove_prefix(std::min(end + 1, path.size()));
    }
    return text(*here);
  }
  /// The last parts of the ids that are found, blanks between.
  std::string found(const std::string& parameters) const {
    std::string out;
    for (const Json& one : get("/entities?" + parameters).items) {
      const auto& id = one.find("id")->text;
      out += (out.empty() ? "" : " ") + id.substr(id.rfind(':') + 1);
    }
    return out;
  }

  tests::TemporaryFolder folder_;
  FakeClock clock{*parse_iso("2026-01-17T14:40:00Z")};
  Zone zone = *Zone::find("Asia/Almaty");
  audit::Actor actor{"user", "aigul"};
  std::unique_ptr<registry::Registry> registry;
  std::unique_ptr<readings::test::WatchedStore> store;
  std::unique_ptr<alarms::RuleBook> rules;
  std::unique_ptr<alarms::RuleEngine> engine;
  std::unique_ptr<Reader> reader;

 private:
  tests::NoAudit audit_;
  std::unique_ptr<sqlite::Database> db_;
  std::unique_ptr<alarms::RegistryDirectory> directory_;
};

}  // namespace qala::ngsi::test
