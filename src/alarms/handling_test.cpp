// What people do with alarms, and what happens when they do nothing.
#include <algorithm>

#include <gtest/gtest.h>

#include "alarms/testbed.h"

namespace qala::alarms::testing {
namespace {

using registry::Kind;
using std::chrono::hours;
using std::chrono::seconds;

const audit::Actor kAigul{"user", "aigul"};

/// Remembers what was recorded; refuses on demand.
struct AuditBook final : audit::AuditSink {
  Result<> record(const audit::Actor& by, std::string_view action, std::string_view object, std::string_view) override {
    if (refuses) return fail(ErrorKind::full, "no room for the audit");
    lines.push_back(by.subject + ' ' + std::string(action) + ' ' + std::string(object));
    return {};
  }
  std::vector<std::string> lines;
  bool refuses = false;
};

struct People : ::testing::Test {
  void SetUp() override {
    town.options.audit = &audit;
    town.options.escalate_s = {};
    station = town.directory.add_thing("AB-4", Kind::air_station);
    pm = town.directory.add_stream(station, "pm2_5", "pm2_5", 600, "µg/m³");
    town.open();
  }
  AlarmId raise() {
    town.read(pm, 186);
    return town.tray().at(0).id;
  }
  void clear() {
    town.clock.advance(seconds(1));
    town.read(pm, 20);
  }
  void raise_again() {
    town.clock.advance(seconds(1));
    town.read(pm, 190);
  }
  Result<Alarm> shelve(AlarmId id, int for_hours = 4) {
    return town.engine->shelve(id, kAigul, town.clock.now() + hours(for_hours), "filter is changed");
  }
  Alarm now(AlarmId id) const { return *town.engine->board().find(id); }
  std::vector<std::string> history(AlarmId id) const {
    EXPECT_TRUE(town.engine->apply());
    std::vector<std::string> names;
    for (const auto& step : town.engine->board().history(id)->steps) {
      names.push_back(std::string(name_of(step.kind)) + (step.by.empty() ? "" : " by " + step.by));
    }
    return names;
  }
  void restart() {
    town.kill();
    town.open();
  }
  std::uint32_t counted() const { return town.engine->board().counts()[3]; }

