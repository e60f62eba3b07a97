#include "video/analysis_budget.h"

#include <gtest/gtest.h>

namespace qala::video {
namespace {

constexpr std::int64_t kMs = 1'000'000;

TEST(AnalysisBudget, FewCamerasAreLookedAtEachSecond) {
  AnalysisBudget budget;
  EXPECT_EQ(budget.interval(), AnalysisBudget::kLeast);
  for (std::uint32_t camera = 1; camera <= 10; camera++) budget.spent(camera, 5 * kMs, false);
  EXPECT_EQ(budget.interval(), AnalysisBudget::kLeast) << "50 ms a second are 5 %";
}

TEST(AnalysisBudget, ManyShareWhatThereIs) {
  AnalysisBudget budget;
  budget.share(15);
  for (std::uint32_t camera = 1; camera <= 150; camera++) budget.spent(camera, 5 * kMs, false);
  // 750 ms for a round, of which a second gives 150 ms.
  EXPECT_NEAR(static_cast<double>(budget.interval()), 5e9, 1e6);
  budget.share(50);
  EXPECT_NEAR(static_cast<double>(budget.interval()), 1.5e9, 1e6);
  budget.share(1);
  EXPECT_EQ(budget.interval(), AnalysisBudget::kMost) << "motion is never looked for more seldom";
}

TEST(AnalysisBudget, CamerasThatRecordMotionComeFirst) {
  AnalysisBudget budget;
  budget.share(20);
  for (std::uint32_t camera = 1; camera <= 20; camera++) budget.spent(camera, 5 * kMs, true);  // 10 % of the core
  for (std::uint32_t camera = 21; camera <= 100; camera++) budget.spent(camera, 5 * kMs, false);
  EXPECT_NEAR(static_cast<double>(budget.interval()), 4e9, 1e6) << "400 ms a round, 100 ms a second are left";
  for (std::uint32_t camera = 1; camera <= 20; camera++) budget.spent(camera, 5 * kMs, false);
  EXPECT_NEAR(static_cast<double>(budget.interval()), 2.5e9, 1e6) << "now they wait with the others";
}

TEST(AnalysisBudget, OneSlowLookIsNoRule) {
  AnalysisBudget budget;
  budget.share(10);
  for (std::uint32_t camera = 1; camera <= 50; camera++) budget.spent(camera, 4 * kMs, false);
  budget.spent(1, 54 * kMs, false);
  EXPECT_NEAR(static_cast<double>(budget.interval()), 2.1e9, 1e6);
}

TEST(AnalysisBudget, WhatIsGoneCostsNothing) {
  AnalysisBudget budget;
  for (std::uint32_t camera = 1; camera <= 150; camera++) budget.spent(camera, 10 * kMs, camera % 2 == 0);
  for (std::uint32_t camera = 1; camera <= 150; camera++) budget.forget(camera);
  budget.forget(7);
  EXPECT_EQ(budget.interval(), AnalysisBudget::kLeast);
}

}  // namespace
}  // namespace qala::video
