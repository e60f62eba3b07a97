#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/base64.h"
#include "base/crc32c.h"
#include "base/hex.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/process.h"
#include "base/random.h"
#include "base/recent_times.h"
#include "base/result.h"
#include "base/sqlite.h"
#include "base/time.h"
#include "base/told.h"
#include "base/zone.h"
#include "temporary_folder.h"

namespace qala {
namespace {

TEST(Time, WritesAndReadsIso) {
  const auto at = parse_iso("2026-01-17T19:40:12.345+05:00");
  ASSERT_TRUE(at);
  EXPECT_EQ(to_iso(*at), "2026-01-17T14:40:12.345Z");
  EXPECT_EQ(to_iso({-1}), "1969-12-31T23:59:59.999999999Z");
  EXPECT_FALSE(parse_iso("2026-13-17T19:40:12Z"));
  EXPECT_FALSE(parse_iso("2026-01-17T19:40:12"));
  EXPECT_FALSE(parse_iso("2026-01-17T19:40:12Zjunk"));
}

TEST(Zone, AlmatyHadADayOf25Hours) {
  const auto zone = Zone::find("Asia/Almaty");
  ASSERT_TRUE(zone);
  const Instant noon = *parse_iso("2024-02-29T06:00:00Z");
  const Instant start = zone->bucket_start(noon, CalendarUnit::day);
  const Instant next = zone->next_bucket(start, CalendarUnit::day);
  EXPECT_EQ((next - start), std::chrono::hours(25));
  int hours = 0;
  for (Instant hour = start; hour < next; hour = zone->next_bucket(hour, CalendarUnit::hour)) hours++;
  EXPECT_EQ(hours, 25);
}

TEST(Zone, RefusesAnUnknownName) { EXPECT_EQ(Zone::find("Mars/Base").error().kind, ErrorKind::not_found); }

TEST(JsonWriter, WritesAMeasuredNumberAsAnyOther) {
  for (const double value : {0.0, -0.0, 1.0, -3.0, 21.5, -0.125, 0.1 + 0.2, 1e14, 123456789012.25, 1e15, 1e22, -1e300,
                             5e-324, 100.0 / 3, 0.001, 0.0005, 99999.999, 1e308 * 10, std::nan("")}) {
    std::string plain, measured;
    JsonWriter(plain).number(value);
    JsonWriter(measured).measured(value);
    EXPECT_EQ(measured, plain);
  }
}

TEST(RecentTimes, TellsOfTheLastOnly) {
  RecentTimes times(100);
  EXPECT_EQ(times.percentile(0.99), 0);
  for (int ms = 1000; ms > 0; ms--) times.add(ms);
  EXPECT_EQ(times.percentile(0), 1);
  EXPECT_EQ(times.percentile(0.5), 50);
  EXPECT_EQ(times.percentile(0.99), 99);
  EXPECT_EQ(times.percentile(1), 100);
}

TEST(RecentTimes, TellsOfTheTimeAskedForOnly) {
  RecentTimes times(100);
  for (int second = 0; second < 10; second++) times.add(second < 5 ? 100 : 1, second);
  EXPECT_EQ(times.percentile(0.99), 100);
  EXPECT_EQ(times.percentile(0.99, 5), 1);
  EXPECT_EQ(times.percentile(0.99, 10), 0);
}

TEST(Log, RemembersWarningsAndErrorsByEvent) {
  log::warn("a test warns", {{"n", 1}});
  log::warn("a test warns", {{"n", 2}});
  log::error("a test fails", {{"why", "a reason"}});
  log::info("a test goes on");
  const auto told = log::told();
  const auto of = [&](std::string_view event) { return std::ranges::find(told, event, &log::Told::event); };
  ASSERT_NE(of("a test warns"), told.end());
  EXPECT_EQ(of("a test warns")->count, 2U);
  EXPECT_EQ(of("a test warns")->fields, "n=2");
  EXPECT_FALSE(of("a test warns")->is_error);
  EXPECT_TRUE(of("a test fails")->is_error);
  EXPECT_EQ(of("a test fails")->fields, "why=\"a reason\"");
  EXPECT_EQ(of("a test goes on"), told.end());
}

TEST(Process, KnowsItself) {
  const auto facts = process_facts();
  EXPECT_GT(facts.resident, 1'000'000U);
  EXPECT_GE(facts.peak, facts.resident);
  EXPECT_GT(facts.descriptors, 2U);
  EXPECT_GE(facts.descriptor_limit, facts.descriptors);
}

TEST(Database, ACopyIsOfTheMomentThatItsReaderHolds) {
  const tests::TemporaryFolder folder;
  auto db = *sqlite::Database::open(folder.file("a.db"));
  ASSERT_TRUE(
      db.exec("CREATE TABLE t(x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
              "INSERT INTO t SELECT randomblob(1000) FROM n"));
  auto reader = *sqlite::Database::open(folder.file("a.db"), {.read_only = true});
  ASSERT_TRUE(reader.exec("BEGIN; SELECT count(*) FROM t"));
  ASSERT_TRUE(db.exec("DELETE FROM t WHERE rowid > 100"));  // after the moment
  ASSERT_TRUE(reader.copy_to(folder.file("b.db")));
  auto copy = *sqlite::Database::open(folder.file("b.db"));
  auto count = *copy.prepare("SELECT count(*) FROM t");
  ASSERT_TRUE(*count.step());
  EXPECT_EQ(count.integer(0), 2000);
  auto whole = *copy.prepare("PRAGMA integrity_check");
  ASSERT_TRUE(*whole.step());
  EXPECT_EQ(whole.text(0), "ok");
}

TEST(Json, WritesExactDecimalsAndEscapes) {
  std::string out;
  JsonWriter(out)
      .object()
      .key("v")
      .decimal(-5, 2)
      .field("s", "a\"\n")
      .key("l")
      .array()
      .integer(1)
      .number(21.5)
      .end()
      .end();
  EXPECT_EQ(out, R"({"v":-0.05,"s":"a\"\n","l":[1,21.5]})");
}

TEST(Json, IsUtf8WhateverItIsGiven) {
  const auto written = [](std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
  };
  EXPECT_EQ(written("ашық −38 °C 🌨"), "\"ашық −38 °C 🌨\"");
  EXPECT_EQ(written("caf\xe9 \"2\""), "\"caf\uFFFD \\\"2\\\"\"");
  EXPECT_EQ(written("\xd0"), "\"\uFFFD\"") << "cut off";
  EXPECT_EQ(written("\xed\xa0\x80"), "\"\uFFFD\uFFFD\uFFFD\"") << "half of a pair";
}

TEST(Crc32c, GivesTheKnownValue) { EXPECT_EQ(crc32c(std::as_bytes(std::span("123456789", 9))), 0xE3069283U); }

TEST(Sqlite, RollsBackAnUnfinishedTransaction) {
  auto db = sqlite::Database::open(":memory:");
  ASSERT_TRUE(db);
  ASSERT_TRUE(db->exec("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT"));
  {
    auto transaction = sqlite::Transaction::begin(*db);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(db->exec("INSERT INTO t VALUES (1)"));
  }
  auto count = db->prepare("SELECT count(*) FROM t");
  ASSERT_TRUE(count);
  ASSERT_TRUE(*count->step());
  EXPECT_EQ(count->integer(0), 0);
}

TEST(Hex, BothWays) {
  EXPECT_EQ(to_hex(std::string_view("\x00\x9a\xff", 3)), "009aff");
  EXPECT_EQ(from_hex("009aFf"), std::string_view("\x00\x9a\xff", 3));
  EXPECT_EQ(from_hex(""), "");
}

TEST(Hex, IsStrict) {
  EXPECT_FALSE(from_hex(std::string_view("abcd").substr(0, 3)));
  for (const char* text : {"0x", "g0", " 0", "0:", "-1"}) EXPECT_FALSE(from_hex(text)) << text;
}

TEST(Hex, Sha256OfAbc) {  // FIPS 180-4, example
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Random, UuidsAreRandomOnesOfVersion4) {
  SeededRandom random(1);
  const std::string one = random.uuid(), two = random.uuid();
  EXPECT_NE(one, two);
  ASSERT_EQ(one.size(), 36U);
  EXPECT_EQ(one[14], '4');
  EXPECT_NE(std::string_view("89ab").find(one[19]), std::string_view::npos);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) EXPECT_EQ(one[at], '-');
}

TEST(Base64, VectorsOfTheRfc) {  // RFC 4648, 10
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  EXPECT_EQ(to_base64("\xfb\xff"), "+/8=");
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(from_base64url("-_8"), "\xfb\xff");
}

TEST(Base64, IsStrict) {
  for (const char* text : {"Zg", "Zg=", "Zg==x", "Zg===", "Zm9v\n", "Z", "-_8=", "Zh=="})
    EXPECT_FALSE(from_base64(text)) << text;
  for (const char* text : {"Zg==", "+/8", "Zm9v ", "Zh", "Z"}) EXPECT_FALSE(from_base64url(text)) << text;
}

}  // namespace
}  // namespace qala
