#include "ingest/unclaimed.h"

#include <gtest/gtest.h>

#include "ingest/test_entrance.h"

namespace qala::ingest {
namespace {

using readings::Observation;
using readings::ValueType;
using test::Entrance;

HeldValue number(std::string_view key, std::int64_t time, std::int64_t bits) {
  return {key,
          Observation{.datastream = {}, .flags = 0, .type = ValueType::decimal, .scale = 1, .time = time, .bits = bits},
          {}};
}
HeldValue words(std::string_view key, std::int64_t time, std::string_view text) {
  return {key, Observation{.datastream = {}, .flags = 0, .type = ValueType::text, .scale = 0, .time = time, .bits = 0},
          text};
}

TEST(Unclaimed, TheOldestOfTooManyDevicesGoesAndIsCounted) {
  Entrance town;
  for (std::size_t i = 0; i < Unclaimed::kDevices + 3; i++) {
    town.clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(town.wait("ingest", {}, "d" + std::to_string(i), {number("t", 1, 2)}));
  }
  EXPECT_EQ(town.unclaimed->size(), Unclaimed::kDevices);
  EXPECT_EQ(town.unclaimed->dropped_devices(), 3U);
  for (const auto& device : town.unclaimed->list()) EXPECT_NE(device.key, "d0");
}

TEST(Unclaimed, TheOldestOfTooManyReadingsGo) {
  Entrance town;
  std::vector<HeldValue> values;
  for (std::int64_t i = 0; i < 700; i++) values.push_back(number("t", i, i));
  ASSERT_TRUE(town.wait("ingest", {}, "d", values));
  ASSERT_TRUE(town.wait("ingest", {}, "d", values));
  const auto device = town.unclaimed->list().at(0);
  EXPECT_EQ(device.readings, Unclaimed::kReadings);
  EXPECT_EQ(device.dropped, 400U);
}

TEST(Unclaimed, OfOneSendingOnlyTheNewestAreWrittenAtAll) {
  Entrance town;
  const auto more = static_cast<std::int64_t>(Unclaimed::kReadings) + 500;
  std::vector<HeldValue> values;
  for (std::int64_t i = 0; i < more; i++) values.push_back(number("t", i, i));
  ASSERT_TRUE(town.wait("ingest", {}, "d", values));
  const auto device = town.unclaimed->list().at(0);
  EXPECT_EQ(device.readings, Unclaimed::kReadings);
  EXPECT_EQ(device.dropped, 500U);
  // An id is given to each that is inserted, also to one that is removed again.
  auto written = town.db->prepare("SELECT max(id), min(time), max(time), count(*) FROM unclaimed_reading");
  ASSERT_TRUE(written->step());
  EXPECT_EQ(written->integer(0), static_cast<std::int64_t>(Unclaimed::kReadings));
  EXPECT_EQ(written->integer(1), 500);
  EXPECT_EQ(written->integer(2), more - 1);
  EXPECT_EQ(written->integer(3), static_cast<std::int64_t>(Unclaimed::kReadings));
}

TEST(Unclaimed, OfManyKeysTheListNamesSomeAndNoneThatIsNotKept) {
  Entrance town;
  const auto keys = [&] { return town.unclaimed->list().at(0).keys; };
  const auto after_a_restart = [&] { return (*Unclaimed::open(*town.db, town.clock))->list().at(0).keys; };
  for (std::int64_t round = 0; round < 50; round++) {
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < 100; i++) names.push_back("k" + std::to_string(round * 100 + i));
    std::vector<HeldValue> values;
    for (const auto& name : names) values.push_back(number(name, round, 1));
    ASSERT_TRUE(town.wait("ingest", {}, "d", values));
    ASSERT_LE(keys().size(), Unclaimed::kKeys);
    if (round % 7 == 0) ASSERT_EQ(keys(), after_a_restart()) << round;
  }
  EXPECT_EQ(keys(), after_a_restart());
  EXPECT_EQ(keys().size(), Unclaimed::kKeys);
  EXPECT_EQ(keys().front(), "k4000") << "the thousand that is kept begins there";
  ASSERT_TRUE(town.wait("ingest", {}, "d", std::vector<HeldValue>(1000, number("t", 99, 1))));
  EXPECT_EQ(keys(), std::vector<std::string>{"t"});
}

TEST(Unclaimed, NoDeviceKeepsMoreThanItsBytes) {
  Entrance town;
  const std::string half(8000, 'x');
  std::string kazakh;
  for (int i = 0; i < 4000; i++) kazakh += "ә";  // two bytes each
  for (std::int64_t i = 0; i < 300; i++) {
    ASSERT_TRUE(town.wait("ingest", {}, "d", {words("s", i, i % 2 ? half : kazakh)}));
  }
  const auto device = town.unclaimed->list().at(0);
  EXPECT_LE(device.bytes, Unclaimed::kBytes);
  EXPECT_GT(device.readings, 100U);
  EXPECT_EQ(device.readings + device.dropped, 300U);
  EXPECT_EQ(device.bytes, device.readings * 8041U) << "what goes is counted as what came";
}

TEST(Unclaimed, TheListSurvivesARestart) {
  Entrance town;
  ASSERT_TRUE(town.wait("gateway:3", ThingId(3), "d", {number("t", 1, 215), words("door", 2, "ашық")}));
  const auto before = town.unclaimed->list().at(0);
  const auto again = Unclaimed::open(*town.db, town.clock);
  ASSERT_TRUE(again);
  const auto after = (*again)->list().at(0);
  EXPECT_EQ(after.scope, "gateway:3");
  EXPECT_EQ(after.gateway, ThingId(3));
  EXPECT_EQ(after.readings, 2U);
  EXPECT_EQ(after.bytes, before.bytes);
  EXPECT_EQ(after.last_payload, R"({"t":21.5,"door":"ашық"})");
  EXPECT_EQ(after.keys, before.keys);
}

TEST(Unclaimed, WhatCouldNotBeStoredLeavesNoTraceInMemory) {
  Entrance town;
  ASSERT_TRUE(
      town.db->exec("CREATE TRIGGER full BEFORE INSERT ON unclaimed_reading BEGIN SELECT RAISE(ABORT, 'full'); END"));
  EXPECT_FALSE(town.wait("ingest", {}, "d", {number("t", 1, 2)}));
  EXPECT_EQ(town.unclaimed->size(), 0U);
  ASSERT_TRUE(town.db->exec("DROP TRIGGER full"));
  EXPECT_TRUE(town.wait("ingest", {}, "d", {number("t", 1, 2)})) << "and it can be stored later";
}

TEST(Unclaimed, AClaimKeepsEverythingTheDeviceHadSent) {
  Entrance town;
  const auto t = town.clock.now().ns - Instant::kHour;
  ASSERT_TRUE(
      town.wait("ingest", {}, "d", {number("pm2_5", t, 215), words("door", t, "open"), number("pm2_5", t + 1, 216)}));
  const auto thing = town.admission->claim(
      town.unclaimed->list().at(0).id,
      {.key = "AB-9", .name = "Station", .street = "Abai", .kind = "air_station", .zone = {}, .location = {}},
      town.actor);
  ASSERT_TRUE(thing) << thing.error().message;
  EXPECT_EQ(town.thing("AB-9"), *thing);
  EXPECT_EQ(town.readings_of(town.stream(*thing, "pm2_5")).rows.size(), 2U);
  const auto door = town.readings_of(town.stream(*thing, "door"));
  EXPECT_EQ(door.text_of(door.rows.at(0).bits), "open");
  EXPECT_EQ(town.unclaimed->size(), 0U);
  EXPECT_EQ(town.unclaimed->claimed_as("ingest", "d"), *thing);
  EXPECT_EQ(town.commit(town.lines("telemetry,thing=d pm2_5=3 " + town.ago(5))).report.accepted, 1U)
      << "by the name it uses";
}

TEST(Unclaimed, AReplacedDeviceIsClaimedOntoTheThingItReplaces) {
  Entrance town;
  const ThingId lamp = town.add("L-1");
  ASSERT_TRUE(town.wait("provisioning", {}, "serial-77", {number("t", town.clock.now().ns, 1)}));
  const auto claimed = town.admission->claim(
      town.unclaimed->list().at(0).id, {.key = "L-1", .name = {}, .street = {}, .kind = {}, .zone = {}, .location = {}},
      town.actor);
  ASSERT_TRUE(claimed);
  EXPECT_EQ(*claimed, lamp);
  EXPECT_EQ(town.readings_of(town.stream(lamp, "t")).rows.size(), 1U);
}

TEST(Unclaimed, AClaimIsMadeOnce) {
  Entrance town;
  ASSERT_TRUE(town.wait("ingest", {}, "d", {number("t", town.clock.now().ns, 1)}));
  const auto id = town.unclaimed->list().at(0).id;
  EXPECT_TRUE(town.admission->claim(id, {}, town.actor));
  const auto again = town.admission->claim(id, {}, town.actor);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::not_found);
}

