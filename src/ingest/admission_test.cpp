#include "ingest/admission.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <set>

#include "ingest/device_rows.h"
#include "ingest/test_entrance.h"

namespace qala::ingest {
namespace {

using test::Entrance;

/// As the MQTT entrance makes them.
Submission message(Entrance& town, Source source, std::string_view json, std::string_view device = {}) {
  Submission out;
  out.source = std::move(source);
  DeviceRows rows(town.index, out, town.clock.now());
  const auto parsed = out.source.gateway ? rows.gateway(json) : rows.device(json, device);
  EXPECT_TRUE(parsed) << json;
  town.listen(out);
  return out;
}

Source device_of(ThingId thing) { return {.transport = Transport::mqtt, .name = "device", .thing = thing}; }
Source gateway_of(ThingId thing) {
  return {.transport = Transport::gateway, .name = "gateway", .thing = thing, .gateway = true};
}
Source provisioning() { return {.transport = Transport::mqtt, .name = "new ones", .thing = {}, .provisioning = true}; }

TEST(Admission, NewKeysOfAKnownThingBecomeItsDatastreams) {
  Entrance town;
  const ThingId station = town.add("AB-4");
  const auto& heard = town.commit(message(town, device_of(station), R"({"pm2_5":17.5,"door":"open"})"));
  EXPECT_EQ(heard.report.accepted, 2U);
  const auto pm = town.stream(station, "pm2_5");
  ASSERT_TRUE(pm);
  EXPECT_EQ(town.readings_of(pm).rows.at(0).bits, 175);
  const auto door = town.readings_of(town.stream(station, "door"));
  EXPECT_EQ(door.text_of(door.rows.at(0).bits), "open");
  town.registry->read([&](const registry::Registry::View& view) {
    EXPECT_EQ(view.property(view.datastream(pm)->property)->key, "pm2_5");
  });
}

std::string keys_from(int first, int count) {
  std::string json = R"({"known":1)";
  for (int i = first; i < first + count; i++) json += ",\"boot" + std::to_string(i) + "\":1";
  return json + "}";
}

std::size_t datastreams_of(const Entrance& town, ThingId thing) {
  std::size_t out = 0;
  town.registry->read([&](const registry::Registry::View& view) { out = view.datastreams_of(thing).size(); });
  return out;
}

TEST(Admission, ADeviceWhoseKeysNeverRepeatFillsNoRegistry) {
  Entrance town({.keys_of_thing = 50});
  const ThingId station = town.add("AB-4");
  std::uint64_t rejected = 0;
  for (int i = 0; i < 5; i++) {
    town.clock.advance(std::chrono::seconds(1));
    rejected += town.commit(message(town, device_of(station), keys_from(i * 100, 100))).report.rejected;
  }
  EXPECT_EQ(datastreams_of(town, station), 50U);
  EXPECT_EQ(rejected, 500U - 49U);
  EXPECT_EQ(town.rejected("too_many_keys"), rejected);
  EXPECT_EQ(town.readings_of(town.stream(station, "known")).rows.size(), 5U) << "what is known is stored";
  ASSERT_TRUE(town.registry->put_datastream({.thing = station, .key = "boot499"}, town.actor)) << "people may";
  town.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(town.commit(message(town, device_of(station), keys_from(499, 1))).report.accepted, 2U);
}

TEST(Admission, AGroupOfDevicesMakesNoMoreKeysThanEachMay) {
  Entrance town({.keys_of_thing = 50});
  std::vector<ThingId> stations;
  std::vector<Submission> group;
  for (const char* key : {"A", "B"}) {
    stations.push_back(town.add(key));
    group.push_back(message(town, device_of(stations.back()), keys_from(0, 100)));
  }
  town.admission->commit(group, 0);
  for (const ThingId station : stations) EXPECT_EQ(datastreams_of(town, station), 50U);
  EXPECT_EQ(town.rejected("too_many_keys"), 2U * 51U);
}

TEST(Admission, AClaimKeepsHoweverManyKeysWaited) {
  Entrance town({.keys_of_thing = 50});
  town.commit(message(town, provisioning(), keys_from(0, 100), "box"));
  const auto thing = town.admission->claim(town.unclaimed->list().at(0).id, {}, town.actor);
  ASSERT_TRUE(thing) << thing.error().message;
  EXPECT_EQ(datastreams_of(town, *thing), 101U);
}

TEST(Admission, UnknownDevicesWaitPerScope) {
  Entrance town;
  const ThingId gateway = town.add("gw");
  EXPECT_EQ(town.commit(message(town, gateway_of(gateway), R"({"box":[{"values":{"t":1}}]})")).report.unclaimed, 1U);
  EXPECT_EQ(town.commit(message(town, provisioning(), R"({"t":2})", "box")).report.unclaimed, 1U);
  EXPECT_EQ(town.commit(town.lines("telemetry,thing=box t=3 " + town.ago(5))).report.unclaimed, 1U);
  EXPECT_EQ(town.unclaimed->size(), 3U);
  EXPECT_FALSE(town.thing("box"));
  EXPECT_EQ(town.store->commits, 0);
}

std::string many_devices(const std::string& prefix, std::size_t count) {
  std::string json;
  for (std::size_t i = 0; i < count; i++) {
    json += (json.empty() ? "{\"" : ",\"") + prefix + std::to_string(i) + R"(":[{"values":{"t":1,"u":2}}])";
  }
  return json + "}";
}

/// Counts the transactions committed by connections that are opened while it lives.
class CommitCount {
 public:
  CommitCount() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(&watch)); }
  ~CommitCount() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&watch)); }
  static inline int commits = 0;

 private:
  static int watch(sqlite3* db, char**, const sqlite3_api_routines*) {
    sqlite3_commit_hook(db, [](void*) { return commits++, 0; }, nullptr);
    return SQLITE_OK;
  }
};

