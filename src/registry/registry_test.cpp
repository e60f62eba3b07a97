#include "registry/registry.h"

#include <gtest/gtest.h>

#include "registry/test_town.h"

namespace qala::registry {
namespace {

using test::Town;

struct Heard final : ChangeListener {
  void thing_changed(const Thing& thing) override { things.push_back(thing.id.value); }
  void thing_removed(ThingId thing) override { removed.push_back(thing.value); }
  void datastream_changed(const Datastream& datastream) override { datastreams.push_back(datastream.id.value); }
  void datastream_removed(DatastreamId datastream) override { removed_datastreams.push_back(datastream.value); }
  std::vector<std::uint32_t> things, removed, datastreams, removed_datastreams;
};

TEST(Registry, FindsAThingByKeyAndItsDatastreamByTelemetryKey) {
  Town town;
  const ThingId id = town.add("AB-4", Kind::air_station);
  const auto stream = town.registry->put_datastream({.thing = id, .key = "pm2_5"}, town.actor);
  ASSERT_TRUE(stream);
  town.registry->read([&](const Registry::View& view) {
    ASSERT_TRUE(view.thing("AB-4"));
    EXPECT_EQ(view.thing("AB-4")->id, id);
    EXPECT_EQ(view.datastream(id, "pm2_5")->id, *stream);
    EXPECT_FALSE(view.datastream(id, "pm10"));
    EXPECT_EQ(view.datastreams_of(id), std::vector{*stream});
  });
}

TEST(Registry, KeepsEverythingAcrossARestart) {
  Town town;
  ZoneArea zone{.key = "orta", .name = {.kk = "Орталық", .ru = "Центр", .en = "Centre"}};
  zone.id = *town.registry->put_zone(zone, town.actor);
  const ThingId feeder = town.add("F-12", Kind::feeder);
  Thing lamp{.key = "L-1", .name = "Шам", .kind = Kind::lamp, .zone = zone.id, .parent = feeder};
  lamp.location = Point{.lon = 70.5, .lat = 52.0};
  lamp.properties = R"({ "watt": 21.50 })";
  lamp.id = *town.registry->put_thing(lamp, town.actor);
  lamp.properties = R"({"watt":21.50})";
  const SensorId sensor = *town.registry->put_sensor({.name = "Meter 3"}, town.actor);
  const Datastream stream{.thing = lamp.id, .key = "power", .sensor = sensor, .unit = "kW", .interval_ms = 600'000};
  const DatastreamId id = *town.registry->put_datastream(stream, town.actor);
  town.reopen();
  EXPECT_EQ(town.thing(lamp.id), lamp);
  town.registry->read([&](const Registry::View& view) {
    Datastream expected = stream;
    expected.id = id;
    EXPECT_EQ(*view.datastream(id), expected);
    EXPECT_EQ(*view.zone("orta"), zone);
    EXPECT_EQ(view.children_of(feeder), std::vector{lamp.id});
    EXPECT_EQ(view.sensor("Meter 3")->id, sensor);
  });
}

TEST(Registry, RefusesASecondThingOfTheSameKey) {
  Town town;
  town.add("A");
  EXPECT_EQ(town.registry->put_thing({.key = "A"}, town.actor).error().kind, ErrorKind::conflict);
}

TEST(Registry, NamesTheFieldThatWillNotDo) {
  Town town;
  const auto message = [&](Thing thing) {
    return town.registry->put_thing(std::move(thing), town.actor).error().message;
  };
  Thing far{.key = "A"};
  far.location = Point{.lon = 200, .lat = 0};
  EXPECT_EQ(message(far), "thing \"A\", lon: is not between -180 and 180");
  EXPECT_EQ(message({.key = "A", .installed = "2024-02-30"}), "thing \"A\", installed: is not a date like 2024-10-03");
  EXPECT_EQ(message({.key = "A", .name = "\xff"}), "thing \"A\", name: is not valid UTF-8");
  EXPECT_EQ(message({.key = "A", .parent = ThingId(99)}), "thing \"A\", parent: there is no such thing");
  EXPECT_EQ(message({.key = ""}), "thing \"\", key: is empty");
  EXPECT_EQ(message({.key = "A", .properties = "[1]"}), "thing \"A\", properties: is not a JSON object");
}

TEST(Registry, RefusesParentsInACircle) {
  Town town;
  const ThingId a = town.add("A");
  const ThingId b = town.add("B", Kind::other, a);
  const ThingId c = town.add("C", Kind::other, b);
  Thing first = town.thing(a);
  first.parent = c;
  EXPECT_EQ(town.registry->put_thing(first, town.actor).error().kind, ErrorKind::invalid);
  first.parent = a;
  EXPECT_EQ(town.registry->put_thing(first, town.actor).error().kind, ErrorKind::invalid);
  Changes both;
  both.things = {{.key = "X", .parent = nth_new<ThingId>(1)}, {.key = "Y", .parent = nth_new<ThingId>(0)}};
  EXPECT_EQ(town.registry->put_all(both, town.actor).error().kind, ErrorKind::invalid);
  EXPECT_EQ(town.thing(a).parent, ThingId());
}

TEST(Registry, MakesThingsAndTheirDatastreamsInOneGo) {
  Town town;
  std::vector<Thing> things{{.key = "lamp", .parent = nth_new<ThingId>(1)}, {.key = "feeder"}};
  std::vector<Datastream> streams{{.thing = nth_new<ThingId>(0), .key = "power"},
                                  {.thing = nth_new<ThingId>(1), .key = "energy"}};
  ASSERT_TRUE(town.registry->put_many(things, streams, town.actor));
  EXPECT_EQ(streams[0].thing, things[0].id);
  EXPECT_EQ(things[0].parent, things[1].id);
  EXPECT_EQ(town.audit.lines.size(), 1U);
  town.reopen();
  EXPECT_EQ(town.thing(things[0].id), things[0]);
}

TEST(Registry, ChangesNothingIfOneOfManyWillNotDo) {
  Town town;
  const ThingId existing = town.add("A");
  std::vector<Thing> things{{.key = "B"}, {.key = "A"}};
  std::vector<Datastream> streams;
  EXPECT_FALSE(town.registry->put_many(things, streams, town.actor));
  EXPECT_FALSE(things[0].id);
  std::vector<Thing> none;
  streams = {{.thing = existing, .key = "x"}, {.thing = existing, .key = "x"}};
  EXPECT_FALSE(town.registry->put_many(none, streams, town.actor));
  town.registry->read([](const Registry::View& view) {
    EXPECT_EQ(view.thing_count(), 1U);
    EXPECT_EQ(view.datastream_count(), 0U);
  });
}

TEST(Registry, ChangesNothingThatCannotBeAudited) {
  Town town;
  town.audit.broken = true;
  EXPECT_EQ(town.registry->put_thing({.key = "A"}, town.actor).error().kind, ErrorKind::full);
  town.audit.broken = false;
  town.reopen();
  town.registry->read([](const Registry::View& view) { EXPECT_EQ(view.thing_count(), 0U); });
}

TEST(Registry, RecordsWhoChangedWhatFromWhatToWhat) {
  Town town;
  Thing thing = town.thing(town.add("A"));
  thing.street = "Abai";
  ASSERT_TRUE(town.registry->put_thing(thing, town.actor));
  ASSERT_EQ(town.audit.lines.size(), 2U);
  EXPECT_EQ(town.audit.lines[0].action, "thing.created");
  EXPECT_EQ(town.audit.lines[1].action, "thing.changed");
  EXPECT_EQ(town.audit.lines[1].object, "thing A");
  EXPECT_EQ(town.audit.lines[1].actor.subject, "aigul");
  EXPECT_EQ(town.audit.lines[1].detail, R"({"thing A":{"street":["","Abai"]}})");
}

TEST(Registry, TellsOfDatastreamsWhoseZoneOrPropertyIsAnother) {
  Town town;
  ZoneArea zone{.key = "zone-1", .name = {"1", "1", "1"}};
  zone.id = *town.registry->put_zone(zone, town.actor);
  ObservedProperty property{.key = "sap_flow", .name = {"s", "s", "s"}, .unit = "cm/h"};
  property.id = *town.registry->put_property(property, town.actor);
  Thing tree = town.thing(town.add("T-1"));
  tree.zone = zone.id;
  ASSERT_TRUE(town.registry->put_thing(tree, town.actor));
  const DatastreamId flow =
      *town.registry->put_datastream({.thing = tree.id, .key = "flow", .property = property.id}, town.actor);
  const DatastreamId other = *town.registry->put_datastream({.thing = tree.id, .key = "other"}, town.actor);
  Heard heard;
  town.registry->add_listener(heard);
  zone.name.en = property.name.en = "another name";
  ASSERT_TRUE(town.registry->put_zone(zone, town.actor));
  ASSERT_TRUE(town.registry->put_property(property, town.actor));
  EXPECT_TRUE(heard.datastreams.empty());
  property.plausible_max = 100;
  ASSERT_TRUE(town.registry->put_property(property, town.actor));
  EXPECT_EQ(heard.datastreams, std::vector{flow.value});
  zone.key = "south";
  ASSERT_TRUE(town.registry->put_zone(zone, town.actor));
  EXPECT_EQ(heard.datastreams, (std::vector{flow.value, flow.value, other.value}));
}

TEST(Registry, RemovesAThingWithItsDatastreamsAndReleasesItsChildren) {
  Town town;
  const ThingId feeder = town.add("F");
  const ThingId lamp = town.add("L", Kind::lamp, feeder);
  const DatastreamId stream = *town.registry->put_datastream({.thing = feeder, .key = "power"}, town.actor);
  Heard heard;
  town.registry->add_listener(heard);
  ASSERT_TRUE(town.registry->remove_thing(feeder, town.actor));
  EXPECT_EQ(heard.removed_datastreams, std::vector{stream.value});
  EXPECT_EQ(heard.things, std::vector{lamp.value});
  for (int round = 0; round < 2; round++, town.reopen()) {
    EXPECT_FALSE(town.thing(feeder).id);
    EXPECT_FALSE(town.thing(lamp).parent);
    town.registry->read([&](const Registry::View& view) { EXPECT_FALSE(view.datastream(feeder, "power")); });
  }
}

TEST(Registry, NeverGivesOutAnIdTwice) {
  Town town;
  const ThingId thing = town.add("A");
  const DatastreamId first = *town.registry->put_datastream({.thing = thing, .key = "x"}, town.actor);
  ASSERT_TRUE(town.registry->remove_datastream(first, town.actor));
  town.reopen();
  EXPECT_GT(*town.registry->put_datastream({.thing = thing, .key = "x"}, town.actor), first);
}

TEST(Registry, MakesNoDatastreamThatTheStoreCouldNotKeep) {
  Town town;
  const ThingId thing = town.add("A");
  ASSERT_TRUE(town.registry->put_datastream({.thing = thing, .key = "x"}, town.actor));
  ASSERT_TRUE(town.db.exec("UPDATE sqlite_sequence SET seq = 16777215 WHERE name = 'datastream'"));
  town.reopen();
  const auto made = town.registry->put_datastream({.thing = thing, .key = "y"}, town.actor);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::invalid);
  EXPECT_TRUE(made.error().message.contains("16777215")) << made.error().message;
}

TEST(Registry, FollowsARenamedKeyAndAMovedDatastream) {
  Town town;
  const ThingId a = town.add("A"), b = town.add("B");
  Datastream stream{.thing = a, .key = "x"};
  stream.id = *town.registry->put_datastream(stream, town.actor);
  Thing renamed = town.thing(a);
  renamed.key = "A2";
  ASSERT_TRUE(town.registry->put_thing(renamed, town.actor));
  stream.thing = b;
  ASSERT_TRUE(town.registry->put_datastream(stream, town.actor));
  town.registry->read([&](const Registry::View& view) {
    EXPECT_FALSE(view.thing("A"));
    EXPECT_EQ(view.thing("A2")->id, a);
    EXPECT_TRUE(view.datastreams_of(a).empty());
    EXPECT_EQ(view.datastream(b, "x")->id, stream.id);
  });
}

TEST(Registry, GrowsItsGenerationWithEveryChangeAndAcrossRestarts) {
  Town town;
  const auto generation = [&] {
    std::uint64_t value = 0;
    town.registry->read([&](const Registry::View& view) { value = view.generation(); });
    return value;
  };
  const auto first = generation();
  town.add("A");
  const auto second = generation();
  EXPECT_GT(second, first);
  town.clock.advance(std::chrono::seconds(1));
  town.reopen();
  EXPECT_GT(generation(), second);
}

TEST(Registry, TakesTenThousandThingsInOneTransaction) {
  Town town;
  Changes changes;
  for (std::size_t n = 0; n < 10'000; n++) {
    changes.things.push_back({.key = "T-" + std::to_string(n)});
    changes.datastreams.push_back({.thing = nth_new<ThingId>(n), .key = "temperature"});
  }
  ASSERT_TRUE(town.registry->put_all(changes, town.actor));
  town.registry->read([&](const Registry::View& view) {
    EXPECT_EQ(view.thing_count(), 10'000U);
    for (std::size_t n = 0; n < 10'000; n++) {
      const Thing* thing = view.thing("T-" + std::to_string(n));
      ASSERT_TRUE(thing);
      ASSERT_TRUE(view.datastream(thing->id, "temperature"));
    }
  });
}

TEST(Registry, RefusesTablesOfANewerVersion) {
  Town town;
  ASSERT_TRUE(town.db.exec("UPDATE room_version SET version=99 WHERE room='registry'"));
  EXPECT_EQ(Registry::open(town.db, town.clock, town.audit).error().kind, ErrorKind::conflict);
}

}  // namespace
}  // namespace qala::registry
