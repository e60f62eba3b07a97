// What an exercise raises lives like any alarm, is marked for ever, and never meets what is real.
#include "alarms/exercise.h"

#include <cmath>

#include <gtest/gtest.h>

#include "alarms/performance.h"
#include "alarms/testbed.h"

namespace qala::alarms::testing {
namespace {

using registry::Kind;

const audit::Actor kLeader{"user", "serik"};

struct Exercises : ::testing::Test {
  void SetUp() override {
    station = town.directory.add_thing("AB-4", Kind::air_station);
    pm = town.directory.add_stream(station, "pm2_5", "pm2_5", 600, "µg/m³");
    bin = town.directory.add_thing("B-7", Kind::bin);
    fill = town.directory.add_stream(bin, "fill", "fill_level", 3600, "%");
    town.open();
    town.read(fill, 20);
  }
  Exercise begin(std::vector<ThingId> things = {}, int minutes = 60) {
    const auto begun = town.engine->begin_exercise(
        {.reason = "stove evening", .until = town.clock.now().ns + minutes * Instant::kMinute, .things = things},
        kLeader);
    EXPECT_TRUE(begun) << begun.error().message;
    return begun ? *begun : Exercise();
  }
  Result<Alarm> stage(const std::string& rule, ThingId thing, double value = NAN) {
    return town.engine->raise_in_exercise({.rule = rule, .thing = thing, .value = value}, kLeader);
  }
  std::string refusal(const Result<Alarm>& result) {
    return result ? "" : result.error().message.substr(0, result.error().message.find(':'));
  }
  Town town;
  ThingId station, bin;
  DatastreamId pm, fill;
};

TEST_F(Exercises, RaiseAlarmsThatAreMarkedAlsoAfterAKill) {
  EXPECT_EQ(stage("bin_full", bin).error().kind, ErrorKind::not_found) << "none runs";
  const auto exercise = begin();
  const auto raised = stage("bin_full", bin, 97);
  ASSERT_TRUE(raised) << raised.error().message;
  EXPECT_EQ(raised->exercise, exercise.id);
  EXPECT_EQ(raised->value, 97);
  EXPECT_EQ(raised->unit, "%");
  ASSERT_TRUE(town.engine->apply());
  town.kill();
  town.open();
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].exercise, exercise.id);
  ASSERT_TRUE(town.engine->board().exercise());
  EXPECT_EQ(town.engine->board().exercise()->reason, "stove evening");
  EXPECT_EQ(town.engine->board().snapshot()->exercise[4], 1u);
  ASSERT_TRUE(town.engine->acknowledge(raised->id, kLeader, "seen"));
}

TEST_F(Exercises, NeitherHideNorTouchWhatReadingsRaise) {
  begin();
  const auto staged = stage("bin_full", bin, 97);
  ASSERT_TRUE(staged);
  town.wait(60);
  town.read(fill, 98);
  ASSERT_EQ(town.tray().size(), 2u) << "the real one stands beside it";
  town.read(fill, 10);
  town.wait(60);
  for (const auto& alarm : town.tray()) {
    EXPECT_EQ(alarm.condition == Condition::active, alarm.exercise != 0) << "a reading clears only what is real";
  }
  ASSERT_TRUE(town.engine->end_exercise(kLeader));
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].exercise, 0u) << "the end of the exercise leaves what is real";
}

TEST_F(Exercises, ExplainNothingReal) {
  const ThingId feeder = town.directory.add_thing("F-1", Kind::feeder);
  town.directory.add_stream(feeder, "current", "current", 60, "A");
  const ThingId lamp = town.directory.add_thing("L-1", Kind::lamp, feeder);
  const auto power = town.directory.add_stream(lamp, "power", "power", 600, "W");
  Rule dark = default_rule("lamp_dark");
  dark.for_s = 0;
  dark.when = When::always;
  Rule out = default_rule("feeder_dead");
  town.use({dark, out});
  ASSERT_TRUE(town.engine->set_rules(town.rules));
  begin();
  ASSERT_TRUE(stage(out.key, feeder));
  town.read(power, 0);
  const auto tray = town.tray();
  ASSERT_EQ(tray.size(), 2u) << "a lamp that is really dark is not explained by an exercise";
  const auto practised = stage(dark.key, lamp);
  ASSERT_TRUE(practised) << practised.error().message;
  EXPECT_TRUE(practised->cause) << "within the exercise causes are found as ever";
  EXPECT_EQ(town.tray().size(), 2u);
}

