#include <gtest/gtest.h>

#include <rapidcheck.h>

#include "registry/test_town.h"

namespace qala::registry {
namespace {

using test::Town;

/// Text with everything that trips formats up: quotes, separators, line ends, formulas, three alphabets.
std::string nasty_text(bool lines) {
  static const std::vector<std::string> kPieces = {"a",  "Z", "0", "\"", ",", ";", "'",  "=", "+", "-",   "@",
                                                   "\\", "{", "/", "қ",  "Ж", "µ", "😀", " ", "1", "none"};
  std::string text;
  for (const int n : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 23)))
    text += n < 21  ? kPieces[static_cast<std::size_t>(n)]
            : lines ? std::string(n == 21 ? "\r\n" : "\t")
                    : std::string("x");
  return text.substr(0, 0) + (text.size() > 60 ? std::string("long") : text);
}

Thing any_thing(std::size_t at) {
  Thing thing{.key = "T" + std::to_string(at) + "\"," + std::to_string(at)};
  thing.name = nasty_text(false);
  thing.description = nasty_text(true);
  thing.kind = static_cast<Kind>(*rc::gen::inRange(0, static_cast<int>(kKinds)));
  thing.street = nasty_text(false);
  thing.owner = nasty_text(false);
  if (*rc::gen::arbitrary<bool>())
    thing.location = Point{.lon = *rc::gen::inRange(-180'000'000, 180'000'000) / 1e6,
                           .lat = *rc::gen::inRange(-90'000'000, 90'000'000) / 1e6 / 3};
  thing.installed = *rc::gen::element<std::string>("", "2024-02-29");
  thing.properties = *rc::gen::element<std::string>("{}", R"({"a":[1,-0.5,null,"қ\"\n"],"b":{"c":1e300}})");
  return thing;
}

Datastream any_datastream(std::size_t thing, std::size_t at) {
  Datastream stream{.thing = nth_new<ThingId>(thing),
                    .key = *rc::gen::element<std::string>("temp", "=x", "a;b") + std::to_string(at)};
  stream.name = nasty_text(false);
  stream.unit = *rc::gen::element<std::string>("", "kW", "µg/m³");
  stream.interval_ms = *rc::gen::element(0, 600'000, 1, 1'500);
  stream.retention = *rc::gen::element<std::string>("standard", "short");
  return stream;
}

Changes any_town() {
  Changes town;
  town.zones = {{.key = "orta", .name = {.kk = "Орталық", .ru = "Центр", .en = "Centre"}},
                {.key = "=zhana", .name = {.kk = "Жаңа", .ru = "Новый", .en = "New"}}};
  town.properties = {{.key = "smoke", .name = {.kk = "Түтін", .ru = "Дым", .en = "Smoke"}, .plausible_max = 0.1}};
  town.sensors = {{.name = "Meter, \"3\"", .description = "two\nlines", .metadata = "-x"}};
  const int things = *rc::gen::inRange(0, 6);
  for (std::size_t at = 0; at < static_cast<std::size_t>(things); at++) {
    Thing thing = any_thing(at);
    // parents and gateways may come later in the file: they point forward
    if (at + 1 < static_cast<std::size_t>(things) && *rc::gen::arbitrary<bool>())
      thing.parent = nth_new<ThingId>(at + 1);
    if (at > 0 && *rc::gen::arbitrary<bool>()) thing.gateway = nth_new<ThingId>(at - 1);
    thing.zone = *rc::gen::element<std::uint32_t>(0, kNewHere, kNewHere | 1);
    town.things.push_back(thing);
    for (std::size_t n = 0; n < static_cast<std::size_t>(*rc::gen::inRange(0, 4)); n++) {
      Datastream stream = any_datastream(at, n);
      if (*rc::gen::arbitrary<bool>()) stream.property = nth_new<ObservedPropertyId>(0);
      if (*rc::gen::arbitrary<bool>()) stream.sensor = nth_new<SensorId>(0);
      town.datastreams.push_back(stream);
    }
  }
  return town;
}

std::string first_problem(const Result<ImportReport>& report) {
  if (!report) return report.error().message;
  return report->problems.empty() ? "" : report->problems[0];
}

TEST(RoundTrip, CsvIntoAnEmptyTownGivesTheSameTown) {
  EXPECT_TRUE(rc::check([] {
    Town from, to;
    Changes changes = any_town();
    const auto put = from.registry->put_all(changes, from.actor);
    RC_ASSERT(put.has_value());
    const std::string text = export_csv(*from.registry);
    RC_ASSERT(first_problem(import_csv(*to.registry, text, to.actor)) == "");
    RC_ASSERT(export_csv(*to.registry) == text);
    const auto again = import_csv(*from.registry, text, from.actor);
    RC_ASSERT(again->changed + again->created == 0U);
  }));
}

TEST(RoundTrip, GeojsonIntoAnEmptyTownGivesTheSameTown) {
  EXPECT_TRUE(rc::check([] {
    Town from, to;
    Changes changes = any_town();
    RC_ASSERT(from.registry->put_all(changes, from.actor).has_value());
    const std::string text = export_geojson(*from.registry);
    RC_ASSERT(first_problem(import_geojson(*to.registry, text, to.actor)) == "");
    RC_ASSERT(export_geojson(*to.registry) == text);
    RC_ASSERT(import_geojson(*from.registry, text, from.actor)->changed == 0U);
  }));
}

TEST(RoundTrip, CsvAndGeojsonTellTheSame) {
  EXPECT_TRUE(rc::check([] {
    Town from, by_csv;
    Changes changes = any_town();
    RC_ASSERT(from.registry->put_all(changes, from.actor).has_value());
    RC_ASSERT(first_problem(import_geojson(*by_csv.registry, export_geojson(*from.registry), by_csv.actor)) == "");
    RC_ASSERT(export_csv(*by_csv.registry) == export_csv(*from.registry));
  }));
}

}  // namespace
}  // namespace qala::registry