  AuditBook audit;
  Town town;
  ThingId station;
  DatastreamId pm;
};

TEST_F(People, AShelvedAlarmLeavesTheTrayAndComesBackWhenItsTimeIsOver) {
  const AlarmId id = raise();
  EXPECT_EQ(counted(), 1u);
  const auto shelved = shelve(id);
  ASSERT_TRUE(shelved) << shelved.error().message;
  EXPECT_EQ(shelved->shelved->reason, "filter is changed");
  EXPECT_EQ(shelved->shelved->by, "aigul");
  EXPECT_EQ(counted(), 0u);
  EXPECT_EQ(town.engine->board().aside().shelved, 1u);
  town.wait(4 * 3600 - 10);
  EXPECT_TRUE(now(id).shelved);
  town.wait(20);
  EXPECT_FALSE(now(id).shelved);
  EXPECT_EQ(now(id).handling, Handling::unacknowledged);
  EXPECT_EQ(counted(), 1u);
}

TEST_F(People, ShelvingSurvivesARestartAndEndsByItself) {
  const AlarmId id = raise();
  ASSERT_TRUE(shelve(id));
  restart();
  EXPECT_EQ(now(id).shelved->by, "aigul");
  town.clock.advance(hours(5));
  restart();
  ASSERT_TRUE(town.engine->tick(town.clock.now()));
  EXPECT_FALSE(now(id).shelved);
}

TEST_F(People, AShelvedAlarmThatIsRaisedAgainCountsUpAndStaysShelved) {
  const AlarmId id = raise();
  ASSERT_TRUE(town.engine->acknowledge(id, kAigul, ""));
  ASSERT_TRUE(shelve(id));
  clear();
  raise_again();
  EXPECT_EQ(now(id).count, 2u);
  EXPECT_TRUE(now(id).shelved);
  EXPECT_EQ(now(id).handling, Handling::unacknowledged);  // the new occurrence nobody has seen
  EXPECT_EQ(counted(), 0u);
  town.wait(4 * 3600 + 10);
  EXPECT_EQ(counted(), 1u);
}

TEST_F(People, AShelvedAlarmThatHasClearedClosesWhenItsTimeIsOver) {
  const AlarmId id = raise();
  ASSERT_TRUE(shelve(id));
  clear();
  EXPECT_TRUE(now(id).is_open());
  town.wait(4 * 3600 + 10);
  EXPECT_FALSE(now(id).is_open());
  EXPECT_EQ(history(id), (std::vector<std::string>{"raised", "shelved by aigul", "cleared", "shelving_over"}));
}

TEST_F(People, ShelvingAsksForAReasonAndHasALongestTime) {
  const AlarmId id = raise();
  EXPECT_TRUE(town.engine->shelve(id, kAigul, town.clock.now() + hours(1), "").error().message.starts_with("reason:"));
  EXPECT_TRUE(shelve(id, 13).error().message.starts_with("too_long:"));
  EXPECT_TRUE(shelve(id, 0).error().message.starts_with("until:"));
  ASSERT_TRUE(shelve(id, 12));
  ASSERT_TRUE(town.engine->unshelve(id, kAigul));
  EXPECT_TRUE(town.engine->unshelve(id, kAigul).error().message.starts_with("not_shelved:"));
  clear();
  ASSERT_TRUE(town.engine->acknowledge(id, kAigul, ""));
  EXPECT_TRUE(shelve(id, 1).error().message.starts_with("closed:"));
}

TEST_F(People, APairOutOfServiceStaysSoUntilItIsTakenBack) {
  const AlarmId id = raise();
  ASSERT_TRUE(town.engine->take_out_of_service("pm2_5_high", station, kAigul, "sensor at the workshop"));
  EXPECT_EQ(counted(), 0u);
  EXPECT_EQ(town.engine->board().aside().out_of_service, 1u);
  clear();
  ASSERT_TRUE(town.engine->apply());
  EXPECT_FALSE(now(id).is_open());  // nobody is asked about it
  restart();
  raise_again();
  EXPECT_EQ(counted(), 0u);
  const auto tray = town.tray();
  ASSERT_EQ(tray.size(), 1u);
  EXPECT_EQ(tray[0].out_of_service->reason, "sensor at the workshop");
  EXPECT_EQ(town.engine->take_out_of_service("pm2_5_high", station, kAigul, "again").error().kind, ErrorKind::conflict);
  ASSERT_TRUE(town.engine->return_to_service("pm2_5_high", station, kAigul));
  EXPECT_EQ(counted(), 1u);
  restart();
  EXPECT_EQ(counted(), 1u);
  EXPECT_TRUE(town.engine->board().out_of_service()->empty());
}

TEST_F(People, TheHistoryTellsWhoDidWhat) {
  const AlarmId id = raise();
  ASSERT_TRUE(town.engine->assign(id, kAigul, "serik"));
  ASSERT_TRUE(town.engine->comment(id, {"user", "serik"}, "on my way"));
  town.clock.advance(seconds(1));
  ASSERT_TRUE(town.engine->acknowledge(id, {"user", "serik"}, ""));
  town.clock.advance(seconds(1));
  clear();
  restart();
  EXPECT_EQ(history(id), (std::vector<std::string>{"raised", "assigned by aigul", "commented by serik",
                                                   "acknowledged by serik", "cleared"}));
  EXPECT_EQ(now(id).assignee, "serik");
  EXPECT_EQ(audit.lines, (std::vector<std::string>{"aigul alarm.assigned alarm 1", "serik alarm.commented alarm 1",
                                                   "serik alarm.acknowledged alarm 1"}));
}

TEST_F(People, WhatCannotBeAuditedDoesNotHappen) {
  const AlarmId id = raise();
  audit.refuses = true;
  EXPECT_EQ(shelve(id).error().kind, ErrorKind::full);
  EXPECT_EQ(town.engine->acknowledge(id, kAigul, "").error().kind, ErrorKind::full);
  const AlarmId ids[] = {id};
  EXPECT_EQ(town.engine->acknowledge(ids, kAigul, "").error().kind, ErrorKind::full);
  EXPECT_EQ(town.engine->take_out_of_service("pm2_5_high", station, kAigul, "x").error().kind, ErrorKind::full);
  EXPECT_FALSE(now(id).shelved);
  EXPECT_EQ(now(id).handling, Handling::unacknowledged);
  EXPECT_EQ(history(id), std::vector<std::string>{"raised"});
}

struct Escalation : People {
  void SetUp() override {
    People::SetUp();
    town.kill();
    town.options.escalate_s = {0, 300, 900, 1800, 0, 0};
    town.open();
  }
  void raise_another() {
    town.read(town.directory.add_stream(station, "so2", "so2", 600, "µg/m³"), 700);
    ASSERT_EQ(town.tray().size(), 2u);
  }
  int told_escalated() const {
    int times = 0;
    for (const auto& alarm : town.told) times += alarm.escalated != 0;
    return times;
  }
};

TEST_F(Escalation, AnAlarmNobodyAcknowledgesIsEscalatedOnce) {
  const AlarmId id = raise();
  town.wait(1790);
  EXPECT_EQ(now(id).escalated, 0);
  town.wait(20);
  EXPECT_NE(now(id).escalated, 0);
  EXPECT_EQ(now(id).severity, Severity::medium);
  town.wait(7200);
  EXPECT_EQ(told_escalated(), 1);
  restart();
  town.wait(7200);
  const auto steps = history(id);
  EXPECT_EQ(std::ranges::count(steps, "escalated"), 1);
}

TEST_F(Escalation, TheWaitGoesOnOverARestart) {
  const AlarmId id = raise();
  town.wait(1000);
  ASSERT_TRUE(town.engine->apply());
  town.kill();
  town.clock.advance(seconds(900));
  town.open();
  ASSERT_TRUE(town.engine->tick(town.clock.now()));
  EXPECT_NE(now(id).escalated, 0);
}

TEST_F(Escalation, AClockThatStoodAheadDoesNotPutItOff) {
  const AlarmId id = raise();
  town.wait(60);
  town.clock.set(town.clock.now() - hours(5));
  raise_another();
  town.wait(1700);
  for (const Alarm& alarm : town.tray()) EXPECT_EQ(alarm.escalated, 0) << alarm.rule;
  town.wait(60);
  EXPECT_NE(now(id).escalated, 0);
}

TEST_F(Escalation, NorAfterARestart) {
  const AlarmId id = raise();
  ASSERT_TRUE(town.engine->apply());
  town.kill();
  town.clock.set(town.clock.now() - hours(5));
  town.open();
  town.wait(1820);
  EXPECT_NE(now(id).escalated, 0);
}

TEST_F(Escalation, AClockThatIsSetForwardDoesNotBringItOn) {
  const AlarmId id = raise();
  town.wait(60);
  town.clock.set(town.clock.now() + hours(1));
  raise_another();
  town.wait(1700);
  for (const Alarm& alarm : town.tray()) EXPECT_EQ(alarm.escalated, 0) << alarm.rule;
  town.wait(120);
  EXPECT_NE(now(id).escalated, 0);
}

TEST_F(Escalation, WhatIsAcknowledgedOrPutAsideIsNotEscalated) {
  const AlarmId id = raise();
  ASSERT_TRUE(shelve(id, 2));
  town.wait(2 * 3600 + 20);
  EXPECT_EQ(now(id).escalated, 0);  // back in the tray, and its wait begins
  town.wait(1700);
  EXPECT_EQ(now(id).escalated, 0);
  ASSERT_TRUE(town.engine->acknowledge(id, kAigul, ""));
  town.wait(7200);
  EXPECT_EQ(now(id).escalated, 0);
}

}  // namespace
}  // namespace qala::alarms::testing
