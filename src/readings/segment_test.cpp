#include "readings/segment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <span>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/file.h"
#include "readings/columns_gen.h"
#include "readings/log_test_disk.h"
#include "readings/segment_layout.h"
#include "readings/segment_summary.h"

namespace qala::readings {
namespace {

Zone almaty() { return *Zone::find("Asia/Almaty"); }

/// `days` of ten-minute readings in tenths from 2024-02-27 on: 2024-02-29 has 25 hours in Almaty.
Columns some_days(std::uint32_t seed, int days, std::int64_t start = 1'708'992'000) {
  Columns c{.scale = 1};
  std::int64_t value = 200;
  for (int i = 0; i < days * 144; i++) {
    seed = seed * 1664525u + 1013904223u;
    value += static_cast<std::int64_t>(seed >> 28) - 8;
    c.time.push_back((start + i * 600) * Instant::kSecond);
    c.bits.push_back(value);
  }
  return c;
}

class Segment : public testing::TestWithParam<Packing> {
 protected:
  void write(int datastreams, int days) {
    auto writer = SegmentWriter::create(path, GetParam(), almaty());
    ASSERT_TRUE(writer);
    for (int i = 1; i <= datastreams; i++) {
      ASSERT_TRUE(
          writer->add(DatastreamId(static_cast<std::uint32_t>(i * 3)), some_days(static_cast<std::uint32_t>(i), days)));
    }
    ASSERT_TRUE(writer->finish("meta of the store"));
  }
  std::vector<Damage> damages() {
    std::vector<Damage> found;
    const auto reader = SegmentReader::open(path);
    if (!reader) return {{.file = path, .offset = 0, .datastream = {}, .window = {}, .what = reader.error().message}};
    (*reader)->check([&](const Damage& damage) { found.push_back(damage); });
    return found;
  }
  void flip(std::uint64_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char was = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(was ^ 0x10));
  }

  TemporaryFolder folder;
  std::string path = folder.file("2024-02.seg");
};
INSTANTIATE_TEST_SUITE_P(Packings, Segment, testing::Values(Packing::fast, Packing::small),
                         [](const auto& info) { return info.param == Packing::fast ? "fast" : "small"; });

TEST_P(Segment, EverythingComesBack) {
  write(20, 5);
  const auto reader = SegmentReader::open(path);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->meta(), "meta of the store");
  EXPECT_EQ((*reader)->zone_name(), "Asia/Almaty");
  EXPECT_EQ((*reader)->zone_rules(), Zone::rules_version());
  EXPECT_EQ((*reader)->entries().size(), 20u);
  EXPECT_TRUE((*reader)->entries_of(DatastreamId(4)).empty());
  for (std::uint32_t i = 1; i <= 20; i++) {
    const auto entries = (*reader)->entries_of(DatastreamId(i * 3));
    ASSERT_EQ(entries.size(), 1u);
    const Columns wanted = some_days(i, 5);
    EXPECT_EQ(entries[0].count, wanted.size());
    EXPECT_EQ(entries[0].first_time, wanted.time.front());
    EXPECT_EQ(entries[0].last_time, wanted.time.back());
    Columns got;
    ASSERT_TRUE((*reader)->read(entries[0], got, false));
    EXPECT_EQ(got.time, wanted.time);
    EXPECT_EQ(got.bits, wanted.bits);
    ASSERT_TRUE((*reader)->read_window(entries[0], {.from = wanted.time[100], .to = wanted.time[244]}, true, got));
    EXPECT_TRUE(std::ranges::equal(got.bits, std::span(wanted.bits).subspan(100, 144)));
  }
  EXPECT_TRUE(damages().empty());
}

TEST_P(Segment, NothingIsVisibleBeforeFinish) {
  {
    auto writer = SegmentWriter::create(path, GetParam(), almaty());
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->add(DatastreamId(1), some_days(1, 2)));
    EXPECT_FALSE(std::filesystem::exists(path));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));  // given up: nothing is left behind
}

TEST_P(Segment, ChunksOutOfOrderAreRefused) {
  auto writer = SegmentWriter::create(path, GetParam(), almaty());
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->add(DatastreamId(5), some_days(1, 1)));
  EXPECT_FALSE(writer->add(DatastreamId(4), some_days(1, 1)));
  EXPECT_FALSE(writer->add(DatastreamId(5), some_days(1, 1)));
}

