#include "api/trend.h"

#include <gtest/gtest.h>

namespace qala::api {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(CounterTrend, TellsTheRateOfTheLastSecondsMinuteAndHour) {
  CounterTrend trend;
  std::uint64_t value = 0;
  for (std::int64_t s = 0; s <= 7200; s++) {
    trend.add(s * kSecond, value);
    value += s < 7140 ? 10 : 100;  // ten times as much in the last minute
  }
  EXPECT_DOUBLE_EQ(trend.rate(10), 100);
  EXPECT_DOUBLE_EQ(trend.rate(60), 100);
  EXPECT_NEAR(trend.rate(3600), 11.5, 0.2);
  EXPECT_EQ(trend.grown(60), 6000U);
  const auto minutes = trend.minutes();
  ASSERT_EQ(minutes.size(), 120U);
  EXPECT_EQ(minutes.front(), 600U);
  EXPECT_EQ(minutes.back(), 6000U);
}

TEST(CounterTrend, KeepsSixHours) {
  CounterTrend trend;
  for (std::int64_t s = 0; s <= 10 * 3600; s++) trend.add(s * kSecond, static_cast<std::uint64_t>(s));
  EXPECT_EQ(trend.minutes().size(), CounterTrend::kMinutes);
}

TEST(CounterTrend, WhatIsNotKnownYetIsNotGuessed) {
  CounterTrend trend;
  EXPECT_EQ(trend.rate(10), 0);
  trend.add(kSecond, 5000);  // what was there at the start is no rate
  EXPECT_EQ(trend.rate(3600), 0);
  trend.add(3 * kSecond, 5010);
  EXPECT_EQ(trend.rate(3600), 5);
  EXPECT_EQ(trend.grown(600), 10U);
}

TEST(GaugeTrend, KeepsTheHighestOfEachMinute) {
  GaugeTrend trend;
  for (std::int64_t s = 0; s < 150; s++) trend.add(s * kSecond, s == 30 ? 9 : 1);
  trend.add(270 * kSecond, 2);  // nothing was asked for a minute
  EXPECT_EQ(trend.minutes(), (std::vector<double>{9, 1, 1, 0}));
}

}  // namespace
}  // namespace qala::api
