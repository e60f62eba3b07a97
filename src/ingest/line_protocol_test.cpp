#include "ingest/line_protocol.h"

#include <gtest/gtest.h>

namespace qala::ingest {
namespace {

const LineOptions kOptions{.now = Instant::from_seconds(100)};

TEST(LineProtocol, KnownAndUnknownSeriesBecomeRows) {
  SeriesIndex index(7);
  Submission first;
  parse_lines("telemetry,thing=AB-4 pm2_5=186.0,t=-27i 1735689600000000000\n", kOptions, index, first);
  ASSERT_EQ(first.batch.rows.size(), 2U);
  ASSERT_EQ(first.names.size(), 2U);
  EXPECT_EQ(first.names[0].thing_key, "AB-4");
  EXPECT_EQ(first.names[0].key, "pm2_5");
  EXPECT_EQ(first.batch.rows[0].datastream.value, kUnknownSeries | 0U);
  EXPECT_EQ(first.batch.rows[0].bits, 1860);
  EXPECT_EQ(first.batch.rows[1].type, readings::ValueType::integer);

  index.insert(first.names[1].hash, DatastreamId(9));
  Submission second;
  parse_lines("telemetry,thing=AB-4 pm2_5=186.0,t=-27i 1735689600000000000", kOptions, index, second);
  EXPECT_EQ(second.names.size(), 1U);
  EXPECT_EQ(second.batch.rows[1].datastream, DatastreamId(9));
}

TEST(LineProtocol, NamesKeepDifferentTagsApart) {
  SeriesName name;
  ASSERT_TRUE(series_name("reading,district=d00,kind=pm25,sensor=s0001", "v", name));
  EXPECT_EQ(name.thing_key, "s0001");
  EXPECT_EQ(name.key, "reading.d00.pm25");
  ASSERT_TRUE(series_name("cpu,host=a,cpu=cpu0", "usage", name));
  EXPECT_EQ(name.key, "cpu.cpu0.usage");
  ASSERT_TRUE(series_name("we\\ ather,city=A\\,B", "temp", name));
  EXPECT_EQ(name.thing_key, "we ather,city=A,B");
}

TEST(LineProtocol, BadLinesAreNamedAndGoodOnesKept) {
  SeriesIndex index(7);
  Submission into;
  parse_lines(
      "# comment\n\nm,sensor=a v=1 5\nm,sensor=a v=NaN 6\nm,sensor=a v=1, 7\nbroken\nm,sensor=a v=2 8\n"
      "m,sensor=a v=1 99999999999999999999\nm,sensor=a s=\"a b,c\",v=2 9\nm,sensor=a v=t",
      kOptions, index, into);
  EXPECT_EQ(into.batch.rows.size(), 5U);
  EXPECT_EQ(into.rejected, 4U);
  ASSERT_EQ(into.problems.size(), 4U);
  EXPECT_EQ(into.problems[0].line, 4U);
  EXPECT_EQ(into.problems[0].reason, "nan");
  EXPECT_EQ(into.problems[1].line, 5U);
  EXPECT_EQ(into.problems[2].line, 6U);
  EXPECT_EQ(into.problems[3].line, 8U);
  ASSERT_EQ(into.lines.size(), 5U);
  EXPECT_EQ(into.lines[0], 3U);
  EXPECT_EQ(into.lines[1], 7U);
  EXPECT_EQ(into.batch.text_of(into.batch.rows[2].bits), "a b,c");
  EXPECT_EQ(into.batch.rows[4].time, kOptions.now.ns);
  EXPECT_TRUE(into.batch.rows[4].flags & readings::flag::server_time);
}

TEST(LineProtocol, ATextThatIsNotUtf8IsNamedAndItsNeighboursKept) {
  SeriesIndex index(7);
  Submission into;
  parse_lines("m,sensor=a s=\"ашық\" 5\nm,sensor=a v=1,s=\"caf\xe9\" 6\nm,sensor=a s=\"shut\" 7", kOptions, index,
              into);
  ASSERT_EQ(into.batch.rows.size(), 2U);
  EXPECT_EQ(into.batch.text_of(into.batch.rows[0].bits), "ашық");
  EXPECT_EQ(into.batch.text_of(into.batch.rows[1].bits), "shut");
  ASSERT_EQ(into.problems.size(), 1U);
  EXPECT_EQ(into.problems[0].line, 2U);
  EXPECT_EQ(into.problems[0].reason, "syntax");
  EXPECT_NE(into.problems[0].message.find("UTF-8"), std::string::npos) << into.problems[0].message;
}

TEST(LineProtocol, PrecisionScalesAndRefusesOverflow) {
  SeriesIndex index(7);
  Submission into;
  LineOptions seconds = kOptions;
  seconds.unit_ns = 1'000'000'000;
  parse_lines("m,sensor=a v=1 1735689600\nm,sensor=a v=1 1735689600000000000", seconds, index, into);
  ASSERT_EQ(into.batch.rows.size(), 1U);
  EXPECT_EQ(into.batch.rows[0].time, 1735689600000000000);
  EXPECT_EQ(into.rejected, 1U);
}

TEST(SeriesIndex, FindsEverythingAfterGrowing) {
  SeriesIndex index(3);
  for (std::uint32_t i = 1; i <= 20'000; i++) index.insert(device_series(ThingId(i), "t", 3), DatastreamId(i));
  SeriesIndex::Reader reader(index);
  for (std::uint32_t i = 1; i <= 20'000; i++)
    ASSERT_EQ(reader.find(device_series(ThingId(i), "t", 3)), DatastreamId(i));
  EXPECT_FALSE(reader.find(device_series(ThingId(1), "u", 3)));
}

}  // namespace
}  // namespace qala::ingest
