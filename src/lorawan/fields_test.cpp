#include "lorawan/fields.h"

#include <gtest/gtest.h>

#include "base/sqlite.h"
#include "no_audit.h"
#include "temporary_folder.h"

namespace qala::lorawan {
namespace {

const Instant kAt = *parse_iso("2026-11-30T10:00:00Z");

Json json(std::string_view text) {
  auto parsed = parse_object(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? std::move(*parsed) : Json{};
}

std::string first(const Json& answer, std::string_view path) {
  const auto found = find(answer, path);
  return found.empty() ? "-" : written(*found.front().value);
}

TEST(Fields, AreFoundByTheirPaths) {
  const Json answer = json(R"({"data":{"temperature":21.5,"pm2.5":7,"a":{"b":[1,{"c":true}]},"data":3}})");
  EXPECT_EQ(first(answer, "data.temperature"), "21.5");
  EXPECT_EQ(first(answer, "temperature"), "21.5");
  EXPECT_EQ(first(answer, "data.pm2.5"), "7");
  EXPECT_EQ(first(answer, "data.a.b[1].c"), "true");
  EXPECT_EQ(first(answer, "data.data"), "3");
  EXPECT_EQ(first(answer, "data.nothing"), "-");
  EXPECT_EQ(first(answer, "data.a.b[9]"), "-");
  EXPECT_EQ(first(answer, "data.a.b[x"), "-");
}

Mapped map(const std::vector<Field>& fields, std::string_view answer) {
  Profile profile;
  profile.fields = fields;
  return map_fields(profile, json(answer), kAt);
}

std::string shown(const Value& value) {
  if (!value.text.empty()) return value.text;
  std::string out;
  append_decimal(out, value.bits, value.scale);
  return out;
}

TEST(Fields, KeepTheirDigits) {
  const auto mapped = map({{.path = "data.t", .datastream = "t"}}, R"({"data":{"t":21.50}})");
  ASSERT_EQ(mapped.values.size(), 1U);
  EXPECT_EQ(shown(mapped.values[0]), "21.50");
  EXPECT_EQ(mapped.values[0].time, kAt);
}

TEST(Fields, AreScaledWithoutNoise) {
  EXPECT_EQ(shown(map({{.path = "v", .datastream = "v", .scale = 0.001}}, R"({"data":{"v":3301}})").values[0]),
            "3.301");
  EXPECT_EQ(
      shown(map({{.path = "v", .datastream = "v", .scale = 0.1, .offset = -40}}, R"({"data":{"v":653}})").values[0]),
      "25.3");
}

TEST(Fields, OutsideTheirRangeAreFlagged) {
  const auto mapped = map({{.path = "t", .datastream = "t", .min = -40, .max = 60}}, R"({"data":{"t":-327.68}})");
  ASSERT_EQ(mapped.values.size(), 1U);
  EXPECT_TRUE(mapped.values[0].out_of_range);
}

TEST(Fields, OfSamplesHaveTheirOwnTimes) {
  const auto mapped = map({{.path = "data.log[*].t", .datastream = "t"}},
                          R"({"data":{"log":[{"t":1,"time":"2026-11-30T09:00:00Z"},{"t":2,"time":1796031000},
                              {"t":3},{"t":4,"time":"1971-01-01T00:00:00Z"}]}})");
  ASSERT_EQ(mapped.values.size(), 2U);
  EXPECT_EQ(to_iso(mapped.values[0].time), "2026-11-30T09:00:00Z");
  EXPECT_EQ(to_iso(mapped.values[1].time), "2026-11-30T09:30:00Z");
  ASSERT_EQ(mapped.warnings.size(), 2U) << "one carries no time, one a time that cannot be";
}

TEST(Fields, ThatAreMissingAreNoError) {
  const auto mapped =
      map({{.path = "x", .datastream = "x"}, {.path = "y", .datastream = "y"}}, R"({"data":{"y":null}})");
  EXPECT_TRUE(mapped.values.empty());
  EXPECT_TRUE(mapped.warnings.empty());
}

TEST(Fields, AreListedWithTheirKinds) {
  const Json answer = json(R"({"data":{"t":1,"on":true,"name":"x","log":[{"t":1}],"list":[1,2],"none":null}})");
  std::string out;
  for (const auto& field : list_fields(answer)) out += field.path + " " + std::string(field.kind) + "\n";
  EXPECT_EQ(out, "data.t number\ndata.on boolean\ndata.name text\ndata.log[*].t number\ndata.list json\n");
}

TEST(Fields, AreSuggestedFromTheirNames) {
  tests::TemporaryFolder folder;
  FakeClock clock;
  tests::NoAudit audit;
  auto db = *sqlite::Database::open(folder.file("town.db"));
  const auto registry = *registry::Registry::open(db, clock, audit);
  const std::tuple<const char*, const char*, const char*, const char*> cases[] = {
      {"data.temperature", "21.5", "temperature", "°C"},
      {"data.TempC_SHT", "21.5", "temperature", "°C"},
      {"data.temperature_3", "21.5", "temperature", "°C"},
      {"data.hum", "48", "humidity", "%"},
      {"data.Hum_SHT", "48", "humidity", "%"},
      {"data.BatV", "3.05", "battery_voltage", "V"},
      {"data.battery", "97", "battery", "%"},
      {"data.battery", "3.6", "battery_voltage", "V"},
      {"data.bat", "3012", "battery_voltage", "V"},
      {"data.co2_ppm", "612", "co2", "ppm"},
      {"data.pm2_5", "14", "pm2_5", "µg/m³"},
      {"data.pm2.5", "14", "pm2_5", "µg/m³"},
      {"data.samples[*].pressure", "1013", "pressure", "hPa"},
  };
  registry->read([&](const registry::Registry::View& view) {
    for (const auto& [path, value, property, unit] : cases) {
      const Json answer = json(std::string("{\"v\":") + value + "}");
      const auto suggested = suggest(view, path, *answer.find("v"));
      ASSERT_TRUE(suggested) << path;
      EXPECT_EQ(suggested->property, property) << path;
      EXPECT_EQ(suggested->unit, unit) << path;
      EXPECT_EQ(suggested->scale, std::string(value) == "3012" ? 0.001 : 1) << path;
    }
    const Json other = json(R"({"v":5,"w":"open"})");
    EXPECT_FALSE(suggest(view, "data.Work_mode", *other.find("v")));
    EXPECT_FALSE(suggest(view, "data.temperature", *other.find("w")));
  });
}

TEST(Routines, AreThoseTheScriptNames) {
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(routines_of("function decodeUplink(i) {} function encodeDownlink(i) {}"),
            (Names{"decodeUplink", "encodeDownlink"}));
  EXPECT_EQ(routines_of("function Decode(fPort, bytes) {}"), Names{"decodeUplink"});
  EXPECT_EQ(routines_of("function Decoder(bytes, port) {}"), Names{"decodeUplink"});
  EXPECT_EQ(routines_of("function myDecoder() {}"), Names{});
}

}  // namespace
}  // namespace qala::lorawan
