#include "api/thing_history.h"

#include <gtest/gtest.h>

#include "registry/registry.h"
#include "temporary_folder.h"

namespace qala::api {
namespace {

using registry::Thing;

class Sink final : public audit::AuditSink {
 public:
  explicit Sink(audit::Log& log) : log_(log) {}
  Result<> record(const audit::Actor& actor, std::string_view action, std::string_view object,
                  std::string_view detail) override {
    return log_.append({actor, std::string(action), std::string(object), std::string(detail)});
  }

 private:
  audit::Log& log_;
};

/// A registry whose changes go into a real audit chain.
class ThingHistory : public ::testing::Test {
 protected:
  ThingHistory() { town_ = *registry::Registry::open(db_, clock_, sink_); }
  ThingId put(Thing thing, const std::string& who = "aigul") { return *town_->put_thing(thing, {"user", who}); }
  Thing thing(ThingId id) {
    Thing out;
    town_->read([&](const registry::Registry::View& view) { out = *view.thing(id); });
    return out;
  }
  /// "action: changes" of each step, newest first.
  std::vector<std::string> history(const std::string& key, std::uint64_t before = 0, std::size_t limit = 50) {
    std::vector<std::string> out;
    const auto steps = thing_history(folder_.path(), key, before, limit);
    EXPECT_TRUE(steps);
    for (const auto& step : *steps) out.push_back(step.entry.action + ": " + step.changes);
    return out;
  }

  tests::TemporaryFolder folder_;
  FakeClock clock_;
  SeededRandom random_{3};
  std::unique_ptr<audit::Log> log_ = *audit::Log::open(folder_.path(), clock_, random_);
  Sink sink_{*log_};
  sqlite::Database db_ = *sqlite::Database::open(":memory:");
  std::unique_ptr<registry::Registry> town_;
};

TEST_F(ThingHistory, TellsWhatBecameOfWhat) {
  const ThingId id = put({.key = "F-12"});
  put({.key = "F-120"});
  Thing changed = thing(id);
  changed.street = "Abai";
  put(changed, "bolat");
  ASSERT_TRUE(town_->put_datastream({.thing = id, .key = "power"}, {"user", "aigul"}));
  const auto steps = history("F-12");
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_NE(steps[0].find(R"({"object":"datastream F-12/power","fields":{)"), std::string::npos) << steps[0];
  EXPECT_EQ(steps[1], R"(thing.changed: [{"object":"thing F-12","fields":{"street":["","Abai"]}}])");
  EXPECT_TRUE(steps[2].starts_with("thing.created: ")) << steps[2];
  EXPECT_EQ(thing_history(folder_.path(), "F-12", 0, 50)->at(1).entry.actor->subject, "bolat");
}

TEST_F(ThingHistory, FollowsTheThingThroughItsNames) {
  const ThingId id = put({.key = "old"});
  Thing renamed = thing(id);
  renamed.key = "new";
  put(renamed);
  renamed.street = "Abai";
  put(renamed);
  put({.key = "old"});  // another thing takes the key that is free now
  EXPECT_EQ(history("new").size(), 3U);
  EXPECT_EQ(history("old").size(), 1U);
}

TEST_F(ThingHistory, BeginsWhereTheThingWasMade) {
  const ThingId first = put({.key = "A"});
  ASSERT_TRUE(town_->remove_thing(first, {"user", "aigul"}));
  put({.key = "A"});
  EXPECT_EQ(history("A").size(), 1U);
}

TEST_F(ThingHistory, FindsTheThingAmongManyChangedAtOnce) {
  registry::Changes many{.things = {{.key = "A", .name = "Lamp A"}, {.key = "B", .name = "Lamp B"}}};
  ASSERT_TRUE(town_->put_all(many, {"user", "aigul"}));
  const auto steps = history("A");
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_TRUE(steps[0].starts_with("registry.changed: ")) << steps[0];
  EXPECT_NE(steps[0].find("Lamp A"), std::string::npos);
  EXPECT_EQ(steps[0].find("Lamp B"), std::string::npos);
}

TEST_F(ThingHistory, IsReadInPages) {
  const ThingId id = put({.key = "A"});
  for (const char* street : {"one", "two", "three"}) {
    Thing changed = thing(id);
    changed.street = street;
    put(changed);
  }
  const auto newest = *thing_history(folder_.path(), "A", 0, 2);
  ASSERT_EQ(newest.size(), 2U);
  const auto rest = *thing_history(folder_.path(), "A", newest.back().entry.sequence, 50);
  EXPECT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest.back().entry.action, "thing.created");
}

}  // namespace
}  // namespace qala::api
