#include "registry/catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "registry/checks.h"
#include "registry/test_town.h"

namespace qala::registry {
namespace {

/// Properties whose name may be the same in two languages. None is.
const std::set<std::string> kSameNameAllowed = {};

TEST(Catalogue, NamesEveryPropertyDifferentlyInKazakhRussianAndEnglish) {
  for (const auto& property : catalogue()) {
    const auto& [kk, ru, en] = property.name;
    EXPECT_FALSE(kk.empty() || ru.empty() || en.empty()) << property.key;
    if (kSameNameAllowed.contains(property.key)) continue;
    EXPECT_NE(kk, ru) << property.key;
    EXPECT_NE(ru, en) << property.key;
    EXPECT_NE(kk, en) << property.key;
  }
}

TEST(Catalogue, NeverGivesTwoPropertiesTheSameNameOrKeyOrId) {
  std::set<std::string> names, keys;
  std::set<std::uint32_t> ids;
  for (const auto& property : catalogue()) {
    EXPECT_TRUE(keys.insert(property.key).second) << property.key;
    EXPECT_TRUE(ids.insert(property.id.value).second) << property.key;
    for (const auto* name : {&property.name.kk, &property.name.ru, &property.name.en})
      EXPECT_TRUE(names.insert(*name).second) << *name;
    EXPECT_LT(property.id.value, 1000U);
    EXPECT_FALSE(check_fields(property)) << property.key;
  }
}

TEST(Catalogue, WritesEachLanguageInItsOwnLetters) {
  const auto has_cyrillic = [](std::string_view text) {
    return std::ranges::any_of(text,
                               [](char c) { return (c & 0xff) == 0xd0 || (c & 0xff) == 0xd1 || (c & 0xff) == 0xd2; });
  };
  for (const auto& property : catalogue()) {
    EXPECT_TRUE(has_cyrillic(property.name.kk)) << property.key;
    EXPECT_TRUE(has_cyrillic(property.name.ru)) << property.key;
    EXPECT_FALSE(has_cyrillic(property.name.en)) << property.key;
    for (const char* only_kazakh : {"ә", "і", "ң", "ғ", "ү", "ұ", "қ", "ө", "һ", "Қ", "Ө", "Ұ", "Ү", "І"})
      EXPECT_FALSE(property.name.ru.contains(only_kazakh)) << property.key;
  }
}

TEST(Catalogue, UnderstandsWhatDevicesSend) {
  for (const auto& [said, meant] : std::vector<std::pair<const char*, const char*>>{{"PM2.5", "pm2_5"},
                                                                                    {"pm25", "pm2_5"},
                                                                                    {"pm2_5", "pm2_5"},
                                                                                    {"PM10", "pm10"},
                                                                                    {"temp", "temperature"},
                                                                                    {"Temperature", "temperature"},
                                                                                    {"t", "temperature"},
                                                                                    {"rh", "humidity"},
                                                                                    {"hum", "humidity"},
                                                                                    {"windSpeed", "wind_speed"},
                                                                                    {"wind-dir", "wind_direction"},
                                                                                    {"VBAT", "battery_voltage"},
                                                                                    {"lat", "latitude"},
                                                                                    {"RSSI", "rssi"}})
    EXPECT_EQ(property_of_alias(said), meant) << said;
  for (const char* unknown : {"", "x", "xyzzy", "pm", "температура", "..."}) EXPECT_EQ(property_of_alias(unknown), "");
}

TEST(Catalogue, KeepsTheTownsWordsOverARestart) {
  test::Town town;
  ObservedProperty property;
  town.registry->read([&](const Registry::View& view) { property = *view.property("noise"); });
  property.name.kk = "Көшедегі шу";
  ASSERT_TRUE(town.registry->put_property(property, town.actor));
  town.reopen();
  town.registry->read([&](const Registry::View& view) {
    EXPECT_EQ(view.property("noise")->name.kk, "Көшедегі шу");
    EXPECT_EQ(view.property("pm2_5")->name.kk, catalogue()[0].name.kk);
  });
}

TEST(Catalogue, GivesTheTownsOwnPropertiesIdsAboveItsOwn) {
  test::Town town;
  const auto id =
      town.registry->put_property({.key = "smoke", .name = {.kk = "Түтін", .ru = "Дым", .en = "Smoke"}}, town.actor);
  ASSERT_TRUE(id);
  EXPECT_GT(id->value, 1000U);
}

TEST(Aliases, AreFoundFromTheFirstToTheLast) {
  // bisection finds an alias only in a sorted list
  for (const char* alias : {"airpressure", "bat", "hum", "lng", "passengers", "soc", "wifiusers", "windspd"})
    EXPECT_NE(property_of_alias(alias), "") << alias;
}

}  // namespace
}  // namespace qala::registry