TEST(Admission, OfOneMessageAHundredNewDevicesWaitAndTheRestIsRefused) {
  const CommitCount count;
  Entrance town;
  const ThingId gateway = town.add("gw");
  CommitCount::commits = 0;
  const auto& heard = town.commit(message(town, gateway_of(gateway), many_devices("d", 2000)));
  EXPECT_EQ(CommitCount::commits, 1) << "a sync for each device would stop the writer";
  EXPECT_EQ(town.unclaimed->size(), Unclaimed::kNewAtOnce);
  EXPECT_EQ(heard.report.unclaimed, 2 * Unclaimed::kNewAtOnce);
  EXPECT_EQ(heard.report.rejected, 4000 - 2 * Unclaimed::kNewAtOnce);
  EXPECT_EQ(town.rejected("too_many_devices"), heard.report.rejected);
  const auto& again = town.commit(message(town, gateway_of(gateway), many_devices("d", 2000)));
  EXPECT_EQ(again.report.unclaimed, 4 * Unclaimed::kNewAtOnce) << "those that wait already are not new";
  EXPECT_EQ(town.unclaimed->size(), 2 * Unclaimed::kNewAtOnce);
}

TEST(Admission, WhoFloodsTheListPushesOutItsOwn) {
  Entrance town;
  const ThingId gateway = town.add("gw");
  town.commit(town.lines("telemetry,thing=honest t=3 " + town.ago(5)));
  for (int i = 0; i < 7; i++) {
    town.clock.advance(std::chrono::seconds(1));
    town.commit(message(town, gateway_of(gateway), many_devices("round" + std::to_string(i) + "-", 100)));
  }
  EXPECT_EQ(town.unclaimed->size(), Unclaimed::kDevices);
  EXPECT_TRUE(town.unclaimed->names("ingest").contains("honest"));
  EXPECT_FALSE(town.unclaimed->names("gateway:" + std::to_string(gateway.value)).contains("round0-0"));
  town.commit(town.lines("telemetry,thing=later t=3 " + town.ago(5)));
  EXPECT_EQ(town.unclaimed->names("ingest"), (std::set<std::string_view>{"honest", "later"}));
}

