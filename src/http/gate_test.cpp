#include "http/gate.h"

#include <ostream>

#include <gtest/gtest.h>

namespace qala::http {
namespace {

struct Case {
  const char* why;
  std::string bytes;
  unsigned status;  ///< 200: passes
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.why; }

std::string get(std::string headers) { return "GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n"; }
std::string post(std::string headers) { return "POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n"; }
std::string line(std::string request_line) { return request_line + "\r\nHost: a\r\n\r\n"; }

const std::vector<Case> kCases = {
    {"a plain request", get(""), 200},
    {"a host with a port", "GET / HTTP/1.1\r\nHost: town.kz:8080\r\n\r\n", 200},
    {"an IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200},
    {"a length", post("Content-Length: 5\r\n"), 200},
    {"a length of zero", post("Content-Length: 0\r\n"), 200},
    {"a chunked body", post("Transfer-Encoding: chunked\r\n"), 200},
    {"a chunked body, in capitals", post("Transfer-Encoding: CHUNKED\r\n"), 200},
    {"HTTP/1.0 without a host", "GET / HTTP/1.0\r\n\r\n", 200},
    {"an empty value", get("X-Empty:\r\n"), 200},
    {"blanks around a value", get("X-A: \t b \t\r\n"), 200},
    {"text that is not ASCII in a value", get("X-Name: \xd2\x9b\xd0\xb0\xd0\xbb\xd0\xb0\r\n"), 200},
    {"100-continue", post("Content-Length: 5\r\nExpect: 100-continue\r\n"), 200},

    {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"two hosts", get("Host: b\r\n"), 400},
    {"the same host twice", get("Host: a\r\n"), 400},
    {"an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"a host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
    {"two hosts in one line", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},

    {"both ways to say a length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
    {"the same, the other way round", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"another transfer coding", post("Transfer-Encoding: gzip\r\n"), 400},
    {"two transfer codings", post("Transfer-Encoding: gzip, chunked\r\n"), 400},
    {"chunked twice", post("Transfer-Encoding: chunked, chunked\r\n"), 400},
    {"two transfer coding lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"identity beside chunked", post("Transfer-Encoding: identity\r\n"), 400},
    {"an empty transfer coding", post("Transfer-Encoding:\r\n"), 400},
    {"a transfer coding with a parameter", post("Transfer-Encoding: chunked;x=1\r\n"), 400},
    {"a vertical tab before chunked",
     post("Transfer-Encoding: \x0b"
          "chunked\r\n"),
     400},
    {"a blank before the colon", post("Transfer-Encoding : chunked\r\n"), 400},
    {"chunked on HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
    {"the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
    {"two lengths in one line", post("Content-Length: 5, 5\r\n"), 400},
    {"a negative length", post("Content-Length: -1\r\n"), 400},
    {"a length with a sign", post("Content-Length: +5\r\n"), 400},
    {"a hexadecimal length", post("Content-Length: 0x5\r\n"), 400},
    {"an empty length", post("Content-Length:\r\n"), 400},
    {"a length beyond counting", post("Content-Length: 99999999999999999999\r\n"), 400},

    {"a folded line", get("X-A: b\r\n c\r\n"), 400},
    {"a line folded by a tab", get("X-A: b\r\n\tc\r\n"), 400},
    {"a fold after the request line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"a line without a colon", get("nonsense\r\n"), 400},
    {"a line without a name", get(": b\r\n"), 400},
    {"a name with a blank", get("X A: b\r\n"), 400},
    {"a name with a control character", get(std::string("X\x01: b\r\n")), 400},
    {"a NUL in a value", get(std::string("X-A: b\0c\r\n", 11)), 400},
    {"a lonely carriage return in a value", get("X-A: b\rc\r\n"), 400},
    {"an escape character in a value", get("X-A: \x1b[0m\r\n"), 400},
    {"two authorizations", get("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), 400},
    {"two cookies", get("Cookie: a=1\r\nCookie: a=2\r\n"), 400},
    {"two origins", get("Origin: http://a\r\nOrigin: http://b\r\n"), 400},

    {"a whole address as target", line("GET http://a/ HTTP/1.1"), 400},
    {"a star as target", line("OPTIONS * HTTP/1.1"), 400},
    {"a blank in the target", line("GET /a b HTTP/1.1"), 400},
    {"a tab in the target", line("GET /a\tb HTTP/1.1"), 400},
    {"a fragment", line("GET /a#b HTTP/1.1"), 400},
    {"bytes beyond ASCII in the target", line("GET /\xd2\x9b HTTP/1.1"), 400},
    {"no target", line("GET HTTP/1.1"), 400},
    {"two blanks", line("GET  / HTTP/1.1"), 400},
    {"a blank at the end", line("GET / HTTP/1.1 "), 400},
    {"no version", line("GET /"), 400},
    {"a small version", line("GET / http/1.1"), 400},
    {"a blank first", line(" GET / HTTP/1.1"), 400},
    {"an empty request line", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"nothing", "\r\n\r\n", 400},
    {"a TLS greeting", std::string("\x16\x03\x01\x02", 4) + "\r\n\r\n", 400},
    {"a small method", line("get / HTTP/1.1"), 501},
    {"TRACE", line("TRACE / HTTP/1.1"), 501},
    {"CONNECT", line("CONNECT /a HTTP/1.1"), 501},
    {"HTTP/2", line("GET / HTTP/2.0"), 505},
    {"HTTP/1.2", line("GET / HTTP/1.2"), 505},
    {"another expectation", post("Expect: a-miracle\r\n"), 417},

    {"a target of 8 KB", line("GET /" + std::string(kMaxTarget - 1, 'a') + " HTTP/1.1"), 200},
    {"a longer target", line("GET /" + std::string(kMaxTarget, 'a') + " HTTP/1.1"), 414},
    {"a header of more than 16 KB", get("X-A: " + std::string(kMaxHead, 'a') + "\r\n"), 431},
};

class Gate : public testing::TestWithParam<Case> {};

TEST_P(Gate, LetsPassOrRefuses) {
  const auto checked = check_head(GetParam().bytes);
  EXPECT_EQ(checked ? 200u : checked.error().status, GetParam().status);
  if (!checked) {
    EXPECT_FALSE(checked.error().code.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Gate, testing::ValuesIn(kCases));

TEST(GateHeaders, RefusesMoreThanAHundredLines) {
  std::string lines;
  for (int i = 0; i < 99; ++i) lines += "X: y\r\n";
  EXPECT_TRUE(check_head(get(lines)));
  const auto refused = check_head(get(lines + "X: y\r\n"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 431u);
}

TEST(GateHeaders, NamesAreInLowerCaseAndValuesTrimmed) {
  const auto head = check_head(get("X-ThInG: \t AB-4 \r\n"));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("x-thing"), "AB-4");
}

TEST(GateHeaders, KeepsAliveByVersionAndWish) {
  EXPECT_TRUE(check_head(get(""))->keep_alive);
  EXPECT_FALSE(check_head(get("Connection: Close\r\n"))->keep_alive);
  EXPECT_FALSE(check_head(get("Connection: keep-alive, close\r\n"))->keep_alive);
  EXPECT_FALSE(check_head("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_TRUE(check_head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
}

TEST(GateHeaders, AnUpgradeNeedsBothHeaders) {
  EXPECT_TRUE(check_head(get("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"))->upgrade_websocket);
  EXPECT_FALSE(check_head(get("Upgrade: websocket\r\n"))->upgrade_websocket);
  EXPECT_FALSE(check_head(get("Connection: Upgrade\r\nUpgrade: h2c\r\n"))->upgrade_websocket);
}

TEST(HeadEnd, IsFoundHoweverTheBytesArrive) {
  const auto bytes = get("X-A: b\r\n") + "the body";
  const auto end = bytes.size() - 8;
  std::size_t searched = 0;
  for (std::size_t size = 0; size < end; ++size) {
    const auto found = find_head_end(std::string_view(bytes).substr(0, size), searched);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, 0u) << size;
    searched = size;
  }
  EXPECT_EQ(find_head_end(bytes, searched).value_or(0), end);
}

TEST(HeadEnd, ABareLineFeedIsRefusedAtOnce) {
  EXPECT_FALSE(find_head_end("GET / HTTP/1.1\nHost: a\n\n", 0));
  EXPECT_FALSE(find_head_end("GET / HTTP/1.1\r\nHost: a\n", 0));
}

TEST(HeadEnd, SixteenKilobytesWithoutAnEndAreTooMuch) {
  EXPECT_TRUE(find_head_end(std::string(kMaxHead - 1, 'a'), 0));
  EXPECT_EQ(find_head_end(std::string(kMaxHead, 'a'), 0).error().status, 431u);
}

}  // namespace
}  // namespace qala::http
