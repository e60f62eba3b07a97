#include "alarms/engine.h"

#include <gtest/gtest.h>

#include "alarms/testbed.h"
#include "sqlite_disk.h"

namespace qala::alarms::testing {
namespace {

using registry::Kind;

struct RuleEngineTest : ::testing::Test {
  void SetUp() override {
    const ThingId station = town.directory.add_thing("AB-4", Kind::air_station);
    pm = town.directory.add_stream(station, "pm2_5", "pm2_5", 600, "µg/m³");
    town.open();
  }
  /// What is too high is raised.
  void expect_judged() {
    town.read(pm, 186);
    town.wait(600);
    town.read(pm, 190);
    ASSERT_EQ(town.tray().size(), 1u);
    EXPECT_EQ(town.tray()[0].rule, "pm2_5_high");
  }
  Town town;
  DatastreamId pm;
};

TEST_F(RuleEngineTest, RaisesOnceAboveTheLimitAndTellsTheListener) {
  town.read(pm, 150);
  town.wait(600);
  town.read(pm, 186);
  town.wait(600);
  town.read(pm, 190);

  ASSERT_EQ(town.tray().size(), 1u);
  const Alarm alarm = town.tray()[0];
  EXPECT_EQ(alarm.rule, "pm2_5_high");
  EXPECT_EQ(alarm.value, 186);
  EXPECT_EQ(alarm.limit, 160);
  EXPECT_EQ(alarm.severity, Severity::medium);
  EXPECT_EQ(alarm.count, 1u);
  EXPECT_EQ(town.told.size(), 1u);
}

TEST_F(RuleEngineTest, ClearsOnlyAfterHysteresis) {
  town.read(pm, 186);
  town.wait(600);
  town.read(pm, 150);
  EXPECT_EQ(town.tray()[0].condition, Condition::active);
  town.wait(600);
  town.read(pm, 119);
  EXPECT_EQ(town.tray()[0].condition, Condition::cleared);
}

TEST_F(RuleEngineTest, KeepsAClearedAlarmUntilSomeoneAcknowledgesIt) {
  town.read(pm, 186);
  town.wait(600);
  town.read(pm, 100);
  ASSERT_EQ(town.tray().size(), 1u);

  const auto after = town.engine->acknowledge(town.tray()[0].id, audit::Actor{"user", "aigul"}, "window open");
  ASSERT_TRUE(after);
  EXPECT_EQ(after->handling, Handling::acknowledged);
  EXPECT_EQ(after->acknowledged_by, "aigul");
  EXPECT_EQ(after->comments.at(0).text, "window open");
  EXPECT_TRUE(town.tray().empty());
  EXPECT_EQ(town.everything(State::closed).size(), 1u);
}

TEST_F(RuleEngineTest, AnAcknowledgedAlarmStaysWhileItIsActiveAndLeavesWhenItClears) {
  town.read(pm, 186);
  ASSERT_TRUE(town.engine->acknowledge(town.tray()[0].id, audit::Actor{"user", "aigul"}, ""));
  ASSERT_EQ(town.tray().size(), 1u);
  town.wait(600);
  town.read(pm, 100);
  EXPECT_TRUE(town.tray().empty());
  EXPECT_EQ(town.told.back().condition, Condition::cleared);
}

TEST_F(RuleEngineTest, RaisingAgainWhileOpenCountsInsteadOfASecondAlarm) {
  for (const double value : {186, 100, 190, 100, 200}) {
    town.read(pm, value);
    town.wait(600);
  }
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].count, 3u);
  EXPECT_EQ(town.tray()[0].condition, Condition::active);
}

TEST_F(RuleEngineTest, AcknowledgingTwiceIsAConflictAndAnUnknownAlarmIsNotFound) {
  town.read(pm, 186);
  const AlarmId id = town.tray()[0].id;
  ASSERT_TRUE(town.engine->acknowledge(id, audit::Actor{"user", "aigul"}, ""));
  EXPECT_EQ(town.engine->acknowledge(id, audit::Actor{"user", "serik"}, "").error().kind, ErrorKind::conflict);
  town.wait(600);
  town.read(pm, 100);
  EXPECT_EQ(town.engine->acknowledge(id, audit::Actor{"user", "serik"}, "").error().kind, ErrorKind::conflict);
  EXPECT_EQ(town.engine->acknowledge(AlarmId(99), audit::Actor{"user", "serik"}, "").error().kind,
            ErrorKind::not_found);
}

TEST_F(RuleEngineTest, CommentsAreKeptOnOpenAndClosedAlarms) {
  town.read(pm, 186);
  const AlarmId id = town.tray()[0].id;
  ASSERT_TRUE(town.engine->comment(id, audit::Actor{"user", "serik"}, "stoves"));
  ASSERT_TRUE(town.engine->acknowledge(id, audit::Actor{"user", "aigul"}, ""));
  town.wait(600);
  town.read(pm, 100);
  ASSERT_TRUE(town.engine->comment(id, audit::Actor{"user", "serik"}, "over"));
  const auto alarm = town.engine->board().find(id);
  ASSERT_TRUE(alarm);
  ASSERT_EQ(alarm->comments.size(), 2u);
  EXPECT_EQ(alarm->comments[1].text, "over");
  EXPECT_EQ(town.engine->comment(id, audit::Actor{"user", "serik"}, "").error().kind, ErrorKind::invalid);
  EXPECT_EQ(town.engine->comment(AlarmId(99), audit::Actor{"user", "serik"}, "x").error().kind, ErrorKind::not_found);
}

