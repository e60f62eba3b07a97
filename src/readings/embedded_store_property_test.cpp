#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "readings/embedded_store.h"
#include "readings/store_model.h"

namespace qala::readings {
namespace {

constexpr std::int64_t kStart = 1'708'214'400'000'000'000;  // 2024-02-18T00:00:00Z: the 25-hour day lies ahead
constexpr Window kAll{-5'000'000'000'000'000'000, 5'000'000'000'000'000'000};
constexpr std::uint32_t kDatastreams = 6;

/// One random life of a store beside the model of it.
class Life {
 public:
  explicit Life(std::uint32_t seed) : random_(seed) {
    folder_ = ::testing::TempDir() + "qala-life-" + std::to_string(::getpid()) + "-" + std::to_string(seed);
    std::filesystem::remove_all(folder_);
    options_.background = seed % 3 == 0;
    options_.flush_rows = 40 + seed % 200;
    options_.log_segment = 16 << 10;
    options_.memory_window = (seed % 2 == 0 ? 26 : 2) * Instant::kHour;
    open();
  }
  ~Life() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); i++) step();
    compare();
  }

 private:
  std::int64_t any(std::int64_t below) { return std::uniform_int_distribution<std::int64_t>(0, below - 1)(random_); }

  void open() {
    store_.reset();
    auto opened = open_embedded(folder_, zone_, clock_, options_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  Observation any_row() {
    const std::int64_t kind = any(20);
    std::int64_t minute = now_ + any(10);
    if (kind == 0) minute = any(now_ + 1);                   // anywhere in the past
    if (kind == 1) minute = std::max<std::int64_t>(0, now_ - any(200));  // a little late, often a time that is there
    const std::int8_t scale = any(50) == 0 ? 2 : 1;
    Observation row{.datastream = DatastreamId(static_cast<std::uint32_t>(any(kDatastreams)) + 1),
                    .flags = static_cast<std::uint16_t>(any(30) == 0 ? flag::by_hand : 0),
                    .type = ValueType::decimal,
                    .scale = scale,
                    .time = kStart + minute * 7 * Instant::kMinute,
                    .bits = any(5)};
    // What comes below the floor is stored but hidden: nothing to compare.
    if (floors_.contains(row.datastream.value)) row.time = std::max(row.time, floors_[row.datastream.value]);
    if (any(40) == 0) row = {row.datastream, row.flags, ValueType::integer, 0, row.time, any(3)};
    return row;
  }

  void append() {
    Batch batches[2];
    std::vector<Outcome> expected;
    for (Batch& batch : batches) {
      for (std::int64_t n = any(12); n > 0; n--) {
        batch.rows.push_back(any_row());
        expected.push_back(model_.put(batch.rows.back()));
      }
    }
    now_ += any(6);
    const Batch* const both[] = {&batches[0], &batches[1]};
    const auto done = store_->append(both, "attached");
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(done->outcomes.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); i++) {
      const Outcome outcome = done->outcomes[i];
      // `late`: whether files have that time is found out by reading and merging, if not at once.
      EXPECT_TRUE(outcome == expected[i] || outcome == Outcome::late)
          << "row " << i << ": " << static_cast<int>(outcome) << " instead of " << static_cast<int>(expected[i]);
    }
    if (any(2) == 0) store_->release(done->sequence);
  }

  /// Readings of several datastreams, in any order, some of them twice, some that are not there.
  void erase_some() {
    std::vector<ReadingKey> keys;
    for (std::int64_t streams = 1 + any(3); streams > 0; streams--) {
      const auto datastream = static_cast<std::uint32_t>(any(kDatastreams)) + 1;
      const auto& series = model_.of(datastream);
      if (series.empty()) continue;
      auto at = series.begin();
      std::advance(at, any(static_cast<std::int64_t>(series.size())));
      for (std::int64_t more = any(4) == 0 ? any(150) : 1; more > 0 && at != series.end(); more--, ++at) {
        keys.push_back({DatastreamId(datastream), at->first});
        if (any(8) == 0) keys.push_back({DatastreamId(datastream), at->first - any(2)});
      }
    }
    std::ranges::shuffle(keys, random_);
    std::size_t expected = 0;
    for (const auto& [datastream, time] : keys) expected += model_.erase(datastream.value, time);
    const auto erased = store_->erase_readings(keys);
    ASSERT_TRUE(erased);
    EXPECT_EQ(*erased, expected);
  }

  void erase_datastream() {
    const auto datastream = static_cast<std::uint32_t>(any(kDatastreams)) + 1;
    store_->release(store_->last_sequence());
    for (int i = 0; i < 3'000'000; i++) {
      const auto gone = store_->erase_datastream(DatastreamId(datastream));
      ASSERT_TRUE(gone) << gone.error().message;
      if (*gone) return model_.erase_all(datastream);
      std::this_thread::yield();
    }
    ADD_FAILURE() << "not erased";
  }

  void step() {
    const std::int64_t what = any(200);
    if (what < 170) return append();
    if (what < 180) return compare();
    if (what < 186) return open();
    if (what < 190) {
      ASSERT_TRUE(store_->settle());
      EXPECT_EQ(store_->health().observations, *store_->count({}, kAll));
      return;
    }
    if (what < 196) return erase_some();
    if (what < 197) return erase_datastream();
    if (what < 198) {
      const auto datastream = static_cast<std::uint32_t>(any(kDatastreams)) + 1;
      const std::int64_t before = kStart + any(now_ / 3 + 1) * 7 * Instant::kMinute;
      ASSERT_TRUE(store_->expire(std::vector{DatastreamId(datastream)}, before));
      floors_[datastream] = std::max(floors_[datastream], before);
    }
    for (const auto& [datastream, before] : floors_) model_.expire(datastream, before);
  }

  void compare() {
    for (const auto& [datastream, before] : floors_) model_.expire(datastream, before);
    std::int64_t a = kStart + any(now_ + 20) * 7 * Instant::kMinute + any(1000);
    std::int64_t b = kStart + any(now_ + 20) * 7 * Instant::kMinute + any(1000);
    const Window window = any(4) == 0 ? kAll : Window{std::min(a, b), std::max(a, b)};
    std::uint64_t sum = 0;
    for (std::uint32_t id = 1; id <= kDatastreams; id++) {
      compare_range(id, window);
      compare_buckets(id, window);
      compare_newest(id);
      sum += model_.range(id, window).size();
    }
    EXPECT_EQ(*store_->count({}, window), sum);
  }

  static void expect_same(const Observation& got, const Observation& wanted) {
    EXPECT_EQ(got.time, wanted.time);
    EXPECT_TRUE(same_value({got.type, got.scale, got.bits, {}}, {wanted.type, wanted.scale, wanted.bits, {}}));
    EXPECT_EQ(got.flags & flag::by_hand, wanted.flags & flag::by_hand);
  }

  void compare_range(std::uint32_t id, Window window) {
    const auto wanted = model_.range(id, window);
    const auto got = store_->range(DatastreamId(id), window, 1'000'000, true);
    ASSERT_TRUE(got);
    EXPECT_TRUE(got->damaged.empty());
    ASSERT_EQ(got->batch.rows.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); i++) {
      expect_same(got->batch.rows[i], wanted[i]);
      const auto key = std::pair(id, wanted[i].time);
      const auto [known, fresh] = ids_.try_emplace(got->ids[i].value, key);
      EXPECT_EQ(known->second, key) << "an id of two readings";
    }
    const auto newest = store_->range(DatastreamId(id), window, 3, false, true);
    ASSERT_EQ(newest->batch.rows.size(), std::min<std::size_t>(3, wanted.size()));
    EXPECT_EQ(newest->more, wanted.size() > 3);
    for (std::size_t i = 0; i < newest->batch.rows.size(); i++) {
      expect_same(newest->batch.rows[i], wanted[wanted.size() - 1 - i]);
    }
  }

  void compare_buckets(std::uint32_t id, Window window) {
    static constexpr Calendar kCalendars[] = {{CalendarUnit::hour, 1},
                                              {CalendarUnit::day, 1},
                                              {CalendarUnit::week, 1},
                                              {CalendarUnit::month, 1},
                                              {CalendarUnit::minute, 20}};
    const Calendar& calendar = kCalendars[any(5)];
    const auto wanted = model_.buckets(id, window, calendar, zone_);
    const auto got = store_->buckets(DatastreamId(id), window, calendar, zone_);
    ASSERT_TRUE(got);
    ASSERT_EQ(got->size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); i++) {
      EXPECT_EQ((*got)[i].start, wanted[i].start);
      EXPECT_EQ((*got)[i].count, wanted[i].count);
      EXPECT_NEAR((*got)[i].sum, wanted[i].sum, 1e-6);
      EXPECT_DOUBLE_EQ((*got)[i].min, wanted[i].min);
      EXPECT_DOUBLE_EQ((*got)[i].max, wanted[i].max);
      EXPECT_DOUBLE_EQ((*got)[i].last, wanted[i].last);
    }
    const double limit = 0.2;
    const auto over = store_->exceedance(std::vector{DatastreamId(id)}, window, calendar, zone_, limit);
    ASSERT_TRUE(over);
    std::uint32_t passed = 0;
    for (const Bucket& bucket : wanted) passed += bucket.mean() > limit + 1e-9 ? 1 : 0;
    if (passed != 0) {
      ASSERT_EQ(over->size(), 1u);
      EXPECT_GE((*over)[0].buckets, passed);
    }
  }

  void compare_newest(std::uint32_t id) {
    const auto got = store_->latest(std::vector{DatastreamId(id)});
    const auto& series = model_.of(id);
    ASSERT_EQ(got.empty(), series.empty());
    if (got.empty()) return;
    const Observation& newest = series.rbegin()->second;
    EXPECT_EQ(got[0].time, newest.time);
    EXPECT_TRUE(same_value({got[0].type, got[0].scale, got[0].bits, {}}, {newest.type, newest.scale, newest.bits, {}}));
  }

  std::mt19937 random_;
  std::string folder_;
  Zone zone_ = *Zone::find("Asia/Almaty");
  FakeClock clock_{Instant{kStart}};
  EmbeddedOptions options_;
  std::unique_ptr<ReadingStore> store_;
  StoreModel model_;
  std::map<std::uint32_t, std::int64_t> floors_;
  std::map<std::uint64_t, std::pair<std::uint32_t, std::int64_t>> ids_;
  std::int64_t now_ = 0;
};

TEST(StoreLife, EveryQueryAnswersAsAPlainMapWould) {
  for (std::uint32_t seed = 1; seed <= 24 && !HasFailure(); seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life(seed).run(500);
  }
}

}  // namespace
}  // namespace qala::readings
