// What Mosquitto 2.0.11 does where the standard leaves a choice: clients and public test suites count on it.
#include "mqtt/server_fixture.h"

namespace qala::mqtt::testing {
namespace {

using namespace std::chrono_literals;

const std::string kForADay = u32_property(kSessionExpiry, 86400);
constexpr Version kBoth[] = {Version::v311, Version::v5};

class InteropTest : public ServerTest {
 protected:
  void SetUp() override { start(); }
  std::unique_ptr<Client> raw() { return std::make_unique<Client>(io, server->endpoints().anonymous_bus->port); }
  /// The server has ended it without sending anything.
  static bool ended_in_silence(Client& client) { return client.next().type == PacketType{} && client.closed; }
};

TEST_F(InteropTest, AMessageOfQos2IsHandedOnWhenItIsReleased) {
  for (const auto version : kBoth) {
    auto client = bus("a", {.version = version});
    client->subscribe("t", 2);
    client->publish({.topic = "t", .payload = "x", .qos = 2, .id = 7});
    const auto taken = client->next();
    EXPECT_EQ(taken.type, PacketType::pubrec);
    EXPECT_EQ(taken.body.size(), 2u) << "no reason: who will get it is not known yet";
    EXPECT_TRUE(client->silent());
    client->acknowledge(PacketType::pubrel, 7);
    EXPECT_EQ(client->next_of(PacketType::pubcomp).id, 7);
    EXPECT_EQ(client->next_of(PacketType::publish).payload, "x");
    client->cut();
  }
}

TEST_F(InteropTest, WhatIsTooMuchToHoldIsHandedOnAtOnceAndOnce) {
  options.limits.queued_bytes = 10;
  stop();
  start();
  auto reader = bus("r"), writer = bus("w");
  reader->subscribe("t");
  writer->publish({.topic = "t", .payload = "12345678901234567890", .qos = 2, .id = 1});
  EXPECT_EQ(reader->next().payload.size(), 20u);
  EXPECT_EQ(writer->next().type, PacketType::pubrec);
  writer->acknowledge(PacketType::pubrel, 1);
  EXPECT_EQ(writer->next().type, PacketType::pubcomp);
  EXPECT_TRUE(reader->silent());
}

TEST_F(InteropTest, AcknowledgementsOfTheWrongKindEndTheConnection) {
  const std::pair<std::uint8_t, PacketType> wrong[] = {
      {1, PacketType::pubcomp}, {1, PacketType::pubrec}, {2, PacketType::puback}, {2, PacketType::pubcomp}};
  for (const auto version : kBoth) {
    for (const auto& [qos, type] : wrong) {
      auto client = bus("a", {.version = version});
      client->subscribe("t", qos);
      server->publish("t", "x", false, qos);
      client->acknowledge(type, client->next().id);
      EXPECT_TRUE(ended_in_silence(*client)) << int(qos) << " " << int(type);
    }
  }
}

TEST_F(InteropTest, PacketsThatAClientMustNotSendEndTheConnectionWithoutAWord) {
  for (const auto version : kBoth) {
    auto twice = bus("a", {.version = version});
    twice->send(connect_packet({.version = version, .id = "a"}));
    EXPECT_TRUE(ended_in_silence(*twice));
    auto server_like = bus("b", {.version = version});
    server_like->send(packet_of(PacketType::connack, 9, std::string("\0\1", 2)));
    EXPECT_TRUE(ended_in_silence(*server_like));
  }
}

TEST_F(InteropTest, AMalformedConnectIsNotAnswered) {
  auto client = raw();
  client->send(connect_packet({.id = "\xff"}));
  EXPECT_TRUE(ended_in_silence(*client));
}

TEST_F(InteropTest, AClientThatCannotTakeTheConnackIsLeft) {
  auto client = raw();
  client->send(connect_packet({.properties = u32_property(kMaximumPacket, 2)}));
  EXPECT_TRUE(ended_in_silence(*client));
}

TEST_F(InteropTest, ClientsOf31NeedAName) {
  auto client = raw();
  EXPECT_EQ(client->connect({.version = Version::v31, .id = ""}).code, static_cast<Code>(2));
}

TEST_F(InteropTest, FiltersThatMeanNothingEndTheConnectionAsMalformed) {
  for (const std::string filter : {"#/a", "a+", "$share//t"}) {
    auto client = bus("a");
    std::string body;
    put_u16(body, 5), put_list(body, {}), put_text(body, filter), put_u8(body, 0);
    client->send(packet_of(PacketType::subscribe, 2, body));
    const auto last = client->next();
    EXPECT_EQ(last.type, PacketType::disconnect);
    EXPECT_EQ(last.code, Code::malformed_packet);
  }
}

TEST_F(InteropTest, TwoHundredSlashesAreTakenAndNotMore) {
  auto client = bus("a");
  EXPECT_EQ(client->subscribe(std::string(200, '/')).code, Code::success);
  client->publish({.topic = std::string(200, '/'), .payload = "deep"});
  EXPECT_EQ(client->next().payload, "deep");
  client->publish({.topic = std::string(201, '/'), .payload = "deeper"});
  EXPECT_EQ(client->next().code, Code::protocol_error);
}

TEST_F(InteropTest, ABridgeMaySayThatItIsThere) {
  auto client = bus("a");
  client->publish({.topic = "$SYS/broker/connection/me/state", .qos = 1, .id = 1});
  EXPECT_EQ(client->next().code, Code::no_matching_subscribers);
  client->publish({.topic = "$SYS/broker/connection/me", .qos = 1, .id = 2});
  EXPECT_EQ(client->next().code, Code::not_authorized);
}

TEST_F(InteropTest, BusSessionsLastAsLongAsTheyLike) {
  auto client = raw();
  EXPECT_EQ(client->connect({.properties = u32_property(kSessionExpiry, 0xfffffffe)}).property(kSessionExpiry), "");
  auto thing = std::make_unique<Client>(io, server->endpoints().plain->port);
  const auto cut = thing->connect({.properties = u32_property(kSessionExpiry, 0xfffffffe), .user = "device:7"});
  EXPECT_EQ(cut.property(kSessionExpiry), std::to_string(30 * 24 * 3600));
}

TEST_F(InteropTest, TakingOverPublishesTheWillOnlyIfTheSessionEnds) {
  auto watcher = bus("watcher");
  watcher->subscribe("wills");
  for (const bool goes_on : {true, false}) {
    const Hello hello{.properties = kForADay, .will_topic = "wills", .will_payload = "gone"};
    auto first = bus("w", hello);
    auto second = bus("w", {.clean = !goes_on, .properties = kForADay});
    EXPECT_TRUE(first->wait_closed());
    if (!goes_on) EXPECT_EQ(watcher->next().payload, "gone");
    EXPECT_TRUE(watcher->silent());
    second->disconnect();
  }
}

TEST_F(InteropTest, ADelayedWillIsCancelledByReturningWithACleanStart) {
  auto watcher = bus("watcher");
  watcher->subscribe("wills");
  const Hello hello{.properties = kForADay,
                    .will_topic = "wills",
                    .will_payload = "gone",
                    .will_properties = u32_property(kWillDelay, 3)};
  bus("w", hello)->cut();
  ASSERT_TRUE(run_until([&] { return server->counters().connections == 1; }));
  auto back = bus("w");
  clock.advance(10s);
  EXPECT_TRUE(watcher->silent());
}

TEST_F(InteropTest, AWillDelayIsKeptAlsoWhereNothingIsSaidOfTheSession) {
  auto watcher = bus("watcher");
  watcher->subscribe("wills");
  Hello hello{.will_topic = "wills", .will_payload = "gone", .will_properties = u32_property(kWillDelay, 3)};
  bus("w", hello)->cut();
  ASSERT_TRUE(run_until([&] { return server->counters().connections == 1; }));
  clock.advance(2s);
  EXPECT_TRUE(watcher->silent());
  clock.advance(2s);
  EXPECT_EQ(watcher->next().payload, "gone");
  EXPECT_TRUE(run_until([&] { return server->counters().sessions == 1; }));

  bus("w", hello)->cut();
  ASSERT_TRUE(run_until([&] { return server->counters().connections == 1; }));
  auto back = raw();
  EXPECT_FALSE(back->connect({.id = "w", .clean = false}).session_present) << "only the will was left of it";
  clock.advance(10s);
  EXPECT_TRUE(watcher->silent());

  hello.properties = u32_property(kSessionExpiry, 0);
  bus("w2", hello)->cut();
  EXPECT_EQ(watcher->next().payload, "gone") << "said to end with the connection: so does the delay";
}

}  // namespace
}  // namespace qala::mqtt::testing