TEST(Admission, AGatewayDoesNotSpeakForThingsThatAreNotBehindIt) {
  Entrance town({.auto_claim = true});
  const ThingId gateway = town.add("gw");
  const ThingId own = town.add("own", gateway);
  const ThingId foreign = town.add("foreign");
  const auto& heard =
      town.commit(message(town, gateway_of(gateway),
                          R"({"own":[{"values":{"t":1}}],"foreign":[{"values":{"t":2}}],"new":[{"values":{"t":3}}]})"));
  EXPECT_TRUE(town.stream(own, "t"));
  EXPECT_FALSE(town.stream(foreign, "t"));
  EXPECT_TRUE(town.stream(town.thing("new"), "t")) << "one foreign name must not keep the others out";
  EXPECT_EQ(heard.report.accepted, 2U);
  EXPECT_EQ(heard.report.unclaimed, 1U);
}

TEST(Admission, AThingMovedToAnotherGatewayLeavesTheFirst) {
  Entrance town;
  const ThingId first = town.add("gw1");
  const ThingId second = town.add("gw2");
  const ThingId meter = town.add("meter", first);
  const char* json = R"({"meter":[{"values":{"kwh":1}}]})";
  EXPECT_EQ(town.commit(message(town, gateway_of(first), json)).report.accepted, 1U);
  registry::Thing moved;
  town.registry->read([&](const registry::Registry::View& view) { moved = *view.thing(meter); });
  moved.gateway = second;
  ASSERT_TRUE(town.registry->put_thing(moved, town.actor));
  EXPECT_EQ(town.commit(message(town, gateway_of(first), json)).report.unclaimed, 1U);
  town.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(town.commit(message(town, gateway_of(second), json)).report.accepted, 1U);
}

TEST(Admission, AClaimedThingMovedToAnotherGatewayLeavesTheFirst) {
  Entrance town;
  const ThingId first = town.add("gw1");
  const ThingId second = town.add("gw2");
  const char* json = R"({"lamp-1":[{"values":{"t":1}}]})";
  ASSERT_EQ(town.commit(message(town, gateway_of(first), json)).report.unclaimed, 1U);
  Claim claim;
  claim.key = "L-17";
  const auto lamp = town.admission->claim(town.unclaimed->list().at(0).id, claim, town.actor);
  ASSERT_TRUE(lamp) << lamp.error().message;
  town.clock.advance(std::chrono::seconds(1));
  ASSERT_EQ(town.commit(message(town, gateway_of(first), json)).report.accepted, 1U) << "by the name that was claimed";
  registry::Thing moved;
  town.registry->read([&](const registry::Registry::View& view) { moved = *view.thing(*lamp); });
  moved.gateway = second;
  ASSERT_TRUE(town.registry->put_thing(moved, town.actor));
  EXPECT_EQ(town.commit(message(town, gateway_of(first), json)).report.unclaimed, 1U);
  EXPECT_EQ(town.readings_of(town.stream(*lamp, "t")).rows.size(), 2U);
}

TEST(Admission, AClaimEndsWithItsThing) {
  for (const bool auto_claim : {false, true}) {
    Entrance town({.auto_claim = auto_claim});
    ASSERT_TRUE(town.wait("ingest", {}, "d", {}));
    const auto made = town.admission->claim(town.unclaimed->list().at(0).id, {}, town.actor);
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_TRUE(town.registry->remove_thing(*made, town.actor));
    const ThingId again = town.add("d");
    EXPECT_EQ(town.commit(town.lines("telemetry,thing=d t=3 " + town.ago(5))).report.accepted, 1U);
    EXPECT_EQ(town.readings_of(town.stream(again, "t")).rows.size(), 1U);
  }
}

TEST(Admission, ProvisioningCannotWriteToAThingByTakingItsKey) {
  Entrance town({.auto_claim = true});
  const ThingId station = town.add("AB-4");
  town.commit(message(town, device_of(station), R"({"t":1})"));
  const auto& heard = town.commit(message(town, provisioning(), R"({"t":99})", "AB-4"));
  EXPECT_EQ(heard.report.accepted, 0U);
  EXPECT_EQ(heard.report.unclaimed, 1U);
  EXPECT_EQ(town.readings_of(town.stream(station, "t")).rows.size(), 1U);
}

