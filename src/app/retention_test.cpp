#include "app/retention.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <optional>

#include "app/data_folder.h"
#include "readings/embedded_store.h"
#include "temporary_folder.h"

namespace qala::app {
namespace {

/// A datastream of the short class with a reading of each of the last days, and a clock that may be wrong.
class RetentionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    data_ = *DataFolder::open(folder_.file("town"), true);
    const registry::Actor engineer{"user", "aigul"};
    const auto thing = data_->registry->put_thing({.key = "meter-1"}, engineer);
    stream_ = *data_->registry->put_datastream({.thing = *thing, .key = "power", .retention = "short"}, engineer);
    store_ = *readings::open_embedded(folder_.file("readings"), zone_, clock_, {.background = false});
    for (int day = 20; day >= 0; day--) measure(clock_.now().ns - day * Instant::kDay - 1);
  }
  void measure(std::int64_t time) {
    readings::Batch batch;
    batch.rows.push_back({.datastream = stream_, .time = time, .bits = time});
    const readings::Batch* one[] = {&batch};
    ASSERT_TRUE(store_->append(one, ""));
  }
  std::uint64_t left() const { return *store_->count({}, {0, std::numeric_limits<std::int64_t>::max()}); }
  void start(RetentionDays days = {.brief = 10}) {
    retention_.emplace(*store_, *data_->registry, probe_, days, clock_);
  }
  void pass(std::chrono::minutes time) {
    clock_.advance(time);
    retention_->look();
  }
  std::uint64_t left_after_expiry() {
    EXPECT_TRUE(retention_->expire());
    return left();
  }

  tests::TemporaryFolder folder_;
  FakeClock clock_;
  Zone zone_ = *Zone::find("Asia/Almaty");
  std::unique_ptr<DataFolder> data_;
  DatastreamId stream_;
  std::unique_ptr<readings::ReadingStore> store_;
  ingest::Probe probe_;
  std::optional<Retention> retention_;
};

constexpr auto kYear = std::chrono::hours(24 * 365);

TEST_F(RetentionTest, WhatIsOlderThanItsClassIsKeptGoes) {
  start();
  pass(std::chrono::minutes(11));
  EXPECT_EQ(left_after_expiry(), 10U);
}

TEST_F(RetentionTest, ReadingsOfARemovedDatastreamAreOfTheStandardClass) {
  start({.standard = 15, .brief = 10});
  ASSERT_TRUE(data_->registry->remove_datastream(stream_, {"user", "aigul"}));
  pass(std::chrono::minutes(11));
  EXPECT_EQ(left_after_expiry(), 15U);
}

TEST_F(RetentionTest, AClockThatJumpedErasesNothing) {
  start();
  pass(std::chrono::minutes(11));
  const Instant right = clock_.now();
  clock_.set({right.ns + Duration(kYear).count()});
  EXPECT_EQ(left_after_expiry(), 21U);
  pass(std::chrono::minutes(9));
  EXPECT_EQ(left_after_expiry(), 21U);
  clock_.set(right);
  EXPECT_EQ(left_after_expiry(), 21U) << "the way back is a jump too";
  pass(std::chrono::minutes(11));
  EXPECT_EQ(left_after_expiry(), 10U);
}

TEST_F(RetentionTest, AClockThatStandsAheadSinceTheStartErasesNothingForADay) {
  const Instant right = clock_.now();
  clock_.set({right.ns + Duration(kYear).count()});
  start();
  pass(std::chrono::hours(23));
  EXPECT_EQ(left_after_expiry(), 21U);
  clock_.set(right);
  retention_->look();
  pass(std::chrono::hours(24));
  EXPECT_EQ(left_after_expiry(), 9U);
}

TEST_F(RetentionTest, NothingGoesWhileDevicesSayThatItIsAnotherTime) {
  start();
  pass(std::chrono::minutes(11));
  const auto tell = [&](std::int64_t ahead) {
    for (std::uint64_t source = 1; source <= 40; source++) probe_.device_clock(source, ahead, clock_.monotonic_ns());
  };
  tell(-20 * Instant::kHour);
  EXPECT_EQ(left_after_expiry(), 21U);
  pass(std::chrono::minutes(11));
  tell(Instant::kSecond);
  EXPECT_EQ(left_after_expiry(), 10U);
}

TEST_F(RetentionTest, AMarkFromAClockThatStoodAheadHidesNothingThatComesLater) {
  ASSERT_TRUE(store_->expire(std::vector{stream_}, clock_.now().ns + Duration(kYear).count()));
  measure(clock_.now().ns);
  EXPECT_EQ(left(), 0U);
  start();
  pass(std::chrono::minutes(11));
  EXPECT_EQ(left_after_expiry(), 11U) << "and what was not removed yet is there again";
}

}  // namespace
}  // namespace qala::app
