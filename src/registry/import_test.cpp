#include <gtest/gtest.h>

#include "registry/csv.h"
#include "registry/editing.h"
#include "registry/json_tree.h"
#include "registry/test_town.h"

namespace qala::registry {
namespace {

using test::Town;

std::size_t count(const Town& town) {
  std::size_t things = 0;
  town.registry->read([&](const Registry::View& view) { things = view.thing_count(); });
  return things;
}

Thing by_key(const Town& town, std::string_view key) {
  Thing copy;
  town.registry->read([&](const Registry::View& view) {
    if (const Thing* thing = view.thing(key)) copy = *thing;
  });
  return copy;
}

TEST(Import, ADryRunSaysWhatWouldBecomeOfItAndChangesNothing) {
  Town town;
  const ThingId lamp = town.add("L-1");
  const auto recorded = town.audit.lines.size();
  const auto dry = [&](std::string_view text) { return *try_out(*town.registry, *plan_csv(*town.registry, text)); };
  const auto report = dry("key,street\nL-1,Abai\nL-2,Abai\n");
  EXPECT_EQ(report.created, 1U);
  EXPECT_EQ(report.changed, 1U);
  EXPECT_EQ(dry("key,lat,lon\nL-1,north,70\n").problems,
            std::vector<std::string>{"line 2, column lat: is not a number"});
  EXPECT_EQ(dry("key,parent\nL-1,L-2\nL-2,L-1\n").problems.size(), 1U);  // a circle shows only when all is put together
  EXPECT_EQ(town.thing(lamp).street, "");
  EXPECT_EQ(town.audit.lines.size(), recorded);
  town.registry->read([&](const Registry::View& view) { EXPECT_FALSE(view.thing("L-2")); });
}

TEST(CsvImport, MakesThingsZonesAndDatastreamsInAnyOrder) {
  Town town;
  const auto report = import_csv(*town.registry,
                                 "key,kind,zone,zone_name_kk,zone_name_ru,zone_name_en,parent,lon,lat,datastream\n"
                                 "L-1,lamp,orta,Орталық,Центр,Centre,F-1,70.5,52.25,power\n"
                                 "L-1,,,,,,,,,dim\n"
                                 "F-1,feeder,orta,,,,,,,\n",
                                 town.actor);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->problems, std::vector<std::string>{});
  EXPECT_EQ(report->created, 2U);
  const Thing lamp = by_key(town, "L-1"), feeder = by_key(town, "F-1");
  EXPECT_EQ(lamp.parent, feeder.id);
  EXPECT_EQ(lamp.zone, feeder.zone);
  EXPECT_EQ(lamp.location, (Point{.lon = 70.5, .lat = 52.25}));
  town.registry->read([&](const Registry::View& view) {
    EXPECT_EQ(view.zone("orta")->name.kk, "Орталық");
    ASSERT_TRUE(view.datastream(lamp.id, "dim"));
    EXPECT_EQ(view.property(view.datastream(lamp.id, "dim")->property)->key, "dimming");
  });
}

TEST(CsvImport, LeavesAloneWhatTheFileDoesNotSpeakOf) {
  Town town;
  Thing thing{.key = "A", .name = "Old", .street = "Abai"};
  ASSERT_TRUE(town.registry->put_thing(thing, town.actor));
  const auto report = import_csv(*town.registry, "key,name\nA,New\n", town.actor);
  EXPECT_EQ(report->changed, 1U);
  EXPECT_EQ(by_key(town, "A").street, "Abai");
  EXPECT_EQ(by_key(town, "A").name, "New");
  EXPECT_EQ(import_csv(*town.registry, "key,name\nA,New\n", town.actor)->unchanged, 1U);
}

TEST(CsvImport, NamesLineAndColumnAndChangesNothing) {
  Town town;
  const auto report = import_csv(*town.registry,
                                 "key,kind,lon,lat,parent,zone\n"
                                 "A,lamp,70,52,,\n"
                                 "B,lmap,x,95,Z,nowhere\n"
                                 "C,lamp\n",
                                 town.actor);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->problems, (std::vector<std::string>{"line 3, column lon: is not a number",
                                                        "line 4: has 2 cells, the first line has 6"}));
  const auto second =
      import_csv(*town.registry, "key,kind,lon,lat,parent,zone\nA,lamp,70,52,,\nB,lmap,70,95,Z,nowhere\n", town.actor);
  EXPECT_EQ(second->problems,
            (std::vector<std::string>{
                "line 3, column kind: \"lmap\" is not a kind of thing",
                "line 3, column zone: \"nowhere\" is unknown: give its names in Kazakh, Russian and English",
                "line 3, column lat: is not between -90 and 90", "line 3, column parent: there is no thing \"Z\""}));
  EXPECT_EQ(count(town), 0U);
}