TEST_F(RuleEngineTest, LateAndDuplicateReadingsRaiseNothing) {
  town.read(pm, 100);
  const Instant earlier = town.clock.now() - std::chrono::minutes(5);
  town.read_at(pm, 300, earlier);
  const std::vector<readings::Observation> row{reading(pm, 300, town.clock.now() + std::chrono::seconds(1))};
  const std::vector<readings::Outcome> outcome{readings::Outcome::duplicate};
  town.engine->evaluate(town.store.add({}), row, outcome);
  EXPECT_TRUE(town.tray().empty());
  EXPECT_EQ(town.engine->probe().out_of_order, 1u);
}

TEST_F(RuleEngineTest, ImportedHistoryIsNotNews) {
  town.read_at(pm, 300, town.clock.now() - std::chrono::hours(24));
  EXPECT_TRUE(town.tray().empty());
  EXPECT_EQ(town.engine->probe().stale, 1u);
  town.read(pm, 300);
  EXPECT_EQ(town.tray().size(), 1u);
}

TEST_F(RuleEngineTest, MostSevereFirstThenNewest) {
  const ThingId substation = town.directory.add_thing("ZhP-3", Kind::heat_substation);
  const DatastreamId supply = town.directory.add_stream(substation, "s", "supply_temperature", 300, "°C");
  const ThingId bin = town.directory.add_thing("QK-1", Kind::bin);
  const DatastreamId fill = town.directory.add_stream(bin, "fill", "fill_level", 600, "%");
  town.read(fill, 96);
  town.wait(60);
  town.read(pm, 186);
  for (int i = 0; i < 3; i++) {
    town.read(supply, 62);
    town.wait(300);
  }
  const auto tray = town.tray();
  ASSERT_EQ(tray.size(), 3u);
  EXPECT_EQ(tray[0].rule, "heat_supply_low");
  EXPECT_EQ(tray[1].rule, "pm2_5_high");
  EXPECT_EQ(tray[2].rule, "bin_full");
  const Counts counts = town.engine->board().counts();
  EXPECT_EQ(counts, (Counts{0, 1, 0, 1, 1, 0}));
  EXPECT_EQ(town.engine->board().list({.state = State::open, .limit = 1, .thing = {}})->size(), 1u);
}

TEST_F(RuleEngineTest, TheDaysAlarmsAreNotHiddenByMoreSevereOnesOfThePast) {
  const auto use = [&](Severity severity) {
    Rule rule = default_rule("pm2_5_high");
    rule.severity = severity;
    ASSERT_TRUE(town.engine->set_rules(std::make_shared<const std::vector<Rule>>(std::vector<Rule>{rule})));
  };
  const auto raise_and_close = [&] {
    town.wait(600);
    town.read(pm, 186);
    ASSERT_TRUE(town.engine->acknowledge(town.tray().at(0).id, audit::Actor{"user", "aigul"}, ""));
    town.wait(600);
    town.read(pm, 100);
    ASSERT_TRUE(town.engine->apply());
  };
  use(Severity::high);
  for (int i = 0; i < 3; i++) raise_and_close();
  town.wait(3 * 3600);
  const std::int64_t day = town.clock.now().ns;
  use(Severity::medium);
  raise_and_close();
  const auto& board = town.engine->board();
  const auto since = board.list({.state = State::closed, .limit = 2, .thing = {}, .since = day});
  ASSERT_TRUE(since) << since.error().message;
  ASSERT_EQ(since->size(), 1u);
  EXPECT_EQ(since->at(0).severity, Severity::medium);
  const auto of_thing = board.list({.state = State::closed, .limit = 2, .thing = ThingId(1), .since = 0});
  ASSERT_EQ(of_thing->size(), 2u);
  EXPECT_EQ(of_thing->at(0).severity, Severity::high);
  EXPECT_EQ(of_thing->at(1).severity, Severity::medium);
  // What is open is never left out for what is over.
  use(Severity::low);
  town.wait(600);
  town.read(pm, 186);
  const auto all = board.list({.state = State::all, .limit = 2, .thing = ThingId(1), .since = 0});
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(all->at(0).severity, Severity::medium);
  EXPECT_EQ(all->at(1).severity, Severity::low);
}

TEST_F(RuleEngineTest, ALimitInAnotherUnitIsConverted) {
  const DatastreamId co = town.directory.add_stream(ThingId(1), "co", "co", 600, "mg/m³");
  town.read(co, 4.9);
  EXPECT_TRUE(town.tray().empty());
  town.wait(600);
  town.read(co, 5.2);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_DOUBLE_EQ(town.tray()[0].limit, 5);
}

