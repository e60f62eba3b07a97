#include "alarms/registry_directory.h"

#include <gtest/gtest.h>

#include "alarms/real_town.h"

namespace qala::alarms::testing {
namespace {

using registry::Kind;

TEST(RegistryDirectory, SaysWhatTheRulesNeedToKnow) {
  RealTown town;
  const auto zone = town.registry->put_zone({.key = "north", .name = {"Солтүстік", "Север", "North"}}, town.actor);
  ASSERT_TRUE(zone) << zone.error().message;
  const ThingId gateway = town.add("GW-1", Kind::gateway);
  const ThingId station = town.add("AB-4", Kind::air_station, {}, gateway, *zone);
  const DatastreamId pm = town.add_stream(station, "pm", "pm2_5", 600);
  const DatastreamId odd = town.add_stream(station, "odd", "", 0, "mV");

  StreamFacts facts;
  ASSERT_TRUE(town.directory->stream(pm, facts));
  EXPECT_EQ(facts.thing, station);
  EXPECT_EQ(facts.kind, Kind::air_station);
  EXPECT_EQ(facts.zone, *zone);
  EXPECT_EQ(facts.zone_key, "north");
  EXPECT_EQ(facts.property, "pm2_5");
  EXPECT_EQ(facts.key, "AB-4/pm");
  EXPECT_EQ(facts.unit, "µg/m³") << "of the property";
  EXPECT_EQ(facts.interval_ms, 600'000);
  StreamFacts unknown;
  ASSERT_TRUE(town.directory->stream(odd, unknown));
  EXPECT_EQ(unknown.property, "");
  EXPECT_EQ(unknown.unit, "mV") << "its own";
  EXPECT_FALSE(town.directory->stream(DatastreamId(4711), facts));

  ThingFacts thing;
  ASSERT_TRUE(town.directory->thing(station, thing));
  EXPECT_EQ(thing.gateway, gateway);
  EXPECT_FALSE(town.directory->thing(ThingId(4711), thing));
  EXPECT_EQ(town.directory->streams_of(station), (std::vector{pm, odd}));
}

TEST(RegistryDirectory, CountsWhoHangsOnWhomThroughEveryChange) {
  RealTown town;
  const ThingId feeder = town.add("F-1", Kind::feeder);
  const ThingId other = town.add("F-2", Kind::feeder);
  const ThingId gateway = town.add("GW-1", Kind::gateway);
  const ThingId lamp = town.add("L-1", Kind::lamp, feeder, gateway);
  const ThingId second = town.add("L-2", Kind::lamp, feeder, feeder);
  EXPECT_EQ(town.directory->dependants(feeder), 2u) << "parent and gateway in one is one dependant";
  EXPECT_EQ(town.directory->dependants(gateway), 1u);

  town.change(lamp, [&](registry::Thing& thing) { thing.parent = other; });
  EXPECT_EQ(town.directory->dependants(feeder), 1u);
  EXPECT_EQ(town.directory->dependants(other), 1u);
  ASSERT_TRUE(town.registry->remove_thing(second, town.actor));
  EXPECT_EQ(town.directory->dependants(feeder), 0u);
  const RegistryDirectory later(*town.registry);
  EXPECT_EQ(later.dependants(other), 1u) << "as a start finds it";
  EXPECT_EQ(later.dependants(gateway), 1u);
  EXPECT_EQ(later.dependants(feeder), 0u);
}

TEST(RegistryDirectory, AChangedKindChangesTheRulesThatApply) {
  RealTown town;
  const ThingId thing = town.add("X-1", Kind::other);
  const DatastreamId pm = town.add_stream(thing, "pm", "pm2_5", 600);
  town.read(pm, 400);
  EXPECT_TRUE(town.tray().empty()) << "the rule is for air stations";
  town.change(thing, [](registry::Thing& changed) { changed.kind = Kind::air_station; });
  town.clock.advance(std::chrono::seconds(1));
  town.read(pm, 400);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].rule, "pm2_5_high");
}

TEST(RegistryDirectory, AnotherKeyOfAZoneChangesTheRulesThatApply) {
  RealTown town;
  registry::ZoneArea zone{.key = "zone-1", .name = {"1", "1", "1"}};
  zone.id = *town.registry->put_zone(zone, town.actor);
  const DatastreamId pm = town.add_stream(town.add("AB-4", Kind::air_station, {}, {}, zone.id), "pm", "pm2_5", 600);
  Rule rule = default_rule("pm2_5_high");
  rule.zone = "south";
  ASSERT_TRUE(town.engine->set_rules(std::make_shared<const std::vector<Rule>>(std::vector<Rule>{rule})));
  town.read(pm, 400);
  EXPECT_TRUE(town.tray().empty()) << "the rule is for another zone";
  zone.key = "south";
  ASSERT_TRUE(town.registry->put_zone(zone, town.actor));
  town.wait(10);
  town.read(pm, 400);
  ASSERT_EQ(town.tray().size(), 1u);
  zone.key = "north";
  ASSERT_TRUE(town.registry->put_zone(zone, town.actor));
  EXPECT_EQ(town.tray().at(0).condition, Condition::cleared) << "the rule applies no more";
}

TEST(RegistryDirectory, AnotherUnitOfAPropertyChangesWhatALimitMeans) {
  RealTown town;
  const DatastreamId pm = town.add_stream(town.add("AB-4", Kind::air_station), "pm", "pm2_5", 600);
  town.read(pm, 0.186);
  EXPECT_TRUE(town.tray().empty()) << "µg/m³";
  registry::ObservedProperty property;
  town.registry->read([&](const registry::Registry::View& view) { property = *view.property("pm2_5"); });
  property.unit = "mg/m³";
  ASSERT_TRUE(town.registry->put_property(property, town.actor));
  town.wait(10);
  town.read(pm, 0.186);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].rule, "pm2_5_high");
}

