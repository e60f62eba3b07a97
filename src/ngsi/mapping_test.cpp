// Which thing is which entity, and what of it is told.
#include "ngsi/test_town.h"

#include <rapidcheck/gtest.h>

#include <algorithm>

namespace qala::ngsi {

namespace {

using registry::Kind;
using test::Json;
using test::TestTown;
namespace flag = readings::flag;

TEST(AirQuality, IsTheNewestOfEachPollutantWithUnitAndTime) {
  TestTown town;
  const auto station = town.add("AB-1", Kind::air_station, R"({"typeofLocation":"outdoor"})");
  town.read(town.measure(station, "pm2_5"), 31.5, 3);
  town.read(town.measure(station, "co"), 0.4, 2);
  town.read(town.measure(station, "humidity"), 45);
  town.read(town.measure(station, "temperature"), -18.2);
  const Json one = town.get("/entities/urn:ngsi-ld:AirQualityObserved:AB-1");
  EXPECT_EQ(TestTown::at(one, "pm25"),
            R"({"type":"Property","value":31.5,"unitCode":"GQ","observedAt":"2026-01-17T14:37:00Z"})");
  EXPECT_EQ(TestTown::at(one, "co.unitCode"), R"("GP")") << "carbon monoxide comes in milligrams";
  EXPECT_EQ(TestTown::at(one, "relativeHumidity"),
            R"({"type":"Property","value":0.450,"unitCode":"C62","observedAt":"2026-01-17T14:40:00Z"})");
  EXPECT_EQ(TestTown::at(one, "temperature.unitCode"), R"("CEL")");
  EXPECT_EQ(TestTown::at(one, "dateObserved.value"), R"({"@type":"DateTime","@value":"2026-01-17T14:38:00Z"})")
      << "of the newest pollutant, not of the weather beside it";
  EXPECT_EQ(TestTown::at(one, "typeofLocation.value"), R"("outdoor")");
  EXPECT_EQ(TestTown::at(one, "location"),
            R"({"type":"GeoProperty","value":{"type":"Point","coordinates":[70.95,51.99]}})");
  EXPECT_EQ(TestTown::at(one, "address.value.addressLocality"), R"("Үшөзек")");
  EXPECT_EQ(TestTown::at(one, "name.value"), R"("AB-1")");
  EXPECT_EQ(TestTown::at(one, "@context"), "");
}

TEST(AirQuality, IsAnythingThatMeasuresAPollutantWhateverItsKind) {
  TestTown town;
  town.read(town.measure(town.add("lamp", Kind::lamp), "no2"), 12);
  town.read(town.measure(town.add("stop", Kind::bus_stop), "pm10"), 12);
  town.read(town.measure(town.add("weather", Kind::weather_station), "temperature"), -12);
  town.read(town.measure(town.add("bus", Kind::vehicle), "pm10"), 12);
  EXPECT_EQ(town.found("type=AirQualityObserved"), "lamp stop")
      << "weather alone is no air quality, and a bus is not where the registry says";
  EXPECT_EQ(town.found("type=Streetlight,AirQualityObserved"), "lamp stop lamp") << "a lamp with a sensor is both";
}

TEST(AirQuality, LeavesOutWhatIsOldOrSuspect) {
  TestTown town;
  const auto station = town.add("AB-1", Kind::air_station);
  town.read(town.measure(station, "pm2_5"), 31.5);
  town.read(town.measure(station, "pm10"), 9000, 0, flag::out_of_range);
  town.read(town.measure(station, "so2"), 12, 0, flag::doubtful);
  town.read(town.measure(station, "no2"), 12, 0, flag::clock_doubt);
  town.read(town.measure(station, "o3"), 12, 121);
  town.read(town.measure(station, "nox", "", "", 3'600'000), 12, 179);
  const Json one = town.get("/entities/urn:ngsi-ld:AirQualityObserved:AB-1?options=keyValues");
  for (const char* name : {"pm10", "so2", "no2", "o3"}) EXPECT_EQ(TestTown::at(one, name), "") << name;
  EXPECT_EQ(TestTown::at(one, "nox"), "12.0") << "an hourly one may be three hours old";
  town.wait(7300);
  const Answer gone = town.ask("/entities/urn:ngsi-ld:AirQualityObserved:AB-1");
  EXPECT_EQ(gone.status, 404u);
  EXPECT_NE(gone.body.find("its newest reading is of 2026-01-17T14:40:00Z"), std::string::npos) << gone.body;
  EXPECT_EQ(town.found("type=AirQualityObserved"), "");
}

TEST(Streetlight, HasFractionsOfItsLightAndWordsForItsState) {
  TestTown town;
  registry::Thing feeder{.key = "F-1", .kind = Kind::feeder};
  const auto parent = town.put(feeder);
  registry::Thing lamp{
      .key = "L-1",
      .kind = Kind::lamp,
      .street = "Абай",
      .parent = parent,
      .location = registry::Point{70.9, 51.9},
      .installed = "2024-10-03",
      .properties = R"({"powerRating":60,"lanternHeight":8.5,"locationCategory":"road","controllingMethod":"by hand",
                                        "refStreetlightGroup":"urn:ngsi-ld:StreetlightGroup:1","note":"x"})"};
  const auto thing = town.put(lamp);
  town.read(town.measure(thing, "lamp_state"), 1);
  town.read(town.measure(thing, "dimming"), 70);
  town.read(town.measure(thing, "power", "kW"), 0.1);
  town.read(town.measure(thing, "voltage"), 231.5);
  const Json one = town.get("/entities/urn:ngsi-ld:Streetlight:L-1?options=keyValues");
  EXPECT_EQ(TestTown::at(one, "powerState"), R"("on")") << "a word, where YAML would read true";
  EXPECT_EQ(TestTown::at(one, "illuminanceLevel"), "0.700");
  EXPECT_EQ(TestTown::at(one, "powerConsumption"), "100") << "watts";
  EXPECT_EQ(TestTown::at(one, "status"), R"("ok")");
  EXPECT_EQ(TestTown::at(one, "circuit"), R"("F-1")");
  EXPECT_EQ(TestTown::at(one, "dateServiceStarted"), R"("2024-10-03T00:00:00Z")");
  EXPECT_EQ(TestTown::at(one, "powerRating"), "60");
  EXPECT_EQ(TestTown::at(one, "locationCategory"), R"("road")");
  EXPECT_EQ(TestTown::at(one, "controllingMethod"), "") << "not a word of the model";
  EXPECT_EQ(TestTown::at(one, "note"), "") << "nor an attribute";
  EXPECT_EQ(TestTown::at(one, "address"), R"({"streetAddress":"Абай","addressLocality":"Үшөзек"})");
  const Json whole = town.get("/entities/urn:ngsi-ld:Streetlight:L-1");
  EXPECT_EQ(TestTown::at(whole, "refStreetlightGroup"),
            R"({"type":"Relationship","object":"urn:ngsi-ld:StreetlightGroup:1"})");
  EXPECT_EQ(TestTown::at(whole, "powerRating.unitCode"), R"("WTT")");
}

TEST(Streetlight, HasTheStatusThatItsAlarmsSay) {
  TestTown town;
  const auto status = [&](const char* key) {
    return TestTown::at(town.get(std::string("/entities/urn:ngsi-ld:Streetlight:") + key + "?options=keyValues"),
                        "status");
  };
  town.take({town.rule("dark", Kind::lamp, "lamp_power", alarms::Comparison::below, 5, 10),
             town.rule("leaning", Kind::lamp, "tilt", alarms::Comparison::above, 20, 10),
             town.rule("hungry", Kind::lamp, "lamp_power", alarms::Comparison::above, 200, 150)});
  for (const char* key : {"good", "dark", "leaning", "hungry", "never"}) {
    const auto thing = town.add(key, Kind::lamp);
    const auto power = town.measure(thing, "lamp_power"), tilt = town.measure(thing, "tilt");
    if (key == std::string("never")) continue;
    town.read(power, key == std::string("dark") ? 0 : key == std::string("hungry") ? 300 : 60);
    town.read(tilt, key == std::string("leaning") ? 30 : 1);
  }
  EXPECT_EQ(status("good"), R"("ok")");
  EXPECT_EQ(status("dark"), R"("defectiveLamp")");
  EXPECT_EQ(status("leaning"), R"("columnIssue")");
  EXPECT_EQ(status("hungry"), R"("ok")") << "too much power is no dark lamp";
  EXPECT_EQ(town.ask("/entities/urn:ngsi-ld:Streetlight:never").status, 404u) << "of one never heard nobody knows";
  town.wait(7300);
  const Json old = town.get("/entities/urn:ngsi-ld:Streetlight:dark");
  EXPECT_EQ(TestTown::at(old, "status.value"), R"("defectiveLamp")") << "the alarm stands, however old the reading";
  EXPECT_EQ(TestTown::at(old, "status.observedAt"), R"("2026-01-17T14:40:00Z")");
  EXPECT_EQ(TestTown::at(old, "powerConsumption"), "") << "its power of two hours ago is not told";
}

TEST(Streetlight, IsNotDefectiveWhenItsFeederIsDead) {
  TestTown town;
  const auto feeder = town.add("F-1", Kind::feeder);
  registry::Thing lamp{.key = "L-1", .kind = Kind::lamp, .parent = feeder, .location = registry::Point{70.9, 51.9}};
  const auto thing = town.put(lamp);
  auto dark = town.rule("dark", Kind::lamp, "lamp_power", alarms::Comparison::below, 5, 10);
  dark.explained_by = {"dead"};
  town.take({town.rule("dead", Kind::feeder, "current", alarms::Comparison::below, 1, 2), dark});
  town.read(town.measure(feeder, "current"), 0);
  town.read(town.measure(thing, "lamp_power"), 0);
  const auto all = town.engine->board().snapshot();
  const auto of_the_lamp = std::ranges::find(all->open, "dark", [](const auto& alarm) { return alarm->rule; });
  ASSERT_NE(of_the_lamp, all->open.end());
  ASSERT_TRUE((*of_the_lamp)->cause) << "the feeder explains it";
  EXPECT_EQ(TestTown::at(town.get("/entities/urn:ngsi-ld:Streetlight:L-1"), "status.value"), R"("ok")");
}

TEST(TrafficFlow, CountsTheVehiclesOfTheInterval) {
  TestTown town;
  const auto counter =
      town.add("KS-1", Kind::traffic_counter, R"({"laneId":1,"laneDirection":"forward","reversedLane":false})");
  town.read(town.measure(counter, "vehicle_count", "veh/h", "", 60'000), 420);
  town.read(town.measure(counter, "vehicle_speed", "m/s"), 10);
  town.read(town.measure(counter, "occupancy"), 12.5);
  const Json one = town.get("/entities/urn:ngsi-ld:TrafficFlowObserved:KS-1?options=keyValues");
  EXPECT_EQ(TestTown::at(one, "intensity"), "7") << "420 an hour are 7 in the minute that was counted";
  EXPECT_EQ(TestTown::at(one, "dateObserved"), R"("2026-01-17T14:40:00Z")");
  EXPECT_EQ(TestTown::at(one, "dateObservedFrom"), R"("2026-01-17T14:39:00Z")");
  EXPECT_EQ(TestTown::at(one, "dateObservedTo"), R"("2026-01-17T14:40:00Z")");
  EXPECT_EQ(TestTown::at(one, "averageVehicleSpeed"), "36");
  EXPECT_EQ(TestTown::at(one, "occupancy"), "0.125");
  EXPECT_EQ(TestTown::at(one, "laneId"), "1");
  EXPECT_EQ(TestTown::at(one, "reversedLane"), "false");
}

TEST(TrafficFlow, TakesTheIntervalThatCameWithTheReading) {
  TestTown town;
  const auto counter = town.add("KS-1", Kind::traffic_counter);
  town.read(town.measure(counter, "vehicle_count"), 33, 5, 0, 5 * Instant::kMinute);
  const Json one = town.get("/entities/urn:ngsi-ld:TrafficFlowObserved:KS-1?options=keyValues");
  EXPECT_EQ(TestTown::at(one, "intensity"), "33.0");
  EXPECT_EQ(TestTown::at(one, "dateObservedFrom"), R"("2026-01-17T14:35:00Z")");
  EXPECT_EQ(TestTown::at(one, "dateObservedTo"), R"("2026-01-17T14:40:00Z")");
}

TEST(TrafficFlow, OfARateWithoutAnIntervalSaysNoNumber) {
  TestTown town;
  const auto counter = town.add("KS-1", Kind::traffic_counter);
  town.read(town.measure(counter, "vehicle_count", "veh/h", "", 0), 420);
  town.read(town.measure(counter, "vehicle_speed"), 50);
  const Json one = town.get("/entities/urn:ngsi-ld:TrafficFlowObserved:KS-1?options=keyValues");
  EXPECT_EQ(TestTown::at(one, "intensity"), "");
  EXPECT_EQ(TestTown::at(one, "dateObservedFrom"), "");
  EXPECT_EQ(TestTown::at(one, "averageVehicleSpeed"), "50.0");
}

TEST(WasteContainer, HasALevelBetweenZeroAndOneAndAStatus) {
  TestTown town;
  const auto tell = [&](const std::string& key) {
    return town.get("/entities/urn:ngsi-ld:WasteContainer:" + key + "?options=keyValues");
  };
  const auto bin =
      town.add("K-1", Kind::bin, R"({"storedWasteKind":"paper","category":"underground","serialNumber":"77"})");
  EXPECT_EQ(TestTown::at(tell("K-1"), "status"), R"("unknown")") << "nothing was heard of it";
  town.read(town.measure(bin, "fill_level"), 45);
  Json one = tell("K-1");
  EXPECT_EQ(TestTown::at(one, "fillingLevel"), "0.450");
  EXPECT_EQ(TestTown::at(one, "status"), R"("ok")");
  EXPECT_EQ(TestTown::at(one, "category"), R"(["underground"])") << "the model has a list";
  EXPECT_EQ(TestTown::at(one, "storedWasteKind"), R"("paper")");
  const auto lid = town.measure(bin, "door_open"), tilt = town.measure(bin, "tilt");
  town.read(lid, 1);
  EXPECT_EQ(TestTown::at(tell("K-1"), "status"), R"("lidOpen")");
  town.read(tilt, -80);
  EXPECT_EQ(TestTown::at(tell("K-1"), "status"), R"("dropped")");
  town.wait(7300);
  one = tell("K-1");
  EXPECT_EQ(TestTown::at(one, "status"), R"("unknown")");
  EXPECT_EQ(TestTown::at(one, "fillingLevel"), "");
}

TEST(WasteContainer, InAnotherUnitSaysNoLevel) {
  TestTown town;
  const auto bin = town.add("K-1", Kind::bin);
  town.read(town.measure(bin, "fill_level", "cm"), 45);
  EXPECT_EQ(TestTown::at(town.get("/entities/urn:ngsi-ld:WasteContainer:K-1"), "fillingLevel"), "");
}

TEST(Mapping, LeavesOutWhatHasNoPlace) {
  TestTown town;
  town.read(town.measure(town.put({.key = "K-1", .kind = Kind::bin}), "fill_level"), 45);
  EXPECT_EQ(town.found("type=WasteContainer"), "");
}

TEST(Mapping, TakesTheDatastreamOfThePropertysOwnName) {
  TestTown town;
  const auto bin = town.add("K-1", Kind::bin);
  town.read(town.measure(bin, "fill_level", "", "left"), 10);
  EXPECT_EQ(TestTown::at(town.get("/entities/urn:ngsi-ld:WasteContainer:K-1"), "fillingLevel.value"), "0.100");
  town.read(town.measure(bin, "fill_level"), 90);
  EXPECT_EQ(TestTown::at(town.get("/entities/urn:ngsi-ld:WasteContainer:K-1"), "fillingLevel.value"), "0.900");
}

TEST(Mapping, ReadsUnknownKindsByWhatTheyMeasure) {
  TestTown town;
  town.read(town.measure(town.add("a", Kind::other), "fill_level"), 10);
  town.read(town.measure(town.add("b", Kind::other), "lamp_state"), 1);
  town.read(town.measure(town.add("c", Kind::pump), "fill_level"), 10);
  EXPECT_EQ(town.found("type=WasteContainer"), "a") << "the tank of a pump is no container";
  EXPECT_EQ(town.found("type=Streetlight"), "b");
}

TEST(Mapping, AsksTheStoreOnceForAllAndReadsNoRange) {
  TestTown town;
  for (int i = 0; i < 50; i++) {
    const auto bin = town.add("K-" + std::to_string(i), Kind::bin);
    const auto level = town.measure(bin, "fill_level");
    for (int k = 2; k > 0; k--) town.read(level, 45 + i, k);
  }
  town.store->rows_read = 0;
  EXPECT_EQ(town.get("/entities?type=WasteContainer&q=fillingLevel>0.5&limit=1000").items.size(), 44u);
  EXPECT_EQ(town.store->rows_read, 0u);
}

TEST(Units, BecomeWhatTheModelWants) {
  struct Case {
    Quantity quantity;
    const char* unit;
    double value;
    const char* expected;
    const char* code;
  };
  const Case table[] = {
      {Quantity::concentration, "mg/m³", 0.4, "0.4", "GP"},
      {Quantity::concentration, "ppb", 3, "3.0", "61"},
      {Quantity::concentration, "µg/m³", -1, "", ""},
      {Quantity::ratio, "%", 100, "1.000", "C62"},
      {Quantity::ratio, "%", 100.1, "", ""},
      {Quantity::ratio, "", 0.5, "", ""},
      {Quantity::pressure, "kPa", 98.5, "985", "A97"},
      {Quantity::pressure, "mmHg", 750, "999.918", "A97"},
      {Quantity::pressure, "Pa", 98500, "985.000", "A97"},
      {Quantity::wind_speed, "km/h", 36, "10", "MTS"},
      {Quantity::direction, "°", 186, "-174", "DD"},
      {Quantity::direction, "°", 180, "180.0", "DD"},
      {Quantity::direction, "°", 360, "0", "DD"},
      {Quantity::current, "mA", 250, "0.2500", "AMP"},
      {Quantity::temperature, "K", 273, "", ""},
      {Quantity::on_off, "", 0, "off", ""},
      {Quantity::on_off, "%", 30, "on", ""},
      {Quantity::factor, "", 0.9, "0.9", "C62"},
      {Quantity::factor, "", 1.1, "", ""},
      {Quantity::count, "veh/h", -5, "", ""},
  };
  for (const auto& [quantity, unit, value, expected, code] : table) {
    const auto bits = static_cast<std::int64_t>(std::llround(value * 10));
    const auto out = measured(quantity, unit, 60'000, readings::ValueType::decimal, 1, bits);
    ASSERT_EQ(out.has_value(), *expected != 0) << unit << " " << value;
    if (!out) continue;
    EXPECT_EQ(out->value.text, expected) << unit << " " << value;
    EXPECT_EQ(out->unit, code) << unit;
  }
  EXPECT_FALSE(measured(Quantity::ratio, "%", 0, readings::ValueType::text, 0, 0)) << "a text is no level";
}

RC_GTEST_PROP(Units, KeepEveryDigitOfAPercentage, (std::uint16_t tenths)) {
  const std::int64_t mantissa = tenths % 1001;
  const auto out = measured(Quantity::ratio, "%", 0, readings::ValueType::decimal, 1, mantissa);
  RC_ASSERT(out.has_value());
  std::string expected;
  append_decimal(expected, mantissa, 3);
  RC_ASSERT(out->value.text == expected);
  RC_ASSERT(out->value.number == static_cast<double>(mantissa) / 1000);
}

RC_GTEST_PROP(Ids, GiveBackAnyKey, (const std::string& key)) {
  RC_PRE(!key.empty());
  const Model& model = models()[1];
  const auto id = urn_of(model, key);
  RC_ASSERT(std::ranges::all_of(id, [](char c) { return c > ' ' && c < 127; }));
  RC_ASSERT(key_in(model, id) == key);
  RC_ASSERT(!key_in(models()[0], id).has_value());
}

TEST(Ids, AreFoundAsTheyAreWrittenAndAsATransportDecodesThem) {
  TestTown town;
  town.read(town.measure(town.add("Ш-12 а", Kind::bin), "fill_level"), 45);
  town.read(town.measure(town.add("100%25", Kind::bin), "fill_level"), 45);
  for (const char* id : {"Ш-12 а", "%D0%A8-12%20%D0%B0", "100%25", "100%2525"})
    EXPECT_EQ(town.ask(std::string("/entities/urn:ngsi-ld:WasteContainer:") + id).status, 200u) << id;
}

}  // namespace

}  // namespace qala::ngsi
