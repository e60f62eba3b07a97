#include <gtest/gtest.h>

#include <atomic>

#include "readings/test_files.h"

namespace qala::readings {
namespace {

using test::kAll, test::kStart;

/// What erasing, retention and merging leave on the disk and in the counters.
class StoreErasing : public test::StoreFiles {
 protected:
  ~StoreErasing() override {
    store_.reset();
    test::while_syncing = nullptr;
    test::free_bytes.reset();
  }
  /// Until `done`, or 20 seconds; false then.
  bool await(const std::function<bool()>& done) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      if (std::chrono::steady_clock::now() > until) return false;
      if (options_.background) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  /// Makes folders where files of this name would be written, or removes them.
  void in_the_way(const std::string& name, bool there) const {
    for (int number = 1; number < 300; number++) {
      const std::string digits = std::to_string(1'000'000 + number).substr(1);
      const std::string path = folder_ + "/" + name + digits + ".seg.new";
      if (there) std::filesystem::create_directory(path);
      else std::filesystem::remove(path);
    }
  }
  bool erase_all_of(std::uint32_t datastream) {
    store_->release(store_->last_sequence());
    return await([&] { return *store_->erase_datastream(DatastreamId(datastream)); });
  }
};

TEST_F(StoreErasing, AValueThatAMergeFoundReplacedGoesWithItsDatastreamAndNoOther) {
  put(1, kStart, 10);
  put_text(2, kStart, "unmistakable");
  put_text(3, kStart, "neighbour");
  ASSERT_TRUE(store_->settle());
  put_text(2, kStart, "corrected");
  put_text(3, kStart, "changed");
  ASSERT_TRUE(store_->settle());
  ASSERT_EQ(files("corrected-").size(), 1u);
  EXPECT_TRUE(erase_all_of(1));
  EXPECT_TRUE(anywhere("unmistakable"));
  EXPECT_TRUE(erase_all_of(2));
  EXPECT_FALSE(anywhere("unmistakable"));
  EXPECT_TRUE(anywhere("neighbour"));
}

TEST_F(StoreErasing, WhatAMergeHasReadBeforeAnErasureDoesNotOutliveIt) {
  put_text(1, kStart, "unmistakable");
  put_text(2, kStart, "neighbour");
  ASSERT_TRUE(store_->settle());
  std::atomic<bool> armed = false;
  test::while_syncing = [&] {
    if (files("2025-12.").size() < 2 || !armed.exchange(false)) return;
    EXPECT_FALSE(*store_->erase_datastream(DatastreamId(1)));
  };
  options_.background = true;
  reopen();
  put_text(1, kStart, "corrected");
  store_->release(store_->last_sequence());
  armed = true;
  ASSERT_TRUE(store_->settle());
  EXPECT_FALSE(armed) << "the erasure began during the merge";
  EXPECT_TRUE(erase_all_of(1));
  EXPECT_FALSE(anywhere("unmistakable"));
  EXPECT_EQ(store_->range(DatastreamId(2), kAll, 10)->batch.rows.size(), 1u);
}

TEST_F(StoreErasing, AnErasureThatAStartCutOffIsNamedAndGoesOn) {
  put_text(1, kStart, "unmistakable");
  put_text(2, kStart, "neighbour");
  ASSERT_TRUE(store_->settle());
  put_text(1, kStart + 1, "unmistakable too");
  ASSERT_FALSE(*store_->erase_datastream(DatastreamId(1)));
  reopen();
  EXPECT_EQ(store_->erasing(), std::vector{DatastreamId(1)});
  store_->release(store_->last_sequence());
  EXPECT_TRUE(await([&] {
    for (const DatastreamId datastream : store_->erasing()) EXPECT_TRUE(store_->erase_datastream(datastream));
    return store_->erasing().empty();
  }));
  EXPECT_FALSE(anywhere("unmistakable"));
  EXPECT_EQ(*store_->count({}, kAll), 1u);
}

TEST_F(StoreErasing, RetentionGivesSpaceBackThoughMergesFailAndTheseAreNotTriedAllTheTime) {
  put(1, kStart - 40 * Instant::kDay, 10);
  put(1, kStart - 20 * Instant::kDay, 11);
  put(2, kStart, 20);
  ASSERT_TRUE(store_->settle());
  options_.flush_rows = 1;
  reopen();
  put(2, kStart + 1, 21);
  put(2, kStart + 2, 22);  // by now the one before is in a file of its own
  ASSERT_EQ(files("live-").size(), 1u);
  in_the_way("2025-12.", true);
  clock_.advance(std::chrono::days(40));
  options_.background = true;
  reopen();
  ASSERT_TRUE(await([&] { return store_->health().background.find("2025-12.") != std::string::npos; }));
  ASSERT_TRUE(store_->expire(std::vector{DatastreamId(1)}, kStart - 30 * Instant::kDay));
  EXPECT_TRUE(await([&] { return files("2025-10.").empty(); }));
  in_the_way("2025-12.", false);
  ASSERT_TRUE(store_->expire(std::vector{DatastreamId(1)}, kStart));
  EXPECT_TRUE(await([&] { return files("2025-11.").empty(); }));
  EXPECT_EQ(files("live-").size(), 1u) << "tried again at once";
  EXPECT_NE(store_->health().background, "");
  clock_.advance(std::chrono::minutes(10));
  EXPECT_TRUE(await([&] { return files("live-").empty() && store_->health().background.empty(); }));
}

TEST_F(StoreErasing, RetentionGivesSpaceBackThoughNothingCanBeFlushed) {
  put(1, kStart - 20 * Instant::kDay, 10);
  put(2, kStart, 20);
  ASSERT_TRUE(store_->settle());
  options_.flush_rows = 1;
  options_.background = true;
  in_the_way("live-", true);
  reopen();
  put(2, kStart + 1, 21);
  ASSERT_TRUE(await([&] { return store_->health().background.find("live-") != std::string::npos; }));
  ASSERT_TRUE(store_->expire(std::vector{DatastreamId(1)}, kStart));
  EXPECT_TRUE(await([&] { return files("2025-11.").empty(); }));
}

TEST_F(StoreErasing, AMergeThatMightFillTheDiskIsNotBegun) {
  put(1, kStart, 10);
  ASSERT_TRUE(store_->settle());
  put(1, kStart + 1, 11);
  test::free_bytes = 1 << 20;
  const auto settled = store_->settle();
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().kind, ErrorKind::full);
  EXPECT_NE(settled.error().message.find("2025-12"), std::string::npos) << settled.error().message;
  EXPECT_EQ(files("live-").size(), 1u) << "what is new is flushed";
  test::free_bytes.reset();
  ASSERT_TRUE(store_->settle());
  EXPECT_TRUE(files("live-").empty());
}

TEST_F(StoreErasing, WhatLeavesTheFilesIsCountedNoMore) {
  const auto kept = [&] { return store_->health().observations; };
  for (int i = 0; i < 100; i++) put(1 + i % 4, kStart + i, i);
  put(4, kStart + 20 * Instant::kDay, 1);  // a month on
  ASSERT_TRUE(store_->settle());
  EXPECT_EQ(kept(), 101u);
  EXPECT_TRUE(erase_all_of(1));  // a rewritten file
  EXPECT_EQ(kept(), 76u);
  ASSERT_TRUE(store_->expire(std::vector{DatastreamId(2)}, kStart + 10));
  EXPECT_EQ(kept(), 73u);
  ASSERT_TRUE(store_->expire(std::vector{DatastreamId(2), DatastreamId(3), DatastreamId(4)}, kStart + 1000));
  EXPECT_EQ(kept(), 1u);  // a whole file
  put(2, kStart + 5, 5);  // late: taken, and gone when it would be written
  ASSERT_TRUE(store_->settle());
  EXPECT_EQ(kept(), 1u);
  reopen();
  EXPECT_EQ(kept(), 1u);
}

TEST_F(StoreErasing, WhatAMergeFindsReplacedIsCountedNoMore) {
  put(1, kStart, 10);
  put(1, kStart + Instant::kMinute, 11);
  put(1, kStart + 2 * Instant::kMinute, 12);
  ASSERT_TRUE(store_->settle());
  put(1, kStart + Instant::kMinute, 21);  // a correction
  put(1, kStart + Instant::kMinute, 22);
  EXPECT_TRUE(*store_->erase_reading(DatastreamId(1), kStart));
  put(1, kStart + 3 * Instant::kMinute, 13);
  EXPECT_TRUE(*store_->erase_reading(DatastreamId(1), kStart + 3 * Instant::kMinute));  // not in a file yet
  EXPECT_EQ(store_->health().observations, 2u);
  ASSERT_TRUE(store_->expire(std::vector{DatastreamId(2)}, kStart));  // counts the files alone
  EXPECT_EQ(store_->health().observations, 2u);
  ASSERT_TRUE(store_->settle());
  EXPECT_EQ(store_->health().observations, 2u);
  EXPECT_EQ(*store_->count({}, kAll), 2u);
}

TEST_F(StoreErasing, ManyReadingsGoWithOneChangeOnTheDisk) {
  for (int i = 0; i < 300; i++) put(1 + i % 3, kStart + i, i);
  ASSERT_TRUE(store_->settle());
  for (int i = 300; i < 330; i++) put(1 + i % 3, kStart + i, i);  // not in a file yet
  std::vector<ReadingKey> keys;
  for (int i = 329; i >= 0; i--)
    if (i % 3 != 2 && i % 7 != 0) keys.push_back({DatastreamId(static_cast<std::uint32_t>(1 + i % 3)), kStart + i});
  const std::size_t there = keys.size();
  keys.push_back(keys.front());
  keys.push_back({DatastreamId(1), kStart + 1});   // of the second alone
  keys.push_back({DatastreamId(77), kStart});  // of none
  int syncs = 0;
  test::while_syncing = [&] { syncs++; };
  EXPECT_EQ(*store_->erase_readings(keys), there);
  EXPECT_EQ(syncs, 1);
  EXPECT_EQ(*store_->erase_readings(keys), 0U);
  EXPECT_EQ(syncs, 1) << "nothing to change";
  test::while_syncing = nullptr;
  for (int again = 0; again < 2; again++) {
    EXPECT_EQ(*store_->count({}, kAll), 330 - there);
    EXPECT_EQ(store_->health().observations, 330 - there);
    const auto newest = store_->latest_all();
    ASSERT_EQ(newest.size(), 3U);
    EXPECT_EQ(newest[0].time, kStart + 315) << "the newest of the first that is divided by 7";
    EXPECT_EQ(newest[2].time, kStart + 329);
    reopen();
  }
}

TEST_F(StoreErasing, NoneOfManyGoesIfThatCannotBeWritten) {
  for (int i = 0; i < 10; i++) put(1, kStart + i, i);
  std::vector<ReadingKey> keys;
  for (int i = 0; i < 10; i++) keys.push_back({DatastreamId(1), kStart + i});
  test::folders_sync = 0;
  EXPECT_FALSE(store_->erase_readings(keys));
  test::folders_sync = test::kAlways;
  EXPECT_EQ(*store_->count({}, kAll), 10U);
  EXPECT_EQ(*store_->erase_readings(keys), 10U);
}

TEST_F(StoreErasing, TheBackgroundCountsWhatItTookAway) {
  options_.background = true;
  reopen();
  for (int i = 0; i < 100; i++) put(1 + i % 2, kStart + i, i);
  ASSERT_TRUE(store_->settle());
  ASSERT_TRUE(store_->expire(std::vector{DatastreamId(1)}, kStart + 1000));
  EXPECT_TRUE(await([&] { return store_->health().observations == 50; }));
  EXPECT_TRUE(erase_all_of(2));
  EXPECT_TRUE(await([&] { return store_->health().observations == 0; }));
}

}  // namespace
}  // namespace qala::readings
