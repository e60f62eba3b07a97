#include "readings/log.h"

#include <gtest/gtest.h>

#include <fstream>

#include "readings/log_frame.h"
#include "readings/log_test_disk.h"

namespace qala::readings {
namespace {

constexpr std::uint64_t kSmall = 4096;

std::string row_of(std::uint64_t sequence, std::size_t size = 100) {
  std::string row = "row " + std::to_string(sequence) + " ";
  row.resize(size, static_cast<char>('a' + sequence % 26));
  return row;
}

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

class LogOf : public testing::Test {
 protected:
  /// Opens the log and keeps what it handed out in `found`.
  Result<> open() {
    log.reset();
    found.clear();
    TRY(log, Log::open(folder.path(), kSmall, clock, keep(), &disk));
    return {};
  }
  Log::Each keep() {
    return [this](std::uint64_t sequence, std::span<const std::byte> row) -> Result<> {
      found.emplace_back(sequence, std::string(reinterpret_cast<const char*>(row.data()), row.size()));
      return {};
    };
  }
  void append(int count, std::size_t size = 100) {
    for (int i = 0; i < count; i++) {
      const auto done = log->append(bytes(row_of(log->last_sequence() + 1, size)));
      ASSERT_TRUE(done) << done.error().message;
    }
  }
  void expect_rows(std::uint64_t first, std::uint64_t last, std::size_t size = 100) {
    ASSERT_EQ(found.size(), last + 1 - first);
    for (std::size_t i = 0; i < found.size(); i++) {
      EXPECT_EQ(found[i].first, first + i);
      EXPECT_EQ(found[i].second, row_of(first + i, size));
    }
  }
  void damage(const std::string& name, std::uint64_t at, char with = '\x5a') {
    std::fstream file(folder.file(name), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char was = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(was ^ with));
  }

