#include <gtest/gtest.h>

#include <map>

#include "readings/embedded_store.h"
#include "temporary_folder.h"

namespace qala::readings {

namespace {

constexpr std::int64_t kStart = 1'700'000'000 * Instant::kSecond;

Observation row_at(std::uint32_t datastream, std::int64_t second, std::int64_t value) {
  return {
      .datastream = DatastreamId(datastream), .scale = 1, .time = kStart + second * Instant::kSecond, .bits = value};
}

class FindById : public ::testing::Test {
 protected:
  FindById()
      : store_(
            *open_embedded(folder_.path() + "/readings", *Zone::find("Asia/Almaty"), clock_, {.background = false})) {}

  void append(const std::vector<Observation>& rows) {
    Batch batch;
    batch.rows = rows;
    const Batch* batches[] = {&batch};
    ASSERT_TRUE(store_->append(batches, {}));
  }
  /// What range() says of every reading: id to datastream and time.
  std::map<std::uint64_t, std::pair<std::uint32_t, std::int64_t>> all() {
    std::map<std::uint64_t, std::pair<std::uint32_t, std::int64_t>> out;
    for (const std::uint32_t id : {1u, 2u, 3u}) {
      const auto range =
          store_->range(DatastreamId(id), {0, std::numeric_limits<std::int64_t>::max()}, 1'000'000, true);
      for (std::size_t i = 0; i < range->ids.size(); i++) out[range->ids[i].value] = {id, range->batch.rows[i].time};
    }
    return out;
  }
  void expect_all() {
    const auto every = [](DatastreamId) { return true; };
    const auto known = all();
    std::uint64_t from = 1;
    auto next = known.begin();
    for (bool more = true; more;) {
      const auto page = store_->by_id(ObservationId(from), 700, every);
      ASSERT_TRUE(page);
      for (std::size_t i = 0; i < page->ids.size(); i++, ++next) {
        ASSERT_NE(next, known.end());
        ASSERT_EQ(page->ids[i].value, next->first);
        ASSERT_EQ(page->batch.rows[i].datastream.value, next->second.first);
        ASSERT_EQ(page->batch.rows[i].time, next->second.second);
      }
      more = page->more;
      if (more) from = page->ids.back().value + 1;
    }
    EXPECT_EQ(next, known.end());
    int step = 0;
    for (const auto& [id, where] : known) {
      if (step++ % 97 != 0) continue;
      const auto one = store_->by_id(ObservationId(id), 1, every);
      ASSERT_EQ(one->ids.size(), 1u);
      ASSERT_EQ(one->ids[0].value, id);
      ASSERT_EQ(one->batch.rows[0].time, where.second);
    }
  }

  tests::TemporaryFolder folder_;
  FakeClock clock_;
  std::unique_ptr<ReadingStore> store_;
};

TEST_F(FindById, FindsEveryReadingOnceAndInOrderWhereverItLies) {
  for (int round = 0; round < 4; round++) {
    std::vector<Observation> rows;
    for (int i = 0; i < 3000; i++)
      for (const std::uint32_t id : {1u, 2u}) rows.push_back(row_at(id, round * 3000 + i, i));
    for (int i = 0; i < 500; i++) rows.push_back(row_at(3, 4000 - i * 7 - round, i));  // out of order
    append(rows);
    if (round % 2 == 1) ASSERT_TRUE(store_->settle());
  }
  expect_all();
  ASSERT_TRUE(store_->erase_reading(DatastreamId(1), kStart + 5 * Instant::kSecond));
  expect_all();
}

TEST_F(FindById, LeavesOutDatastreamsThatAreNotWanted) {
  append({row_at(1, 0, 1), row_at(2, 1, 2), row_at(1, 2, 3)});
  const auto page = store_->by_id(ObservationId(1), 10, [](DatastreamId id) { return id.value == 2; });
  ASSERT_EQ(page->ids.size(), 1u);
  EXPECT_EQ(page->batch.rows[0].datastream.value, 2u);
  EXPECT_FALSE(page->more);
  EXPECT_TRUE(store_->by_id(ObservationId(1ull << 40), 1, [](DatastreamId) { return true; })->ids.empty());
}

TEST_F(FindById, TheSpanOfADatastreamIsThatOfItsReadings) {
  EXPECT_FALSE(store_->span_of(DatastreamId(1)));
  append({row_at(1, 10, 1), row_at(1, 20, 2), row_at(1, 5, 3)});
  ASSERT_TRUE(store_->span_of(DatastreamId(1)));
  EXPECT_EQ(store_->span_of(DatastreamId(1))->from, kStart + 5 * Instant::kSecond);
  EXPECT_EQ(store_->span_of(DatastreamId(1))->to, kStart + 20 * Instant::kSecond + 1);
  ASSERT_TRUE(store_->settle());
  ASSERT_TRUE(store_->erase_reading(DatastreamId(1), kStart + 5 * Instant::kSecond));
  EXPECT_EQ(store_->span_of(DatastreamId(1))->from, kStart + 10 * Instant::kSecond);
}

}  // namespace

}  // namespace qala::readings
