#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <random>
#include <utility>

#include "base/file.h"
#include "readings/embedded_store.h"
#include "readings/manifest.h"
#include "readings/test_files.h"
#include "readings/varint.h"

/// What the C library does, unless a test wants a disk that fails or has something to do then. Only folders are synced
/// with it here.
extern "C" int fsync(int fd) {
  using namespace qala::readings::test;
  if (const auto also = while_syncing) also();
  if (folders_sync == kAlways) return static_cast<int>(::syscall(SYS_fsync, fd));
  if (folders_sync-- > 0) return 0;
  folders_sync = 0;
  errno = EIO;
  return -1;
}

extern "C" int unlink(const char* path) noexcept {
  if (const auto also = qala::readings::test::while_removing) also();
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

/// Threads here need no names.
extern "C" int pthread_setname_np(pthread_t, const char*) noexcept {
  if (const auto first = qala::readings::test::before_background) first();
  return 0;
}

/// As large as it is, or as full as a test wants it.
extern "C" int statvfs(const char* path, struct statvfs* info) noexcept {
  struct statfs seen{};
  if (::statfs(path, &seen) != 0) return -1;
  *info = {};
  info->f_frsize = static_cast<unsigned long>(seen.f_bsize);
  info->f_blocks = seen.f_blocks;
  info->f_bavail = seen.f_bavail;
  if (const auto wanted = qala::readings::test::free_bytes) info->f_bavail = *wanted / info->f_frsize;
  return 0;
}

namespace qala::readings {
namespace {

namespace fs = std::filesystem;
using test::folders_sync, test::kAlways, test::StoreFiles;
using test::kAll, test::kStart;

TEST_F(StoreFiles, AFolderIsOpenOnceAtATime) {
  const auto second = open_embedded(folder_, zone_, clock_, options_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
}

TEST_F(StoreFiles, AManifestOfANewerVersionIsRefusedWithAReason) {
  store_.reset();
  flip(folder_ + "/manifest", 7);
  const auto opened = open_embedded(folder_, zone_, clock_, options_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::invalid);
  EXPECT_NE(opened.error().message.find("newer"), std::string::npos);
}

TEST_F(StoreFiles, ADamagedManifestIsNamed) {
  store_.reset();
  flip(folder_ + "/manifest", 17);
  const auto opened = open_embedded(folder_, zone_, clock_, options_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
  EXPECT_NE(opened.error().message.find("manifest"), std::string::npos);
}

TEST_F(StoreFiles, ABrokenMonthCostsThatMonthAndIsNamed) {
  put(1, kStart, 10);
  put(1, kStart + 31 * Instant::kDay, 20);
  ASSERT_TRUE(store_->settle());
  store_.reset();
  const auto december = files("2025-12.");
  ASSERT_EQ(december.size(), 1u);
  fs::resize_file(december[0], fs::file_size(december[0]) - 3);
  store_ = open(folder_);
  const auto range = store_->range(DatastreamId(1), kAll, 10);
  ASSERT_TRUE(range);
  ASSERT_EQ(range->batch.rows.size(), 1u);
  EXPECT_EQ(range->batch.rows[0].bits, 20);
  ASSERT_EQ(range->damaged.size(), 1u);
  EXPECT_NE(range->damaged[0].find("2025-12"), std::string::npos);
  std::vector<Damage> found;
  EXPECT_EQ(*store_->check([&](const Damage& d) { found.push_back(d); }), 1u);
  EXPECT_EQ(found[0].file, december[0]);
  EXPECT_EQ(store_->health().damages, 1u);
}

TEST_F(StoreFiles, AFlippedBitInAChunkIsFoundAndTheRestServed) {
  put(1, kStart, 10);
  put(2, kStart, 20);
  ASSERT_TRUE(store_->settle());
  store_.reset();
  flip(files("2025-12.")[0], 12);
  store_ = open(folder_);
  EXPECT_EQ(store_->range(DatastreamId(1), kAll, 10)->damaged.size(), 1u);
  EXPECT_EQ(store_->range(DatastreamId(2), kAll, 10)->batch.rows.size(), 1u);
  std::vector<Damage> found;
  ASSERT_GE(*store_->check([&](const Damage& d) { found.push_back(d); }), 1u);
  EXPECT_EQ(found[0].datastream, DatastreamId(1));
}

TEST_F(StoreFiles, ErasingADatastreamLeavesNoByteOfIt) {
  for (int i = 0; i < 3; i++) {
    put_text(1, kStart + i * Instant::kHour, "unmistakable-" + std::to_string(i));
    put_text(2, kStart + i * Instant::kHour, "neighbour");
    put_text(1, kStart, "unmistakable-again-" + std::to_string(i));
    if (i == 1) ASSERT_TRUE(store_->settle());
  }
  ASSERT_TRUE(anywhere("unmistakable"));
  store_->release(store_->last_sequence());
  bool gone = false;
  for (int i = 0; i < 1000 && !gone; i++) gone = *store_->erase_datastream(DatastreamId(1));
  EXPECT_TRUE(gone);
  EXPECT_FALSE(anywhere("unmistakable"));
  EXPECT_TRUE(store_->range(DatastreamId(1), kAll, 10)->batch.rows.empty());
  EXPECT_EQ(store_->range(DatastreamId(2), kAll, 10)->batch.rows.size(), 3u);
  reopen();
  EXPECT_TRUE(store_->latest(std::vector{DatastreamId(1)}).empty());
  EXPECT_EQ(*store_->count({}, kAll), 3u);
}

TEST_F(StoreFiles, ErasingEndsWhileReadingsComeAndTakesNoFileOfTheLogForEachStep) {
  put_text(1, kStart, "unmistakable");
  bool gone = false;
  std::size_t most = 0;
  for (int i = 0; i < 50 && !gone; i++) {
    gone = *store_->erase_datastream(DatastreamId(1));
    put(2, kStart + i, i);
    store_->release(store_->last_sequence());
    most = std::max(most, files("/log/").size());
  }
  EXPECT_TRUE(gone);
  EXPECT_LE(most, 3u);
  EXPECT_FALSE(anywhere("unmistakable"));
  reopen();
  EXPECT_FALSE(store_->range(DatastreamId(2), kAll, 100)->batch.rows.empty());
  EXPECT_EQ(store_->latest(std::vector{DatastreamId(2)}).size(), 1u);
}

TEST_F(StoreFiles, ErasingLeavesNoByteInFilesOfTheLogThatAreUsedAgain) {
  put_text(1, kStart, "unmistakable");
  bool gone = false;
  for (int i = 0; i < 2; i++) gone = *store_->erase_datastream(DatastreamId(1));
  ASSERT_FALSE(gone);
  std::mt19937 random(1);
  for (int i = 0; i < 300; i++) {
    std::string text(600, ' ');
    for (char& c : text) c = static_cast<char>('!' + random() % 90);
    put_text(2, kStart + i, text);
  }
  ASSERT_TRUE(store_->settle());
  store_->release(store_->last_sequence());  // the log lets go of its first files
  for (int i = 0; i < 50 && !gone; i++) gone = *store_->erase_datastream(DatastreamId(1));
  EXPECT_TRUE(gone);
  EXPECT_FALSE(anywhere("unmistakable"));
}

TEST_F(StoreFiles, ADamagedFileKeepsNoOtherFromBeingRidOfWhatIsErased) {
  for (int month = 0; month < 2; month++) {
    put_text(1, kStart + month * 31 * Instant::kDay, "unmistakable-" + std::to_string(month));
    put_text(2, kStart + month * 31 * Instant::kDay, "neighbour");
  }
  put_text(3, kStart + 31 * Instant::kDay, "another");
  ASSERT_TRUE(store_->settle());
  store_->release(store_->last_sequence());
  store_.reset();
  const std::string december = files("2025-12.")[0];
  const auto bytes = read_file(december);
  flip(december, text_of(*bytes).find("neighbour"));
  store_ = open(folder_);
  store_->release(store_->last_sequence());
  Result<bool> gone = false;
  for (int i = 0; i < 50 && gone && !*gone; i++) gone = store_->erase_datastream(DatastreamId(1));
  ASSERT_FALSE(gone) << "some of it is still there";
  EXPECT_EQ(gone.error().kind, ErrorKind::corrupt);
  EXPECT_NE(gone.error().message.find("2025-12"), std::string::npos);
  EXPECT_FALSE(anywhere("unmistakable-1"));
  gone = false;
  for (int i = 0; i < 50 && gone && !*gone; i++) gone = store_->erase_datastream(DatastreamId(3));
  ASSERT_TRUE(gone) << gone.error().message;
  EXPECT_TRUE(*gone);
  EXPECT_FALSE(anywhere("another"));
}

TEST_F(StoreFiles, AStartDuringAnErasureLeavesEveryOtherReadingAsItWas) {
  const auto put_round = [&](std::int64_t at) {
    Batch batch;
    batch.text = "cloudy";
    for (std::uint32_t id = 1; id <= 3; id++) {
      batch.extras.push_back({.row = id - 1,
                              .result_time = at + id,
                              .interval_end = 0,
                              .parameters = {.offset = 0, .length = id == 2 ? 6u : 0u}});
      batch.rows.push_back({.datastream = DatastreamId(id),
                            .flags = 0,
                            .type = ValueType::decimal,
                            .scale = 1,
                            .time = at,
                            .bits = static_cast<std::int64_t>(id)});
    }
    append(batch);
  };
  const auto all_of = [&](std::uint32_t id) {
    std::string said;
    const auto range = store_->range(DatastreamId(id), kAll, 1000, true);
    for (std::size_t i = 0; i < range->batch.rows.size(); i++) {
      said += std::to_string(range->batch.rows[i].time - kStart) + " is " + std::to_string(range->ids[i].value);
      for (const Extra& extra : range->batch.extras) {
        if (extra.row != i) continue;
        said += " " + std::to_string(extra.result_time - kStart);
        if (extra.parameters.length != 0) said += range->batch.text_of(extra.parameters.bits());
      }
      said += "; ";
    }
    return said;
  };
  for (int i = 0; i < 100; i++) put_round(kStart + i * Instant::kMinute);
  for (int i = 0; i < 300; i++) put(1, kStart + (200 + i) * Instant::kMinute, i);
  ASSERT_FALSE(*store_->erase_datastream(DatastreamId(1)));
  put_round(kStart + 600 * Instant::kMinute);
  const std::string first = all_of(1), second = all_of(2), third = all_of(3);
  EXPECT_NE(second.find("cloudy"), std::string::npos);
  const std::uint64_t stored = store_->health().observations;
  reopen();
  EXPECT_EQ(all_of(1), first);
  EXPECT_EQ(all_of(2), second);
  EXPECT_EQ(all_of(3), third);
  EXPECT_EQ(store_->health().observations, stored);
}

TEST_F(StoreFiles, MoreTextThanARowOfTheLogTakesIsRefusedBeforeAnythingIsWritten) {
  Batch batch;
  batch.text.resize(1 << 20, 'x');
  for (int i = 0; i <= 256; i++) {
    batch.rows.push_back({.datastream = DatastreamId(1),
                          .flags = 0,
                          .type = ValueType::text,
                          .scale = 0,
                          .time = kStart + i,
                          .bits = TextRef{.offset = 0, .length = 1 << 20}.bits()});
  }
  const Batch* const batches[] = {&batch};
  const auto done = store_->append(batches, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::invalid);
  EXPECT_EQ(store_->last_sequence(), 0u);
  put(1, kStart, 10);
  reopen();
  EXPECT_EQ(*store_->count({}, kAll), 1u);
}

TEST_F(StoreFiles, WhatIsErasedIsCountedTheSameAfterAStart) {
  const auto same_after_start = [&] {
    const std::uint64_t stored = store_->health().observations;
    reopen();
    EXPECT_EQ(store_->health().observations, stored);
    EXPECT_EQ(*store_->count({}, kAll), stored);
  };
  for (int i = 0; i < 6; i++) put(1, kStart + i, i);
  EXPECT_TRUE(*store_->erase_reading(DatastreamId(1), kStart));  // in the log alone
  same_after_start();
  ASSERT_TRUE(store_->settle());
  EXPECT_TRUE(*store_->erase_reading(DatastreamId(1), kStart + 1));  // in a file
  same_after_start();
  options_.flush_rows = 3;
  reopen();
  for (int i = 6; i < 9; i++) put(1, kStart + i, i);
  EXPECT_TRUE(*store_->erase_reading(DatastreamId(1), kStart + 7));  // on its way into a file
  put(1, kStart + 9, 9);
  EXPECT_FALSE(files("live-").empty());
  same_after_start();
}

TEST_F(StoreFiles, ErasingFindsReplacedValuesThoughOthersAreReplacedMeanwhile) {
  put_text(1, kStart, "unmistakable");
  put_text(1, kStart, "corrected");
  put_text(2, kStart, "neighbour");
  ASSERT_TRUE(store_->settle());
  store_->release(store_->last_sequence());
  ASSERT_EQ(files("corrected-").size(), 1u);
  ASSERT_FALSE(*store_->erase_datastream(DatastreamId(1)));
  put_text(2, kStart, "replaced meanwhile");
  ASSERT_TRUE(store_->settle());
  store_->release(store_->last_sequence());
  bool gone = false;
  for (int i = 0; i < 50 && !gone; i++) gone = *store_->erase_datastream(DatastreamId(1));
  EXPECT_TRUE(gone);
  EXPECT_FALSE(anywhere("unmistakable"));
  EXPECT_EQ(files("corrected-").size(), 1u);
}

TEST_F(StoreFiles, AnErasedReadingDoesNotComeBack) {
  put(1, kStart, 10);
  put(1, kStart + 1, 11);
  EXPECT_TRUE(*store_->erase_reading(DatastreamId(1), kStart + 1));
  put(1, kStart + 1, 11);
  reopen();
  put(1, kStart + 1, 12);
  EXPECT_EQ(*store_->count({}, kAll), 1u);
  EXPECT_EQ(store_->latest_all()[0].bits, 10);
}

TEST_F(StoreFiles, ABackupOpensWithEverythingAndCopiesOnlyWhatChanged) {
  put(1, kStart, 10);
  ASSERT_TRUE(store_->settle());
  put(1, kStart + 1, 11);
  const std::string copy = folder_ + "-copy";
  ASSERT_TRUE(store_->backup(copy));
  const std::string month = copy + "/" + fs::path(files("2025-12.")[0]).filename().string();
  const auto before = fs::last_write_time(month);
  put(1, kStart + 2, 12);
  ASSERT_TRUE(store_->backup(copy));
  EXPECT_EQ(fs::last_write_time(month), before);
  const auto restored = open(copy);
  EXPECT_EQ(*restored->count({}, kAll), 3u);
  EXPECT_EQ(restored->last_sequence(), store_->last_sequence());
}

TEST_F(StoreFiles, LeftoversOfAFlushThatWasCutShortAreRemoved) {
  put(1, kStart, 10);
  store_.reset();
  std::ofstream(folder_ + "/live-000077.seg") << "half";
  store_ = open(folder_);
  EXPECT_TRUE(files("live-000077").empty());
  EXPECT_EQ(*store_->count({}, kAll), 1u);
}

TEST_F(StoreFiles, WhicheverNameTheDiskFailsToKeepEveryReadingIsThereAfterAKill) {
  std::uint32_t failed = 0;
  for (std::uint32_t good = 0; good < 8; good++) {
    const std::uint32_t datastream = good + 1;
    for (int i = 0; i < 3; i++) put(datastream, kStart + i, i);
    put(datastream, kStart, 7);  // a corrected one has a file of its own
    folders_sync = static_cast<int>(good);
    failed += store_->settle() ? 0 : 1;
    folders_sync = kAlways;
    fs::copy(folder_, folder_ + "-copy", fs::copy_options::recursive);  // what a kill would leave
    auto left = open(folder_ + "-copy");
    EXPECT_EQ(*left->count({}, kAll), 3u * datastream) << good;
    EXPECT_EQ(*left->check([](const Damage& found) { ADD_FAILURE() << found.file << ": " << found.what; }), 0u);
    left.reset();
    fs::remove_all(folder_ + "-copy");
  }
  EXPECT_GT(failed, 2u);
  ASSERT_TRUE(store_->settle());
  const auto manifest = Manifest::decode(*read_file(folder_ + "/manifest"));
  EXPECT_EQ(files("/live-").size() + files("/corrected-").size() + files("/2025-").size(), manifest->files.size())
      << "what a manifest that failed named is gone";
}

TEST_F(StoreFiles, TheLogIsKeptUntilItsReadingsAreInFiles) {
  for (int i = 0; i < 2000; i++) put_text(1, kStart + i, std::string(200, 'x'));
  store_->release(store_->last_sequence());
  reopen();
  EXPECT_EQ(*store_->count({}, kAll), 2000u);
  std::uint64_t rows = 0;
  ASSERT_TRUE(store_->replay(0, [&](std::uint64_t, const Batch& batch, std::string_view) {
    rows += batch.rows.size();
    return Result<>();
  }));
  EXPECT_EQ(rows, 2000u);
}

TEST_F(StoreFiles, AnEmptyLogThatLetGoOfAllItsRowsFits) {
  put_text(1, kStart, "gone");
  put(2, kStart, 1);
  ASSERT_TRUE(store_->settle());
  store_->release(store_->last_sequence());
  bool gone = false;
  for (int i = 0; i < 1000 && !gone; i++) gone = *store_->erase_datastream(DatastreamId(1));
  ASSERT_TRUE(gone);
  const std::uint64_t last = store_->last_sequence();
  for (const bool read_only : {true, false}) {
    options_.read_only = read_only;
    reopen();
    EXPECT_EQ(store_->last_sequence(), last) << read_only;
    EXPECT_EQ(*store_->count({}, kAll), 1u);
  }
}

TEST_F(StoreFiles, ALogOfAnotherMomentThanTheManifestIsRefused) {
  options_.log_segment = 4096;
  reopen();
  put(1, kStart, 10);
  ASSERT_TRUE(store_->settle());
  store_->release(store_->last_sequence());
  for (int i = 1; i < 200; i++) put_text(1, kStart + i, std::string(200, 'x'));
  store_.reset();
  auto log = files("/log/");
  std::ranges::sort(log);
  ASSERT_GT(log.size(), 2U);
  const std::string newer = folder_ + "/live-000077.seg";
  std::ofstream(newer) << "of the manifest that did not come";
  const auto refused = [&](std::string_view why) {
    for (const bool read_only : {true, false}) {
      options_.read_only = read_only;
      const auto opened = open_embedded(folder_, zone_, clock_, options_);
      ASSERT_FALSE(opened) << read_only;
      EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
      EXPECT_NE(opened.error().message.find(why), std::string::npos) << opened.error().message;
      EXPECT_TRUE(fs::exists(newer));
    }
  };
  fs::remove(log[0]);
  refused("those between are missing");
  for (const auto& file : log) fs::remove(file);
  refused("ends at row 0");
}

TEST_F(StoreFiles, TheDayOfTwentyFiveHoursIsOneDay) {
  const std::int64_t day = zone_.day_start(zone_.local_day(*parse_iso("2024-02-29T06:00:00Z"))).ns;
  for (int hour = 0; hour < 26; hour++) put(1, day + hour * Instant::kHour, 10);
  ASSERT_TRUE(store_->settle());
  for (const bool whole : {true, false}) {  // from summaries, from readings
    const Window window{day - (whole ? 0 : 1), day + 26 * Instant::kHour};
    const auto days = store_->buckets(DatastreamId(1), window, {CalendarUnit::day, 1}, zone_);
    ASSERT_TRUE(days);
    ASSERT_EQ(days->size(), 2u);
    EXPECT_EQ((*days)[0].count, 25u);
    EXPECT_EQ((*days)[1].start, day + 25 * Instant::kHour);
  }
}

TEST_F(StoreFiles, ATextAmongTheReadingsOfADayHidesNoneOfThem) {
  const std::int64_t day = zone_.day_start(zone_.local_day(clock_.now())).ns;
  put(1, day + 1 * Instant::kHour, 100);
  put_text(1, day + 2 * Instant::kHour, "no signal");
  put(1, day + 3 * Instant::kHour, 200);
  put(1, day + 3 * Instant::kDay, 10);  // the day before is in files alone
  ASSERT_TRUE(store_->settle());
  const Window both{day, day + 4 * Instant::kDay};
  const auto days = store_->buckets(DatastreamId(1), both, {CalendarUnit::day, 1}, zone_);
  ASSERT_TRUE(days);
  ASSERT_EQ(days->size(), 2u);
  EXPECT_EQ((*days)[0].count, 2u);
  EXPECT_DOUBLE_EQ((*days)[0].sum, 30);
  const auto over = store_->exceedance(std::vector{DatastreamId(1)}, both, {CalendarUnit::day, 1}, zone_, 12);
  ASSERT_TRUE(over);
  ASSERT_EQ(over->size(), 1u);
  EXPECT_EQ((*over)[0].buckets, 1u);
}

TEST_F(StoreFiles, IdsStayThroughLateReadingsMergesAndStarts) {
  put(1, kStart, 10);
  put(1, kStart + 2, 12);
  const auto before = store_->range(DatastreamId(1), kAll, 10, true)->ids;
  put(1, kStart + 1, 11);
  ASSERT_TRUE(store_->settle());
  reopen();
  const auto after = store_->range(DatastreamId(1), kAll, 10, true)->ids;
  ASSERT_EQ(after.size(), 3u);
  EXPECT_EQ(after[0], before[0]);
  EXPECT_EQ(after[2], before[1]);
  EXPECT_NE(after[1], after[0]);
  EXPECT_LE(after[1].value, 1ull << 53);
}

/// Four connections of one sender: each reading is there, but not in the order of their times.
std::vector<std::int64_t> overtaken_order(int n) {
  std::vector<std::int64_t> order;
  for (int i = 0; i < n; i++) order.push_back(i);
  for (std::size_t i = 10; i + 3 < order.size(); i += 7) std::swap(order[i], order[i + (i % 3) + 1]);
  return order;
}

TEST_F(StoreFiles, IdsOfOvertakenReadingsAscendWithTimeAndSurviveAStartAtAnyMoment) {
  std::map<std::int64_t, std::uint64_t> known;  // time, id
  const auto order = overtaken_order(200);
  for (std::size_t i = 0; i < order.size(); i++) {
    put(1, kStart + order[i] * 600 * Instant::kSecond, order[i] % 50);
    if (i % 37 == 20) reopen();
    if (i % 61 == 30) ASSERT_TRUE(store_->settle());
    const auto all = store_->range(DatastreamId(1), kAll, 1000, true);
    ASSERT_TRUE(all);
    for (std::size_t k = 0; k < all->ids.size(); k++) {
      const auto [at, fresh] = known.try_emplace(all->batch.rows[k].time, all->ids[k].value);
      ASSERT_EQ(at->second, all->ids[k].value) << "the id of a reading changed after " << i;
    }
  }
  std::uint64_t before = 0;
  for (const auto& [time, id] : known) {
    EXPECT_EQ(id, before + 1) << "at " << time;
    before = id;
  }
}

TEST_F(StoreFiles, OvertakenReadingsCostNoBytes) {
  const auto bytes_of_order = [&](const std::vector<std::int64_t>& order) {
    reopen();
    for (const std::int64_t i : order) put(1, kStart + i * 600 * Instant::kSecond, i * 7 % 50);
    EXPECT_TRUE(store_->settle());
    const std::uint64_t bytes = store_->health().file_bytes;
    store_.reset();
    fs::remove_all(folder_);
    return bytes;
  };
  auto in_order = overtaken_order(2000);
  const std::uint64_t overtaken = bytes_of_order(in_order);
  std::ranges::sort(in_order);
  EXPECT_LE(overtaken, bytes_of_order(in_order) + 16);
}

/// The store's thread waits while this exists, so that whoever settles does all that is to be done.
class BackgroundHeld {
 public:
  BackgroundHeld() {
    test::before_background = [until = end_.get_future().share()] { until.wait(); };
  }
  ~BackgroundHeld() {
    test::before_background = nullptr;
    end_.set_value();
  }

 private:
  std::promise<void> end_;
};

TEST_F(StoreFiles, WhatIsHandedOnWhileItSettlesIsNotThrownAway) {
  put(1, kStart, 10);
  put(1, kStart, 11);
  ASSERT_TRUE(store_->settle());
  ASSERT_EQ(files("corrected-").size(), 1u);
  options_.background = true;
  options_.flush_rows = 2;
  const BackgroundHeld held;
  reopen();
  put(1, kStart + 1, 12);
  put(1, kStart + 1, 13);  // handed on; its flush takes the place of the file of corrected values
  bool armed = true;
  test::while_removing = [&] {
    if (!std::exchange(armed, false)) return;
    for (int i = 0; i < 3; i++) put(2, kStart + i, i);  // two are handed on
  };
  ASSERT_TRUE(store_->settle());
  test::while_removing = nullptr;
  EXPECT_FALSE(armed);
  EXPECT_EQ(*store_->count({}, kAll), 5u);
}

}  // namespace
}  // namespace qala::readings
