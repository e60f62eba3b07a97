#include "reports/usual.h"

#include <gtest/gtest.h>

#include <cmath>

#include "readings/embedded_store.h"
#include "temporary_folder.h"

namespace qala::reports {
namespace {

const Zone kZone = *Zone::find("Asia/Almaty");

/// A line that is `value` all day.
std::shared_ptr<const DayLine> flat(float value, int minutes = 60) {
  return std::make_shared<const DayLine>(static_cast<std::size_t>(24 * 60 / minutes), value);
}
Instant at(std::string_view iso) { return *parse_iso(iso); }

TEST(Usual, WorkingDaysAreLikeWorkingDays) {
  const std::int32_t saturday = kZone.local_day(at("2026-01-17T14:40:00Z"));
  EXPECT_TRUE(alike(saturday, saturday + 1));
  EXPECT_FALSE(alike(saturday, saturday + 2));
  EXPECT_TRUE(alike(saturday + 2, saturday - 1));
  EXPECT_TRUE(alike(saturday, saturday - 7));
}

TEST(Usual, TheLineEndsInTheStepOfNowAndIsADayLong) {
  const Instant now = at("2026-01-17T14:40:00Z");  // 19:40
  const std::int32_t today = kZone.local_day(now);
  const UsualLine line = usual_line({{today, flat(2)}, {today - 1, flat(1)}, {today - 2, flat(0)}}, kZone, now, 60);
  ASSERT_EQ(line.times.size(), 24U);
  EXPECT_EQ(to_iso(Instant{line.times.front()}), "2026-01-16T15:00:00Z");  // 20:00 the day before
  EXPECT_EQ(to_iso(Instant{line.times.back()}), "2026-01-17T14:00:00Z");
  EXPECT_EQ(line.now.front(), 1);
  EXPECT_EQ(line.now.back(), 2);
  EXPECT_EQ(line.yesterday.back(), 1);
  EXPECT_EQ(line.yesterday.front(), 0);
  EXPECT_TRUE(std::isnan(line.week.back()));
}

TEST(Usual, TheRangeHoldsTheMiddleOfLikeDaysOnly) {
  const Instant now = at("2026-01-21T18:59:00Z");  // Wednesday 23:59
  const std::int32_t today = kZone.local_day(now);
  DayLines days;
  float value = 0;
  for (std::int32_t back = 1; back <= 20; back++)
    days[today - back] = flat(alike(today, today - back) ? value++ : 1000);
  const UsualLine line = usual_line(days, kZone, now, 60);
  EXPECT_EQ(line.days, 14U);
  EXPECT_FLOAT_EQ(line.low.back(), 1.3F);
  EXPECT_FLOAT_EQ(line.high.back(), 11.7F);
}

TEST(Usual, AFewDaysAreNoRange) {
  const Instant now = at("2026-01-21T18:59:00Z");
  const std::int32_t today = kZone.local_day(now);
  const UsualLine line = usual_line({{today - 1, flat(1)}, {today - 2, flat(2)}, {today - 7, flat(3)}}, kZone, now, 60);
  EXPECT_EQ(line.days, 0U);
  EXPECT_TRUE(std::isnan(line.low.back()));
}

class UsualOfStore : public ::testing::Test {
 protected:
  UsualOfStore() {
    auto opened = readings::open_embedded(folder_.path() + "/readings", kZone, clock_,
                                          {.log_segment = 1 << 20, .background = false});
    EXPECT_TRUE(opened);
    store_ = std::move(*opened);
  }
  void put(std::uint32_t datastream, std::string_view iso, std::int64_t value) {
    readings::Batch batch;
    batch.rows.push_back({.datastream = DatastreamId(datastream),
                          .flags = 0,
                          .type = readings::ValueType::decimal,
                          .scale = 0,
                          .time = at(iso).ns,
                          .bits = value});
    const readings::Batch* const batches[] = {&batch};
    EXPECT_TRUE(store_->append(batches, {}));
  }
  DayLine line(Combine combine, double above = 0) {
    const UsualQuestion question{
        .datastreams = {DatastreamId(1), DatastreamId(2)}, .combine = combine, .above = above, .minutes = 60};
    auto read = day_line(*store_, kZone, question, kZone.local_day(at("2026-01-17T12:00:00Z")));
    EXPECT_TRUE(read);
    return *read;
  }

  tests::TemporaryFolder folder_;
  FakeClock clock_{at("2026-01-17T15:00:00Z")};
  std::unique_ptr<readings::ReadingStore> store_;
};

TEST_F(UsualOfStore, StepsCountFromLocalMidnight) {
  put(1, "2026-01-16T19:10:00Z", 7);  // 00:10
  const DayLine day = line(Combine::mean);
  ASSERT_EQ(day.size(), 24U);
  EXPECT_EQ(day[0], 7);
  EXPECT_TRUE(std::isnan(day[1]));
}

TEST_F(UsualOfStore, ASumStandsForAllWhenOneIsSilentForAStep) {
  put(1, "2026-01-17T05:10:00Z", 10);
  put(2, "2026-01-17T05:20:00Z", 30);
  put(1, "2026-01-17T06:10:00Z", 12);
  const DayLine day = line(Combine::sum);
  EXPECT_EQ(day[10], 40);
  EXPECT_EQ(day[11], 24);
  EXPECT_TRUE(std::isnan(day[12]));
}

TEST_F(UsualOfStore, ShareAndCountGoByTheLastReadingOfAStep) {
  put(1, "2026-01-17T05:10:00Z", 90);
  put(2, "2026-01-17T05:10:00Z", 90);
  put(2, "2026-01-17T05:50:00Z", 5);
  EXPECT_EQ(line(Combine::share, 80)[10], 50);
  EXPECT_EQ(line(Combine::count, 80)[10], 1);
}

TEST_F(UsualOfStore, CountersGainAndNeverFall) {
  put(1, "2026-01-16T18:30:00Z", 100);  // 23:30 the day before
  put(1, "2026-01-16T19:30:00Z", 104);
  put(1, "2026-01-16T21:30:00Z", 110);  // one hour missed
  put(1, "2026-01-16T22:30:00Z", 3);    // a new meter
  const DayLine day = line(Combine::rate);
  EXPECT_EQ(day[0], 4);
  EXPECT_EQ(day[1], 3);
  EXPECT_EQ(day[2], 3);
  EXPECT_TRUE(std::isnan(day[3]));
}

}  // namespace
}  // namespace qala::reports
