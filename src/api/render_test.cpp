#include "api/render.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "registry/test_town.h"

namespace qala::api {
namespace {

using readings::ValueType;

std::string value(ValueType type, std::int8_t scale, std::int64_t bits, std::string_view text = {}) {
  std::string out;
  JsonWriter json(out);
  render_value(json, type, scale, bits, text);
  return out;
}

TEST(Render, ValuesKeepTheirDigits) {
  EXPECT_EQ(value(ValueType::decimal, 2, 1230), "12.30");
  EXPECT_EQ(value(ValueType::decimal, 1, -5), "-0.5");
  EXPECT_EQ(value(ValueType::integer, 0, std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
  EXPECT_EQ(value(ValueType::boolean, 0, 1), "true");
  EXPECT_EQ(value(ValueType::real, 0, std::bit_cast<std::int64_t>(0.25)), "0.25");
  EXPECT_EQ(value(ValueType::text, 0, 0, "a\"b\n"), R"("a\"b\n")");
  EXPECT_EQ(value(ValueType::json, 0, 0, R"({"a":1})"), R"({"a":1})");
}

TEST(Render, TimesAreMillisecondsWithWhatIsFiner) {
  std::string out;
  JsonWriter json(out);
  json.array();
  for (const std::int64_t ns : {1'735'689'600'000'000'000L, 1'735'689'600'000'000'001L, 1'500'000L})
    render_ms(json, ns);
  json.end();
  EXPECT_EQ(out, "[1735689600000,1735689600000.000001,1.500000]");
}

TEST(Render, AThingIsWholeOnlyWhenAsked) {
  registry::test::Town town;
  const ThingId parent = town.add("F-1", registry::Kind::feeder);
  town.add("L-1", registry::Kind::lamp, parent);
  std::string brief, whole;
  town.registry->read([&](const registry::Registry::View& view) {
    JsonWriter a(brief), b(whole);
    render_thing(a, view, *view.thing(parent), false);
    render_thing(b, view, *view.thing(parent), true);
  });
  EXPECT_EQ(brief.find("children"), std::string::npos);
  EXPECT_NE(whole.find(R"("children":[2])"), std::string::npos) << whole;
  EXPECT_NE(whole.find(R"("kind":"feeder")"), std::string::npos) << whole;
}

}  // namespace
}  // namespace qala::api