  TemporaryFolder folder;
  FakeClock clock;
  ForgetfulDisk disk;
  std::unique_ptr<Log> log;
  std::vector<std::pair<std::uint64_t, std::string>> found;
};

TEST_F(LogOf, RowsComeBackInOrderAfterReopening) {
  ASSERT_TRUE(open());
  EXPECT_EQ(log->last_sequence(), 0u);
  EXPECT_EQ(log->first_sequence(), 1u);
  append(100);
  ASSERT_TRUE(open());
  expect_rows(1, 100);
  EXPECT_EQ(log->last_sequence(), 100u);
  append(1);
  ASSERT_TRUE(open());
  expect_rows(1, 101);
}

TEST_F(LogOf, WhatWasAcknowledgedSurvivesAPowerCut) {
  ASSERT_TRUE(open());
  for (int i = 0; i < 120; i++) {  // across files
    append(1, 90);
    disk.power_cut();
    ASSERT_EQ(log->last_sequence(), static_cast<std::uint64_t>(i + 1));
  }
  ASSERT_TRUE(open());
  expect_rows(1, 120, 90);
}

TEST_F(LogOf, EveryAppendIsOneWriteAndOneSync) {
  ASSERT_TRUE(open());
  const int writes = disk.writes;
  const int syncs = disk.syncs;
  append(20);
  EXPECT_EQ(disk.writes - writes, 20);
  EXPECT_EQ(disk.syncs - syncs, 20);
  EXPECT_EQ(log->sync_calls(), 20u);
}

TEST_F(LogOf, APreparedFileMakesEvenTheAppendThatCrossesOneWriteAndOneSync) {
  ASSERT_TRUE(open());
  append(33);  // the next row of 116 bytes does not fit into 4096
  while (!log->ahead_ready()) ASSERT_TRUE(log->prepare_ahead());
  const int writes = disk.writes;
  append(2);
  EXPECT_EQ(disk.writes - writes, 2);
  EXPECT_TRUE(std::filesystem::exists(folder.file("000002.log")));
  ASSERT_TRUE(open());
  expect_rows(1, 35);
}

TEST_F(LogOf, ARowLargerThanAFileFitsAllTheSame) {
  ASSERT_TRUE(open());
  append(3, 50'000);
  append(2, 50'000);
  ASSERT_TRUE(open());
  expect_rows(1, 5, 50'000);
}

TEST_F(LogOf, ATornRowAtTheEndIsDroppedAndItsPlaceUsedAgain) {
  ASSERT_TRUE(open());
  append(10, 1000);  // three a file, and one in the fourth
  append(1, 1000);
  damage("000004.log", kLogHead + frame_bytes(1000) + 500);
  ASSERT_TRUE(open());
  expect_rows(1, 10, 1000);
  append(1, 1000);
  ASSERT_TRUE(open());
  expect_rows(1, 11, 1000);
}

TEST_F(LogOf, DamageBeforeTheEndIsNamed) {
  ASSERT_TRUE(open());
  append(10, 1000);
  damage("000002.log", kLogHead + frame_bytes(1000) + 500);  // row 5
  const auto done = open();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::corrupt);
  EXPECT_NE(done.error().message.find("000002.log"), std::string::npos) << done.error().message;
  EXPECT_NE(done.error().message.find("rows 5 to 5"), std::string::npos) << done.error().message;
}

TEST_F(LogOf, NoFlippedByteGoesUnnoticed) {
  ASSERT_TRUE(open());
  append(8, 400);
  const std::string first = folder.file("000001.log");
  // The last row's own bytes look like a torn append; every other byte of a row or a head must be missed.
  for (std::uint64_t at = 0; at < kLogHead + 7 * frame_bytes(400); at += 7) {
    damage("000001.log", at);
    EXPECT_FALSE(open()) << "byte " << at;
    damage("000001.log", at);
  }
  ASSERT_TRUE(open());
  expect_rows(1, 8, 400);
}

TEST_F(LogOf, AMissingFileIsNamed) {
  ASSERT_TRUE(open());
  append(10, 1000);
  std::filesystem::remove(folder.file("000002.log"));
  const auto done = open();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::corrupt);
}

TEST_F(LogOf, ALogWhoseLastRowsAreMissingBeforeARolledFileIsDamaged) {
  ASSERT_TRUE(open());
  append(2, 400);
  ASSERT_TRUE(log->roll());
  damage("000001.log", kLogHead + frame_bytes(400) + 50);
  EXPECT_FALSE(open());
}

TEST_F(LogOf, DroppedFilesAreUsedAgainAndTheirOldRowsNeverTakenForNew) {
  ASSERT_TRUE(open());
  for (int round = 0; round < 20; round++) {
    append(10, 1000);
    ASSERT_TRUE(log->drop_until(log->last_sequence()));
    if (round % 2 == 0) {
      while (!log->ahead_ready()) ASSERT_TRUE(log->prepare_ahead());
    }
    const std::uint64_t first = log->first_sequence();
    const std::uint64_t last = log->last_sequence();
    ASSERT_TRUE(open());
    expect_rows(first, last, 1000);
    EXPECT_LE(log->bytes(), 4 * kSmall);
  }
}

TEST_F(LogOf, AFileUsedBeforeIsReadyWithoutBeingWritten) {
  ASSERT_TRUE(open());
  append(10, 1000);
  ASSERT_TRUE(log->drop_until(log->last_sequence()));
  disk.writes = 0;
  while (!log->ahead_ready()) ASSERT_TRUE(log->prepare_ahead());
  EXPECT_EQ(disk.writes, 1) << "its head alone";
}

TEST_F(LogOf, RollLeavesNoByteOfARowThatIsDropped) {
  ASSERT_TRUE(open());
  for (int round = 0; round < 3; round++) {
    append(10, 1000);
    ASSERT_TRUE(log->drop_until(log->last_sequence()));
    while (!log->ahead_ready()) ASSERT_TRUE(log->prepare_ahead());
  }
  ASSERT_TRUE(log->roll());
  ASSERT_TRUE(log->drop_until(log->last_sequence()));
  while (!log->ahead_ready()) ASSERT_TRUE(log->prepare_ahead());
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    const auto content = read_file(entry.path().string());
    ASSERT_TRUE(content);
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(content->data()), content->size()).find("row "),
              std::string_view::npos)
        << entry.path();
  }
}

TEST_F(LogOf, ACleanStopLeavesNothingButRows) {
  ASSERT_TRUE(open());
  append(2);
  while (!log->ahead_ready()) ASSERT_TRUE(log->prepare_ahead());
  ASSERT_TRUE(log->give_back());
  std::uintmax_t left = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) left += entry.file_size();
  EXPECT_EQ(left, kLogHead + 2 * frame_bytes(100));
  ASSERT_TRUE(open());
  append(2);
  ASSERT_TRUE(open());
  expect_rows(1, 4);
}

TEST_F(LogOf, RowsOfAnotherLifeOfTheFileDoNotPassEvenWithTheRightSequence) {
  std::string file;
  put_log_head({.number = 1, .salt = 7, .first_sequence = 1}, file);
  put_frame(7, 1, bytes("one"), file);
  put_frame(8, 2, bytes("two, of another salt"), file);
  EXPECT_TRUE(parse_frame(bytes(file), kLogHead, 7));
  EXPECT_FALSE(parse_frame(bytes(file), kLogHead + frame_bytes(3), 7));
}

