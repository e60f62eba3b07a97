#include "ingest/receipts.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "temporary_folder.h"

namespace qala::ingest {
namespace {

using Seen = ReceiptBook::Seen;
constexpr Instant kNow = Instant::from_seconds(1'768'660'800);

using tests::TemporaryFolder;

TEST(ReceiptBook, TellsTheSameFromAnotherPayload) {
  ReceiptBook book;
  book.add({1, 2}, kNow);
  EXPECT_EQ(book.seen({1, 2}, kNow), Seen::same);
  EXPECT_EQ(book.seen({1, 3}, kNow), Seen::other_payload);
  EXPECT_EQ(book.seen({2, 2}, kNow), Seen::no);
}

TEST(ReceiptBook, ForgetsAfterItsLife) {
  ReceiptBook book;
  book.add({1, 2}, kNow);
  const Instant later{kNow.ns + ReceiptBook::kLife + 1};
  EXPECT_EQ(book.seen({1, 2}, later), Seen::no);
  book.add({2, 2}, later);
  EXPECT_EQ(book.size(), 1U);
}

TEST(ReceiptBook, KeepsTheNewestUpToItsCapacity) {
  ReceiptBook book;
  for (std::uint64_t i = 0; i < ReceiptBook::kCapacity + 10; i++)
    book.add({i, i}, Instant{kNow.ns + static_cast<std::int64_t>(i)});
  EXPECT_EQ(book.size(), ReceiptBook::kCapacity);
  const Instant later{kNow.ns + Instant::kSecond};
  EXPECT_EQ(book.seen({9, 9}, later), Seen::no);
  EXPECT_EQ(book.seen({10, 10}, later), Seen::same);
}

TEST(ReceiptBook, AKeyUsedAgainOutlivesItsFirstUse) {
  ReceiptBook book;
  book.add({1, 2}, kNow);
  book.add({1, 3}, Instant{kNow.ns + ReceiptBook::kLife});
  book.add({5, 5}, Instant{kNow.ns + ReceiptBook::kLife + 1});
  EXPECT_EQ(book.seen({1, 3}, Instant{kNow.ns + ReceiptBook::kLife + 1}), Seen::same);
}

TEST(ReceiptBook, ComesBackFromTheLog) {
  ReceiptBook book;
  ASSERT_TRUE(book.decode(ReceiptBook::encode({{1, 2}, {3, 4}}, kNow)));
  EXPECT_EQ(book.seen({3, 4}, kNow), Seen::same);
  EXPECT_EQ(ReceiptBook::encode({}, kNow), "");
  EXPECT_FALSE(book.decode("12345"));
  EXPECT_FALSE(book.decode(std::string(20, 'x')));
}

TEST(ReceiptBook, ComesBackFromItsSnapshot) {
  const TemporaryFolder folder;
  ReceiptBook book;
  book.add({1, 2}, kNow);
  book.add({3, 4}, Instant{kNow.ns + 1});
  ASSERT_TRUE(book.save(folder.file("receipts"), 77));
  ReceiptBook again;
  const auto sequence = again.load(folder.file("receipts"));
  ASSERT_TRUE(sequence);
  EXPECT_EQ(*sequence, 77U);
  EXPECT_EQ(again.size(), 2U);
  EXPECT_EQ(again.seen({3, 4}, kNow), Seen::same);
  ReceiptBook none;
  EXPECT_EQ(*none.load(folder.file("absent")), 0U);
}

TEST(ReceiptBook, ADamagedSnapshotIsNamedAndNotUsed) {
  const TemporaryFolder folder;
  const std::string path = folder.file("receipts");
  ReceiptBook book;
  for (std::uint64_t i = 0; i < 5; i++) book.add({i, i}, kNow);
  ASSERT_TRUE(book.save(path, 77));
  const auto size = std::filesystem::file_size(path);
  for (std::uint64_t at = 0; at < size; at += 7) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(byte ^ 1));
    file.close();
    ReceiptBook again;
    const auto loaded = again.load(path);
    ASSERT_FALSE(loaded) << at;
    EXPECT_EQ(loaded.error().kind, ErrorKind::corrupt);
    EXPECT_EQ(again.size(), 0U);
    std::fstream restore(path, std::ios::in | std::ios::out | std::ios::binary);
    restore.seekp(static_cast<std::streamoff>(at));
    restore.put(byte);
  }
  std::filesystem::resize_file(path, size - 3);
  EXPECT_FALSE(ReceiptBook().load(path));
}

}  // namespace
}  // namespace qala::ingest
