#include <gtest/gtest.h>

#include <rapidcheck.h>

#include "base/error.h"
#include "http/chunked.h"
#include "http/coding.h"
#include "http/cookie.h"
#include "http/message.h"
#include "http/target.h"

namespace qala::http {
namespace {

TEST(Target, IsDecodedOnce) {
  const auto target = parse_target("/things/%D2%9B%20%2541?name=a+b%2Bc&empty=&bare&from=2024-02-29T00%3A00%3A00Z");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/things/\xd2\x9b %41");
  using Pair = std::pair<std::string, std::string>;
  const std::vector<Pair> expected{{"name", "a b+c"}, {"empty", ""}, {"bare", ""}, {"from", "2024-02-29T00:00:00Z"}};
  EXPECT_EQ(target->query, expected);
}

TEST(Target, RefusesWhatCouldLeadElsewhere) {
  for (const auto* text : {"/..",
                           "/../etc/passwd",
                           "/a/../b",
                           "/a/./b",
                           "/.",
                           "/%2e%2e/etc/passwd",
                           "/%2E%2E",
                           "/.%2e/a",
                           "/a/..%2f..%2fb",
                           "/a%2Fb",
                           "//evil.example",
                           "/a//b",
                           "/a%00",
                           "/a?b=%00",
                           "/%",
                           "/%4",
                           "/%zz",
                           "/a?b=%g0",
                           "/%ff",
                           "/%c0%af",
                           "/%ed%a0%80",
                           "/%f5%80%80%80",
                           "/a?b=%e0%80%80",
                           "/%0a",
                           "/%7f",
                           "a"})
    EXPECT_FALSE(parse_target(text)) << text;
}

TEST(Target, AcceptsOrdinaryPaths) {
  for (const auto* text :
       {"/", "/a", "/a/", "/a/b.c", "/...", "/a/..b", "/a/.b", "/v1.1/Observations?$top=0&$count=true", "/%F0%9F%8C%A1",
        "/a?", "/a?&&", "/a?b=%0A", "/a?b=/../"})
    EXPECT_TRUE(parse_target(text)) << text;
}

TEST(Cookie, IsFoundByItsExactName) {
  EXPECT_EQ(find_cookie("qala_session=abc", "qala_session"), "abc");
  EXPECT_EQ(find_cookie("a=1; qala_session=abc; b=2", "qala_session"), "abc");
  EXPECT_EQ(find_cookie("a=1;qala_session=\"abc\"", "qala_session"), "abc");
  EXPECT_EQ(find_cookie("xqala_session=no; qala_sessionx=no; QALA_SESSION=no", "qala_session"), "");
  EXPECT_EQ(find_cookie("qala_session=first; qala_session=second", "qala_session"), "first");
  EXPECT_EQ(find_cookie("qala_session; =; ;;", "qala_session"), "");
  EXPECT_EQ(find_cookie("a=b=c", "a"), "b=c");
  EXPECT_EQ(find_cookie("", "a"), "");
}

/// Feeds `text` in pieces of `step` bytes.
std::expected<std::string, Refusal> dechunk(std::string_view text, std::size_t step, std::uint64_t limit = 1 << 20) {
  ChunkedDecoder decoder;
  std::string out;
  while (!text.empty() && !decoder.done()) {
    const auto piece = text.substr(0, step);
    const auto used = decoder.feed(piece, out, limit);
    if (!used) return std::unexpected(used.error());
    text.remove_prefix(*used);
  }
  if (!decoder.done()) return std::unexpected(Refusal{0, "unfinished", {}});
  return out;
}

TEST(Chunked, AnyBodyInAnyPiecesArrivesWhole) {
  EXPECT_TRUE(rc::check([] {
    const auto pieces = *rc::gen::arbitrary<std::vector<std::string>>();
    std::string wire;
    std::string whole;
    for (const auto& piece : pieces) {
      if (piece.empty()) continue;
      char size[32];
      std::snprintf(size, sizeof size, "%zx", piece.size());
      wire += std::string(size) + "\r\n" + piece + "\r\n";
      whole += piece;
    }
    wire += "0\r\n\r\n";
    const auto step = *rc::gen::inRange<std::size_t>(1, 40);
    const auto out = dechunk(wire, step);
    RC_ASSERT(out.has_value());
    RC_ASSERT(*out == whole);
  }));
}

TEST(Chunked, SkipsExtensionsAndTrailers) {
  EXPECT_EQ(dechunk("3;a=b\r\nabc\r\n0\r\nX-A: b\r\nX-C: d\r\n\r\n", 1).value_or("?"), "abc");
}

TEST(Chunked, LeavesTheNextRequestAlone) {
  ChunkedDecoder decoder;
  std::string out;
  EXPECT_EQ(decoder.feed("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1", out, 10).value_or(0), 11u);
  EXPECT_TRUE(decoder.done());
}

TEST(Chunked, RefusesWhatTwoProgramsCouldReadDifferently) {
  for (const auto* text : {"\r\n", "g\r\n", "-1\r\n", "0x1\r\n", " 1\r\na\r\n", "1 \r\na\r\n", "1\na\n0\n\n",
                           "1\r\nab\r\n", "1\r\na\n0\r\n\r\n", "ffffffffffffffff\r\n", "1;\n\r\na\r\n0\r\n\r\n",
                           "0\r\nX: a\n\r\n", "0\r\n\n", "1\r\na0\r\n\r\n"}) {
    const auto out = dechunk(text, 1);
    ASSERT_FALSE(out) << text;
    EXPECT_EQ(out.error().status, 400u) << text;
  }
}

TEST(Chunked, StopsAtTheLimit) {
  EXPECT_TRUE(dechunk("5\r\nabcde\r\n0\r\n\r\n", 3, 5));
  EXPECT_EQ(dechunk("6\r\nabcdef\r\n0\r\n\r\n", 3, 5).error().status, 413u);
  EXPECT_EQ(dechunk("1;" + std::string(9'000, 'x') + "\r\na\r\n0\r\n\r\n", 64).error().status, 400u);
}

TEST(Coding, AnyTextSurvivesPackingAndUnpacking) {
  EXPECT_TRUE(
      rc::check([](const std::string& text) { RC_ASSERT(gunzip(gzip(text), text.size()).value_or("?") == text); }));
}

TEST(Coding, ABombIsRefusedWithoutBeingUnpacked) {
  const auto bomb = gzip(std::string(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), 400'000u);
  Gunzip unpacker(1 << 20);
  std::string out;
  const auto fed = unpacker.feed(bomb, out);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().kind, ErrorKind::full);
  EXPECT_LE(out.size(), (1u << 20) + 1);
}

TEST(Coding, TheLimitItselfIsAllowed) {
  const std::string text(100'000, 'a');
  EXPECT_TRUE(gunzip(gzip(text), text.size()));
  EXPECT_EQ(gunzip(gzip(text), text.size() - 1).error().kind, ErrorKind::full);
}

TEST(Coding, ReadsSeveralMembersAndRefusesTornOnes) {
  EXPECT_EQ(gunzip(gzip("one ") + gzip("two"), 100).value_or("?"), "one two");
  const auto packed = gzip("a sentence long enough");
  for (std::size_t size = 1; size < packed.size(); ++size) EXPECT_FALSE(gunzip(packed.substr(0, size), 100)) << size;
  EXPECT_FALSE(gunzip("no gzip at all", 100));
  EXPECT_FALSE(gunzip(packed + "rubbish", 100));
}

TEST(Coding, GzipIsOnlySentToThoseWhoAskForIt) {
  for (const auto* yes : {"gzip", "gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.5", "*", "GZIP", "deflate, *;q=0.1"})
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  for (const auto* no : {"", "identity", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *"})
    EXPECT_FALSE(accepts_gzip(no)) << no;
}

TEST(Response, EveryErrorKindHasItsStatus) {
  const std::vector<std::pair<ErrorKind, unsigned>> table{
      {ErrorKind::not_found, 404},   {ErrorKind::invalid, 400}, {ErrorKind::conflict, 409}, {ErrorKind::denied, 403},
      {ErrorKind::unavailable, 503}, {ErrorKind::timeout, 504}, {ErrorKind::corrupt, 500},  {ErrorKind::full, 507},
      {ErrorKind::cancelled, 499},   {ErrorKind::internal, 500}};
  for (const auto& [kind, status] : table) EXPECT_EQ(Response::error({kind, "x"}).status, status) << name_of(kind);
}

TEST(Response, AnErrorNamesKindCodeAndMessage) {
  EXPECT_EQ(Response::error({ErrorKind::conflict, "already \"done\""}, "alarm.already_acknowledged").body,
            R"({"error":{"kind":"conflict","code":"alarm.already_acknowledged","message":"already \"done\""}})");
  EXPECT_EQ(Response::error({ErrorKind::not_found, "x"}).body,
            R"({"error":{"kind":"not_found","code":"not_found","message":"x"}})");
}

}  // namespace
}  // namespace qala::http
