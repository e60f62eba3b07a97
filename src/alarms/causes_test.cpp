// One alarm per cause: feeders and their lamps, gateways and what speaks through them.
#include <gtest/gtest.h>

#include "alarms/raised.h"
#include "alarms/testbed.h"

namespace qala::alarms::testing {
namespace {

using registry::Kind;

struct Causes : ::testing::Test {
  void SetUp() override {
    feeder = town.directory.add_thing("F-12", Kind::feeder);
    current = town.directory.add_stream(feeder, "current", "current", 600, "A");
    for (int i = 1; i <= kLamps; i++) {
      const ThingId lamp = town.directory.add_thing("L-" + std::to_string(i), Kind::lamp, feeder);
      lamps.push_back(town.directory.add_stream(lamp, "power", "power", 600, "W"));
    }
    town.open();
    all_lamps(40);
    town.read(current, 14);
  }
  void all_lamps(double watts, std::size_t but = 0) {
    for (std::size_t i = but; i < lamps.size(); i++) town.read(lamps[i], watts);
  }
  std::size_t attached() const {
    std::size_t count = 0;
    for (const auto& alarm : town.engine->board().snapshot()->open) count += alarm->cause ? 1 : 0;
    return count;
  }
  void feeder_fails_and_recovers() {
    town.wait(60);
    town.read(current, 0);
    all_lamps(0);
    town.wait(600);
    town.read(current, 0);
    all_lamps(0);
    town.wait(60);
    town.read(current, 14);
    ASSERT_EQ(attached(), 38u);
  }
  static constexpr int kLamps = 38;
  Town town;
  ThingId feeder;
  DatastreamId current;
  std::vector<DatastreamId> lamps;
};

TEST_F(Causes, AFeederThatFailsIsOneAlarmNotOneForEachLamp) {
  town.wait(60);
  town.read(current, 0);
  all_lamps(0);
  for (int i = 0; i < 12; i++) {
    town.wait(60);
    town.read(current, 0);
  }
  all_lamps(0);
  const auto tray = town.tray();
  ASSERT_EQ(tray.size(), 1u);
  EXPECT_EQ(tray[0].rule, "feeder_dead");
  EXPECT_EQ(tray[0].severity, Severity::high);
  EXPECT_EQ(tray[0].covers, 38u);
  EXPECT_EQ(attached(), 38u);
  EXPECT_EQ(town.engine->board().counts(), (Counts{0, 0, 1, 0, 0, 0}));
  for (const auto& alarm : town.told) EXPECT_FALSE(alarm.cause) << "a lamp was shown: " << alarm.rule;
}

TEST_F(Causes, OnALineOfTimeACauseStandsForWhatItExplains) {
  town.wait(60);
  const Instant before = town.clock.now();
  town.read(current, 0);
  all_lamps(0);
  for (int i = 0; i < 12; i++) {
    town.wait(60);
    town.read(current, 0);
  }
  all_lamps(0);
  ASSERT_TRUE(town.engine->apply());
  auto db = sqlite::Database::open(town.folder_.file("town.db"), {.read_only = true});
  ASSERT_TRUE(db) << db.error().message;
  const ThingId lamp = town.directory.thing_named("L-1"), other = town.directory.thing_named("L-2");
  const std::int64_t now = town.clock.now().ns + 1;
  const auto seen = raised_of(*db, {feeder, lamp, other}, other, before.ns, now, 100);
  ASSERT_TRUE(seen) << seen.error().message;
  ASSERT_EQ(seen->size(), 2u) << "the feeder, and of the lamps the one that was asked about";
  EXPECT_TRUE(seen->at(0).thing == feeder || seen->at(1).thing == feeder);
  EXPECT_TRUE(seen->at(0).thing == other || seen->at(1).thing == other);
  EXPECT_LE(seen->at(0).at, seen->at(1).at);
  EXPECT_EQ(raised_of(*db, {feeder}, {}, before.ns, now, 1)->at(0).rule, "feeder_dead");
  EXPECT_TRUE(raised_of(*db, {feeder}, {}, 0, before.ns, 100)->empty());
  EXPECT_TRUE(raised_of(*db, {lamp}, {}, before.ns, now, 100)->empty());
}

TEST_F(Causes, ALampStillShowsItsAlarmOnItsOwnPage) {
  town.wait(60);
  town.read(current, 0);
  all_lamps(0);
  town.wait(600);
  all_lamps(0);
  const ThingId lamp = town.directory.thing_named("L-7");
  const auto own = town.engine->board().list({.state = State::open, .limit = 10, .thing = lamp});
  ASSERT_TRUE(own);
  ASSERT_EQ(own->size(), 1u);
  EXPECT_EQ(own->at(0).cause, town.tray()[0].id);
}

TEST_F(Causes, ManyDarkLampsAreOneAlarmOnTheirFeederEvenIfItSaysNothing) {
  town.wait(600);
  all_lamps(0, 18);
  town.wait(600);
  all_lamps(0, 18);
  const auto tray = town.tray();
  ASSERT_EQ(tray.size(), 1u);
  EXPECT_EQ(tray[0].rule, "lamp_dark");
  EXPECT_EQ(tray[0].thing, feeder);
  EXPECT_EQ(tray[0].covers, 20u);
  EXPECT_EQ(tray[0].severity, Severity::medium);
}

TEST_F(Causes, AFewDarkLampsAreTheirOwnAlarms) {
  town.wait(600);
  all_lamps(0, 34);
  town.wait(600);
  all_lamps(0, 34);
  EXPECT_EQ(town.tray().size(), 4u);
  EXPECT_EQ(attached(), 0u);
}

TEST_F(Causes, TheFeedersOwnAlarmTakesOverFromTheManyLamps) {
  town.wait(600);
  all_lamps(0);
  town.wait(600);
  all_lamps(0);
  ASSERT_EQ(town.tray().at(0).rule, "lamp_dark");
  town.read(current, 0);
  const auto tray = town.tray();
  ASSERT_EQ(tray.size(), 1u);
  EXPECT_EQ(tray[0].rule, "feeder_dead");
  EXPECT_EQ(tray[0].covers, 38u);
}

TEST_F(Causes, WhatRemainsAfterTheCauseAppearsOnItsOwn) {
  town.wait(60);
  town.read(current, 0);
  all_lamps(0);
  town.wait(600);
  town.read(current, 0);
  all_lamps(0);
  town.wait(60);
  town.read(current, 14);
  EXPECT_EQ(town.tray().size(), 1u) << "lamps have not spoken yet";
  town.wait(540);
  town.read(lamps[0], 0);
  all_lamps(40, 2);
  auto tray = town.tray();
  ASSERT_EQ(tray.size(), 2u) << "L-1 said that it is dark still";
  EXPECT_EQ(tray[1].thing, town.directory.thing_named("L-1"));
  EXPECT_FALSE(tray[1].cause);
  town.wait(600);
  tray = town.tray();
  ASSERT_EQ(tray.size(), 3u) << "L-2 said nothing in time";
  EXPECT_EQ(attached(), 0u);
}

TEST_F(Causes, AClockThatStoodAheadDoesNotHideWhatRemains) {
  feeder_fails_and_recovers();
  town.clock.set(town.clock.now() - std::chrono::hours(1));
  town.wait(20);
  town.read(lamps[0], 0);
  all_lamps(40, 2);
  ASSERT_EQ(town.tray().size(), 2u) << "L-1 said that it is dark still";
  town.wait(1000);
  EXPECT_EQ(town.tray().size(), 3u) << "L-2 said nothing in time";
  EXPECT_EQ(attached(), 0u);
}

TEST_F(Causes, AClockThatIsSetForwardLeavesLampsTheirTimeToRecover) {
  feeder_fails_and_recovers();
  town.clock.set(town.clock.now() + std::chrono::hours(1));
  town.wait(60);
  EXPECT_EQ(attached(), 38u);
  all_lamps(40);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].rule, "feeder_dead");
}

