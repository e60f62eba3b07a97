#include "sim/plan.h"

#include <map>
#include <set>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "sim/town.h"

namespace qala::sim {
namespace {

namespace json = boost::json;

const json::value& plan() {
  static const json::value parsed = json::parse(plan_geojson(build_layout()));
  return parsed;
}

/// Every position in a geometry's coordinates, however deep.
void positions(const json::value& coordinates, std::vector<std::pair<double, double>>& out) {
  const json::array& list = coordinates.as_array();
  if (!list.empty() && list[0].is_number()) {
    out.emplace_back(list[0].to_number<double>(), list[1].to_number<double>());
    return;
  }
  for (const json::value& inner : list) positions(inner, out);
}

TEST(Plan, IsGeoJsonWithEveryLayerInItsPlace) {
  EXPECT_EQ(plan().at("type").as_string(), "FeatureCollection");
  std::map<std::string, std::set<std::string>> types;
  for (const json::value& feature : plan().at("features").as_array()) {
    EXPECT_EQ(feature.at("type").as_string(), "Feature");
    const std::string layer(feature.at("properties").at("layer").as_string());
    types[layer].insert(std::string(feature.at("geometry").at("type").as_string()));
    std::vector<std::pair<double, double>> points;
    positions(feature.at("geometry").at("coordinates"), points);
    ASSERT_FALSE(points.empty());
    for (const auto& [lon, lat] : points) {
      ASSERT_NEAR(lon, 70.95, 0.08) << layer;
      ASSERT_NEAR(lat, 51.99, 0.04) << layer;
    }
  }
  for (const char* layer : {"water", "field", "park", "block", "house", "flat", "hall"})
    EXPECT_EQ(types[layer], std::set<std::string>{"MultiPolygon"}) << layer;
  for (const char* layer : {"road", "avenue", "railway", "pipe"})
    EXPECT_EQ(types[layer], std::set<std::string>{"MultiLineString"}) << layer;
  EXPECT_EQ(types["street_name"], std::set<std::string>{"LineString"});
  for (const char* layer : {"zone_name", "place_name"})
    EXPECT_EQ(types[layer], std::set<std::string>{"Point"}) << layer;
  EXPECT_EQ(types.size(), 14U);
}

TEST(Plan, FitsInOneAndAHalfMegabytes) { EXPECT_LT(plan_geojson(build_layout()).size(), 1'500'000U); }

TEST(Plan, ClosesEveryRing) {
  for (const json::value& feature : plan().at("features").as_array()) {
    if (feature.at("geometry").at("type").as_string() != "MultiPolygon") continue;
    for (const json::value& polygon : feature.at("geometry").at("coordinates").as_array()) {
      for (const json::value& ring : polygon.as_array()) {
        ASSERT_GE(ring.as_array().size(), 4U);
        EXPECT_EQ(ring.as_array().front(), ring.as_array().back());
      }
    }
  }
}

TEST(Plan, NamesItsStreetsInThreeLanguages) {
  std::set<std::string> kazakh;
  for (const json::value& feature : plan().at("features").as_array()) {
    const json::object& properties = feature.at("properties").as_object();
    if (!properties.contains("name")) continue;
    for (const char* language : {"kk", "ru", "en"})
      EXPECT_FALSE(properties.at("name").at(language).as_string().empty());
    kazakh.insert(std::string(properties.at("name").at("kk").as_string()));
  }
  for (const char* name :
       {"Абай даңғылы", "Бейбітшілік көшесі", "Мектеп көшесі", "Жағалау көшесі", "Теміржолшылар көшесі",
        "Достық көшесі", "Айнакөл", "Бозөзек өзені", "Үшөзек стансасы", "Орталық", "Жаңа қоныс", "Өндіріс аймағы"}) {
    EXPECT_TRUE(kazakh.contains(name)) << name;
  }
}

TEST(Things, AreThreeThousandAndTwelveOfAllKinds) {
  const json::value file = json::parse(things_geojson(build_town(20'260'117)));
  std::map<std::string, int> kinds;
  std::set<std::string> keys;
  for (const json::value& feature : file.at("features").as_array()) {
    const json::object& p = feature.at("properties").as_object();
    EXPECT_EQ(feature.at("geometry").at("type").as_string(), "Point");
    EXPECT_NEAR(feature.at("geometry").at("coordinates").at(0).to_number<double>(), 70.95, 0.06) << p.at("key");
    EXPECT_NEAR(feature.at("geometry").at("coordinates").at(1).to_number<double>(), 51.99, 0.03) << p.at("key");
    EXPECT_TRUE(keys.insert(std::string(p.at("key").as_string())).second) << p.at("key");
    EXPECT_FALSE(p.at("datastreams").as_array().empty());
    kinds[std::string(p.at("kind").as_string())]++;
  }
  EXPECT_EQ(keys.size(), 3012U);
  EXPECT_EQ(kinds["meter"], 1306);
  EXPECT_EQ(kinds["lamp"], 1126);
  EXPECT_EQ(kinds["bin"], 214);
  EXPECT_EQ(kinds["camera"], 150);
  EXPECT_EQ(kinds["air_station"], 5);
  EXPECT_EQ(kinds["heat_substation"], 6);
  EXPECT_EQ(kinds.size(), 15U);  // every kind of the registry
  for (const json::value& feature : file.at("features").as_array()) {
    for (const char* link : {"parent", "gateway"}) {
      const json::value* other = feature.at("properties").as_object().if_contains(link);
      if (other != nullptr) EXPECT_TRUE(keys.contains(std::string(other->as_string()))) << *other;
    }
  }
}

TEST(Things, GrowAndShrinkWithTheNumberAskedFor) {
  EXPECT_NEAR(static_cast<double>(build_town(1, 500).devices.size()), 500, 160);
  EXPECT_NEAR(static_cast<double>(build_town(1, 6000).devices.size()), 6000, 300);
  EXPECT_GE(build_town(1, 50).devices.size(), 50U);
}

}  // namespace
}  // namespace qala::sim
