#include "alarms/performance.h"

#include <gtest/gtest.h>

#include "alarms/testbed.h"

namespace qala::alarms::testing {
namespace {

constexpr std::int64_t kFrom = 1'768'660'800 * Instant::kSecond;
constexpr std::int64_t kHours = 24 * Instant::kHour;

Raise raise_at(std::int64_t seconds, std::uint32_t thing = 1, std::int64_t lasts = 3600) {
  Raise raise{.at = kFrom + seconds * Instant::kSecond};
  raise.cleared = raise.at + lasts * Instant::kSecond;
  raise.acknowledged = raise.at + 90 * Instant::kSecond;
  raise.source = {"pm2_5_high", ThingId(thing), DatastreamId(thing)};
  raise.value = 161;
  return raise;
}

Performance measured(const std::vector<Raise>& raises, std::uint64_t operators = 1) {
  return measure(raises, kFrom, kFrom + kHours, operators, default_rules());
}

TEST(Performance, CountsAlarmsPerOperatorInTenMinutes) {
  std::vector<Raise> raises;
  for (int i = 0; i < 12; i++) raises.push_back(raise_at(i * 30, 1 + static_cast<std::uint32_t>(i)));
  raises.push_back(raise_at(7200, 40));
  const auto one = measured(raises);
  EXPECT_EQ(one.alarms, 13u);
  EXPECT_DOUBLE_EQ(one.mean, 13.0 / 144);
  EXPECT_EQ(one.peak, 12u);
  EXPECT_EQ(one.peak_at, kFrom);
  EXPECT_DOUBLE_EQ(one.over_10_percent, 100.0 / 144);
  ASSERT_EQ(one.distribution.size(), 3u);
  EXPECT_EQ(one.distribution[0].intervals, 142u);
  const auto two = measured(raises, 2);
  EXPECT_EQ(two.peak, 6u);
  EXPECT_EQ(two.over_10_percent, 0);
  EXPECT_TRUE(two.floods.empty());
}

TEST(Performance, AFloodBeginsAboveTenAndEndsBelowFive) {
  std::vector<Raise> raises;
  for (int i = 0; i < 11; i++) raises.push_back(raise_at(590 + i, 1 + static_cast<std::uint32_t>(i)));
  const auto floods = measured(raises).floods;  // over the border of two intervals
  ASSERT_EQ(floods.size(), 1u);
  EXPECT_EQ(floods[0].count, 11u);
  EXPECT_EQ(floods[0].from, raises[0].at);
  EXPECT_EQ(floods[0].to, raises[6].at + 600 * Instant::kSecond);
  raises.pop_back();
  EXPECT_TRUE(measured(raises).floods.empty());
}

TEST(Performance, ThreeRaisesInAMinuteAreChatterAndTheDelayThatEndsItIsSuggested) {
  std::vector<Raise> raises;
  for (int i = 0; i < 30; i++) raises.push_back(raise_at(i * 20, 1, 8));
  raises.push_back(raise_at(5000, 1, 3000));
  const auto found = measured(raises);
  ASSERT_EQ(found.chattering.size(), 1u);
  EXPECT_EQ(found.chattering[0].raises, 31u);
  EXPECT_EQ(found.chattering[0].worst_minute, 3u);
  ASSERT_EQ(found.suggestions.size(), 1u);
  EXPECT_EQ(found.suggestions[0].field, "for_s");
  EXPECT_EQ(found.suggestions[0].suggested, 10);
  EXPECT_EQ(found.suggestions[0].would_remain, 1u);
  const std::vector<Raise> calm{raise_at(0), raise_at(30), raise_at(61)};
  EXPECT_TRUE(measured(calm).chattering.empty());
}

TEST(Performance, NamesTheTenWorstAndHowLongPeopleTook) {
  std::vector<Raise> raises;
  for (std::uint32_t thing = 1; thing <= 12; thing++) {
    for (std::uint32_t i = 0; i < thing; i++) raises.push_back(raise_at(thing * 4000 + i * 200, thing));
  }
  raises.back().acknowledged = 0;
  const auto found = measured(raises);
  ASSERT_EQ(found.worst.size(), 10u);
  EXPECT_EQ(found.worst[0].thing, ThingId(12));
  EXPECT_EQ(found.worst[0].count, 12u);
  EXPECT_EQ(found.median_s, 90);
  EXPECT_EQ(found.waiting, 1u);
  EXPECT_FALSE(measured({}).median_s);
}

TEST(Performance, CountsWhatCameToTheTrayOnly) {
  Town town;
  const ThingId station = town.directory.add_thing("AB-4", registry::Kind::air_station);
  const auto pm = town.directory.add_stream(station, "pm2_5", "pm2_5", 600, "µg/m³");
  town.open();
  const audit::Actor aigul{"user", "aigul"};
  const Instant from = town.clock.now();
  town.read(pm, 186);
  town.clock.advance(std::chrono::seconds(60));
  ASSERT_TRUE(town.engine->acknowledge(town.tray()[0].id, aigul, ""));
  ASSERT_TRUE(town.engine->shelve(town.tray()[0].id, aigul, town.clock.now() + std::chrono::hours(1), "filter"));
  for (int i = 0; i < 5; i++) {
    town.clock.advance(std::chrono::seconds(5));
    town.read(pm, i % 2 == 0 ? 20 : 190);
  }
  ASSERT_TRUE(town.engine->apply());
  town.clock.advance(std::chrono::seconds(1));
  const auto found = measure(town.folder_.file("town.db"), from.ns, town.clock.now().ns, 1, *town.rules);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->alarms, 1u);
  EXPECT_EQ(found->median_s, 60);
  EXPECT_TRUE(found->chattering.empty());
  std::string text;
  JsonWriter out(text);
  render(out, *found);
  EXPECT_NE(text.find(R"("per_10_min":{"mean":1,"peak":1)"), std::string::npos) << text;
}

}  // namespace
}  // namespace qala::alarms::testing
