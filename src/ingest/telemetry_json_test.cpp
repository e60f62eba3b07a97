#include "ingest/telemetry_json.h"

#include <gtest/gtest.h>

namespace qala::ingest {
namespace {

struct Seen {
  std::string device, key, text;
  std::optional<std::int64_t> time;
  readings::ValueType type;
  int scale;
  std::int64_t bits;
};

std::vector<Seen> parse(std::string_view json, bool gateway, Result<>& result) {
  std::vector<Seen> seen;
  const EachValue each = [&](const TelemetryValue& v) {
    seen.push_back(
        {std::string(v.device), std::string(v.key), std::string(v.text), v.time_ns, v.type, v.scale, v.bits});
  };
  const EachProblem problem = [](std::string_view, std::string) {};
  result = gateway ? parse_gateway_telemetry(json, each, problem) : parse_device_telemetry(json, each, problem);
  return seen;
}

TEST(DeviceTelemetry, TakesThreeShapes) {
  Result<> ok;
  auto plain = parse(R"({"t":21.50,"on":true,"s":"x","n":null,"o":{"a":[1]}})", false, ok);
  ASSERT_TRUE(ok) << ok.error().message;
  ASSERT_EQ(plain.size(), 4U);
  EXPECT_EQ(plain[0].bits, 2150);
  EXPECT_EQ(plain[0].scale, 2);
  EXPECT_FALSE(plain[0].time);
  EXPECT_EQ(plain[1].type, readings::ValueType::boolean);
  EXPECT_EQ(plain[2].text, "x");
  EXPECT_EQ(plain[3].text, R"({"a":[1]})");

  auto stamped = parse(R"({"values":{"t":-3},"ts":1700000000123})", false, ok);
  ASSERT_TRUE(ok) << ok.error().message;
  ASSERT_EQ(stamped.size(), 1U);
  EXPECT_EQ(stamped[0].time, 1700000000123000000);
  EXPECT_EQ(stamped[0].bits, -3);

  auto several = parse(R"([{"ts":1,"values":{"a":1}},{"b":2}])", false, ok);
  ASSERT_TRUE(ok) << ok.error().message;
  ASSERT_EQ(several.size(), 2U);
  EXPECT_EQ(several[1].key, "b");
}

TEST(GatewayTelemetry, NamesTheDevices) {
  Result<> ok;
  auto seen = parse(R"({"A":[{"ts":5,"values":{"x":1,"y":2}}],"B":[{"ts":6,"values":{"x":3}}],"C":{"z":4}})", true, ok);
  ASSERT_TRUE(ok) << ok.error().message;
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[2].device, "B");
  EXPECT_EQ(seen[3].device, "C");
  EXPECT_EQ(*parse_gateway_device(R"({"device":"A","type":"x"})"), "A");
}

TEST(DeviceTelemetry, LongKeysAreReadWithinTheirMemory) {  // told by AddressSanitizer
  Result<> ok;
  std::string json = "{";
  for (int i = 0; i < 40; i++)
    json += "\"" + std::string(200, static_cast<char>('A' + i % 26)) + std::to_string(i) + "\":1,";
  json += "\"t\":2}";
  EXPECT_EQ(parse(json, false, ok).size(), 41U);
  EXPECT_TRUE(ok);
  EXPECT_EQ(parse("{\"ts\":1,\"values\":" + json + "}", false, ok).size(), 41U);
  EXPECT_EQ(parse("{\"D\":[{\"ts\":1,\"values\":" + json + "}," + json + "]}", true, ok).size(), 82U);
}

TEST(DeviceTelemetry, RefusesWhatIsNotJsonAndWhatFollowsIt) {
  Result<> result;
  for (const char* bad :
       {"", "{", "nonsense", "[1,2]", R"({"a":NaN})", R"({"a":1}{"b":2})", R"({"a":1,})", "{\"a\":\xff}"}) {
    (void)parse(bad, false, result);
    EXPECT_FALSE(result) << bad;
  }
}

}  // namespace
}  // namespace qala::ingest