TEST_F(Causes, LampsThatRecoverWithTheirFeederLeaveNoTrace) {
  town.wait(60);
  town.read(current, 0);
  all_lamps(0);
  town.wait(600);
  town.read(current, 0);
  all_lamps(0);
  town.wait(60);
  town.read(current, 14);
  all_lamps(40);
  town.wait(1000);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].condition, Condition::cleared);
  ASSERT_TRUE(town.engine->acknowledge(town.tray()[0].id, audit::Actor{"user", "aigul"}, ""));
  EXPECT_TRUE(town.tray().empty());
}

TEST_F(Causes, CausesSurviveARestart) {
  town.wait(60);
  town.read(current, 0);
  all_lamps(0);
  town.wait(600);
  town.read(current, 0);
  all_lamps(0);
  const auto before = town.tray();
  town.kill();
  town.open();
  const auto after = town.tray();
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0].id, before[0].id);
  EXPECT_EQ(after[0].covers, 38u);
  EXPECT_EQ(attached(), 38u);
  town.wait(60);
  town.read(current, 14);
  all_lamps(40);
  EXPECT_EQ(attached(), 0u);
}

TEST(Gateways, ASilentGatewayIsOneAlarm) {
  Town town;
  const ThingId gateway = town.directory.add_thing("LG-07", Kind::gateway);
  const DatastreamId rssi = town.directory.add_stream(gateway, "rssi", "rssi", 300, "dBm");
  std::vector<DatastreamId> meters;
  for (int i = 0; i < 40; i++) {
    const ThingId meter = town.directory.add_thing("WM-" + std::to_string(i), Kind::meter, {}, gateway);
    meters.push_back(town.directory.add_stream(meter, "volume", "volume", 600, "m³"));
  }
  town.open();
  town.read(rssi, -70);
  for (const auto meter : meters) town.read(meter, 1);
  town.wait(3600);
  const auto tray = town.tray();
  ASSERT_EQ(tray.size(), 1u);
  EXPECT_EQ(tray[0].rule, "gateway_silent");
  EXPECT_EQ(tray[0].thing, gateway);
  EXPECT_EQ(tray[0].covers, 40u);

  town.read(rssi, -70);
  for (const auto meter : meters) town.read(meter, 1);
  EXPECT_EQ(town.tray().at(0).condition, Condition::cleared);
  EXPECT_EQ(town.engine->board().snapshot()->open.size(), 1u);
}