TEST(CsvImport, ReadsWhatARussianSpreadsheetWrites) {
  Town town;
  const auto report = import_csv(
      *town.registry, "\xef\xbb\xbfkey;name;lon;lat\r\nA;\"Лампа; \"\"новая\"\"\";70,5;52,25\r\n", town.actor);
  ASSERT_EQ(report->problems, std::vector<std::string>{});
  EXPECT_EQ(by_key(town, "A").name, "Лампа; \"новая\"");
  EXPECT_EQ(by_key(town, "A").location->lat, 52.25);
}

TEST(CsvImport, RefusesParentsInACircle) {
  Town town;
  const auto report = import_csv(*town.registry, "key,parent\nA,B\nB,A\n", town.actor);
  EXPECT_EQ(report->problems.size(), 1U);
  EXPECT_EQ(count(town), 0U);
}

TEST(CsvImport, RefusesUnknownColumnsAndOpenQuotes) {
  Town town;
  EXPECT_EQ(import_csv(*town.registry, "key,colour\nA,red\n", town.actor)->problems[0],
            "line 1, column colour: is not a known column");
  EXPECT_EQ(import_csv(*town.registry, "key,name\nA,\"red\n", town.actor)->problems[0],
            "line 2: a quote is not closed");
  EXPECT_FALSE(import_csv(*town.registry, "", town.actor)->problems.empty());
}

TEST(CsvExport, DisarmsFormulas) {
  std::string out;
  append_cell(out, "=HYPERLINK(1)");
  EXPECT_EQ(out, "\"'=HYPERLINK(1)\"");
  EXPECT_EQ(plain_cell("'=HYPERLINK(1)"), "=HYPERLINK(1)");
  EXPECT_EQ(plain_cell("'tis"), "'tis");
}

TEST(GeojsonImport, MakesThingsFromFeatures) {
  Town town;
  const auto report = import_geojson(*town.registry, R"({"type":"FeatureCollection",
    "zones":[{"key":"orta","name":{"kk":"Орталық","ru":"Центр","en":"Centre"}}],
    "features":[
    {"type":"Feature","geometry":{"type":"Point","coordinates":[70.5,52.25]},
     "properties":{"key":"L-1","kind":"lamp","parent":"F-1","zone":"orta","properties":{"w":21.5},
       "datastreams":[{"key":"power","interval_ms":600000}]}},
    {"type":"Feature","geometry":null,"properties":{"key":"F-1"}}]})",
                                     town.actor);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->problems, std::vector<std::string>{});
  EXPECT_EQ(by_key(town, "L-1").parent, by_key(town, "F-1").id);
  EXPECT_EQ(by_key(town, "L-1").properties, R"({"w":21.5})");
}

TEST(GeojsonImport, NamesTheLineOfTheFeatureAndTheMember) {
  Town town;
  const auto report = import_geojson(*town.registry, R"({"type":"FeatureCollection","features":[
{"type":"Feature","geometry":null,"properties":{"key":"A"}},
{"type":"Feature","geometry":null,"properties":{"key":"B","kind":"lmap","colour":1}}]})",
                                     town.actor);
  EXPECT_EQ(report->problems, (std::vector<std::string>{"line 3, column colour: is not known"}));
  EXPECT_EQ(import_geojson(*town.registry, "{\"type\":\n \"x\" oops}", town.actor)->problems[0].substr(0, 16),
            "line 2, column 6");
  EXPECT_EQ(count(town), 0U);
}

TEST(JsonTree, KeepsNumbersAsWrittenAndLines) {
  JsonProblem problem;
  const JsonValue value = parse_json("{\"a\":\n [1.50, -0.1e5],\"b\":\"\\ud83d\\ude00\"}", problem);
  ASSERT_EQ(problem.what, "");
  EXPECT_EQ(value.find("a")->items[0].text, "1.50");
  EXPECT_EQ(value.find("a")->line, 2U);
  EXPECT_EQ(value.find("b")->text, "😀");
}

TEST(JsonTree, RefusesWhatIsNotJson) {
  for (const char* text :
       {"", "{", "[1,]", "{\"a\" 1}", "01", "1.", "tru", "\"\\x\"", "\"\\ud800\"", "\"\xff\"", "1 2", "\"\n\""}) {
    JsonProblem problem;
    parse_json(text, problem);
    EXPECT_NE(problem.what, "") << text;
  }
  JsonProblem problem;
  parse_json(std::string(10'000, '['), problem);
  EXPECT_EQ(problem.what, "is nested too deeply");
}

}  // namespace
}  // namespace qala::registry