TEST_F(LogOf, RollAndDropLeaveNoRowButKeepCounting) {
  ASSERT_TRUE(open());
  append(3);
  ASSERT_TRUE(log->roll());
  ASSERT_TRUE(log->drop_until(3));
  while (!log->ahead_ready()) ASSERT_TRUE(log->prepare_ahead());
  EXPECT_EQ(log->first_sequence(), 4u);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    const auto content = read_file(entry.path().string());
    ASSERT_TRUE(content);
    const std::string text(reinterpret_cast<const char*>(content->data()), content->size());
    EXPECT_EQ(text.find("row 1 "), std::string::npos) << entry.path();
  }
  ASSERT_TRUE(open());
  EXPECT_TRUE(found.empty());
  EXPECT_EQ(log->last_sequence(), 3u);
  append(1);
  ASSERT_TRUE(open());
  expect_rows(4, 4);
}

TEST_F(LogOf, AFullDiskRefusesAndLaterGoesOn) {
  ASSERT_TRUE(open());
  disk.full = true;
  Result<std::uint64_t> done = std::uint64_t{0};
  while (done) done = log->append(bytes(row_of(log->last_sequence() + 1)));
  EXPECT_EQ(done.error().kind, ErrorKind::full);
  const std::uint64_t last = log->last_sequence();
  EXPECT_EQ(log->append(bytes(row_of(0))).error().kind, ErrorKind::full);
  disk.full = false;
  append(3);
  ASSERT_TRUE(open());
  expect_rows(1, last + 3);
}

TEST_F(LogOf, AFullDiskInTheMiddleOfARowLeavesNothingOfIt) {
  ASSERT_TRUE(open());
  append(2);
  disk.write_error = ErrorKind::full;
  disk.fail_write_at = 0;
  EXPECT_EQ(log->append(bytes(row_of(0))).error().kind, ErrorKind::full);
  append(1);
  ASSERT_TRUE(open());
  expect_rows(1, 3);
}

TEST_F(LogOf, AFailedSyncStopsTheLogUntilReopened) {
  ASSERT_TRUE(open());
  append(2);
  disk.sync_error = ErrorKind::unavailable;
  disk.fail_sync_at = 0;
  EXPECT_FALSE(log->append(bytes(row_of(3))));
  const auto again = log->append(bytes(row_of(3)));
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("until a restart"), std::string::npos);
  EXPECT_EQ(log->last_sequence(), 2u);
}

TEST_F(LogOf, ASyncThatFindsTheDiskFullIsNoOrdinaryFull) {
  ASSERT_TRUE(open());
  disk.sync_error = ErrorKind::full;
  disk.fail_sync_at = 0;
  EXPECT_EQ(log->append(bytes(row_of(1))).error().kind, ErrorKind::unavailable);
}

TEST_F(LogOf, ARowWhoseSyncFailedIsEitherGoneOrDurableAfterReopening) {
  ASSERT_TRUE(open());
  append(2);
  disk.sync_error = ErrorKind::unavailable;
  disk.fail_sync_at = 0;
  EXPECT_FALSE(log->append(bytes(row_of(3))));
  ASSERT_TRUE(open());  // the row is in the page cache, and taken
  expect_rows(1, 3);
  append(1);
  disk.power_cut();  // must not take it away from under the row after it
  ASSERT_TRUE(open());
  expect_rows(1, 4);
}

TEST_F(LogOf, AnotherWriteErrorStopsTheLog) {
  ASSERT_TRUE(open());
  disk.write_error = ErrorKind::unavailable;
  disk.fail_write_at = 0;
  EXPECT_FALSE(log->append(bytes(row_of(1))));
  EXPECT_FALSE(log->append(bytes(row_of(1))));
}

TEST_F(LogOf, ReadAfterGivesOnlyTheRest) {
  ASSERT_TRUE(open());
  append(80);
  found.clear();
  ASSERT_TRUE(log->read_after(77, keep()));
  expect_rows(78, 80);
}

TEST_F(LogOf, VerifyChangesNothing) {
  ASSERT_TRUE(open());
  append(40);
  log.reset();
  const int writes = disk.writes;
  found.clear();
  ASSERT_TRUE(Log::verify(folder.path(), keep()));
  expect_rows(1, 40);
  EXPECT_EQ(disk.writes, writes);
}

TEST_F(LogOf, AnErrorOfTheReceiverEndsTheOpening) {
  ASSERT_TRUE(open());
  append(2);
  log.reset();
  const auto refuse = [](std::uint64_t, std::span<const std::byte>) -> Result<> {
    return fail(ErrorKind::corrupt, "no");
  };
  EXPECT_FALSE(Log::open(folder.path(), kSmall, clock, refuse, &disk));
}

}  // namespace
}  // namespace qala::readings