TEST(Gateways, AGatewayWithoutReadingsOfItsOwnIsJudgedByWhatIsBehindIt) {
  Town town;
  const ThingId gateway = town.directory.add_thing("LG-07", Kind::gateway);
  std::vector<DatastreamId> meters;
  for (int i = 0; i < 40; i++) {
    const ThingId meter = town.directory.add_thing("WM-" + std::to_string(i), Kind::meter, {}, gateway);
    meters.push_back(town.directory.add_stream(meter, "volume", "volume", 600, "m³"));
  }
  town.open();
  for (const auto meter : meters) town.read(meter, 1);
  town.wait(3600);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].rule, "gateway_silent");
  EXPECT_EQ(town.tray()[0].covers, 40u);
  EXPECT_LE(town.told.size(), 2u);

  for (const auto meter : meters) town.read(meter, 1);
  EXPECT_EQ(town.tray().at(0).condition, Condition::cleared);
  EXPECT_EQ(town.engine->board().snapshot()->open.size(), 1u);
}

TEST(Gateways, FullBinsBehindOneGatewayAreAlarmsOfTheirOwn) {
  Town town;
  const ThingId gateway = town.directory.add_thing("LG-07", Kind::gateway);
  std::vector<DatastreamId> bins;
  for (int i = 0; i < 8; i++) {
    const ThingId bin = town.directory.add_thing("QK-" + std::to_string(i), Kind::bin, {}, gateway);
    bins.push_back(town.directory.add_stream(bin, "fill_level", "fill_level", 600, "%"));
  }
  town.open();
  for (const auto bin : bins) town.read(bin, 95);
  EXPECT_EQ(town.tray().size(), 8u);
}

TEST_F(Causes, OneThatChattersIsNotCountedAnewEachTime) {
  const auto flicker = [&](int times) {
    for (int i = 0; i < times; i++) {
      town.clock.advance(std::chrono::seconds(1));
      town.read(lamps[0], 0);
      town.clock.advance(std::chrono::seconds(1));
      town.read(lamps[0], 40);
    }
    return town.engine->probe().memory_bytes;
  };
  Rule dark = default_rule("lamp_dark");
  dark.for_s = 0;
  dark.when = When::always;
  ASSERT_TRUE(town.engine->set_rules(std::make_shared<const std::vector<Rule>>(std::vector<Rule>{dark})));
  const std::size_t before = flicker(10);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_GE(town.tray()[0].count, 10u);
  EXPECT_EQ(flicker(1000), before);
}

}  // namespace
}  // namespace qala::alarms::testing
