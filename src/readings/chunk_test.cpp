#include "readings/chunk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/time.h"
#include "readings/columns_gen.h"

namespace qala::readings {
namespace {

std::string encoded(const Columns& columns, Packing packing) {
  std::string bytes;
  encode_chunk(columns, packing, bytes);
  return bytes;
}

std::span<const std::byte> span_of(const std::string& bytes) { return std::as_bytes(std::span(bytes)); }

class ChunkOf : public testing::TestWithParam<Packing> {};
INSTANTIATE_TEST_SUITE_P(Packings, ChunkOf, testing::Values(Packing::fast, Packing::small),
                         [](const auto& info) { return info.param == Packing::fast ? "fast" : "small"; });

RC_GTEST_PROP(Chunk, AnyColumnsComeBackAsTheyWere, ()) {
  const Columns columns = *gen_columns();
  const auto packing = *rc::gen::element(Packing::fast, Packing::small);
  Columns back;
  const auto done = decode_chunk(span_of(encoded(columns, packing)), back);
  RC_ASSERT(done.has_value());
  expect_same(columns, back);
}

RC_GTEST_PROP(Chunk, AWindowIsThePartOfTheWholeThatItNames, ()) {
  const Columns columns = *gen_columns();
  const auto packing = *rc::gen::element(Packing::fast, Packing::small);
  const auto pick = rc::gen::oneOf(rc::gen::elementOf(columns.time), gen_number());
  const std::int64_t from = *pick;
  const std::int64_t to = *pick;
  const std::string bytes = encoded(columns, packing);
  Columns whole;
  Columns part;
  RC_ASSERT(decode_values(span_of(bytes), whole).has_value());
  RC_ASSERT(decode_window(span_of(bytes), from, to, part).has_value());
  std::size_t at = 0;
  for (std::size_t i = 0; i < whole.size(); i++) {
    if (whole.time[i] < from || whole.time[i] >= to) continue;
    RC_ASSERT(at < part.size());
    RC_ASSERT(part.time[at] == whole.time[i]);
    RC_ASSERT(part.bits[at] == whole.bits[i]);
    if (!whole.tombstone.empty()) RC_ASSERT(part.tombstone[at] == whole.tombstone[i]);
    if (at == 0) RC_ASSERT(part.first_ordinal == whole.first_ordinal + i);
    at++;
  }
  RC_ASSERT(part.size() == at);
  Columns times;
  RC_ASSERT(decode_times(span_of(bytes), from, to, times).has_value());
  RC_ASSERT(times.time == part.time);
  RC_ASSERT(times.tombstone == part.tombstone);
}

TEST_P(ChunkOf, ADayOfAMonthIsFoundThroughGapsAndJitter) {
  Columns columns{.scale = 1};
  std::int64_t grid = 1'735'689'600'000;
  for (int i = 0; i < 4464; i++, grid += 600'000) {
    if (i == 1000 || i == 3000) grid += 86'400'000;
    columns.time.push_back((grid + i * 7919 % 4001 - 2000) * 1'000'000);
    columns.bits.push_back(200 + i * 31 % 17);
  }
  const std::string bytes = encoded(columns, GetParam());
  for (std::size_t begin = 0; begin < columns.size(); begin += 97) {
    const std::size_t end = std::min(begin + 144, columns.size() - 1);
    Columns part;
    ASSERT_TRUE(decode_window(span_of(bytes), columns.time[begin], columns.time[end], part));
    EXPECT_TRUE(std::ranges::equal(part.time, std::span(columns.time).subspan(begin, end - begin)));
    EXPECT_TRUE(std::ranges::equal(part.bits, std::span(columns.bits).subspan(begin, end - begin)));
    EXPECT_EQ(part.first_ordinal, begin);
  }
}

TEST(Chunk, JitteredTimesOfAMonthTakeLittleMoreThanTheirJitter) {
  Columns columns{.scale = 1};
  for (int i = 0; i < 4464; i++) {
    columns.time.push_back((1'735'689'600'000 + i * 600'000ll + i * 7919 % 4001 - 2000) * 1'000'000);
    columns.bits.push_back(0);
  }
  EXPECT_LT(encoded(columns, Packing::small).size(), 4464 * 1.55);  // log2(4001) is 1.496 bytes
}

TEST_P(ChunkOf, ExtremesComeBack) {
  const std::int64_t low = std::numeric_limits<std::int64_t>::min();
  const std::int64_t high = std::numeric_limits<std::int64_t>::max();
  Columns columns{.type = ValueType::integer,
                  .time = {low, low + 1, -1, 0, 1, high - 1, high},
                  .bits = {low, high, low, 0, high, high, low}};
  for (int i = 0; i < 4; i++) {
    Columns back;
    ASSERT_TRUE(decode_chunk(span_of(encoded(columns, GetParam())), back));
    EXPECT_EQ(back.time, columns.time);
    EXPECT_EQ(back.bits, columns.bits);
    columns.time.pop_back();
    columns.bits.pop_back();
  }
}

TEST_P(ChunkOf, RegularTimesMaySpanEverything) {
  const std::int64_t high = std::numeric_limits<std::int64_t>::max();
  Columns columns{.time = {-high, 0, high}, .bits = {1, 2, 3}};
  Columns back;
  ASSERT_TRUE(decode_chunk(span_of(encoded(columns, GetParam())), back));
  EXPECT_EQ(back.time, columns.time);
}

TEST_P(ChunkOf, OneTimeFarFromTheOthersComesBack) {
  Columns columns{.time = {-400, -390, -300, -299, -298, -11, -1, 90'071'992'547'409'925},
                  .bits = {1, 2, 3, 4, 5, 6, 7, 8}};
  Columns back;
  ASSERT_TRUE(decode_chunk(span_of(encoded(columns, GetParam())), back));
  EXPECT_EQ(back.time, columns.time);
}

TEST_P(ChunkOf, DoublesKeepEveryBitEvenOfNaN) {
  Columns columns{.type = ValueType::real};
  const double values[] = {0.0, -0.0, 1.5, std::nan("0x123"), std::numeric_limits<double>::infinity(), 5e-324};
  for (const double value : values) {
    columns.time.push_back(static_cast<std::int64_t>(columns.size()) * 1'000'000'007);
    columns.bits.push_back(std::bit_cast<std::int64_t>(value));
  }
  Columns back;
  ASSERT_TRUE(decode_chunk(span_of(encoded(columns, GetParam())), back));
  EXPECT_EQ(back.bits, columns.bits);
  EXPECT_EQ(back.type, ValueType::real);
}

TEST_P(ChunkOf, ConsecutiveOrdinalsTakeNoRoom) {
  Columns columns{.first_ordinal = 70'000};
  for (int i = 0; i < 1000; i++) {
    columns.time.push_back(i * Instant::kMinute);
    columns.bits.push_back(i % 7);
  }
  const std::size_t bare = encoded(columns, GetParam()).size();
  for (std::size_t i = 0; i < 1000; i++) columns.ordinal.push_back(70'000 + i);
  EXPECT_EQ(encoded(columns, GetParam()).size(), bare);
  Columns back;
  ASSERT_TRUE(decode_chunk(span_of(encoded(columns, GetParam())), back));
  EXPECT_TRUE(back.ordinal.empty());
  EXPECT_EQ(back.first_ordinal, 70'000u);
}

TEST_P(ChunkOf, OrdinalsThatSkipWhereTheTimesSkipTakeHardlyAnyRoom) {
  Columns columns{.first_ordinal = 5};
  for (std::uint64_t i = 0; i < 1000; i++) {
    if (i % 10 == 7) continue;  // never came
    columns.time.push_back(static_cast<std::int64_t>(i) * 600 * Instant::kSecond);
    columns.bits.push_back(3);
  }
  const std::size_t bare = encoded(columns, GetParam()).size();
  for (std::uint64_t i = 0; i < 1000; i++) {
    if (i % 10 != 7) columns.ordinal.push_back(5 + i);
  }
  EXPECT_LE(encoded(columns, GetParam()).size(), bare + 12);
  Columns back;
  ASSERT_TRUE(decode_chunk(span_of(encoded(columns, GetParam())), back));
  EXPECT_EQ(back.ordinal, columns.ordinal);
}

TEST_P(ChunkOf, ValuesOnlyStillTellsTombstones) {
  Columns columns{.time = {10, 20, 30}, .bits = {1, 0, 3}, .flags = {0, 0, 9}, .tombstone = {0, 1, 0}};
  Columns back;
  ASSERT_TRUE(decode_values(span_of(encoded(columns, GetParam())), back));
  EXPECT_EQ(back.bits, columns.bits);
  EXPECT_EQ(back.tombstone, columns.tombstone);
  EXPECT_TRUE(back.flags.empty());
}

TEST_P(ChunkOf, CutOffBytesAreRefused) {
  Columns columns{.time = {}, .bits = {}};
  for (int i = 0; i < 300; i++) {
    columns.time.push_back(i * Instant::kMinute + i % 13);
    columns.bits.push_back(i * i % 97);
    columns.flags.push_back(static_cast<std::uint16_t>(i % 3));
  }
  const std::string bytes = encoded(columns, GetParam());
  Columns back;
  for (std::size_t size = 0; size < bytes.size(); size++) {
    EXPECT_FALSE(decode_chunk(span_of(bytes).first(size), back)) << size << " of " << bytes.size();
  }
}

TEST(Chunk, MoreRowsThanAllowedAreRefused) {
  Columns columns;
  for (int i = 0; i < 100; i++) {
    columns.time.push_back(i);
    columns.bits.push_back(0);
  }
  Columns back;
  const auto done = decode_chunk(span_of(encoded(columns, Packing::fast)), back, 99);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::corrupt);
}

TEST(Chunk, AnUnknownVersionIsNamed) {
  Columns columns{.time = {1}, .bits = {1}};
  std::string bytes = encoded(columns, Packing::fast);
  bytes[0] = 9;
  Columns back;
  const auto done = decode_chunk(span_of(bytes), back);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("version 9"), std::string::npos);
}

}  // namespace
}  // namespace qala::readings
