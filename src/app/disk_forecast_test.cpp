#include "app/disk_forecast.h"

#include <gtest/gtest.h>

#include <fstream>

#include "temporary_folder.h"

namespace qala::app {
namespace {

using tests::TemporaryFolder;

class Forecast : public ::testing::Test {
 protected:
  std::string path() const { return folder_.file("disk-history"); }
  /// A sample an hour over so many days, from `free` bytes on, `a_day` fewer each day.
  std::uint64_t use(DiskForecast& forecast, int days, double free, double a_day) {
    for (int hour = 0; hour <= 24 * days; hour++) {
      now_.ns += Instant::kHour;
      last_ = static_cast<std::uint64_t>(free - a_day * hour / 24);
      EXPECT_TRUE(forecast.due(now_));
      EXPECT_TRUE(forecast.sample(now_, last_));
      EXPECT_FALSE(forecast.due(now_));
    }
    return last_;
  }

  TemporaryFolder folder_;
  Instant now_ = *parse_iso("2026-11-01T00:00:00Z");
  std::uint64_t last_ = 0;
};

TEST_F(Forecast, IsWhatIsLeftByWhatADayCosts) {
  DiskForecast forecast(path());
  const auto left = use(forecast, 7, 100e9, 2e9);
  ASSERT_TRUE(forecast.days_left(left));
  EXPECT_NEAR(*forecast.days_left(left), 43, 0.1);
}

TEST_F(Forecast, OnlyTheLastWeekCounts) {
  DiskForecast forecast(path());
  const auto before = static_cast<double>(use(forecast, 10, 500e9, 20e9));
  const auto left = use(forecast, 8, before, 1e9);
  EXPECT_NEAR(*forecast.days_left(left), static_cast<double>(left) / 1e9, 1);
}

TEST_F(Forecast, NothingIsForetoldFromLessThanADayOrWhileSpaceGrows) {
  DiskForecast forecast(path());
  EXPECT_FALSE(forecast.days_left(1));
  use(forecast, 0, 100e9, 2e9);
  EXPECT_FALSE(forecast.days_left(1));
  use(forecast, 3, 100e9, -2e9);
  EXPECT_FALSE(forecast.days_left(100));
}

TEST_F(Forecast, IsKnownAfterARestart) {
  std::uint64_t left = 0;
  {
    DiskForecast forecast(path());
    left = use(forecast, 5, 100e9, 2e9);
  }
  const DiskForecast again(path());
  ASSERT_TRUE(again.days_left(left));
  EXPECT_NEAR(*again.days_left(left), 45, 0.1);
}

TEST_F(Forecast, ADamagedHistoryAndAClockSetBackDoNoHarm) {
  std::ofstream(path()) << "1 2\nnonsense\n5 6\n";
  DiskForecast forecast(path());
  EXPECT_FALSE(forecast.days_left(1));
  use(forecast, 2, 100e9, 2e9);
  now_.ns -= 30 * Instant::kDay;
  EXPECT_TRUE(forecast.due(now_));
  EXPECT_TRUE(forecast.sample(now_, 50));
  EXPECT_FALSE(forecast.days_left(50));
}

}  // namespace
}  // namespace qala::app
