// A thousand alarms at once, counted in steps of the writer.
#include <gtest/gtest.h>

#include "alarms/testbed.h"

namespace qala::alarms::testing {
namespace {

constexpr std::size_t kMany = 1000;

struct Flood : ::testing::Test {
  Flood() {
    town.options.escalate_s = {0, 60, 60, 60, 60, 60};
    for (std::size_t i = 0; i < kMany; i++) {
      const ThingId bin = town.directory.add_thing("B-" + std::to_string(i), registry::Kind::bin);
      bins.push_back(town.directory.add_stream(bin, "fill", "fill_level", 3600, "%"));
    }
    town.open();
  }
  void all_at_once(double value = 97) {
    town.clock.advance(std::chrono::seconds(1));
    std::vector<readings::Observation> rows;
    for (const auto id : bins) rows.push_back(reading(id, value, town.clock.now()));
    town.engine->evaluate(town.store.add(rows), rows, {});
  }
  std::vector<AlarmId> ids() const {
    std::vector<AlarmId> all;
    for (const auto& alarm : town.tray()) all.push_back(alarm.id);
    return all;
  }
  Town town;
  std::vector<DatastreamId> bins;
};

struct Floods : Flood {
  void TestBody() override {}
};

TEST_F(Flood, IsWrittenInSmallSteps) {
  all_at_once();
  EXPECT_EQ(town.tray().size(), kMany);
  std::size_t steps = 1;
  while (*town.engine->apply_some()) steps++;
  EXPECT_GE(steps, 2 * kMany / RuleEngine::kMostAtOnce);
  EXPECT_LE(town.engine->probe().largest_write, RuleEngine::kMostAtOnce);
}

TEST(FloodKilled, NeitherLosesNorDoublesAnAlarmAtAnyStep) {
  // 2,000 rows in 16 parts: staged with steps 2 to 17, committed with 18, spread with 19 to 34
  for (const int steps : {0, 1, 2, 9, 17, 18, 19, 26, 34}) {
    SCOPED_TRACE("killed after " + std::to_string(steps) + " steps");
    Floods flood;
    flood.all_at_once(20);
    ASSERT_TRUE(flood.town.engine->apply());
    flood.all_at_once(97);
    flood.all_at_once(20);
    flood.all_at_once(98);
    const auto before = flood.ids();
    for (int i = 0; i < steps; i++) ASSERT_TRUE(flood.town.engine->apply_some());
    flood.town.kill();
    flood.town.open();
    EXPECT_EQ(flood.ids(), before);
    for (const auto& alarm : flood.town.tray()) ASSERT_EQ(alarm.count, 2u);
    ASSERT_TRUE(flood.town.engine->apply());
    for (const auto id : {before.front(), before.back()}) {
      EXPECT_EQ(flood.town.engine->board().history(id)->steps.size(), 3u);
    }
  }
}

TEST_F(Flood, IsAcknowledgedInSmallSteps) {
  all_at_once();
  ASSERT_TRUE(town.engine->apply());
  const auto all = ids();
  const audit::Actor by{"user", "aigul"};
  EXPECT_EQ(town.engine->acknowledge(all, by, "").error().kind, ErrorKind::invalid);
  constexpr std::size_t kSome = RuleEngine::kMostAtOnce / 4;
  for (std::size_t at = 0; at < all.size(); at += kSome) {
    const auto some = std::span(all).subspan(at, std::min(kSome, all.size() - at));
    const auto done = town.engine->acknowledge(some, by, "bins are emptied");
    ASSERT_TRUE(done);
    EXPECT_EQ(done->done.size(), some.size());
    EXPECT_EQ(town.engine->acknowledge(some, by, "")->already.size(), some.size());
  }
  EXPECT_LE(town.engine->probe().largest_write, RuleEngine::kMostAtOnce);
  town.kill();
  town.open();
  for (const auto& alarm : town.tray()) ASSERT_EQ(alarm.handling, Handling::acknowledged);
}

TEST_F(Flood, IsEscalatedInSmallSteps) {
  all_at_once();
  ASSERT_TRUE(town.engine->apply());
  town.clock.advance(std::chrono::seconds(61));
  for (int seconds = 0; seconds < 20; seconds++) {
    ASSERT_TRUE(town.engine->tick(town.clock.now()));
    town.clock.advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(town.engine->probe().escalated, kMany);
  EXPECT_LE(town.engine->probe().largest_write, RuleEngine::kMostAtOnce);
}

}  // namespace
}  // namespace qala::alarms::testing
