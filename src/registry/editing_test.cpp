#include "registry/editing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "registry/test_town.h"

namespace qala::registry {
namespace {

using test::Town;

std::string version(const Town& town, ThingId id) {
  std::string out;
  town.registry->read([&](const Registry::View& view) { out = version_of(view, *view.thing(id)); });
  return out;
}

TEST(Version, ChangesWithEveryFieldOfTheThingAndItsDatastreams) {
  Town town;
  const ThingId feeder = town.add("F-1", Kind::feeder), lamp = town.add("L-1", Kind::lamp);
  const auto zone = *town.registry->put_zone({.key = "z", .name = {"з", "з", "z"}}, town.actor);
  const auto stream = *town.registry->put_datastream({.thing = lamp, .key = "power"}, town.actor);
  std::vector<std::string> seen{version(town, lamp)};
  const auto differs = [&](const char* what) {
    const auto now = version(town, lamp);
    EXPECT_EQ(std::ranges::count(seen, now), 0) << what;
    seen.push_back(now);
  };
  const std::pair<const char*, std::function<void(Thing&)>> edits[] = {
      {"key", [](Thing& t) { t.key = "L-2"; }},
      {"name", [](Thing& t) { t.name = "Lamp"; }},
      {"description", [](Thing& t) { t.description = "high"; }},
      {"kind", [](Thing& t) { t.kind = Kind::bin; }},
      {"zone", [&](Thing& t) { t.zone = zone; }},
      {"street", [](Thing& t) { t.street = "Abai"; }},
      {"owner", [](Thing& t) { t.owner = "akimat"; }},
      {"parent", [&](Thing& t) { t.parent = feeder; }},
      {"gateway", [&](Thing& t) { t.gateway = feeder; }},
      {"location", [](Thing& t) { t.location = Point{70.9, 51.9}; }},
      {"moved", [](Thing& t) { t.location = Point{70.9, 51.8}; }},
      {"installed", [](Thing& t) { t.installed = "2024-10-03"; }},
      {"calibrated", [](Thing& t) { t.calibrated = "2024-10-03"; }},
      {"photo", [](Thing& t) { t.photo = "a.jpg"; }},
      {"properties", [](Thing& t) { t.properties = R"({"a":1})"; }},
  };
  for (const auto& [what, edit] : edits) {
    Thing thing = town.thing(lamp);
    edit(thing);
    ASSERT_TRUE(town.registry->put_thing(thing, town.actor)) << what;
    differs(what);
  }
  Datastream changed{.id = stream, .thing = lamp, .key = "power", .name = "Power", .unit = "kW", .interval_ms = 60'000};
  ASSERT_TRUE(town.registry->put_datastream(changed, town.actor));
  differs("datastream");
  changed.retention = "short";
  ASSERT_TRUE(town.registry->put_datastream(changed, town.actor));
  differs("retention");
  const auto last = seen.back();
  town.reopen();
  EXPECT_EQ(version(town, lamp), last);
  town.add("L-3", Kind::lamp, lamp);  // another thing's matter
  EXPECT_EQ(version(town, lamp), last);
}

// Two people open the same thing; each changes one field; whoever is second is told, and both fields are there in the
// end.
TEST(Editing, WhatSomebodyElseStoredMeanwhileIsNotOverwritten) {
  Town town;
  const ThingId lamp = town.add("L-1");
  const auto seen = version(town, lamp);
  const auto save = [&](const std::string& from, const std::function<void(Thing&)>& edit) -> Result<ThingId> {
    TRY(auto thing, thing_to_edit(*town.registry, lamp, from));
    edit(thing);
    return town.registry->put_thing(thing, town.actor);
  };
  ASSERT_TRUE(save(seen, [](Thing& t) { t.street = "Abai"; }));
  const auto second = save(seen, [](Thing& t) { t.owner = "akimat"; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_NE(second.error().message.find("\"L-1\""), std::string::npos);
  EXPECT_EQ(town.thing(lamp).owner, "");
  ASSERT_TRUE(save(version(town, lamp), [](Thing& t) { t.owner = "akimat"; }));
  EXPECT_EQ(town.thing(lamp).street, "Abai");
  EXPECT_EQ(town.thing(lamp).owner, "akimat");
}

TEST(Editing, ADatastreamIsTheMatterOfItsThing) {
  Town town;
  const ThingId lamp = town.add("L-1");
  const auto stream = *town.registry->put_datastream({.thing = lamp, .key = "power"}, town.actor);
  const auto seen = version(town, lamp);
  EXPECT_TRUE(datastream_to_edit(*town.registry, stream, seen));
  Thing thing = town.thing(lamp);
  thing.street = "Abai";
  ASSERT_TRUE(town.registry->put_thing(thing, town.actor));
  EXPECT_EQ(datastream_to_edit(*town.registry, stream, seen).error().kind, ErrorKind::conflict);
  EXPECT_TRUE(datastream_to_edit(*town.registry, stream, std::nullopt));
  EXPECT_EQ(datastream_to_edit(*town.registry, DatastreamId(99), std::nullopt).error().kind, ErrorKind::not_found);
  EXPECT_EQ(thing_to_edit(*town.registry, ThingId(99), std::nullopt).error().kind, ErrorKind::not_found);
}

TEST(Zones, AreRemovedOnlyWhenNothingLiesInThem) {
  Town town;
  const auto zone = *town.registry->put_zone({.key = "z", .name = {"з", "з", "z"}}, town.actor);
  Thing thing{.key = "L-1"};
  thing.zone = zone;
  const ThingId lamp = *town.registry->put_thing(thing, town.actor);
  EXPECT_EQ(remove_zone(*town.registry, zone, town.actor).error().kind, ErrorKind::conflict);
  ASSERT_TRUE(town.registry->remove_thing(lamp, town.actor));
  ASSERT_TRUE(remove_zone(*town.registry, zone, town.actor));
  EXPECT_EQ(town.audit.lines.back().action, "zone.removed");
  EXPECT_EQ(town.audit.lines.back().object, "zone z");
  EXPECT_EQ(remove_zone(*town.registry, zone, town.actor).error().kind, ErrorKind::not_found);
  town.reopen();
  town.registry->read([&](const Registry::View& view) { EXPECT_FALSE(view.zone("z")); });
  const auto again = *town.registry->put_zone({.key = "z", .name = {"з", "з", "z"}}, town.actor);
  EXPECT_NE(again, zone);
}

TEST(Zones, OneThatCannotBeRecordedStays) {
  Town town;
  const auto zone = *town.registry->put_zone({.key = "z", .name = {"з", "з", "z"}}, town.actor);
  town.audit.broken = true;
  EXPECT_FALSE(remove_zone(*town.registry, zone, town.actor));
  town.audit.broken = false;
  town.reopen();
  town.registry->read([&](const Registry::View& view) { EXPECT_TRUE(view.zone("z")); });
}

TEST(Registry, TriesChangesWithoutMakingThem) {
  Town town;
  const ThingId a = town.add("A");
  const auto recorded = town.audit.lines.size();
  Changes good{.things = {{.key = "B", .parent = a}}};
  EXPECT_TRUE(try_all(*town.registry, good));
  Changes circle{.things = {town.thing(a)}};
  circle.things[0].parent = a;
  EXPECT_EQ(try_all(*town.registry, circle).error().kind, ErrorKind::invalid);
  EXPECT_EQ(town.audit.lines.size(), recorded);
  town.registry->read([&](const Registry::View& view) { EXPECT_EQ(view.thing_count(), 1U); });
}

}  // namespace
}  // namespace qala::registry
