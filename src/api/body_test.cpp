#include "api/body.h"

#include <gtest/gtest.h>

namespace qala::api {
namespace {

http::Request with(std::string name, std::string value) {
  http::Request request;
  request.query.emplace_back(std::move(name), std::move(value));
  return request;
}

TEST(Body, GivesItsFields) {
  const auto body = Body::parse(R"({"s":"сөз","n":1.5,"i":7,"b":true,"o":{"a":[1]},"z":null})");
  ASSERT_TRUE(body);
  EXPECT_EQ(*body->text("s"), "сөз");
  EXPECT_EQ(**body->optional_number("n"), 1.5);
  EXPECT_EQ(**body->optional_integer("i"), 7);
  EXPECT_TRUE(**body->optional_boolean("b"));
  EXPECT_EQ(body->json("o"), R"({"a":[1]})");
  EXPECT_FALSE(body->has("z")) << "null is absent";
  EXPECT_FALSE(body->optional_text("absent")->has_value());
}

TEST(Body, ErrorsNameTheField) {
  const auto body = Body::parse(R"({"s":5,"n":"x","i":1.5,"b":1})");
  ASSERT_TRUE(body);
  EXPECT_NE(body->text("s").error().message.find("\"s\""), std::string::npos);
  EXPECT_NE(body->text("gone").error().message.find("\"gone\""), std::string::npos);
  EXPECT_FALSE(body->optional_number("n"));
  EXPECT_FALSE(body->optional_integer("i"));
  EXPECT_FALSE(body->optional_boolean("b"));
}

TEST(Body, OnlyOneObjectIsABody) {
  for (const char* bad : {"", "[]", "1", "{", "{}x", "{\"a\":1,}"}) EXPECT_FALSE(Body::parse(bad)) << bad;
  EXPECT_FALSE(Body::parse(R"({"a":)" + std::string(40, '[') + std::string(40, ']') + "}")) << "too deep";
}

TEST(Ids, AreNumbersFromOne) {
  EXPECT_EQ(*parse_id("17", 100), 17U);
  for (const char* bad : {"", "0", "-1", "101", "1x", " 1", "99999999999999999999"}) {
    const auto id = parse_id(bad, 100);
    ASSERT_FALSE(id) << bad;
    EXPECT_EQ(id.error().kind, ErrorKind::not_found);
  }
}

TEST(Times, AreIsoOrMilliseconds) {
  EXPECT_EQ(*time_of(with("from", "1735689600000"), "from", {}), 1735689600000000000);
  EXPECT_EQ(*time_of(with("from", "2025-01-01T05:00:00+05:00"), "from", {}), 1735689600000000000);
  EXPECT_EQ(*time_of(with("from", "2025-01-01T05:00:00 05:00"), "from", {}), 1735689600000000000)
      << "an unescaped plus";
  EXPECT_EQ(*time_of(with("other", "1"), "from", 5), 5);
  EXPECT_FALSE(time_of(with("other", "1"), "from", {}));
  for (const char* bad : {"yesterday", "2025-01-01T05:00:00", "9999999999999999", "1.5"}) {
    EXPECT_FALSE(time_of(with("from", bad), "from", {})) << bad;
  }
}

TEST(Counts, HaveAHighest) {
  EXPECT_EQ(*count_of(with("limit", "7"), "limit", 100, 1000), 7U);
  EXPECT_EQ(*count_of(with("limit", ""), "limit", 100, 1000), 100U);
  for (const char* bad : {"1001", "-1", "x", "1.5"})
    EXPECT_FALSE(count_of(with("limit", bad), "limit", 100, 1000)) << bad;
}

}  // namespace
}  // namespace qala::api
