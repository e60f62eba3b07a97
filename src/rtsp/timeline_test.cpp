#include "rtsp/timeline.h"

#include <gtest/gtest.h>

#include "rtsp/wall.h"

namespace qala::rtsp {
namespace {

constexpr std::int64_t kMs = 1'000'000;

TEST(TimelineOfTimestamps, UnwrapsAndBeginsAtZero) {
  Timeline timeline(90'000, 3'600, 0);
  for (std::uint32_t i = 0; i < 100; i++) {
    const auto stamp = timeline.next(0xffff'ff00u + i * 3'600, i * 40 * kMs, false);
    ASSERT_TRUE(stamp);
    EXPECT_EQ(stamp->dts, i * 3'600);
    EXPECT_EQ(stamp->composition, 0);
    EXPECT_EQ(stamp->duration, 3'600u);
    EXPECT_FALSE(stamp->restamped);
  }
}

TEST(TimelineOfTimestamps, BPicturesAreDecodedInOrder) {
  Timeline timeline(90'000, 10, 2);
  std::int64_t n = 0;
  for (const std::uint32_t pts : {0u, 40u, 20u, 10u, 30u, 80u, 60u, 50u, 70u}) {
    const auto stamp = timeline.next(1'000 + pts, 0, false);
    ASSERT_TRUE(stamp);
    EXPECT_EQ(stamp->dts, n * 10);
    EXPECT_EQ(stamp->dts + stamp->composition, pts + 20);
    n++;
  }
}

TEST(TimelineOfTimestamps, AStallThatTheArrivalExplainsIsNoWrongTimestamp) {
  Timeline timeline(90'000, 3'600, 0);
  (void)timeline.next(0, 0, false);
  const auto stamp = timeline.next(9 * 90'000, 9'000 * kMs, false);
  EXPECT_FALSE(stamp->restamped);
  EXPECT_EQ(stamp->dts, 9 * 90'000);
  EXPECT_EQ(stamp->duration, 3'600u) << "a gap is no measure of how long a frame lasts";
}

TEST(TimelineOfTimestamps, OneThatStandsStillOrGoesBackIsReplaced) {
  Timeline timeline(90'000, 3'600, 0);
  std::int64_t last = -1;
  for (const std::uint32_t timestamp : {7'200u, 10'800u, 10'800u, 3'600u, 18'000u}) {
    const auto stamp = timeline.next(timestamp, 0, false);
    ASSERT_TRUE(stamp);
    EXPECT_GT(stamp->dts, last);
    last = stamp->dts;
  }
}

TEST(TimelineOfTimestamps, ABPictureWithoutRoomAsksForMore) {
  Timeline timeline(90'000, 3'600, 0);
  (void)timeline.next(0, 0, false);
  (void)timeline.next(7'200, 0, false);
  EXPECT_FALSE(timeline.next(3'600, 0, true));
}

TEST(WallClock, FollowsTheLocalClockBy500PpmAtMost) {
  const Instant start = Instant::from_seconds(1'000);
  Wall wall(90'000, 0, start);
  // The camera's clock is 1,000 ppm fast: too fast to be caught, but followed as far as allowed.
  Instant last;
  for (std::int64_t i = 0; i < 1'000; i++) {
    const auto truth = Instant{start.ns + i * 100 * kMs};
    const auto dts = i * 9'009;
    const auto at = wall.at(dts, truth);
    EXPECT_GE(at, last);
    if (i > 0) {
      const auto step = at.ns - last.ns;
      EXPECT_NEAR(static_cast<double>(step), 100.1e6, 100.1e6 * 0.000501);
    }
    last = at;
  }
  EXPECT_FALSE(wall.apart());
}

TEST(WallClock, LatePacketsDoNotMoveIt) {
  const Instant start = Instant::from_seconds(1'000);
  Wall wall(90'000, 0, start);
  for (std::int64_t i = 0; i < 600; i++) {
    const auto late = i % 7 * 30 * kMs;
    const auto at = wall.at(i * 9'000, Instant{start.ns + i * 100 * kMs + late});
    EXPECT_NEAR(static_cast<double>(at.ns - start.ns), static_cast<double>(i * 100 * kMs), 1e6);
  }
}

TEST(WallClock, TwoSecondsApartIsSaid) {
  const Instant start = Instant::from_seconds(1'000);
  Wall back(90'000, 0, start);
  (void)back.at(9'000, Instant{start.ns - 3'600'000 * kMs});
  EXPECT_TRUE(back.apart()) << "nothing comes early";
  Wall forward(90'000, 0, start);
  for (std::int64_t i = 0; i < 120; i++) (void)forward.at(i * 9'000, Instant{start.ns + i * 100 * kMs + 60'000 * kMs});
  EXPECT_TRUE(forward.apart());
  Wall stalled(90'000, 0, start);
  for (std::int64_t i = 0; i < 120; i++) {
    const auto late = i < 30 ? (30 - i) * 100 * kMs : 0;
    (void)stalled.at(i * 9'000, Instant{start.ns + i * 100 * kMs + late});
  }
  EXPECT_FALSE(stalled.apart()) << "a stall that is caught up";
}

}  // namespace
}  // namespace qala::rtsp