TEST_F(Exercises, EndByThemselvesWithARecord) {
  begin({}, 10);
  const auto raised = stage("bin_full", bin);
  ASSERT_TRUE(raised);
  ASSERT_TRUE(town.engine->shelve(raised->id, kLeader, town.clock.now() + std::chrono::hours(1), "practice"));
  town.wait(9 * 60);
  EXPECT_TRUE(town.engine->board().exercise());
  town.wait(2 * 60);
  EXPECT_FALSE(town.engine->board().exercise());
  EXPECT_TRUE(town.tray().empty());
  EXPECT_TRUE(town.everything(State::open).empty());
  ASSERT_TRUE(town.engine->apply());
  const auto steps = town.engine->board().history(raised->id)->steps;
  EXPECT_EQ(steps.back().kind, StepKind::exercise_over);
  const auto closed = town.engine->board().find(raised->id);
  ASSERT_TRUE(closed);
  EXPECT_NE(closed->exercise, 0u) << "marked for ever";
  const auto past = town.engine->board().exercises(10);
  ASSERT_EQ(past->size(), 1u);
  EXPECT_NE(past->at(0).ended, 0);
  EXPECT_EQ(past->at(0).ended_by, "");
}

TEST_F(Exercises, EndAfterAKillThatLastedLongerThanThey) {
  begin({}, 10);
  ASSERT_TRUE(stage("bin_full", bin));
  ASSERT_TRUE(town.engine->apply());
  town.kill();
  town.clock.advance(std::chrono::hours(2));
  town.open();
  town.wait(20);
  EXPECT_FALSE(town.engine->board().exercise());
  EXPECT_TRUE(town.everything(State::open).empty());
}

TEST_F(Exercises, AreOfOneAtATimeOnChosenThings) {
  begin({station});
  const auto second =
      town.engine->begin_exercise({.reason = "x", .until = town.clock.now().ns + Instant::kHour}, kLeader);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_EQ(refusal(stage("bin_full", bin)), "out_of_scope");
  EXPECT_EQ(refusal(stage("bin_full", station)), "rule_not_here");
  EXPECT_EQ(refusal(stage("no_such_rule", station)), "rule_not_here");
  EXPECT_EQ(refusal(stage("pm2_5_high", station, 3)), "raises_nothing");
  ASSERT_TRUE(stage("pm2_5_high", station));
  EXPECT_EQ(refusal(stage("pm2_5_high", station)), "already_raised");
  ASSERT_TRUE(town.engine->end_exercise(kLeader));
  EXPECT_EQ(town.engine->end_exercise(kLeader).error().kind, ErrorKind::not_found);
  const auto none = town.engine->begin_exercise({.until = town.clock.now().ns + 1}, kLeader);
  EXPECT_EQ(none.error().message.substr(0, 7), "reason:");
  const auto week =
      town.engine->begin_exercise({.reason = "x", .until = town.clock.now().ns + 7 * Instant::kDay}, kLeader);
  EXPECT_EQ(week.error().message.substr(0, 9), "too_long:");
}

TEST_F(Exercises, AreClearedByTheirLeaderAndStayUntilAcknowledged) {
  begin();
  const auto staged = stage("bin_full", bin);
  ASSERT_TRUE(town.engine->clear_in_exercise(staged->id, kLeader));
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].condition, Condition::cleared);
  town.read(fill, 98);
  for (const auto& alarm : town.tray()) {
    if (alarm.exercise == 0) EXPECT_EQ(refusal(town.engine->clear_in_exercise(alarm.id, kLeader)), "not_exercise");
  }
}

TEST_F(Exercises, AreLeftOutOfTheFiguresAndSaid) {
  begin();
  ASSERT_TRUE(stage("bin_full", bin));
  town.read(fill, 98);
  ASSERT_TRUE(town.engine->apply());
  const auto figures = measure(town.folder_.file("town.db"), 0, town.clock.now().ns + 1, 1, *town.rules);
  ASSERT_TRUE(figures) << figures.error().message;
  EXPECT_EQ(figures->alarms, 1u);
  EXPECT_EQ(figures->exercise, 1u);
}

TEST_F(Exercises, OfManyAlarmsEndInSmallSteps) {
  std::vector<ThingId> bins;
  for (int i = 0; i < 600; i++) {
    bins.push_back(town.directory.add_thing("X-" + std::to_string(i), Kind::bin));
    town.directory.add_stream(bins.back(), "fill", "fill_level", 3600, "%");
  }
  begin();
  for (const ThingId one : bins) ASSERT_TRUE(stage("bin_full", one));
  ASSERT_TRUE(town.engine->apply());
  ASSERT_TRUE(town.engine->end_exercise(kLeader));
  EXPECT_FALSE(town.tray().empty()) << "the rest goes with the next ticks";
  town.wait(30);
  EXPECT_TRUE(town.tray().empty());
  ASSERT_TRUE(town.engine->apply());
  EXPECT_LE(town.engine->probe().largest_write, RuleEngine::kMostAtOnce);
}

}  // namespace
}  // namespace qala::alarms::testing
