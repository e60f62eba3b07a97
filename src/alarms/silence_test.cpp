#include <gtest/gtest.h>

#include "alarms/season.h"
#include "alarms/testbed.h"
#include "alarms/timing_wheel.h"

namespace qala::alarms::testing {
namespace {

using registry::Kind;

struct Silence : ::testing::Test {
  void SetUp() override {
    const ThingId thing = town.directory.add_thing("AB-4", Kind::air_station);
    pm = town.directory.add_stream(thing, "pm2_5", "pm2_5", 600, "µg/m³");
    no2 = town.directory.add_stream(thing, "no2", "no2", 600, "µg/m³");
    town.open();
  }
  Town town;
  DatastreamId pm, no2;
};

TEST_F(Silence, AThingThatSaysNothingForThreeIntervalsIsOneAlarm) {
  town.read(pm, 20);
  town.read(no2, 20);
  town.wait(1790);
  EXPECT_TRUE(town.tray().empty());
  town.wait(30);
  const auto tray = town.tray();
  ASSERT_EQ(tray.size(), 1u);
  EXPECT_EQ(tray[0].rule, "silent");
  EXPECT_FALSE(tray[0].datastream);
  EXPECT_EQ(tray[0].limit, 3);
}

TEST_F(Silence, AnyReadingEndsItAndTheTimeBeginsAnew) {
  town.read(pm, 20);
  town.read(no2, 20);
  town.wait(2000);
  town.read(no2, 20);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].condition, Condition::cleared);
  town.wait(2000);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].condition, Condition::active);
  EXPECT_EQ(town.tray()[0].count, 2u);
}

TEST_F(Silence, ASensorThatFallsSilentWhileItsThingSpeaksIsNamed) {
  town.read(no2, 20);
  for (int i = 0; i < 4; i++) {
    town.read(pm, 20);
    town.wait(600);
  }
  const auto tray = town.tray();
  ASSERT_EQ(tray.size(), 1u);
  EXPECT_EQ(tray[0].datastream, no2);
}

TEST_F(Silence, WhatIsSaidOnceIsNoSilenceWhileItsThingSpeaks) {
  const ThingId thing = town.directory.thing_named("AB-4");
  const DatastreamId firmware = town.directory.add_stream(thing, "firmware", "", 0);
  town.read(firmware, 14);
  for (int i = 0; i < 30 * 6; i++) {  // more than a day
    town.read(pm, 20 + i % 7);
    town.read(no2, 20 + i % 5);
    town.wait(600);
  }
  EXPECT_TRUE(town.everything().empty()) << town.everything()[0].rule;
  town.wait(2000);
  ASSERT_EQ(town.tray().size(), 1u) << "but the thing itself falls silent";
  EXPECT_FALSE(town.tray()[0].datastream);
}

TEST_F(Silence, AThingOfUnknownRhythmFallsSilentAfterADay) {
  const ThingId thing = town.directory.add_thing("box", Kind::other);
  const DatastreamId only = town.directory.add_stream(thing, "v", "", 0);
  town.read(only, 14);
  town.wait(23 * 3600);
  EXPECT_TRUE(town.tray().empty());
  town.wait(3600 + 30);
  EXPECT_EQ(town.tray().size(), 1u);
}

TEST_F(Silence, WhoNeverSpokeIsNotSilent) {
  town.wait(100'000);
  EXPECT_TRUE(town.tray().empty());
}

TEST_F(Silence, AfterALongStopEveryoneGetsAnIntervalBeforeItCounts) {
  town.read(pm, 20);
  town.wait(60);
  town.kill();
  town.clock.advance(std::chrono::hours(5));
  town.open();
  town.wait(850);
  EXPECT_TRUE(town.tray().empty());
  town.wait(120);
  EXPECT_EQ(town.tray().size(), 1u);
}

TEST_F(Silence, AfterALongStopAThingOfUnknownRhythmGetsHalfADay) {
  const ThingId thing = town.directory.add_thing("box", Kind::other);
  town.read(town.directory.add_stream(thing, "v", "", 0), 14);
  town.wait(60);
  town.kill();
  town.clock.advance(std::chrono::hours(25));
  town.open();
  town.wait(11 * 3600);
  EXPECT_TRUE(town.tray().empty());
  town.wait(3600 + 30);
  EXPECT_EQ(town.tray().size(), 1u);
}

TEST_F(Silence, AClockThatLeapsIsNotTheTownsSilence) {
  town.read(pm, 20);
  town.wait(60);
  town.clock.advance(std::chrono::hours(24));
  town.wait(300);
  EXPECT_TRUE(town.tray().empty());
  town.clock.advance(-std::chrono::hours(24));
  town.wait(300);
  town.read(pm, 20);
  town.wait(1900);
  EXPECT_EQ(town.tray().size(), 1u);
}

TEST_F(Silence, ARuleThatIsSwitchedOffAndOnAgainFindsWhoIsSilentStill) {
  town.read(pm, 20);
  town.wait(2000);
  ASSERT_EQ(town.tray().size(), 1u);
  const auto all = town.rules;
  auto without = *all;
  for (Rule& rule : without) rule.enabled = rule.enabled && rule.comparison != Comparison::silent;
  ASSERT_TRUE(town.engine->set_rules(std::make_shared<const std::vector<Rule>>(without)));
  town.wait(60);
  for (const Alarm& alarm : town.tray()) EXPECT_EQ(alarm.condition, Condition::cleared);
  ASSERT_TRUE(town.engine->set_rules(all));
  town.wait(60);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].condition, Condition::active);
}

