#include "mqtt/server_fixture.h"

#include <set>

#include "base/sqlite.h"

namespace qala::mqtt::testing {
namespace {

const std::string kForADay = u32_property(kSessionExpiry, 86400);

class PersistenceTest : public ServerTest {
 protected:
  void SetUp() override {
    use_session_file();
    start();
  }
  void crash_and_restart() {
    crash();
    start();
  }
};

TEST_F(PersistenceTest, RetainedMessagesSurviveACrashOnceAcknowledged) {
  auto client = bus("a");
  client->publish({.topic = "r/1", .payload = "kept", .qos = 1, .id = 1, .retain = true});
  EXPECT_EQ(client->next().type, PacketType::puback);
  EXPECT_TRUE(client->hand_over({.topic = "r/2", .payload = "kept too", .id = 2, .retain = true}));
  crash_and_restart();
  auto back = bus("b");
  back->subscribe("r/#", 2);
  EXPECT_EQ(back->next().payload, "kept");
  EXPECT_EQ(back->next().payload, "kept too");
}

TEST_F(PersistenceTest, ErasedRetainedMessagesStayErased) {
  auto client = bus("a");
  client->publish({.topic = "r", .payload = "1", .qos = 1, .id = 1, .retain = true});
  client->publish({.topic = "r", .payload = "2", .qos = 1, .id = 2, .retain = true});
  client->next();
  client->next();
  client->publish({.topic = "r", .qos = 1, .id = 3, .retain = true});
  EXPECT_EQ(client->next().id, 3);
  crash_and_restart();
  auto back = bus("b");
  back->subscribe("r", 2);
  EXPECT_TRUE(back->silent());
}

TEST_F(PersistenceTest, SessionsAndTheirQueuesSurviveACrashOnceAcknowledged) {
  std::string identifier;
  put_u8(identifier, kIdentifier), put_varint(identifier, 300);
  auto reader = bus("r", {.properties = kForADay});
  reader->subscribe("q/+", 2, identifier);
  reader->disconnect();
  auto writer = bus("w");
  writer->publish(
      {.topic = "q/1", .payload = "one", .qos = 1, .id = 1, .properties = text_property(kContentType, "x")});
  EXPECT_TRUE(writer->hand_over({.topic = "q/2", .payload = "two", .id = 2}));
  crash_and_restart();
  auto back = std::make_unique<Client>(io, server->endpoints().anonymous_bus->port);
  EXPECT_TRUE(back->connect({.id = "r", .clean = false, .properties = kForADay}).session_present);
  const auto one = back->next(), two = back->next();
  EXPECT_EQ(one.payload, "one");
  EXPECT_FALSE(one.duplicate) << "it was never sent before";
  EXPECT_EQ(one.property(kContentType), "x");
  EXPECT_EQ(one.property(kIdentifier), "300");
  EXPECT_EQ(two.payload, "two");
  EXPECT_EQ(two.qos, 2);
  server->publish("q/3", "live", false, 0);
  EXPECT_EQ(back->next().payload, "live");
}

TEST_F(PersistenceTest, WhatWasDeliveredDoesNotComeBack) {
  auto reader = bus("r", {.properties = kForADay});
  reader->subscribe("q", 1);
  auto writer = bus("w");
  for (std::uint16_t id = 1; id <= 2; id++) {
    writer->publish({.topic = "q", .payload = std::to_string(id), .qos = 1, .id = id});
    EXPECT_EQ(writer->next().type, PacketType::puback);
  }
  const auto first = reader->next();
  reader->acknowledge(PacketType::puback, first.id);
  EXPECT_EQ(reader->next().payload, "2");
  reader->subscribe("other");  // answered after the commit that holds the acknowledgement
  crash_and_restart();
  auto back = bus("r", {.clean = false, .properties = kForADay});
  const auto again = back->next();
  EXPECT_EQ(again.payload, "2");
  EXPECT_TRUE(again.duplicate);
  EXPECT_TRUE(back->silent());
}

TEST_F(PersistenceTest, Qos2IsExactlyOnceAcrossACrash) {
  auto reader = bus("r", {.properties = kForADay});
  auto writer = bus("w", {.properties = kForADay});
  reader->subscribe("q", 2);
  writer->publish({.topic = "q", .payload = "once", .qos = 2, .id = 5});
  EXPECT_EQ(writer->next().type, PacketType::pubrec);
  crash_and_restart();  // with the message taken and not yet released
  auto writes_again = bus("w", {.clean = false, .properties = kForADay});
  auto reads = bus("r", {.clean = false, .properties = kForADay});
  writes_again->publish({.topic = "q", .payload = "once", .qos = 2, .id = 5, .duplicate = true});
  EXPECT_EQ(writes_again->next().type, PacketType::pubrec);
  writes_again->acknowledge(PacketType::pubrel, 5);
  EXPECT_EQ(writes_again->next().type, PacketType::pubcomp);
  const auto got = reads->next();
  EXPECT_EQ(got.payload, "once");
  reads->acknowledge(PacketType::pubrec, got.id);
  EXPECT_EQ(reads->next().type, PacketType::pubrel);
  crash_and_restart();  // with the message received and not yet complete
  auto completes = bus("w", {.clean = false, .properties = kForADay});
  completes->acknowledge(PacketType::pubrel, 5);
  EXPECT_EQ(completes->next().type, PacketType::pubcomp);
  auto reads_again = bus("r", {.clean = false, .properties = kForADay});
  const auto only = reads_again->next();
  EXPECT_EQ(only.type, PacketType::pubrel);
  EXPECT_EQ(only.id, got.id);
  EXPECT_TRUE(reads_again->silent());
}

TEST_F(PersistenceTest, AReleasedPacketIdIsFreeAfterACrash) {
  auto writer = bus("w", {.properties = kForADay});
  writer->publish({.topic = "q", .payload = "1", .qos = 2, .id = 5});
  writer->next();
  writer->acknowledge(PacketType::pubrel, 5);
  EXPECT_EQ(writer->next().type, PacketType::pubcomp);
  crash_and_restart();
  auto reader = bus("r");
  reader->subscribe("q");
  auto again = bus("w", {.clean = false, .properties = kForADay});
  EXPECT_TRUE(again->hand_over({.topic = "q", .payload = "2", .id = 5}));
  EXPECT_EQ(reader->next().payload, "2");
}

TEST_F(PersistenceTest, CleanStartForgetsOnTheDiskToo) {
  auto reader = bus("r", {.properties = kForADay});
  reader->subscribe("q", 1);
  reader->disconnect();
  auto fresh = bus("r", {.properties = kForADay});
  fresh->subscribe("other", 1);
  crash_and_restart();
  Client back(io, server->endpoints().anonymous_bus->port);
  EXPECT_TRUE(back.connect({.id = "r", .clean = false, .properties = kForADay}).session_present);
  EXPECT_EQ(server->counters().subscriptions, 1u);
}

TEST_F(PersistenceTest, SessionsExpireWhileTheProgramIsDown) {
  bus("r", {.properties = u32_property(kSessionExpiry, 100)})->disconnect();
  stop();
  clock.set(clock.now() + std::chrono::seconds(200));
  start();
  EXPECT_TRUE(run_until([&] { return server->counters().sessions == 0; }));
}

TEST_F(PersistenceTest, WillsSurviveACrashAndWaitAMinuteForTheirClients) {
  const Hello fleeting{.will_topic = "wills/1", .will_payload = "gone", .will_qos = 1, .will_retain = true};
  const Hello lasting{.properties = kForADay, .will_topic = "wills/2", .will_payload = "gone too"};
  const Hello returning{.will_topic = "wills/3", .will_payload = "came back"};
  const Hello polite{.will_topic = "wills/4", .will_payload = "said good-bye"};
  auto one = bus("1", fleeting), two = bus("2", lasting), three = bus("3", returning), four = bus("4", polite);
  four->disconnect();
  auto last = bus("5", {.properties = kForADay});
  last->subscribe("other");  // answered after the commit that holds all of it
  crash_and_restart();
  auto watcher = bus("watcher");
  watcher->subscribe("wills/+");
  auto back = bus("3");
  clock.advance(std::chrono::seconds(50));
  EXPECT_TRUE(watcher->silent());
  clock.advance(std::chrono::seconds(20));
  std::set<std::string> heard{watcher->next().payload, watcher->next().payload};
  EXPECT_EQ(heard, (std::set<std::string>{"gone", "gone too"}));
  EXPECT_TRUE(watcher->silent());
  last = bus("5", {.clean = false, .properties = kForADay});
  last->subscribe("another");
  crash_and_restart();
  watcher = bus("watcher");
  watcher->subscribe("wills/+");
  EXPECT_EQ(watcher->next().payload, "gone") << "it was retained";
  clock.advance(std::chrono::seconds(70));
  EXPECT_TRUE(watcher->silent()) << "published once";
}

TEST_F(PersistenceTest, AWillThatSurvivedLivesFromItsPublishingOn) {
  auto client = bus("1", {.will_topic = "wills", .will_payload = "gone", .will_properties = u32_property(kExpiry, 5)});
  auto last = bus("2", {.properties = kForADay});
  last->subscribe("other");  // answered after the commit that holds the will
  crash_and_restart();
  auto watcher = bus("watcher");
  watcher->subscribe("wills");
  clock.advance(std::chrono::seconds(70));
  const auto got = watcher->next();
  EXPECT_EQ(got.payload, "gone");
  EXPECT_EQ(got.property(kExpiry), "5");
}

TEST_F(PersistenceTest, AStoppedServerPublishesWillsOfThoseWhoDoNotComeBackToTheNext) {
  auto client = bus("1", {.will_topic = "wills", .will_payload = "gone"});
  stop();
  start();
  auto watcher = bus("watcher");
  watcher->subscribe("wills");
  clock.advance(std::chrono::seconds(70));
  EXPECT_EQ(watcher->next().payload, "gone");
}

TEST_F(PersistenceTest, PacketIdsGoOnAfterARestart) {
  auto reader = bus("r", {.properties = kForADay});
  reader->subscribe("q", 1);
  auto writer = bus("w");
  writer->publish({.topic = "q", .payload = "1", .qos = 1, .id = 1});
  reader->acknowledge(PacketType::puback, reader->next().id);
  EXPECT_TRUE(reader->silent());
  stop();
  start();
  auto back = bus("r", {.clean = false, .properties = kForADay});
  server->publish("q", "2", false, 1);
  EXPECT_EQ(back->next().id, 2);
}

TEST_F(PersistenceTest, OnlyWhatWasSentBeforeIsMarkedAsADuplicateAfterARestart) {
  auto reader = bus("r", {.properties = kForADay});
  reader->subscribe("q", 1);
  auto writer = bus("w");
  writer->publish({.topic = "q", .payload = "sent", .qos = 1, .id = 1});
  EXPECT_EQ(reader->next().payload, "sent");
  reader->disconnect();
  writer->publish({.topic = "q", .payload = "not sent", .qos = 1, .id = 2});
  writer->next(), writer->next();
  crash_and_restart();
  auto back = bus("r", {.clean = false, .properties = kForADay});
  EXPECT_TRUE(back->next().duplicate);
  EXPECT_FALSE(back->next().duplicate);
}

TEST_F(PersistenceTest, ErasingARetainedMessageThatIsNotThereIsAcknowledged) {
  auto client = bus("a");
  client->publish({.topic = "never", .qos = 1, .id = 1, .retain = true});
  EXPECT_EQ(client->next().type, PacketType::puback);
}

TEST_F(PersistenceTest, AFileOfVersion1IsBroughtUpToDate) {
  auto reader = bus("r", {.properties = kForADay});
  reader->subscribe("q", 2);
  reader->disconnect();
  auto writer = bus("w", {.properties = kForADay});
  EXPECT_TRUE(writer->hand_over({.topic = "q", .payload = "old", .id = 4}));
  writer->disconnect();
  stop();
  {
    auto db = sqlite::Database::open(options.session_file);
    ASSERT_TRUE(db);
    ASSERT_TRUE(
        db->exec("DROP TABLE will; ALTER TABLE session DROP COLUMN sent; ALTER TABLE inbound DROP COLUMN message;"
                 "INSERT INTO inbound SELECT number, 9 FROM session WHERE client_id = 'w'"));
    ASSERT_TRUE(db->set_user_version(1));
  }
  start();
  auto back = bus("r", {.clean = false, .properties = kForADay});
  EXPECT_EQ(back->next().payload, "old");
  auto again = bus("w", {.clean = false, .properties = kForADay});
  again->publish({.topic = "q", .payload = "handed on before", .qos = 2, .id = 9, .duplicate = true});
  EXPECT_EQ(again->next().type, PacketType::pubrec);
  again->acknowledge(PacketType::pubrel, 9);
  EXPECT_EQ(again->next().type, PacketType::pubcomp);
  EXPECT_TRUE(back->silent());
}

TEST_F(PersistenceTest, AFileOfANewerVersionIsRefused) {
  stop();
  {
    auto db = sqlite::Database::open(options.session_file);
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->set_user_version(99));
  }
  Server other(io, handler, options);
  const auto started = other.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace qala::mqtt::testing
