#include "footage/retention.h"

#include <gtest/gtest.h>

#include "footage/holds.h"
#include "footage/testbed.h"

namespace qala::footage {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
namespace fs = std::filesystem;

/// One file with three seconds of a camera, beginning now; the clock is then at its end.
void record(Bench& bench, std::uint32_t camera, std::uint8_t stream = kMain) {
  bench.id = {camera, stream};
  bench.begin();
  bench.seconds(3);
  bench.recorder->end(bench.id);
  ASSERT_TRUE(bench.recorder->sync());
}

/// Lets retention do all it wants.
void expire(Bench& bench) {
  bench.clock.advance(minutes(11));
  for (int at = 0; at < 20; at++) {
    ASSERT_TRUE(bench.recorder->sync());
    bench.clock.advance(seconds(11));
  }
}

std::vector<std::uint32_t> cameras_left(const Bench& bench) {
  std::vector<std::uint32_t> cameras;
  for (const auto& file : files_in(bench.folder)) cameras.push_back(static_cast<std::uint32_t>(std::stoul(file)));
  return cameras;
}

std::uint64_t bytes_in(const Bench& bench) {
  std::uint64_t bytes = 0;
  for (const auto& file : files_in(bench.folder)) bytes += fs::file_size(bench.folder + "/" + file);
  return bytes;
}

TEST(Retention, WithoutARuleNothingGoes) {
  Bench bench;
  record(bench, 1);
  bench.clock.advance(hours(24 * 400));
  expire(bench);
  EXPECT_EQ(cameras_left(bench), std::vector<std::uint32_t>{1});
}

TEST(Retention, FootageGoesWhenItIsTooOld) {
  Bench bench;
  record(bench, 1);
  record(bench, 2);
  bench.recorder->retain(
      {.groups = {{.name = "street", .cameras = {1}, .keep = {.days = 7}}}, .others = {.days = 30}, .least_free = 0});
  bench.clock.advance(hours(24 * 7 - 2));
  expire(bench);
  EXPECT_EQ(cameras_left(bench), (std::vector<std::uint32_t>{1, 2}));
  bench.clock.advance(hours(3));
  expire(bench);
  EXPECT_EQ(cameras_left(bench), std::vector<std::uint32_t>{2});
  EXPECT_EQ(bench.recorder->counters().expired_files, 1u);
  EXPECT_GT(bench.recorder->counters().expired_bytes, 1'000u);
  EXPECT_TRUE(bench.library->spans({1, kMain}, Instant{0}, bench.clock.now())->empty());
  EXPECT_FALSE(fs::exists(bench.folder + "/1/main/20260117")) << "an empty day leaves no folder";
}

TEST(Retention, AGroupKeepsSoManyBytesAndTheNewestOfThem) {
  Bench bench;
  for (int at = 0; at < 6; at++) record(bench, at % 2 == 0 ? 1 : 2, at == 3 ? kSub : kMain);
  record(bench, 3);
  const auto most = static_cast<std::int64_t>(bytes_in(bench) / 3);
  bench.recorder->retain({.groups = {{.name = "square", .cameras = {1, 2}, .keep = {.bytes = most}}}, .least_free = 0});
  expire(bench);
  std::int64_t left = 0;
  for (const auto& file : files_in(bench.folder)) {
    if (!file.starts_with("3/")) left += static_cast<std::int64_t>(fs::file_size(bench.folder + "/" + file));
  }
  EXPECT_LE(left, most);
  EXPECT_GT(left, most / 2) << "no more than it must";
  EXPECT_EQ(bench.library->spans({1, kMain}, Instant{0}, bench.start + seconds(12))->size(), 0u) << "the oldest went";
  EXPECT_EQ(bench.library->spans({2, kMain}, bench.start + seconds(15), bench.clock.now())->size(), 1u);
  EXPECT_EQ(bench.library->spans({3, kMain}, Instant{0}, bench.clock.now())->size(), 1u) << "of another group";
}

TEST(Retention, TheOldestOfAllGoesWhenTheDiskIsNearlyFull) {
  Bench bench;
  for (const std::uint32_t camera : {3, 1, 2}) record(bench, camera);
  bench.disk.free = (100ULL << 20) - 5'000;
  bench.recorder->retain({.least_free = 100ULL << 20});
  bench.clock.advance(minutes(1));
  ASSERT_TRUE(bench.recorder->sync());
  EXPECT_EQ(cameras_left(bench), (std::vector<std::uint32_t>{1, 2}));
}

TEST(Retention, WhatIsHeldNeverGoes) {
  Bench bench;
  for (const std::uint32_t camera : {1, 1, 1, 2}) record(bench, camera);
  const auto hold = bench.library->hold({.camera = 1,
                                         .from = bench.start + seconds(4),
                                         .to = bench.start + seconds(5),
                                         .reason = "case 12",
                                         .by = "aigul"});
  ASSERT_TRUE(hold);
  bench.disk.free = 0;
  bench.recorder->retain({.others = {.days = 1, .bytes = 1}, .least_free = 1ULL << 40});
  bench.clock.advance(hours(24 * 400) + minutes(11));
  const auto full = bench.recorder->sync();
  ASSERT_FALSE(full) << "it is said that the disk stays full";
  EXPECT_EQ(full.error().kind, ErrorKind::full);
  EXPECT_EQ(files_in(bench.folder), std::vector<std::string>{"1/main/20260117/144003.000-2.mp4"});
  EXPECT_GT(bench.recorder->counters().held_files, 0u);
  EXPECT_EQ(bench.library->holds()->size(), 1u);

  bench.disk.free = std::nullopt;
  bench.recorder->retain({.others = {.days = 1}, .least_free = 0});
  ASSERT_TRUE(rebuild(bench.folder).error().kind == ErrorKind::conflict);
  ASSERT_TRUE(bench.library->release(*hold));
  EXPECT_EQ(bench.library->release(*hold).error().kind, ErrorKind::not_found);
  expire(bench);
  EXPECT_TRUE(files_in(bench.folder).empty()) << "released";
}

TEST(Retention, AHoldEndsByItselfAndOutlivesTheIndex) {
  Bench bench;
  record(bench, 1);
  ASSERT_TRUE(bench.library->hold({.camera = 1,
                                   .from = bench.start,
                                   .to = bench.start + seconds(1),
                                   .until = bench.start + hours(24 * 10),
                                   .reason = "case 12",
                                   .by = "aigul"}));
  bench.recorder = nullptr;
  fs::remove(bench.folder + "/index.db");
  bench.recorder = bench.open();
  bench.recorder->retain({.others = {.days = 2}, .least_free = 0});
  bench.clock.advance(hours(24 * 9));
  expire(bench);
  EXPECT_EQ(files_in(bench.folder).size(), 1u);
  bench.clock.advance(hours(24));
  expire(bench);
  EXPECT_TRUE(files_in(bench.folder).empty());
}

TEST(Retention, WhenHoldsCannotBeReadNothingGoes) {
  Bench bench;
  record(bench, 1);
  auto file = File::open(bench.folder + "/holds.db", File::Mode::create);
  ASSERT_TRUE(file->write_at(0, std::as_bytes(std::span("not a database, whatever it is called: not at all"))));
  bench.recorder->retain({.others = {.days = 1}, .least_free = 0});
  bench.clock.advance(hours(24 * 3) + minutes(11));
  EXPECT_FALSE(bench.recorder->sync());
  EXPECT_EQ(files_in(bench.folder).size(), 1u);
}

TEST(Retention, AClockThatJumpsEmptiesNoDisk) {
  Bench bench;
  record(bench, 1);
  bench.recorder->retain({.others = {.days = 30}, .least_free = 0});
  bench.clock.advance(minutes(11));
  ASSERT_TRUE(bench.recorder->sync());
  bench.clock.set(bench.start + hours(24 * 4'000));
  for (int at = 0; at < 9; at++) {
    ASSERT_TRUE(bench.recorder->sync());
    bench.clock.advance(minutes(1));
  }
  EXPECT_EQ(files_in(bench.folder).size(), 1u);
  bench.clock.set(bench.start + minutes(30));  // somebody has noticed
  expire(bench);
  EXPECT_EQ(files_in(bench.folder).size(), 1u);
}

TEST(Retention, AClockThatIsAheadForLongEmptiesNoDisk) {
  Bench bench;
  record(bench, 1);
  bench.recorder->retain({.others = {.days = 30}, .least_free = 0});
  ASSERT_TRUE(bench.recorder->sync());
  bench.clock.set(bench.start + hours(24 * 400));
  bench.clock.advance(seconds(11));
  ASSERT_TRUE(bench.recorder->sync());
  bench.clock.advance(hours(23));
  expire(bench);
  EXPECT_EQ(files_in(bench.folder).size(), 1u);
  bench.clock.advance(hours(1));
  expire(bench);
  EXPECT_TRUE(files_in(bench.folder).empty()) << "a clock that is steady for a day is believed";
}

TEST(Retention, AClockThatIsAheadFromTheStartEmptiesNoDisk) {
  Bench bench;
  record(bench, 1);
  bench.recorder = nullptr;
  bench.clock.set(bench.start + hours(24 * 400));
  bench.recorder = bench.open();
  bench.recorder->retain({.others = {.days = 30}, .least_free = 0});
  expire(bench);
  record(bench, 2);  // as of that time
  bench.recorder = nullptr;
  bench.recorder = bench.open();
  bench.recorder->retain({.others = {.days = 30}, .least_free = 0});
  expire(bench);
  EXPECT_EQ(cameras_left(bench), (std::vector<std::uint32_t>{1, 2})) << "nor after another start";
  bench.clock.advance(hours(24));
  expire(bench);
  EXPECT_EQ(cameras_left(bench), std::vector<std::uint32_t>{2}) << "a clock that is steady for a day is believed";
}

TEST(Retention, ACrashBetweenRowAndFileLeavesNeither) {
  Bench bench;
  record(bench, 1);
  bench.recorder->retain({.others = {.days = 1}, .least_free = 0});
  bench.clock.advance(hours(24 * 3) + minutes(11));
  bench.disk.fail_remove = true;
  EXPECT_FALSE(bench.recorder->sync());
  EXPECT_EQ(files_in(bench.folder).size(), 1u);
  EXPECT_TRUE(bench.spans().empty()) << "the row has gone first";
  bench.recorder = nullptr;
  bench.disk.fail_remove = false;
  bench.recorder = bench.open();
  EXPECT_TRUE(files_in(bench.folder).empty()) << "the next start ends what was begun";
}

TEST(Retention, WhatIsBeingWrittenCountsButStays) {
  Bench bench;
  record(bench, 1);
  bench.begin();
  bench.seconds(3);
  bench.recorder->retain({.others = {.bytes = 1}, .least_free = 0});
  ASSERT_TRUE(bench.recorder->sync());
  EXPECT_EQ(files_in(bench.folder).size(), 1u);
  EXPECT_EQ(pieces(*bench.library, bench.id).size(), 3u);
}

}  // namespace
}  // namespace qala::footage
