// Schedules, quiet time, several conditions.
#include <gtest/gtest.h>

#include "alarms/testbed.h"

namespace qala::alarms::testing {
namespace {

constexpr const char* kName = "name = {kk = \"a\", ru = \"b\", en = \"c\"}\n";

std::vector<Rule> rules_of(const std::string& text) {
  const auto rules = parse_rules(text, "test.toml");
  EXPECT_TRUE(rules) << rules.error().message;
  return rules.value_or(std::vector<Rule>());
}

/// A bus stop in a town that is five hours ahead of UTC. The clock begins at 2026-01-17 19:40 there, a Saturday.
struct Conditions : ::testing::Test {
  void begin(const std::string& fields) {
    const ThingId stop = town.directory.add_thing("ST-1", registry::Kind::bus_stop);
    inside = town.directory.add_stream(stop, "temperature", "temperature", 600, "°C");
    outside = town.directory.add_stream(stop, "outside", "outside_temperature", 600, "°C");
    wind = town.directory.add_stream(stop, "wind", "wind_speed", 600, "m/s");
    town.options.zone = *Zone::find("Asia/Almaty");
    town.use(rules_of("[[rule]]\nkey = \"cold\"\n" + std::string(kName) +
                      "kind = \"bus_stop\"\nproperty = \"temperature\"\ncomparison = \"<\"\nlimit = 5\nclear = 8\n" +
                      fields));
    town.open();
  }
  void at(const char* utc) { town.clock.set(*parse_iso(utc)); }
  std::string state() const {
    const auto tray = town.tray();
    return tray.empty() ? "none" : std::string(name_of(tray[0].condition));
  }
  void read(DatastreamId id, double value) {
    town.clock.advance(std::chrono::seconds(1));
    town.read(id, value);
  }
  Town town;
  DatastreamId inside, outside, wind;
};

TEST_F(Conditions, AreAllToHoldAndAnyOfThemSetsItOff) {
  begin("and = [{property = \"outside_temperature\", comparison = \"<\", limit = -20, clear = -15}]\n");
  read(inside, 2);
  EXPECT_EQ(state(), "none");  // nothing is known of the outside
  read(outside, -10);
  EXPECT_EQ(state(), "none");
  read(outside, -25);
  EXPECT_EQ(state(), "active");
  EXPECT_EQ(town.tray()[0].datastream, inside);
  EXPECT_EQ(town.tray()[0].value, 2);
  read(outside, -17);
  EXPECT_EQ(state(), "active");  // hysteresis of the other condition
  read(outside, -12);
  EXPECT_EQ(state(), "cleared");
}

TEST_F(Conditions, OneOfSeveralIsEnoughWithOr) {
  begin(
      "or = [{property = \"wind_speed\", comparison = \">\", limit = 20}]\n"
      "and = [{property = \"outside_temperature\", comparison = \"<\", limit = -20,"
      " or = [{property = \"wind_speed\", comparison = \">\", limit = 30}]}]\n");
  read(inside, 12);
  read(outside, -25);
  EXPECT_EQ(state(), "none");
  read(wind, 25);
  EXPECT_EQ(state(), "active");
  read(outside, 0);
  EXPECT_EQ(state(), "cleared");
  read(wind, 35);
  EXPECT_EQ(state(), "active");
}

TEST_F(Conditions, AnOldReadingHoldsNothing) {
  begin("and = [{property = \"outside_temperature\", comparison = \"<\", limit = -20}]\n");
  read(outside, -25);
  town.clock.advance(std::chrono::hours(2));
  read(inside, 2);
  EXPECT_EQ(state(), "none");
}

TEST_F(Conditions, StandAsTheyWereAfterARestart) {
  begin("and = [{property = \"outside_temperature\", comparison = \"<\", limit = -20}]\n");
  read(outside, -25);
  ASSERT_TRUE(town.engine->apply());
  town.kill();
  town.open();
  read(inside, 2);
  EXPECT_EQ(state(), "active");
  ASSERT_TRUE(town.engine->apply());
  town.kill();
  town.open();
  read(outside, 0);
  EXPECT_EQ(state(), "cleared");
}

TEST_F(Conditions, ARuleRaisesOnlyInItsHours) {
  begin("schedule = {days = [\"mon\", \"tue\"], from = \"22:00\", to = \"06:00\"}\n");
  read(inside, 2);  // Saturday
  EXPECT_EQ(state(), "none");
  at("2026-01-19T16:59:00Z");  // Monday 21:59
  read(inside, 2);
  EXPECT_EQ(state(), "none");
  at("2026-01-19T17:00:00Z");
  read(inside, 2);
  EXPECT_EQ(state(), "active");
  at("2026-01-21T00:59:00Z");  // Wednesday 05:59 is Tuesday's night
  read(inside, 9);
  EXPECT_EQ(state(), "cleared");
  read(inside, 2);
  EXPECT_EQ(state(), "active");
  at("2026-01-21T09:00:00Z");
  read(inside, 2);
  EXPECT_EQ(state(), "active");  // what is raised stays until it is good
  read(inside, 9);
  EXPECT_EQ(state(), "cleared");
  read(inside, 2);
  EXPECT_EQ(state(), "cleared");
}

TEST_F(Conditions, WhatHoldsAtTheEndOfQuietTimeIsRaisedThen) {
  begin("quiet = {from = \"19:00\", to = \"21:00\"}\n");
  read(inside, 2);
  EXPECT_EQ(state(), "none");
  town.wait(70 * 60);
  EXPECT_EQ(state(), "none");
  town.wait(11 * 60);  // 21:01
  EXPECT_EQ(state(), "active");
}

TEST_F(Conditions, WhatIsOverBeforeQuietTimeEndsIsNotRaised) {
  begin("quiet = {from = \"19:00\", to = \"21:00\"}\n");
  read(inside, 2);
  town.wait(600);
  read(inside, 12);
  town.wait(2 * 3600);
  EXPECT_EQ(state(), "none");
}

TEST(ConditionTexts, MistakesAreToldWithLineAndField) {
  const auto error = [](const std::string& fields) {
    const auto rules =
        parse_rules("[[rule]]\nkey = \"x\"\n" + std::string(kName) + "kind = \"lamp\"\nlimit = 1\n" + fields, "r.toml");
    return rules ? std::string("fine") : rules.error().message;
  };
  EXPECT_EQ(error("and = [{property = \"a\", comparison = \"<\", limit = 5, clear = 1}]\n"),
            "r.toml:6:62: and[0].clear: must lie on the good side of limit");
  EXPECT_EQ(error("and = [\n{property = \"a\", or = [{limit = \"x\"}]}]\n"),
            "r.toml:7:33: and[0].or[0].limit: must be a number");
  EXPECT_EQ(error("or = [{limit = 5}]\n"), "r.toml:6:7: or[0].property: must not be empty");
  EXPECT_EQ(error("schedule = {from = \"8\", to = \"17:00\"}\n"),
            "r.toml:6:20: schedule.from: must be a time of day, like \"07:30\"");
  EXPECT_EQ(error("schedule = {days = [\"sunday\"]}\n"),
            "r.toml:6:20: schedule.days: must be of mon, tue, wed, thu, fri, sat, sun");
  EXPECT_EQ(error("quiet = {noon = 1}\n"), "r.toml:6:17: quiet.noon: unknown key");
}

TEST(ConditionTexts, AreReadAsTheyWereWritten) {
  const auto rules = rules_of("[[rule]]\nkey = \"x\"\n" + std::string(kName) +
                              "kind = \"lamp\"\nlimit = 1\n"
                              "schedule = {days = [\"sat\", \"sun\"], from = \"08:00\", to = \"24:00\"}\n"
                              "quiet = {from = \"22:30\", to = \"06:00\"}\n"
                              "or = [{property = \"a\", limit = 5}]\n"
                              "and = [{property = \"b\", comparison = \"<\", limit = 1, clear = 2,"
                              " or = [{property = \"c\", limit = 3}]}, {property = \"d\", limit = 4}]\n");
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_EQ(rules[0].all.size(), 2u);
  EXPECT_EQ(rules[0].all[0].any.size(), 2u);
  EXPECT_EQ(rules[0].schedule->days, 0x60);
  const auto again = parse_rules(write_rules(rules), "again");
  ASSERT_TRUE(again) << again.error().message << write_rules(rules);
  EXPECT_EQ(*again, rules);
}

}  // namespace
}  // namespace qala::alarms::testing
