#include "mqtt/server_fixture.h"

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
  client->publish({.topic = "r/2", .payload = "kept too", .qos = 2, .id = 2, .retain = true});
  EXPECT_EQ(client->next().type, PacketType::puback);
  EXPECT_EQ(client->next().type, PacketType::pubrec);
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
  writer->publish({.topic = "q/1", .payload = "one", .qos = 1, .id = 1, .properties = text_property(kContentType, "x")});
  writer->publish({.topic = "q/2", .payload = "two", .qos = 2, .id = 2});
  writer->next_of(PacketType::pubrec);
  crash_and_restart();
  auto back = std::make_unique<Client>(io, server->endpoints().anonymous_bus->port);
  EXPECT_TRUE(back->connect({.id = "r", .clean = false, .properties = kForADay}).session_present);
  const auto one = back->next(), two = back->next();
  EXPECT_EQ(one.payload, "one");
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
  const auto got = reader->next();
  reader->acknowledge(PacketType::pubrec, got.id);
  EXPECT_EQ(reader->next().type, PacketType::pubrel);
  crash_and_restart();
  auto writes_again = bus("w", {.clean = false, .properties = kForADay});
  writes_again->publish({.topic = "q", .payload = "once", .qos = 2, .id = 5, .duplicate = true});
  EXPECT_EQ(writes_again->next().type, PacketType::pubrec);
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
  again->publish({.topic = "q", .payload = "2", .qos = 2, .id = 5});
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
