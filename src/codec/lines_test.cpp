#include "codec/lines.h"

#include <gtest/gtest.h>

namespace qala::codec {
namespace {

LineRequest good(std::string_view line) {
  LineParser parser;
  auto request = parser.parse(line);
  EXPECT_TRUE(request) << (request ? "" : request.error().message);
  return request ? *request : LineRequest{};
}

TEST(CodecLines, ARequestIsRead) {
  const auto request = good(
      R"({"script":"f()\n// é","routine":"decodeDownlink","fPort":85,"bytes":"00fFA5","input":{ "variables" : {"a":"b"} }})");
  EXPECT_EQ(request.script, "f()\n// é");
  EXPECT_EQ(request.run.routine, Routine::decode_downlink);
  EXPECT_EQ(request.run.port, 85);
  EXPECT_EQ(request.run.bytes, std::string("\x00\xff\xa5", 3));
  EXPECT_EQ(request.run.input, R"({"variables":{"a":"b"}})");
  EXPECT_FALSE(request.run.received);
}

TEST(CodecLines, WhatIsNotSaidIsNotGiven) {
  const auto request = good(R"({"script":""})");
  EXPECT_EQ(request.run.routine, Routine::decode_uplink);
  EXPECT_FALSE(request.run.port);
  EXPECT_FALSE(request.run.bytes);
  EXPECT_EQ(request.run.input, "");
  EXPECT_EQ(good(R"({"script":"","bytes":""})").run.bytes, "");
}

TEST(CodecLines, DataForADownlinkMayStandByItself) {
  EXPECT_EQ(good(R"({"script":"","routine":"encodeDownlink","input":{"led":"on"}})").run.input,
            R"({"data":{"led":"on"}})");
  EXPECT_EQ(good(R"({"script":"","routine":"encodeDownlink","input":{"data":{"led":"on"}}})").run.input,
            R"({"data":{"led":"on"}})");
  EXPECT_EQ(good(R"({"script":"","routine":"decodeUplink","input":{"led":"on"}})").run.input, R"({"led":"on"})");
}

TEST(CodecLines, VariablesAndTimeAreTakenFromBothPlaces) {
  EXPECT_EQ(good(R"({"script":"","variables":{"a":1}})").run.input, R"({"variables":{"a":1}})");
  EXPECT_EQ(good(R"({"script":"","variables":{"a":1},"input":{}})").run.input, R"({"variables":{"a":1}})");
  EXPECT_EQ(good(R"({"script":"","variables":{"a":1},"input":{"b":2}})").run.input, R"({"variables":{"a":1},"b":2})");
  for (const char* line : {R"({"script":"","recvTime":"2026-12-01T00:00:00.5Z"})",
                           R"({"script":"","input":{"recvTime":"2026-12-01T00:00:00.500Z"}})",
                           R"({"script":"","recvTime":1796083200500})"}) {
    const auto request = good(line);
    EXPECT_TRUE(request.run.received) << line;
    EXPECT_EQ(request.run.now_ms, 1'796'083'200'500) << line;
  }
}

TEST(CodecLines, TheScriptOfTheLineBeforeIsNotReadAgain) {
  LineParser parser;
  EXPECT_FALSE(parser.parse(R"({"script":"a","fPort":1})")->same_script);
  const auto same = parser.parse(R"({"fPort":2, "script" : "a"  ,"bytes":"01"})");
  EXPECT_TRUE(same->same_script);
  EXPECT_EQ(same->run.port, 2);
  EXPECT_EQ(parser.parse(R"({"script":"b"})")->script, "b");
  EXPECT_FALSE(parser.parse(R"({"script":"c","fPort":-1})"));
  EXPECT_EQ(parser.parse(R"({"script":"c"})")->script, "c") << "a line that failed has left nothing";
}

TEST(CodecLines, WhatIsWrongIsSaid) {
  const std::pair<const char*, const char*> lines[] = {
      {"", "empty"},
      {"   \r", "empty"},
      {"{", "not JSON"},
      {"[]", "not a JSON object"},
      {"null", "not a JSON object"},
      {"{}", "no script"},
      {R"({"script":1})", "script is not a text"},
      {R"({"script":"a"} x)", "not JSON"},
      {R"({"script":"a","routine":"x"})", "no routine \"x\""},
      {R"({"script":"a","fPort":256})", "fPort"},
      {R"({"script":"a","fPort":1.5})", "fPort"},
      {R"({"script":"a","bytes":"0"})", "odd number"},
      {R"({"script":"a","bytes":"0g"})", "at digit 2"},
      {R"({"script":"a","bytes":[1]})", "bytes is not a text"},
      {R"({"script":"a","input":[1]})", "input is not an object"},
      {R"({"script":"a","recvTime":"yesterday"})", "not a time"},
      {R"({"builtin":"x"})", "cayenne-lpp"},
      {"{\"script\":\"\xff\"}", "not JSON"},
  };
  LineParser parser;
  for (const auto& [line, words] : lines) {
    const auto request = parser.parse(line);
    ASSERT_FALSE(request) << line;
    EXPECT_NE(request.error().message.find(words), std::string::npos) << line << ": " << request.error().message;
  }
  EXPECT_EQ(line_of(fail(ErrorKind::invalid, "a \"b\"")), R"({"errors":["a \"b\""]})");
}

}  // namespace
}  // namespace qala::codec
