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
  }
  /// Until `done`, or 20 seconds; false then.
  bool await(const std::function<bool()>& done) const {
    for (int i = 0; i < 20'000; i++) {
      if (done()) return true;
      if (options_.background) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
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

}  // namespace
}  // namespace qala::readings