TEST(Unclaimed, AClaimThatCannotBeStoredKeepsTheDevice) {
  Entrance town;
  ASSERT_TRUE(town.wait("ingest", {}, "d", {number("t", town.clock.now().ns, 1)}));
  const auto id = town.unclaimed->list().at(0).id;
  town.store->full = true;
  EXPECT_FALSE(town.admission->claim(id, {}, town.actor));
  EXPECT_EQ(town.unclaimed->size(), 1U);
  town.store->full = false;
  const auto thing = town.admission->claim(id, {}, town.actor);
  ASSERT_TRUE(thing);
  EXPECT_EQ(town.readings_of(town.stream(*thing, "t")).rows.size(), 1U);
}

TEST(Unclaimed, WrongWordsOfAClaimChangeNothing) {
  Entrance town;
  ASSERT_TRUE(town.wait("ingest", {}, "d", {number("t", 1, 1)}));
  const auto id = town.unclaimed->list().at(0).id;
  EXPECT_FALSE(town.admission->claim(
      id, {.key = {}, .name = {}, .street = {}, .kind = "nonsense", .zone = {}, .location = {}}, town.actor));
  EXPECT_FALSE(town.admission->claim(
      id, {.key = {}, .name = {}, .street = {}, .kind = {}, .zone = "nowhere", .location = {}}, town.actor));
  EXPECT_EQ(town.unclaimed->size(), 1U);
  EXPECT_FALSE(town.thing("d"));
}

TEST(Unclaimed, ForgettingRemovesTheDeviceAndWhatItSent) {
  Entrance town;
  ASSERT_TRUE(town.wait("ingest", {}, "d", {number("t", 1, 1)}));
  const auto generation = town.unclaimed->generation();
  ASSERT_TRUE(town.unclaimed->forget(town.unclaimed->list().at(0).id));
  EXPECT_EQ(town.unclaimed->size(), 0U);
  EXPECT_GT(town.unclaimed->generation(), generation);
  EXPECT_FALSE(town.unclaimed->forget(1));
  auto left = town.db->prepare("SELECT count(*) FROM unclaimed_reading");
  ASSERT_TRUE(left->step());
  EXPECT_EQ(left->integer(0), 0);
}

}  // namespace
}  // namespace qala::ingest
