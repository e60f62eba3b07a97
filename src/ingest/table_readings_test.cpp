#include "ingest/table_readings.h"

#include <gtest/gtest.h>

#include <bit>

namespace qala::ingest {
namespace {

constexpr Instant kNow = Instant::from_seconds(1'768'660'800);

TEST(CsvReadings, ColumnsComeInAnyOrder) {
  Submission into;
  ASSERT_TRUE(
      parse_csv_readings("\xef\xbb\xbfvalue,key,thing,time,unit\r\n1.50,t,AB-4,1735689600123,\r\n"
                         "2,\"k,\"\"x\"\"\",AB-4,2025-01-01T05:00:00+05:00,\ntrue,on,AB-5,,\nopen,door,AB-5,,\n",
                         kNow, into));
  EXPECT_EQ(into.rejected, 0U);
  ASSERT_EQ(into.batch.rows.size(), 4U);
  EXPECT_EQ(into.batch.rows[0].bits, 150);
  EXPECT_EQ(into.batch.rows[0].scale, 2);
  EXPECT_EQ(into.batch.rows[0].time, 1735689600123000000);
  EXPECT_EQ(into.names[1].key, "k,\"x\"");
  EXPECT_EQ(into.batch.rows[1].time, 1735689600000000000);
  EXPECT_EQ(into.batch.rows[2].type, readings::ValueType::boolean);
  EXPECT_TRUE(into.batch.rows[2].flags & readings::flag::server_time);
  EXPECT_EQ(into.batch.text_of(into.batch.rows[3].bits), "open");
}

TEST(CsvReadings, BadLinesAreNamedByTheirNumber) {
  Submission into;
  ASSERT_TRUE(
      parse_csv_readings("thing,key,time,value,unit\n"
                         ",t,,1,\n"                // 2: no thing
                         "a,t,yesterday,1,\n"      // 3: time
                         "a,t,,nan,\n"             // 4
                         "a,\"t\nt\",,1,\n"        // 5 and 6: fine
                         "a,t,,1,furlong\n"        // 7
                         "\n"
                         "a,t,2025-01-01T00:00:00,1,\n"  // 9: no offset
                         "a,t,,\n"                 // 10: no value
                         "a,x\"y,,1,\n",           // 11: quotes
                         kNow, into));
  EXPECT_EQ(into.batch.rows.size(), 1U);
  std::vector<std::uint32_t> lines;
  for (const auto& problem : into.problems) lines.push_back(problem.line);
  EXPECT_EQ(lines, (std::vector<std::uint32_t>{2, 3, 4, 7, 9, 10, 11}));
  EXPECT_EQ(into.lines, std::vector<std::uint32_t>{5});
}

std::vector<std::uint32_t> problem_lines(const Submission& of) {
  std::vector<std::uint32_t> lines;
  for (const auto& problem : of.problems) lines.push_back(problem.line);
  return lines;
}

TEST(CsvReadings, AStrayQuoteCostsItsLineOnly) {
  Submission into;
  ASSERT_TRUE(
      parse_csv_readings("thing,key,time,value\n"
                         "a,note,,\"lamp rep\n"        // 2: never closed
                         "a,t,,1\n"
                         "a,note,,\"of the day\"\n"   // its quotes close the stray one, and open another
                         "a,t,,2\n"
                         "a,note,,\"two\nlines\"\n"  // 6 and 7
                         "a,note,,\"open\n"            // 8
                         "a,t,,3\n"
                         "a,t,,4\n",
                         kNow, into));
  EXPECT_EQ(problem_lines(into), (std::vector<std::uint32_t>{2, 8}));
  EXPECT_EQ(into.batch.rows.size(), 6U);
  EXPECT_EQ(into.lines, (std::vector<std::uint32_t>{3, 4, 5, 6, 9, 10}));
}

TEST(CsvReadings, ARecordThatGoesOnBehindAPieceIsLeftForTheNext) {
  const std::string header = "thing,key,time,value\n", first = "a,t,,1\n", cut = "a,note,,\"two\n", rest = "\"\n";
  Submission into;
  std::size_t taken = 0;
  ASSERT_TRUE(parse_csv_piece(header + first + cut, kNow, into, &taken));
  EXPECT_EQ(taken, (header + first).size());
  EXPECT_EQ(into.rejected, 0U);
  ASSERT_TRUE(parse_csv_piece(header + cut + rest, kNow, into, &taken));
  EXPECT_EQ(taken, (header + cut + rest).size());
  ASSERT_EQ(into.batch.rows.size(), 2U);
  EXPECT_EQ(into.batch.text_of(into.batch.rows[1].bits), "two\n");
  // A quote that nothing closes for longer than a text may be is not waited for.
  ASSERT_TRUE(parse_csv_piece(header + cut + std::string(100'000, 'x') + "\n" + first, kNow, into, &taken));
  EXPECT_GT(taken, header.size() + cut.size());
  EXPECT_EQ(into.batch.rows.size(), 3U);
}

TEST(CsvReadings, ATextThatIsNotUtf8IsNamedAndItsNeighboursKept) {
  Submission into;
  ASSERT_TRUE(parse_csv_readings("thing,key,value\na,door,ашық\na,door,caf\xe9\na,door,shut\n", kNow, into));
  ASSERT_EQ(into.batch.rows.size(), 2U);
  EXPECT_EQ(into.batch.text_of(into.batch.rows[0].bits), "ашық");
  EXPECT_EQ(into.batch.text_of(into.batch.rows[1].bits), "shut");
  ASSERT_EQ(into.problems.size(), 1U);
  EXPECT_EQ(into.problems[0].line, 3U);
  EXPECT_EQ(into.problems[0].reason, "syntax");
  EXPECT_NE(into.problems[0].message.find("UTF-8"), std::string::npos) << into.problems[0].message;
}

TEST(CsvReadings, MoreLinesThanOneRequestMayHaveAreRefused) {
  const std::string row = "d,t,,1\n";  // empty lines count, too
  const std::string text = "thing,key,time,value\n" + row + std::string(kMaxTableLines - 2, '\n') + row + row + row;
  Submission into;
  ASSERT_TRUE(parse_csv_readings(text, kNow, into));
  EXPECT_EQ(into.batch.rows.size(), 2U);
  EXPECT_EQ(into.rejected, 1U);
  ASSERT_EQ(into.problems.size(), 1U);
  EXPECT_EQ(into.problems[0].reason, "oversized");
  EXPECT_EQ(into.problems[0].line, kMaxTableLines + 2) << "behind the header and what is allowed";
  Submission imported;
  std::size_t taken = 0;
  ASSERT_TRUE(parse_csv_piece(text, kNow, imported, &taken));
  EXPECT_EQ(imported.batch.rows.size(), 4U) << "a piece of a file is no request";
}

TEST(CsvReadings, AHeaderWithoutItsColumnsIsRefused) {
  for (const char* bad : {"", "a,b,c\n", "thing,key\n1,2\n", "\"thing,key,value\n"}) {
    Submission into;
    EXPECT_FALSE(parse_csv_readings(bad, kNow, into)) << bad;
  }
}

TEST(JsonReadings, TakesOneOrMany) {
  Submission into;
  ASSERT_TRUE(parse_json_readings(R"([{"thing":"a","key":"t","value":1.25,"time":1735689600000},5,
    {"thing":"a","key":"on","value":false},{"thing":"a","key":"s","value":"x"},{"thing":"a","key":"o","value":{"b":1}},
    {"thing":"a","key":"t","value":null},{"key":"t","value":1}])",
                                  kNow, into));
  ASSERT_EQ(into.batch.rows.size(), 4U);
  EXPECT_EQ(into.batch.rows[0].bits, 125);
  EXPECT_EQ(into.batch.rows[0].time, 1735689600000000000);
  EXPECT_EQ(into.batch.text_of(into.batch.rows[3].bits), R"({"b":1})");
  ASSERT_EQ(into.problems.size(), 3U);
  EXPECT_EQ(into.problems[0].line, 2U);
  EXPECT_EQ(into.problems[1].line, 6U);
  EXPECT_EQ(into.problems[2].line, 7U);

  Submission one;
  EXPECT_TRUE(parse_json_readings(R"({"thing":"a","key":"t","value":1})", kNow, one));
  EXPECT_EQ(one.batch.rows.size(), 1U);
  for (const char* bad : {"", "[", "1", "\"x\"", "[1]x"}) EXPECT_FALSE(parse_json_readings(bad, kNow, one)) << bad;
}

TEST(JsonReadings, MoreMembersThanOneRequestMayHaveAreRefused) {
  std::string text = "[";
  for (std::uint32_t i = 0; i < kMaxTableLines + 5; i++) text += "5,";
  text.back() = ']';
  text.insert(1, R"({"thing":"a","key":"t","value":1},)");
  Submission into;
  ASSERT_TRUE(parse_json_readings(text, kNow, into));
  EXPECT_EQ(into.batch.rows.size(), 1U);
  EXPECT_EQ(into.rejected, kMaxTableLines) << "all but the first that may be sent, and one for the rest";
  ASSERT_EQ(into.refused.size(), 2U);
  EXPECT_EQ(into.refused[1].reason, "oversized");
  EXPECT_EQ(into.refused[1].count, 1U);
}

TEST(JsonReadings, AValueIsNotLongerThan16KiB) {
  const std::string most(16 * 1024, 'x');
  const auto sent = [](const std::string& value) { return R"({"thing":"a","key":"t","value":)" + value + "}"; };
  Submission into;
  ASSERT_TRUE(parse_json_readings(
      "[" + sent('"' + most + '"') + "," + sent("\"x" + most + '"') + "," + sent("[\"" + most + "\"]") + "]", kNow,
      into));
  EXPECT_EQ(into.batch.rows.size(), 1U);
  EXPECT_EQ(into.batch.text.size(), most.size());
  ASSERT_EQ(into.problems.size(), 2U);
  EXPECT_EQ(into.problems[0].line, 2U);
  EXPECT_EQ(into.problems[0].reason, "oversized");
  EXPECT_EQ(into.problems[1].reason, "oversized");
}

TEST(Units, AreConvertedToTheOnesKept) {
  struct Case {
    const char* unit;
    double sent, kept;
  };
  for (const auto& [unit, sent, kept] : {Case{"F", 212, 100},
                                         {"K", 273.15, 0},
                                         {"mg/m3", 0.5, 500},
                                         {"Pa", 101300, 1013},
                                         {"kPa", 101.3, 1013},
                                         {"Wh", 1500, 1.5},
                                         {"MWh", 2, 2000},
                                         {"kW", 3, 3000},
                                         {"km/h", 36, 10},
                                         {"°C", 21, 21}}) {
    readings::Observation row;
    row.type = readings::ValueType::real;
    row.bits = std::bit_cast<std::int64_t>(sent);
    ASSERT_TRUE(convert_unit(unit, row)) << unit;
    EXPECT_NEAR(readings::as_number(row.type, row.scale, row.bits), kept, 1e-9) << unit;
  }
  readings::Observation row;
  EXPECT_FALSE(convert_unit("furlong", row));
  row.type = readings::ValueType::text;
  EXPECT_FALSE(convert_unit("K", row));
}

}  // namespace
}  // namespace qala::ingest