TEST(Admission, AutoClaimMakesThingsAtOnce) {
  Entrance town({.auto_claim = true});
  EXPECT_EQ(town.commit(town.lines("telemetry,thing=new-1 t=3 " + town.ago(5))).report.accepted, 1U);
  EXPECT_TRUE(town.stream(town.thing("new-1"), "t"));
  EXPECT_EQ(town.unclaimed->size(), 0U);
}

TEST(Admission, KeysThatCannotBeStoredAreRefusedAndTheOthersKept) {
  Entrance town;
  const ThingId station = town.add("AB-4");
  const std::string json = R"({")" + std::string(200, 'k') + R"(":1,"t":2})";
  const auto& heard = town.commit(message(town, device_of(station), json));
  EXPECT_EQ(heard.report.accepted, 1U);
  EXPECT_EQ(heard.report.rejected, 1U);
  EXPECT_EQ(town.rejected("name"), 1U);
  EXPECT_EQ(town.unclaimed->size(), 0U) << "it is not an unknown device";
}

TEST(Admission, DevicesOfARemovedThingAreRefused) {
  Entrance town;
  const auto& heard = town.commit(message(town, device_of(ThingId(77)), R"({"t":1})"));
  EXPECT_EQ(heard.report.rejected, 1U);
  EXPECT_EQ(town.unclaimed->size(), 0U);
}

TEST(Admission, WhatWasOnItsWayWhenItsDatastreamWentIsRefusedAndTheRestKept) {
  Entrance town;
  const ThingId station = town.add("AB-4"), lamp = town.add("lamp");
  town.commit(message(town, device_of(station), R"({"t":1})"));
  town.commit(message(town, device_of(lamp), R"({"w":1})"));
  const DatastreamId gone = town.stream(station, "t"), there = town.stream(lamp, "w");
  town.clock.advance(std::chrono::seconds(1));
  auto text = [&](const char* value) {
    return "telemetry,thing=AB-4 t=" + std::string(value) + " " + town.ago(0) + "\ntelemetry,thing=lamp w=5 " +
           town.ago(0);
  };
  town.commit(town.lines(text("2")));  // the index knows them by this name, too
  town.clock.advance(std::chrono::seconds(1));
  auto waiting = town.lines(text("3"));
  ASSERT_TRUE(waiting.names.empty());
  ASSERT_TRUE(town.registry->remove_thing(station, town.actor));
  const auto& heard = town.commit(std::move(waiting));
  EXPECT_EQ(heard.report.accepted, 1U);
  EXPECT_EQ(heard.report.rejected, 1U);
  ASSERT_EQ(heard.report.problems.size(), 1U);
  EXPECT_EQ(heard.report.problems[0].line, 1U);
  EXPECT_EQ(heard.report.problems[0].reason, "name");
  EXPECT_EQ(town.readings_of(gone).rows.size(), 2U);
  EXPECT_EQ(town.readings_of(there).rows.size(), 3U);
}

TEST(Admission, TimesAheadAreRefusedWithTheirLineIfTheSenderCanBeTold) {
  Entrance town;
  town.add("a");
  const auto ahead = town.ago(-3600);
  const auto& heard = town.commit(town.lines(
      "telemetry,thing=a t=1 " + town.ago(60) + "\ntelemetry,thing=stranger t=2 " + town.ago(50) +
      "\ntelemetry,thing=a t=3 " + ahead + "\ntelemetry,thing=a t=4 1000\ntelemetry,thing=a t=5 " + town.ago(40)));
  EXPECT_EQ(heard.report.accepted, 2U);
  EXPECT_EQ(heard.report.unclaimed, 1U);
  ASSERT_EQ(heard.report.problems.size(), 2U);
  EXPECT_EQ(heard.report.problems[0].line, 3U);
  EXPECT_EQ(heard.report.problems[0].reason, "future");
  EXPECT_EQ(heard.report.problems[1].line, 4U);
  EXPECT_EQ(heard.report.problems[1].reason, "clock_unset");
  EXPECT_EQ(town.rejected("future"), 1U);
}

