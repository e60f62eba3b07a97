// Recovery over the store of readings itself: its log, its flushes and releases, its answers about the newest readings.
#include <gtest/gtest.h>

#include "alarms/real_town.h"

namespace qala::alarms::testing {
namespace {

using registry::Kind;

struct RealRecovery : ::testing::Test {
  void SetUp() override {
    const ThingId station = town.add("AB-4", Kind::air_station);
    pm = town.add_stream(station, "pm", "pm2_5", 600);
  }
  void crash() {
    town.kill();
    town.open();
  }
  RealTown town;
  DatastreamId pm;
};

TEST_F(RealRecovery, WhatWasOnDiskButNotJudgedIsJudgedAtTheNextStart) {
  town.read(pm, 20);
  ASSERT_TRUE(town.engine->apply());
  town.clock.advance(std::chrono::seconds(1));
  town.read_unjudged(pm, 400);
  crash();
  const auto tray = town.tray();
  ASSERT_EQ(tray.size(), 1u);
  EXPECT_EQ(tray[0].rule, "pm2_5_high");
  EXPECT_EQ(tray[0].datastream, pm);
  EXPECT_EQ(tray[0].value, 400);
}

TEST_F(RealRecovery, AnAlarmKeepsItsIdAndIsThereOnceHoweverOftenTheProcessDies) {
  town.read(pm, 400);
  const auto before = town.tray();
  ASSERT_EQ(before.size(), 1u);
  for (int i = 0; i < 3; i++) {
    crash();
    const auto after = town.tray();
    ASSERT_EQ(after.size(), 1u);
    EXPECT_EQ(after[0].id, before[0].id);
    EXPECT_EQ(after[0].raised, before[0].raised);
    EXPECT_EQ(after[0].count, 1u);
  }
}

TEST_F(RealRecovery, AnAcknowledgementOutlivesAKillAndTheReplayBehindIt) {
  town.read(pm, 400);
  ASSERT_TRUE(town.engine->acknowledge(town.tray()[0].id, audit::Actor{"user", "aigul"}, "seen"));
  town.clock.advance(std::chrono::seconds(1));
  town.read_unjudged(pm, 410);
  crash();
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].handling, Handling::acknowledged);
  town.clock.advance(std::chrono::seconds(1));
  town.read_unjudged(pm, 20);
  crash();
  EXPECT_TRUE(town.tray().empty()) << "cleared and acknowledged: it leaves the tray";
}

TEST_F(RealRecovery, TheLogThatWasLetGoIsNotMissed) {
  for (int i = 0; i < 50; i++) {
    town.clock.advance(std::chrono::seconds(600));
    town.read(pm, 20 + i % 3);
  }
  town.read(pm, 400);
  ASSERT_TRUE(town.engine->apply());
  town.store->release(town.engine->applied());
  ASSERT_TRUE(town.store->settle());
  crash();
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.engine->applied(), town.store->last_sequence());
  town.clock.advance(std::chrono::seconds(600));
  town.read(pm, 20);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].condition, Condition::cleared)
      << "the newest reading was known again, and the alarm's state";
}

TEST_F(RealRecovery, SilenceGoesOnCountingFromTheLastReadingOnDisk) {
  town.read(pm, 20);
  town.clock.advance(std::chrono::seconds(60));
  crash();
  for (int i = 0; i < 400 && town.tray().empty(); i++) {
    town.clock.advance(std::chrono::seconds(10));
    ASSERT_TRUE(town.engine->tick(town.clock.now()));
  }
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].rule, "silent");
}

}  // namespace
}  // namespace qala::alarms::testing
