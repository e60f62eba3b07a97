#include <gtest/gtest.h>

#include "alarms/testbed.h"
#include "base/random.h"

namespace qala::alarms::testing {
namespace {

using registry::Kind;

std::string summary(const Alarm& alarm) {
  return std::to_string(alarm.id.value) + ' ' + alarm.rule + ' ' + std::to_string(alarm.datastream.value) + ' ' +
         std::string(name_of(alarm.condition)) + ' ' + std::string(name_of(alarm.handling)) + ' ' +
         std::to_string(alarm.raised) + ' ' + std::to_string(alarm.cleared) + " x" + std::to_string(alarm.count) +
         " covers " + std::to_string(alarm.covers) + " cause " + std::to_string(alarm.cause.value);
}

std::vector<std::string> summaries(const std::vector<Alarm>& alarms) {
  std::vector<std::string> all;
  for (const auto& alarm : alarms) all.push_back(summary(alarm));
  return all;
}

struct Recovery : ::testing::Test {
  void SetUp() override { build(town); }
  static void build(Town& town) {
    const ThingId station = town.directory.add_thing("AB-4", Kind::air_station);
    town.directory.add_stream(station, "pm2_5", "pm2_5", 600, "µg/m³");
    const ThingId heat = town.directory.add_thing("ZhP-3", Kind::heat_substation);
    town.directory.add_stream(heat, "supply", "supply_temperature", 300, "°C");
    const ThingId feeder = town.directory.add_thing("F-12", Kind::feeder);
    town.directory.add_stream(feeder, "current", "current", 60, "A");
    for (int i = 0; i < 10; i++) {
      const ThingId lamp = town.directory.add_thing("L-" + std::to_string(i), Kind::lamp, feeder);
      town.directory.add_stream(lamp, "power", "power", 600, "W");
    }
    town.open();
  }
  Town town;
  DatastreamId pm{1}, supply{2};
};

TEST_F(Recovery, AnAlarmNeitherVanishesNorDoublesWhenTheLastCommitsWereNotApplied) {
  town.read(pm, 20);
  ASSERT_TRUE(town.engine->apply());
  town.clock.advance(std::chrono::seconds(1));
  town.read(pm, 186);
  const auto before = summaries(town.tray());
  ASSERT_EQ(before.size(), 1u);
  town.kill();
  town.open();
  EXPECT_EQ(summaries(town.tray()), before);
  town.kill();
  town.open();
  EXPECT_EQ(summaries(town.tray()), before);
}

TEST_F(Recovery, AnAppliedAlarmIsThereAfterAKill) {
  town.read(pm, 186);
  ASSERT_TRUE(town.engine->apply());
  EXPECT_EQ(town.engine->applied(), town.store.last_sequence());
  const auto before = summaries(town.tray());
  town.kill();
  town.open();
  EXPECT_EQ(summaries(town.tray()), before);
  town.wait(60);
  town.read(pm, 190);
  EXPECT_EQ(town.tray().size(), 1u);
}

TEST_F(Recovery, ADurationThatHadBegunGoesOn) {
  town.read(supply, 60);
  ASSERT_TRUE(town.engine->apply());
  town.wait(290);
  town.read(supply, 60);
  town.kill();
  town.open();
  EXPECT_TRUE(town.tray().empty());
  town.wait(310);
  town.read(supply, 60);
  EXPECT_EQ(town.tray().size(), 1u);
}

/// A door that says only that it opened: open for half an hour is an alarm.
struct Door : ::testing::Test {
  void SetUp() override {
    Rule open = default_rule("pm2_5_high");
    open.key = "door_open", open.kind.reset(), open.property.clear(), open.selector = "*/door", open.unit.clear();
    open.comparison = Comparison::above, open.limit = 0.5, open.clear = 0.5, open.for_s = 1800;
    town.use({open, default_rule("silent")});
    door = town.directory.add_stream(town.directory.add_thing("box", Kind::other), "door", "", 0);
    town.open();
  }
  Town town;
  DatastreamId door;
};

TEST_F(Door, ADurationThatRanOutWhileTheServerWasAwayIsAnAlarm) {
  town.read(door, 1);
  ASSERT_TRUE(town.engine->apply());
  town.wait(300);
  town.kill();
  town.clock.advance(std::chrono::hours(2));
  town.open();
  const std::int64_t back = town.clock.now().ns;
  town.wait(60);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_GE(town.tray()[0].raised, back) << "nobody knows whether it was so all the time";
  town.read(door, 0);
  EXPECT_EQ(town.tray()[0].condition, Condition::cleared);
}

TEST_F(Door, WhoSpeaksRegularlyIsHeardBeforeADurationIsOver) {
  town.directory.facts(door).interval_ms = 600'000;
  town.read(door, 1);
  ASSERT_TRUE(town.engine->apply());
  town.wait(300);
  town.kill();
  town.clock.advance(std::chrono::hours(2));
  town.open();
  town.wait(590);
  EXPECT_TRUE(town.tray().empty());
  town.read(door, 0);
  town.wait(600);
  EXPECT_TRUE(town.tray().empty());
}

TEST_F(Door, ImportedHistoryBeginsNoDuration) {
  town.read_at(door, 1, town.clock.now() - std::chrono::hours(24));
  town.wait(7200);
  EXPECT_TRUE(town.tray().empty());
}

TEST_F(Door, NorDoesHistoryOfAQuietTime) {
  auto quiet = *town.rules;
  quiet[0].quiet = Hours{.from_min = 14 * 60, .until_min = 15 * 60};  // now it is 14:40
  ASSERT_TRUE(town.engine->set_rules(std::make_shared<const std::vector<Rule>>(quiet)));
  town.read_at(door, 1, town.clock.now() - std::chrono::hours(24));
  town.wait(7200);
  EXPECT_TRUE(town.tray().empty());
}

TEST_F(Recovery, AnAcknowledgementIsDurableAtOnce) {
  town.read(pm, 186);
  ASSERT_TRUE(town.engine->acknowledge(town.tray()[0].id, audit::Actor{"user", "aigul"}, "seen"));
  town.kill();
  town.open();
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].handling, Handling::acknowledged);
  EXPECT_EQ(town.tray()[0].acknowledged_by, "aigul");
  EXPECT_EQ(town.tray()[0].comments.at(0).text, "seen");
}