TEST(Admission, LinesStayRightBehindDevicesThatWait) {
  Entrance town;
  const ThingId known = town.add("a");
  const auto& heard = town.commit(town.lines("telemetry,thing=stranger t=1 " + town.ago(9) + "\ntelemetry,thing=a " +
                                             std::string(200, 'k') + "=1 " + town.ago(8)));
  ASSERT_EQ(heard.report.problems.size(), 1U);
  EXPECT_EQ(heard.report.problems[0].line, 2U);
  EXPECT_TRUE(known);
}

TEST(Admission, DevicesWithoutAClockGetOurTimeAndAFlag) {
  Entrance town;
  const ThingId station = town.add("AB-4");
  const auto& heard = town.commit(message(town, device_of(station), R"([{"ts":1000,"values":{"t":1}}])"));
  EXPECT_EQ(heard.report.accepted, 1U);
  const auto row = town.readings_of(town.stream(station, "t")).rows.at(0);
  EXPECT_EQ(row.time, town.clock.now().ns);
  EXPECT_TRUE(row.flags & readings::flag::server_time);
  EXPECT_TRUE(row.flags & readings::flag::clock_doubt);
  EXPECT_EQ(town.probe.totals().restamped, 1U);
}

TEST(Admission, ReadingsOfAWrongClockStayApartAndInTheirOrder) {
  Entrance town;
  const ThingId station = town.add("AB-4");
  const auto& heard = town.commit(message(town, device_of(station),
                                          R"([{"ts":3000,"values":{"t":2,"u":7}},{"ts":1000,"values":{"t":1}},)"
                                          R"({"ts":2000,"values":{"t":1}},{"ts":3000,"values":{"t":3}}])"));
  EXPECT_EQ(heard.report.accepted, 5U);
  EXPECT_EQ(heard.report.duplicates, 0U);
  EXPECT_EQ(heard.report.corrected, 0U);
  const auto rows = town.readings_of(town.stream(station, "t")).rows;
  std::vector<std::int64_t> values;
  for (const auto& row : rows) values.push_back(row.bits);
  EXPECT_EQ(values, (std::vector<std::int64_t>{1, 1, 2, 3})) << "by the device's times, then as they came";
  EXPECT_EQ(rows.at(0).time, town.clock.now().ns);
  EXPECT_EQ(town.readings_of(town.stream(station, "u")).rows.at(0).time, rows.at(2).time) << "of one sample, one time";
  EXPECT_EQ(town.probe.totals().restamped, 5U);
}

TEST(Admission, MessagesOfAWrongClockInOneCommitStayApart) {
  Entrance town;
  const ThingId station = town.add("AB-4");
  std::vector<Submission> group;
  for (int i = 0; i < 3; i++) group.push_back(message(town, device_of(station), R"([{"ts":0,"values":{"t":1}}])"));
  town.admission->commit(group, 0);
  EXPECT_EQ(town.readings_of(town.stream(station, "t")).rows.size(), 3U);
  EXPECT_EQ(town.probe.totals().duplicates, 0U);
}

TEST(Admission, ADeviceThatWaitsKeepsItsReadingsApartToo) {
  Entrance town;
  town.commit(message(town, provisioning(), R"([{"ts":1000,"values":{"t":1}},{"ts":2000,"values":{"t":1}}])", "box"));
  const auto thing = town.admission->claim(town.unclaimed->list().at(0).id, {}, town.actor);
  ASSERT_TRUE(thing) << thing.error().message;
  EXPECT_EQ(town.readings_of(town.stream(*thing, "t")).rows.size(), 2U);
}

TEST(Admission, ADeviceThatWaitsKeepsTheTimeItCame) {
  Entrance town;
  const auto came = town.clock.now().ns;
  town.commit(message(town, provisioning(), R"([{"ts":1000,"values":{"t":1}}])", "box"));
  town.clock.advance(std::chrono::hours(48));
  const auto thing = town.admission->claim(town.unclaimed->list().at(0).id, {}, town.actor);
  ASSERT_TRUE(thing) << thing.error().message;
  EXPECT_EQ(town.readings_of(town.stream(*thing, "t")).rows.at(0).time, came);
}

