#include "reports/day.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reports/test_town.h"

namespace qala::reports {
namespace {

using test::at;

class DayFactsOf : public ::testing::Test {
 protected:
  Day day(std::string_view name) const { return *day_of(town.zone, *day_from(name), town.clock.now()); }
  FieldDay field(Field which, const Day& day, const DayLines& days = {}) {
    std::optional<FieldQuestion> question;
    town.registry->read([&](const registry::Registry::View& view) { question = question_of(which, view); });
    EXPECT_TRUE(question);
    auto line = passed_line(*town.store, town.zone, question->question, day.day, day.end);
    EXPECT_TRUE(line);
    return field_day(*question, day, town.zone, *line, days);
  }
  test::Town town;
};

TEST_F(DayFactsOf, ADayOf25HoursHas25Hours) {
  const DatastreamId pm = town.measure(town.add("AB-1", registry::Kind::air_station), "pm2_5");
  const Day long_day = day("2024-02-29");
  EXPECT_EQ(long_day.hours, 25);
  EXPECT_EQ((long_day.end - long_day.start).count(), 25 * Instant::kHour);
  // 00:00 to 23:00 twice: a reading of 10, but 70 in the hour that came twice, the second time.
  town.fill(pm, long_day.start, long_day.end, [](int n) { return n >= 24 * 6 ? 70 : 10; });
  const FieldDay air = field(Field::air, long_day);
  ASSERT_EQ(air.line.size(), 150u);
  EXPECT_EQ(air.line[143], 10);
  EXPECT_EQ(air.line[144], 70);
  EXPECT_EQ(air.low.size(), 150u);
  ASSERT_TRUE(air.figures);
  EXPECT_NEAR(air.figures->mean, (24 * 10 + 70) / 25.0, 1e-6);
  EXPECT_EQ(air.figures->max_at, long_day.start + std::chrono::hours(24));
  const auto all = coverage(*town.store, *town.registry, town.zone, long_day);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->hours.size(), 25u);
  EXPECT_DOUBLE_EQ(all->share, 1);
}

TEST_F(DayFactsOf, ADayIsNoDayBeforeItBeginsAndEndsNowWhileItRuns) {
  EXPECT_EQ(day_of(town.zone, *day_from("2026-01-19"), town.clock.now()).error().kind, ErrorKind::invalid);
  const Day today = day("2026-01-18");
  EXPECT_FALSE(today.whole);
  EXPECT_EQ(today.end, town.clock.now());
  EXPECT_EQ(day_from("2026-02-30"), std::nullopt);
  EXPECT_EQ(day_from("today"), std::nullopt);
  EXPECT_EQ(day_from("2026-01-18T00"), std::nullopt);
  EXPECT_EQ(name_of_day(*day_from("1999-12-31")), "1999-12-31");
}

TEST_F(DayFactsOf, AGapStaysAGapAndIsNoZero) {
  const DatastreamId pm = town.measure(town.add("AB-1", registry::Kind::air_station), "pm2_5");
  const Day day_ = day("2026-01-17");
  town.fill(pm, day_.start, day_.start + std::chrono::hours(6), [](int) { return 20; });
  town.fill(pm, day_.start + std::chrono::hours(12), day_.end, [](int) { return 40; });
  const FieldDay air = field(Field::air, day_);
  EXPECT_TRUE(std::isnan(air.line[60]));
  EXPECT_NEAR(air.figures->mean, (6 * 20 + 12 * 40) / 18.0, 1e-5);
  EXPECT_EQ(air.figures->min, 20);
  const auto all = coverage(*town.store, *town.registry, town.zone, day_);
  EXPECT_DOUBLE_EQ(all->share, 0.75);
  EXPECT_EQ(all->hours[7], 0);
  ASSERT_EQ(all->poor.size(), 1u);
  EXPECT_EQ(all->silent, 0u);
}

TEST_F(DayFactsOf, TheUsualIsThatOfLikeDays) {
  const DatastreamId pm = town.measure(town.add("AB-1", registry::Kind::air_station), "pm2_5");
  const Day saturday = day("2026-01-17");
  town.fill(pm, saturday.start, saturday.end, [](int) { return 50; });
  DayLines days;
  for (std::int32_t back = 1; back <= 42; back++) {
    const float value = alike(saturday.day, saturday.day - back) ? 30 : 500;
    days[saturday.day - back] = std::make_shared<const DayLine>(144, back == 1 ? 44 : value);
  }
  const FieldDay air = field(Field::air, saturday, days);
  ASSERT_TRUE(air.usual);
  EXPECT_DOUBLE_EQ(air.usual->first, 30);
  EXPECT_DOUBLE_EQ(air.usual->second, 30);
  EXPECT_DOUBLE_EQ(*air.mean_yesterday, 44);
  EXPECT_EQ(air.like_days, 12u);
}

TEST_F(DayFactsOf, MoreReadingsThanExpectedMakeUpForNoSilentHour) {
  const DatastreamId pm = town.measure(town.add("AB-1", registry::Kind::air_station), "pm2_5", 3'600'000);
  const ThingId silent = town.add("AB-2", registry::Kind::air_station);
  town.measure(silent, "pm2_5");
  const Day day_ = day("2026-01-17");
  town.fill(pm, day_.start, day_.start + std::chrono::hours(12), [](int) { return 1; });  // six an hour
  const auto all = coverage(*town.store, *town.registry, town.zone, day_);
  ASSERT_TRUE(all);
  EXPECT_DOUBLE_EQ(all->share, 0.25);
  EXPECT_EQ(all->silent, 1u);
  ASSERT_EQ(all->kinds.size(), 1u);
  EXPECT_EQ(all->kinds[0].things, 2u);
  EXPECT_EQ(all->poor[0].thing, silent) << "the poorest first";
}

TEST_F(DayFactsOf, LimitsPassedSayHowLongAndHowFar) {
  const ThingId station = town.add("AB-4", registry::Kind::air_station);
  const DatastreamId pm = town.measure(station, "pm2_5");
  const Day day_ = day("2026-01-17");
  town.fill(pm, day_.start, day_.end, [](int n) { return n >= 60 && n < 69 ? 160.5 + n : 20; });
  const auto found = exceeded(*town.store, *town.registry, alarms::default_rules(), town.zone, day_);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().rule, "pm2_5_high");
  EXPECT_EQ(found->front().thing, station);
  EXPECT_EQ(found->front().over, Duration(90 * Instant::kMinute));
  EXPECT_DOUBLE_EQ(found->front().worst, 228.5);
  EXPECT_EQ(found->front().worst_at, day_.start + Duration(68 * 10 * Instant::kMinute));
}

TEST_F(DayFactsOf, LampsThatAreOffByDayAreNoFault) {
  const DatastreamId lamp = town.measure(town.add("L-1", registry::Kind::lamp), "power");
  const Day day_ = day("2026-01-17");
  town.fill(lamp, day_.start, day_.end, [](int n) { return n < 48 || n >= 102 ? 60 : 0; });
  const FieldDay light = field(Field::light, day_);
  ASSERT_TRUE(light.figures);
  EXPECT_EQ(light.figures->min, 100);
  EXPECT_TRUE(std::isnan(light.line[72]));
}

}  // namespace
}  // namespace qala::reports