TEST(RegistryDirectory, AnAlarmOfSilenceDoesNotOutliveTheKindItIsFor) {
  RealTown town;
  const ThingId thing = town.add("X-1", Kind::gateway);
  const DatastreamId beat = town.add_stream(thing, "beat", "", 60);
  town.read(beat, 1);
  town.wait(240);
  ASSERT_EQ(town.tray().size(), 1u);
  ASSERT_EQ(town.tray()[0].rule, "gateway_silent");
  town.change(thing, [](registry::Thing& changed) { changed.kind = Kind::other; });
  town.wait(60);
  town.read(beat, 1);
  town.wait(60);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].condition, Condition::cleared);
}

TEST(RegistryDirectory, AThingWithNothingLeftToSpeakIsNotSilent) {
  RealTown town;
  const ThingId thing = town.add("X-1", Kind::other);
  const DatastreamId beat = town.add_stream(thing, "beat", "", 60);
  town.read(beat, 1);
  town.wait(700);
  ASSERT_EQ(town.tray().size(), 1u);
  ASSERT_TRUE(town.registry->remove_datastream(beat, town.actor));
  town.wait(10);
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].condition, Condition::cleared);
}

TEST(RegistryDirectory, AThingThatIsRemovedTakesItsAlarmsAlong) {
  RealTown town;
  const ThingId station = town.add("AB-4", Kind::air_station);
  const DatastreamId pm = town.add_stream(station, "pm", "pm2_5", 600);
  town.read(pm, 400);
  ASSERT_EQ(town.tray().size(), 1u);
  ASSERT_TRUE(town.registry->remove_thing(station, town.actor));
  ASSERT_TRUE(town.engine->tick(town.clock.now()));
  for (const auto& alarm : town.tray()) EXPECT_EQ(alarm.condition, Condition::cleared);
}

}  // namespace
}  // namespace qala::alarms::testing