TEST(Admission, ValuesOutsideThePlausibleRangeAreKeptAndFlagged) {
  Entrance town;
  const ThingId station = town.add("AB-4");
  town.commit(message(town, device_of(station), R"({"temperature":20})"));
  town.clock.advance(std::chrono::seconds(1));
  town.commit(message(town, device_of(station), R"({"temperature":999})"));
  const auto rows = town.readings_of(town.stream(station, "temperature")).rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_FALSE(rows[0].flags & readings::flag::out_of_range);
  EXPECT_TRUE(rows[1].flags & readings::flag::out_of_range);
  EXPECT_EQ(town.probe.totals().out_of_range, 1U);
}

TEST(Admission, DuplicatesAndCorrectionsAreCounted) {
  Entrance town;
  town.add("a");
  const auto at = town.ago(60);
  town.commit(town.lines("telemetry,thing=a t=1 " + at + "\ntelemetry,thing=a u=1 " + at));
  const auto& heard = town.commit(town.lines("telemetry,thing=a t=1 " + at + "\ntelemetry,thing=a u=2 " + at));
  EXPECT_EQ(heard.report.duplicates, 1U);
  EXPECT_EQ(heard.report.corrected, 1U);
  EXPECT_EQ(heard.report.accepted, 1U);
  EXPECT_EQ(town.probe.totals().duplicates, 1U);
}

Submission with_receipt(Submission submission, Receipt receipt) {
  submission.receipts = {receipt};
  submission.check_receipts = true;
  return submission;
}

TEST(Admission, AResendStoresNothingAndReportsDuplicates) {
  Entrance town;
  const ThingId station = town.add("AB-4");
  const char* json = R"({"t":1,"u":2})";  // without a time: only the receipt can tell
  town.commit(with_receipt(message(town, device_of(station), json), {1, 2}));
  town.clock.advance(std::chrono::seconds(5));
  const auto& heard = town.commit(with_receipt(message(town, device_of(station), json), {1, 2}));
  EXPECT_EQ(heard.report.duplicates, 2U);
  EXPECT_EQ(heard.report.accepted, 0U);
  EXPECT_EQ(town.readings_of(town.stream(station, "t")).rows.size(), 1U);
}

TEST(Admission, ReceiptsAreInTheLogOfTheCommitTheyProve) {
  Entrance town;
  const ThingId station = town.add("AB-4");
  town.commit(with_receipt(message(town, device_of(station), R"({"t":1})"), {1, 2}));
  ReceiptBook after_crash;
  ASSERT_TRUE(town.store->replay(0, [&](std::uint64_t, const readings::Batch&, std::string_view attachment) {
    return after_crash.decode(attachment);
  }));
  EXPECT_EQ(after_crash.seen({1, 2}, town.clock.now()), ReceiptBook::Seen::same);
}

TEST(Admission, ARepeatedKeyWithAnotherBodyIsAConflict) {
  Entrance town;
  town.add("a");
  town.commit(with_receipt(town.lines("telemetry,thing=a t=1 " + town.ago(9)), {1, 2}));
  const auto& heard = town.commit(with_receipt(town.lines("telemetry,thing=a t=2 " + town.ago(8)), {1, 3}));
  EXPECT_EQ(heard.error, ErrorKind::conflict);
  EXPECT_EQ(town.readings_of(town.stream(town.thing("a"), "t")).rows.size(), 1U);
}

TEST(Admission, ARetryInTheSameCommitIsRecognised) {
  Entrance town;
  const ThingId a = town.add("a");
  std::vector<Submission> group;
  for (const std::uint64_t payload : {2, 2, 3}) {
    group.push_back(with_receipt(town.lines("telemetry,thing=a t=1"), {1, payload}));
    town.clock.advance(std::chrono::seconds(1));
  }
  town.admission->commit(group, 0);
  EXPECT_EQ(town.reports[0]->report.accepted, 1U);
  EXPECT_EQ(town.reports[1]->report.duplicates, 1U);
  EXPECT_EQ(town.reports[2]->error, ErrorKind::conflict);
  EXPECT_EQ(town.readings_of(town.stream(a, "t")).rows.size(), 1U);
}

