#include "alarms/dry_run.h"

#include <gtest/gtest.h>

#include "alarms/real_town.h"

namespace qala::alarms::testing {
namespace {

using registry::Kind;
using std::chrono::minutes;

/// Two days of a station and of one that stays clean, judged live and then again.
struct DryRuns : ::testing::Test {
  void SetUp() override {
    pm = town.add_stream(town.add("AB-4", Kind::air_station), "pm2_5", "pm2_5", 600, "µg/m³");
    const auto clean = town.add_stream(town.add("AB-5", Kind::air_station), "pm2_5", "pm2_5", 600, "µg/m³");
    from = town.clock.now();
    for (int i = 0; i < 2 * 144; i++) {
      town.clock.advance(minutes(10));
      town.read(pm, i % 50 < 5 ? 200.5 : 40);
      town.read(clean, 10);
    }
  }
  DryRun::Question question() {
    return {.rule = default_rule("pm2_5_high"),
            .window = {from.ns, town.clock.now().ns + 1},
            .zone = *Zone::find("Asia/Almaty"),
            .place = {71, 52}};
  }
  DryRunResult run(DryRun::Question asked) {
    DryRun dry(std::move(asked), *town.registry, *town.store, town.clock);
    for (;;) {
      const auto more = dry.step();
      EXPECT_TRUE(more) << more.error().message;
      if (!more || !*more) return dry.result();
    }
  }
  RealTown town;
  DatastreamId pm;
  Instant from;
};

TEST_F(DryRuns, FireAsOftenAsTheLiveRuleDid) {
  auto tray = town.tray();
  std::erase_if(tray, [](const Alarm& alarm) { return alarm.rule != "pm2_5_high"; });
  ASSERT_EQ(tray.size(), 1u);
  const auto found = run(question());
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.fired, tray[0].count);
  EXPECT_EQ(found.fired, 6u);
  EXPECT_EQ(found.readings, 2u * 2 * 144);
  EXPECT_EQ(found.things.size(), 1u);
  EXPECT_EQ(found.datastreams, 2u);
  std::uint64_t by_day = 0;
  for (const auto& [day, fired] : found.days) by_day += fired;
  EXPECT_EQ(by_day, found.fired);
  ASSERT_EQ(found.examples.size(), 6u);
  EXPECT_EQ(found.examples[0].value, 200.5);
  EXPECT_EQ(found.examples[0].cleared - found.examples[0].raised, 50 * Instant::kMinute);
  EXPECT_EQ(found.examples[0].datastream, pm);
}

TEST_F(DryRuns, TellWhatAnotherLimitWouldHaveDoneAndChangeNothing) {
  const auto before = town.tray().size();
  auto higher = question();
  higher.rule.limit = 250;
  higher.rule.enabled = false;  // not yet in force is what one tries
  EXPECT_EQ(run(std::move(higher)).fired, 0u);
  auto lasting = question();
  lasting.rule.for_s = 3600;
  EXPECT_EQ(run(std::move(lasting)).fired, 0u);
  auto few = question();
  few.examples = 3;
  EXPECT_EQ(run(std::move(few)).examples.size(), 3u);
  EXPECT_EQ(town.tray().size(), before);
}

TEST_F(DryRuns, EndWhenTheyTakeTooLong) {
  auto impatient = question();
  impatient.most_ns = 0;
  const auto found = run(std::move(impatient));
  EXPECT_FALSE(found.complete);
  EXPECT_LT(found.until, town.clock.now().ns);
}

TEST_F(DryRuns, KnowSilence) {
  auto silence = question();
  silence.rule = default_rule("silent");
  EXPECT_EQ(run(silence).fired, 0u);
  silence.window.to += Instant::kDay;
  EXPECT_EQ(run(silence).fired, 2u);
}

}  // namespace
}  // namespace qala::alarms::testing