TEST_P(Segment, SummariesAreThoseOfTheTownsDays) {
  write(70, 5);
  const auto reader = SegmentReader::open(path);
  ASSERT_TRUE(reader);
  const Zone zone = almaty();
  std::vector<DaySummary> all;
  for (std::uint32_t next = 3; next <= 210;) {
    const auto beside = (*reader)->summaries_near(DatastreamId(next), -100'000, 100'000, all);
    ASSERT_TRUE(beside);
    next = beside->last.value + 3;
  }
  std::size_t at = 0;
  for (std::uint32_t i = 1; i <= 70; i++) {
    const Columns c = some_days(i, 5);
    std::map<std::int32_t, std::vector<std::int64_t>> days;
    for (std::size_t k = 0; k < c.size(); k++) days[zone.local_day({c.time[k]})].push_back(c.bits[k]);
    for (const auto& [day, values] : days) {
      ASSERT_LT(at, all.size());
      const DaySummary& got = all[at++];
      std::int64_t sum = 0;
      for (const std::int64_t v : values) sum += v;
      EXPECT_EQ(got.datastream.value, i * 3);
      EXPECT_EQ(got.day, day);
      EXPECT_EQ(got.count, values.size());
      EXPECT_EQ(got.sum, static_cast<double>(sum) / 10);
      EXPECT_EQ(got.min, static_cast<double>(std::ranges::min(values)) / 10);
      EXPECT_EQ(got.max, static_cast<double>(std::ranges::max(values)) / 10);
      EXPECT_EQ(got.first, static_cast<double>(values.front()) / 10);
      EXPECT_EQ(got.last, static_cast<double>(values.back()) / 10);
    }
  }
  EXPECT_EQ(at, all.size());
  std::vector<DaySummary> long_day;
  ASSERT_TRUE((*reader)->summaries_near(DatastreamId(30), 19'782, 19'782, long_day));  // 2024-02-29
  const auto found = std::ranges::find(long_day, DatastreamId(30), &DaySummary::datastream);
  ASSERT_NE(found, long_day.end());
  EXPECT_EQ(found->count, 150u);
  EXPECT_EQ(std::ranges::count(long_day, 19'782, &DaySummary::day), std::ssize(long_day));
}

TEST_P(Segment, SummariesGoOnFromChunkToChunkOfADay) {
  const Columns whole = some_days(1, 2);
  Columns first = whole;
  Columns second = whole;
  first.time.resize(100);
  first.bits.resize(100);
  second.time.erase(second.time.begin(), second.time.begin() + 100);
  second.bits.erase(second.bits.begin(), second.bits.begin() + 100);
  SummaryBuilder one(almaty());
  SummaryBuilder two(almaty());
  one.add(DatastreamId(1), whole);
  two.add(DatastreamId(1), first);
  two.add(DatastreamId(1), second);
  ASSERT_EQ(one.rows(true).size(), two.rows(true).size());
  for (std::size_t i = 0; i < one.rows(true).size(); i++) {
    EXPECT_EQ(one.rows(true)[i].sum, two.rows(true)[i].sum);
    EXPECT_EQ(one.rows(true)[i].count, two.rows(true)[i].count);
    EXPECT_EQ(one.rows(true)[i].last, two.rows(true)[i].last);
  }
}

TEST(SegmentSummary, ScalesAndTypesMayChangeWithinADay) {
  SummaryBuilder builder(almaty());
  builder.add(DatastreamId(1), Columns{.scale = 1, .time = {0}, .bits = {215}});
  builder.add(DatastreamId(1), Columns{.scale = 2, .time = {1}, .bits = {2205}});
  builder.add(DatastreamId(1), Columns{.type = ValueType::integer, .time = {2}, .bits = {20}});
  builder.add(DatastreamId(2), Columns{.type = ValueType::integer, .time = {0, 1}, .bits = {INT64_MAX, INT64_MAX}});
  builder.add(DatastreamId(3), Columns{.type = ValueType::text, .time = {0}, .bits = {0}});
  builder.add(DatastreamId(4), Columns{.time = {0, 1}, .bits = {5, 7}, .tombstone = {0, 1}});
  const auto& rows = builder.rows(true);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(as_summary(rows[0]).sum, 63.55);
  EXPECT_EQ(as_summary(rows[0]).min, 20);
  EXPECT_EQ(as_summary(rows[0]).first, 21.5);
  EXPECT_EQ(as_summary(rows[1]).sum, 2 * 9223372036854775807.0);
  EXPECT_EQ(as_summary(rows[2]).count, 1u);
  EXPECT_TRUE(std::isnan(as_summary(rows[2]).sum));
  EXPECT_EQ(as_summary(rows[3]).count, 1u);
  EXPECT_EQ(as_summary(rows[3]).sum, 5);
}

TEST_P(Segment, EveryFlippedByteIsFoundAndNamed) {
  write(6, 2);
  const auto size = std::filesystem::file_size(path);
  for (std::uint64_t at = 0; at < size; at++) {
    flip(at);
    const auto found = damages();
    ASSERT_FALSE(found.empty()) << "byte " << at << " of " << size;
    EXPECT_EQ(found[0].file, path);
    EXPECT_NE(found[0].what.find(path), std::string::npos);
    flip(at);
  }
  EXPECT_TRUE(damages().empty());
}

TEST_P(Segment, ADamagedChunkIsNamedAndTheOthersAreServed) {
  write(6, 2);
  ChunkEntry entry;
  {
    const auto reader = SegmentReader::open(path);
    ASSERT_TRUE(reader);
    entry = (*reader)->entries()[2];
  }
  flip(entry.offset + entry.length / 2);
  const auto found = damages();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].datastream, entry.datastream);
  EXPECT_EQ(found[0].window.from, entry.first_time);
  EXPECT_EQ(found[0].window.to, entry.last_time + 1);
  const auto reader = SegmentReader::open(path);
  ASSERT_TRUE(reader);
  Columns columns;
  EXPECT_EQ((*reader)->read(entry, columns, true).error().kind, ErrorKind::corrupt);
  EXPECT_TRUE((*reader)->read((*reader)->entries()[3], columns, true));
}