TEST_F(RuleEngineTest, AlarmsOfADisabledRuleClear) {
  town.read(pm, 186);
  auto rules = default_rules();
  for (auto& rule : rules) rule.enabled = rule.key != "pm2_5_high";
  ASSERT_TRUE(town.engine->set_rules(std::make_shared<const std::vector<Rule>>(rules)));
  EXPECT_EQ(town.tray().at(0).condition, Condition::cleared);
  town.wait(600);
  town.read(pm, 300);
  EXPECT_EQ(town.tray().at(0).condition, Condition::cleared);
}

TEST_F(RuleEngineTest, RulesThatCouldNotBeTakenAreTakenWhenThereIsSpace) {
  const auto book = RuleBook::open(town.folder_.file("rules"));
  ASSERT_TRUE(book);
  Rule lower = default_rule("pm2_5_high");
  lower.limit = 50;
  lower.clear = 40;
  ASSERT_TRUE((*book)->put(lower));
  town.read(pm, 20);
  {
    const tests::SqliteDiskFails full(ENOSPC);
    EXPECT_EQ(town.engine->set_rules((*book)->rules()).error().kind, ErrorKind::full);
    EXPECT_FALSE(keep_in_force(**book, *town.engine));
  }
  ASSERT_TRUE(keep_in_force(**book, *town.engine));
  EXPECT_EQ(town.engine->rules(), (*book)->rules());
  town.wait(600);
  town.read(pm, 60);
  ASSERT_EQ(town.tray().size(), 1u);
}

TEST_F(RuleEngineTest, ANewLimitAppliesToTheNextReading) {
  town.read(pm, 140);
  auto rules = default_rules();
  for (auto& rule : rules) {
    if (rule.key == "pm2_5_high") rule.limit = 130;
  }
  ASSERT_TRUE(town.engine->set_rules(std::make_shared<const std::vector<Rule>>(rules)));
  town.wait(600);
  town.read(pm, 140);
  EXPECT_EQ(town.tray().size(), 1u);
}

TEST_F(RuleEngineTest, AlarmsOfARemovedDatastreamClear) {
  town.read(pm, 186);
  town.directory.remove_stream(pm);
  town.engine->datastream_changed(pm);
  EXPECT_EQ(town.tray().at(0).condition, Condition::cleared);
}

TEST_F(RuleEngineTest, AClockThatStoodAheadDoesNotHoldUpWhatComesAfter) {
  town.clock.advance(std::chrono::hours(5));
  ASSERT_TRUE(town.engine->tick(town.clock.now()));
  town.read(pm, 20);
  town.wait(60);
  town.clock.advance(-std::chrono::hours(5));
  town.wait(60);
  expect_judged();
}

TEST_F(RuleEngineTest, NorAfterARestart) {
  town.read_at(pm, 20, town.clock.now() + std::chrono::hours(5));
  town.wait(60);
  town.kill();
  town.open();
  town.wait(60);
  expect_judged();
}

TEST_F(RuleEngineTest, ALeapOfTheClockIsNoDuration) {
  Rule rule = default_rule("pm2_5_high");
  rule.for_s = 1800;
  ASSERT_TRUE(town.engine->set_rules(std::make_shared<const std::vector<Rule>>(std::vector<Rule>{rule})));
  town.read(pm, 186);
  town.wait(60);
  town.clock.set(town.clock.now() + std::chrono::hours(1));
  town.wait(60);
  town.read(pm, 190);
  town.wait(1200);
  town.read(pm, 190);
  EXPECT_TRUE(town.tray().empty());
  town.wait(600);
  town.read(pm, 190);
  EXPECT_EQ(town.tray().size(), 1u);
}

TEST_F(RuleEngineTest, ARateIsNotTakenFromWhatWasReadWhenNoRuleLookedBack) {
  Rule leap = default_rule("pm2_5_high");
  leap.key = "leap";
  leap.comparison = Comparison::rate;
  leap.limit = 100;
  leap.clear = 50;
  leap.for_s = 0;
  leap.per_s = 600;
  Rule high = default_rule("pm2_5_high");
  high.limit = 1000;
  const auto with = std::make_shared<const std::vector<Rule>>(std::vector<Rule>{leap, high});
  auto off = leap;
  off.enabled = false;
  ASSERT_TRUE(town.engine->set_rules(with));
  town.read(pm, 10);
  ASSERT_TRUE(town.engine->set_rules(std::make_shared<const std::vector<Rule>>(std::vector<Rule>{off, high})));
  for (const double value : {60.0, 110.0, 160.0, 210.0}) {
    town.wait(600);
    town.read(pm, value);
  }
  ASSERT_TRUE(town.engine->set_rules(with));
  town.wait(600);
  town.read(pm, 215);
  EXPECT_TRUE(town.tray().empty());
  town.wait(600);
  town.read(pm, 340);
  EXPECT_EQ(town.tray().size(), 1u);
}

}  // namespace
}  // namespace qala::alarms::testing
