#include "video/load.h"

#include <gtest/gtest.h>

namespace qala::video {
namespace {

constexpr Load::Second kLate{.loop_lag_ms = 300}, kQuiet{.loop_lag_ms = 5}, kSoSo{.loop_lag_ms = 100};

int after(Load& load, int seconds, const Load::Second& second) {
  for (int i = 0; i < seconds; i++) load.feed(second);
  return load.level();
}

TEST(Load, StepsUpOneByOneAndStaysAtTheMost) {
  Load load;
  EXPECT_EQ(after(load, Load::kUp - 1, kLate), 0);
  EXPECT_EQ(load.feed(kLate), 1);
  EXPECT_EQ(after(load, Load::kUp - 1, kLate), 1);
  EXPECT_EQ(load.feed(kLate), 2);
  EXPECT_EQ(after(load, Load::kUp, kLate), 3);
  EXPECT_EQ(after(load, 10 * Load::kUp, kLate), Load::kMost);
}

TEST(Load, OneGoodSecondBreaksARowOfBadOnes) {
  Load load;
  for (int i = 0; i < 10; i++) {
    after(load, Load::kUp - 1, kLate);
    load.feed(kSoSo);
  }
  EXPECT_EQ(load.level(), 0);
}

TEST(Load, StepsDownOnlyWhenItHasBeenQuietForLong) {
  Load load;
  after(load, 2 * Load::kUp, kLate);
  EXPECT_EQ(after(load, Load::kDown - 1, kQuiet), 2);
  load.feed(kSoSo);  // neither late nor quiet
  EXPECT_EQ(after(load, Load::kDown - 1, kQuiet), 2);
  EXPECT_EQ(load.feed(kQuiet), 1);
  EXPECT_EQ(after(load, Load::kDown, kQuiet), 0);
  EXPECT_EQ(after(load, Load::kDown, kQuiet), 0);
}

TEST(Load, ALongQueueOfTheDiskCountsAsLate) {
  Load load;
  after(load, Load::kUp, {.disk_queue = Load::kLongQueue + 1});
  EXPECT_EQ(load.level(), 1);
  EXPECT_NE(load.words().find("disk"), std::string_view::npos);
  after(load, 2 * Load::kDown, {.disk_queue = Load::kShortQueue + 1});
  EXPECT_EQ(load.level(), 1) << "it is not quiet before the queue is short";
  EXPECT_EQ(after(load, Load::kDown, kQuiet), 0);
}

TEST(Load, WhatIsLateCanBeSet) {
  Load load;
  load.late_from(50);
  EXPECT_EQ(after(load, Load::kUp, kSoSo), 1);
}

}  // namespace
}  // namespace qala::video