TEST_P(Segment, AChunkOfAnotherDatastreamDoesNotPass) {
  write(2, 1);
  const auto reader = SegmentReader::open(path);
  ASSERT_TRUE(reader);
  ChunkEntry entry = (*reader)->entries()[0];
  entry.datastream = DatastreamId(6);
  Columns columns;
  EXPECT_FALSE((*reader)->read(entry, columns, true));
}

TEST_P(Segment, ACutOffFileIsRefused) {
  write(3, 1);
  for (std::uint64_t size = std::filesystem::file_size(path); size-- > 0;) {
    std::filesystem::resize_file(path, size);
    EXPECT_FALSE(SegmentReader::open(path)) << size;
  }
}

RC_GTEST_PROP(SegmentSummary, AnyRowsComeBack, ()) {
  std::vector<StoredSummary> rows;
  const int n = *rc::gen::inRange(1, 60);
  for (int i = 0; i < n; i++) {
    rows.push_back({.datastream = DatastreamId(static_cast<std::uint32_t>(i / 7 + 1)),
                    .day = 20'000 + i % 7,
                    .kind = StoredSummary::Kind::whole,
                    .scale = *rc::gen::inRange<std::int8_t>(0, 4),
                    .count = *rc::gen::inRange<std::uint32_t>(1, 200),
                    .sum = *gen_number(),
                    .min = *gen_number(),
                    .max = *gen_number(),
                    .first = *gen_number(),
                    .last = *gen_number()});
  }
  std::string bytes;
  encode_summaries(rows, *rc::gen::element(Packing::fast, Packing::small), bytes);
  std::vector<DaySummary> back;
  RC_ASSERT(decode_summaries(std::as_bytes(std::span(bytes)), 0, 30'000, back));
  RC_ASSERT(back.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); i++) {
    const DaySummary wanted = as_summary(rows[i]);
    RC_ASSERT(back[i].day == wanted.day && back[i].count == wanted.count && back[i].sum == wanted.sum);
    RC_ASSERT(back[i].min == wanted.min && back[i].max == wanted.max && back[i].first == wanted.first &&
              back[i].last == wanted.last);
  }
}

TEST(SegmentFooter, BlocksDoNotGoBack) {
  SegmentFooter footer{
      .chunks = 1, .chunk_bytes = 1, .index_length = 1, .blocks = {}, .zone_name = {}, .zone_rules = {}, .meta = {}};
  const auto reads_back = [&] {
    std::string bytes;
    put_footer(footer, bytes);
    SegmentFooter back;
    return parse_footer(std::as_bytes(std::span(bytes)), back);
  };
  footer.blocks = {{.first = DatastreamId(5), .last = DatastreamId(7)},
                   {.first = DatastreamId(7), .last = DatastreamId(9)}};
  EXPECT_TRUE(reads_back());
  // A difference of minus one, as a number without sign.
  std::string bytes("\x01\x01\x01\x01\x02\x05\x02\x00\x00\x00", 10);
  bytes += std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00\x00\x00\x00\x00", 17);
  SegmentFooter back;
  EXPECT_FALSE(parse_footer(std::as_bytes(std::span(bytes)), back));
}

}  // namespace
}  // namespace qala::readings