TEST_F(Recovery, RowsThatCameOutOfOrderRaiseNothingInAReplayEither) {
  town.read(pm, 20);
  ASSERT_TRUE(town.engine->apply());
  town.read_at(pm, 300, town.clock.now() - std::chrono::minutes(7));
  EXPECT_TRUE(town.tray().empty());
  town.kill();
  town.open();
  EXPECT_TRUE(town.tray().empty());
}

TEST_F(Recovery, ALogThatBeginsTooLateIsMadeUpForByTheLatestValues) {
  town.read(pm, 20);
  ASSERT_TRUE(town.engine->apply());
  town.wait(60);
  town.read(pm, 186);
  town.read(supply, 80);
  town.kill();
  town.store.forget_log_until(3);
  town.open();
  EXPECT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.engine->applied(), 3u);
}

/// The same readings with and without kills, applies and restarts at random give the same alarms.
void same_with_kills(std::uint64_t seed) {
  Town calm, shaken;
  for (auto* town : {&calm, &shaken}) Recovery::build(*town);
  SeededRandom chance(seed);
  for (int step = 0; step < 120; step++) {
    const DatastreamId stream(static_cast<std::uint32_t>(1 + chance.next() % 13));
    const double value = stream.value == 1   ? static_cast<double>(100 + chance.next() % 100)
                         : stream.value == 2 ? static_cast<double>(60 + chance.next() % 20)
                                             : static_cast<double>(chance.next() % 2 * 20);
    const auto ahead = std::chrono::seconds(chance.next() % 90);
    for (auto* town : {&calm, &shaken}) {
      town->clock.advance(ahead);
      town->read(stream, value);
    }
    const auto what = chance.next() % 10;
    if (what < 2) ASSERT_TRUE(shaken.engine->apply());
    if (what == 9) {
      shaken.kill();
      shaken.open();
    }
    ASSERT_EQ(summaries(shaken.tray()), summaries(calm.tray())) << "seed " << seed << " step " << step;
  }
  ASSERT_EQ(summaries(shaken.everything()), summaries(calm.everything())) << "seed " << seed;
}

TEST(RecoveryProperty, KillsAtAnyMomentChangeNothing) {
  for (std::uint64_t seed = 1; seed <= 12 && !::testing::Test::HasFatalFailure(); seed++) same_with_kills(seed);
}

}  // namespace
}  // namespace qala::alarms::testing