TEST(Admission, EachSenderOfAGroupHearsOfItsOwnRows) {
  Entrance town;
  town.add("a");
  const auto at = town.ago(60);
  town.commit(with_receipt(town.lines("telemetry,thing=a t=1 " + at), {1, 2}));
  std::vector<Submission> group;
  group.push_back(town.lines("telemetry,thing=a t=1 " + at));                                  // duplicate
  group.push_back(with_receipt(town.lines("telemetry,thing=a t=9 " + at), {1, 3}));  // conflict: fails alone
  group.push_back(town.lines("telemetry,thing=a u=1 " + at + "\ntelemetry,thing=a v=1 " + at));  // new
  group.push_back(town.lines("telemetry,thing=a t=2 " + at));  // corrected
  town.admission->commit(group, 0);
  EXPECT_EQ(town.reports[1]->report.duplicates, 1U);
  EXPECT_EQ(town.reports[2]->error, ErrorKind::conflict);
  EXPECT_EQ(town.reports[3]->report.accepted, 2U);
  EXPECT_EQ(town.reports[4]->report.corrected, 1U);
  for (const auto& heard : town.reports) EXPECT_EQ(heard->times, 1);
}

TEST(Admission, NothingIsAcknowledgedWhenTheStoreIsFull) {
  Entrance town;
  const ThingId a = town.add("a");
  town.store->full = true;
  std::vector<Submission> group;
  group.push_back(with_receipt(town.lines("telemetry,thing=a t=1 " + town.ago(9)), {1, 2}));
  group.push_back(town.lines("telemetry,thing=a t=2 " + town.ago(8)));
  town.admission->commit(group, 0);
  for (const auto& heard : town.reports) {
    EXPECT_EQ(heard->times, 1);
    EXPECT_EQ(heard->error, ErrorKind::full);
  }
  EXPECT_EQ(town.probe.totals().accepted, 0U);
  EXPECT_EQ(town.rejected("not_stored"), 2U);
  town.store->full = false;  // and the resend is not taken for one that was stored
  const auto& heard = town.commit(with_receipt(town.lines("telemetry,thing=a t=1 " + town.ago(9)), {1, 2}));
  EXPECT_EQ(heard.report.accepted, 1U);
  EXPECT_EQ(town.readings_of(town.stream(a, "t")).rows.size(), 1U);
}

TEST(Admission, NobodyIsAnsweredBeforeTheCommit) {
  Entrance town;
  town.add("a");
  int answered_before = -1;
  auto submission = town.lines("telemetry,thing=a t=1 " + town.ago(9));
  town.store->before_append = [&] { answered_before = town.reports.back()->times; };
  EXPECT_EQ(town.commit(std::move(submission)).times, 1);
  EXPECT_EQ(answered_before, 0);
}

TEST(Admission, RefusalsBeyondTheListOfProblemsAreCounted) {
  Entrance town;
  std::string text;
  for (int i = 0; i < 250; i++) text += "broken\n";
  const auto& heard = town.commit(town.lines(text));
  EXPECT_EQ(heard.report.problems.size(), kMaxProblems);
  EXPECT_EQ(heard.report.rejected, 250U);
  EXPECT_EQ(town.rejected("syntax"), 250U);
}

TEST(Admission, RenamedThingsAreLookedUpAfresh) {
  Entrance town;
  const ThingId a = town.add("a");
  EXPECT_EQ(town.commit(town.lines("telemetry,thing=a t=1 " + town.ago(9))).report.accepted, 1U);
  registry::Thing renamed;
  town.registry->read([&](const registry::Registry::View& view) { renamed = *view.thing(a); });
  renamed.key = "b";
  ASSERT_TRUE(town.registry->put_thing(renamed, town.actor));
  EXPECT_EQ(town.commit(town.lines("telemetry,thing=a t=2 " + town.ago(8))).report.unclaimed, 1U);
  EXPECT_EQ(town.readings_of(town.stream(a, "t")).rows.size(), 1U);
}

}  // namespace
}  // namespace qala::ingest