TEST_F(Silence, AShorterTimeCountsAtOnce) {
  town.read(pm, 20);
  town.read(no2, 20);
  town.wait(600);
  auto shorter = *town.rules;
  for (Rule& rule : shorter)
    if (rule.comparison == Comparison::silent) rule.limit = 1;
  ASSERT_TRUE(town.engine->set_rules(std::make_shared<const std::vector<Rule>>(shorter)));
  town.wait(600);
  EXPECT_EQ(town.tray().size(), 1u);
}

TEST_F(Silence, AnIntervalThatIsEnteredLaterCountsAtOnce) {
  const ThingId thing = town.directory.add_thing("box", Kind::other);
  const DatastreamId only = town.directory.add_stream(thing, "v", "", 0);
  town.read(only, 14);
  town.wait(60);
  town.directory.facts(only).interval_ms = 600'000;
  town.engine->datastream_changed(only);
  town.wait(1700);
  EXPECT_TRUE(town.tray().empty());
  town.wait(100);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].thing, thing);
  town.wait(3600);
  EXPECT_EQ(town.tray()[0].count, 1u);
}

TEST_F(Silence, IsKeptAcrossARestartAndEndsWithTheNextReading) {
  town.read(pm, 20);
  town.wait(2000);
  ASSERT_EQ(town.tray().size(), 1u);
  const AlarmId id = town.tray()[0].id;
  town.kill();
  town.open();
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].id, id);
  town.wait(2000);
  EXPECT_EQ(town.tray()[0].count, 1u);
  town.read(pm, 20);
  EXPECT_EQ(town.tray()[0].condition, Condition::cleared);
}

TEST(TimingWheel, GivesEachEntryBackOnceAndNeverLate) {
  TimingWheel wheel;
  wheel.start(1000);
  for (std::uint64_t i = 1; i <= 2000; i++) wheel.insert(i, 1000 + static_cast<std::int64_t>(i));
  std::vector<std::uint64_t> due;
  std::size_t given = 0;
  for (std::int64_t now = 1001; now <= 3000; now++) {
    wheel.advance(now, due);
    for (const auto what : due) {
      const auto deadline = 1000 + static_cast<std::int64_t>(what);
      EXPECT_GE(deadline, now) << "late";
      if (deadline > now) wheel.insert(what, deadline);
      else given++;
    }
    due.clear();
  }
  EXPECT_EQ(given, 2000u);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimingWheel, ALeapGivesEverythingBack) {
  TimingWheel wheel;
  wheel.start(1000);
  wheel.insert(1, 1010);
  wheel.insert(2, 90'000'000);
  std::vector<std::uint64_t> due;
  wheel.advance(80'000'000, due);
  EXPECT_EQ(due.size(), 2u);
}

TEST(Season, KnowsNightAndWinterInTheSteppe) {
  Season season({71.0, 52.0});
  const auto at = [](const char* text) { return parse_iso(text)->ns; };
  EXPECT_TRUE(season.is(When::night, at("2026-01-17T14:40:00Z")));
  EXPECT_FALSE(season.is(When::night, at("2026-01-17T07:00:00Z")));
  EXPECT_FALSE(season.is(When::night, at("2026-06-21T14:40:00Z")));
  EXPECT_TRUE(season.is(When::night, at("2026-06-21T19:30:00Z")));
  EXPECT_TRUE(season.is(When::heating_season, at("2026-01-17T07:00:00Z")));
  EXPECT_TRUE(season.is(When::heating_season, at("2026-10-15T07:00:00Z")));
  EXPECT_FALSE(season.is(When::heating_season, at("2026-07-01T07:00:00Z")));
  // Sunrise and sunset of Astana, 2026-01-17 (USNO): 09:02 and 17:23 of UTC+5, less an hour of the old zone.
  EXPECT_NEAR(sun_elevation({71.43, 51.13}, at("2026-01-17T07:19:00Z")), 18.2, 0.4);
}

}  // namespace
}  // namespace qala::alarms::testing
