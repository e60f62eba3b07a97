#include "readings/embedded_store.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace qala::readings {
namespace {

class Store : public ::testing::Test {
 protected:
  Store() {
    static int number = 0;
    folder_ = ::testing::TempDir() + "qala-store-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
    std::filesystem::remove_all(folder_);
  }
  ~Store() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  ReadingStore& open() {
    store_.reset();
    auto opened = open_embedded(folder_, zone_, clock_, options_);
    EXPECT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
    return *store_;
  }
  static Observation row(std::uint32_t datastream, std::int64_t minute, std::int64_t bits, std::int8_t scale = 1) {
    return {.datastream = DatastreamId(datastream),
            .flags = 0,
            .type = ValueType::decimal,
            .scale = scale,
            .time = kStart + minute * Instant::kMinute,
            .bits = bits};
  }
  Appended put(std::vector<Observation> rows) {
    Batch batch;
    batch.rows = std::move(rows);
    const Batch* const batches[] = {&batch};
    auto done = store_->append(batches, {});
    EXPECT_TRUE(done) << done.error().message;
    return *done;
  }
  std::vector<std::int64_t> values(std::uint32_t datastream) {
    auto range = store_->range(DatastreamId(datastream), kAll, 1000000);
    EXPECT_TRUE(range) << range.error().message;
    std::vector<std::int64_t> out;
    for (const auto& r : range->batch.rows) out.push_back(r.bits);
    return out;
  }

  static constexpr std::int64_t kStart = 1'764'547'200'000'000'000;  // 2025-12-01T00:00:00Z
  static constexpr Window kAll{-5'000'000'000'000'000'000, 5'000'000'000'000'000'000};
  std::string folder_;
  Zone zone_ = *Zone::find("Asia/Almaty");
  FakeClock clock_{Instant{1'764'547'200'000'000'000}};
  EmbeddedOptions options_{.log_segment = 1 << 20, .background = false};
  std::unique_ptr<ReadingStore> store_;
};

using Values = std::vector<std::int64_t>;

TEST_F(Store, ReturnsWhatWasAppended) {
  open();
  put({row(1, 0, 10), row(2, 0, 20), row(1, 1, 11)});
  EXPECT_EQ(values(1), (Values{10, 11}));
  EXPECT_EQ(values(2), (Values{20}));
  EXPECT_EQ(store_->latest_all().size(), 2u);
  EXPECT_EQ(store_->latest_all()[0].bits, 11);
}

TEST_F(Store, FindsEverythingAgainAfterAStart) {
  open();
  put({row(1, 0, 10), row(1, 1, 11)});
  open();
  EXPECT_EQ(values(1), (Values{10, 11}));
  put({row(1, 2, 12)});
  ASSERT_TRUE(store_->settle());
  put({row(1, 3, 13)});
  open();
  EXPECT_EQ(values(1), (Values{10, 11, 12, 13}));
  EXPECT_EQ(store_->latest_all()[0].bits, 13);
  EXPECT_EQ(*store_->count({}, kAll), 4u);
}

TEST_F(Store, RecognisesDuplicates) {
  open();
  put({row(1, 0, 10), row(1, 1, 11)});
  const auto outcomes = put({row(1, 0, 10), row(1, 1, 110, 2), row(1, 2, 12), row(1, 2, 12)}).outcomes;
  EXPECT_EQ((std::vector(outcomes.begin(), outcomes.end())),
            (std::vector{Outcome::duplicate, Outcome::duplicate, Outcome::stored, Outcome::duplicate}));
  EXPECT_EQ(*store_->count({}, kAll), 3u);
}

TEST_F(Store, LetsTheLaterOfTwoValuesCount) {
  open();
  put({row(1, 0, 10), row(1, 1, 11)});
  EXPECT_EQ(put({row(1, 0, 99)}).outcomes[0], Outcome::corrected);
  EXPECT_EQ(values(1), (Values{99, 11}));
  ASSERT_TRUE(store_->settle());
  EXPECT_EQ(values(1), (Values{99, 11}));
  EXPECT_EQ(put({row(1, 0, 98)}).outcomes[0], Outcome::corrected);
  ASSERT_TRUE(store_->settle());
  open();
  EXPECT_EQ(values(1), (Values{98, 11}));
  EXPECT_EQ(*store_->count({}, kAll), 2u);
}

}  // namespace
}  // namespace qala::readings
