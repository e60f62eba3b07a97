#include "mqtt/server_fixture.h"

namespace qala::mqtt::testing {
namespace {

using namespace std::chrono_literals;

class BrokerTest : public ServerTest {
 protected:
  void SetUp() override { start(); }
};

constexpr Version kBoth[] = {Version::v311, Version::v5};
const std::string kForADay = u32_property(kSessionExpiry, 86400);

TEST_F(BrokerTest, EveryQosReachesASubscriberInBothVersions) {
  for (const auto version : kBoth) {
    auto client = bus("a", {.version = version});
    EXPECT_EQ(client->subscribe("TopicA", 2).code, static_cast<Code>(2));
    client->publish({.topic = "TopicA", .payload = "0"});
    auto got = client->next();
    EXPECT_EQ(got.payload, "0");
    EXPECT_EQ(got.qos, 0);
    client->publish({.topic = "TopicA", .payload = "1", .qos = 1, .id = 1});
    got = client->next_of(PacketType::publish);
    EXPECT_EQ(got.qos, 1);
    client->acknowledge(PacketType::puback, got.id);
    EXPECT_EQ(client->next_of(PacketType::puback).id, 1);
    client->publish({.topic = "TopicA", .payload = "2", .qos = 2, .id = 2});
    EXPECT_EQ(client->next_of(PacketType::pubrec).id, 2);
    client->acknowledge(PacketType::pubrel, 2);
    EXPECT_EQ(client->next_of(PacketType::pubcomp).id, 2);
    got = client->next_of(PacketType::publish);
    EXPECT_EQ(got.qos, 2);
    client->acknowledge(PacketType::pubrec, got.id);
    EXPECT_EQ(client->next_of(PacketType::pubrel).id, got.id);
    client->acknowledge(PacketType::pubcomp, got.id);
    EXPECT_TRUE(client->silent());
    client->disconnect();
  }
}

TEST_F(BrokerTest, ARoutedQos2PacketSentAgainIsNotHandedOnTwice) {
  auto reader = bus("r"), writer = bus("w", {.properties = kForADay});
  reader->subscribe("t", 0);
  writer->publish({.topic = "t", .payload = "x", .qos = 2, .id = 9});
  EXPECT_EQ(writer->next().type, PacketType::pubrec);
  writer->cut();
  auto again = bus("w", {.clean = false, .properties = kForADay});
  again->publish({.topic = "t", .payload = "x", .qos = 2, .id = 9, .duplicate = true});
  EXPECT_EQ(again->next().type, PacketType::pubrec);
  EXPECT_TRUE(reader->silent());
  for (int i = 0; i < 2; i++) {  // as if the first PUBCOMP had been lost
    again->acknowledge(PacketType::pubrel, 9);
    const auto complete = again->next();
    EXPECT_EQ(complete.type, PacketType::pubcomp);
    EXPECT_EQ(complete.code, Code::success);
  }
  EXPECT_EQ(reader->next().payload, "x");
  EXPECT_TRUE(reader->silent());
}

TEST_F(BrokerTest, RetainedMessagesComeOnSubscribingAndGoWithAnEmptyOne) {
  auto client = bus("a");
  client->publish({.topic = "TopicA/B", .payload = "0", .retain = true});
  client->publish({.topic = "Topic/C", .payload = "1", .qos = 1, .id = 1, .retain = true});
  EXPECT_EQ(client->next().code, Code::no_matching_subscribers);
  client->subscribe("TopicA/#", 2);
  auto got = client->next();
  EXPECT_EQ(got.topic, "TopicA/B");
  EXPECT_TRUE(got.retain);
  client->publish({.topic = "TopicA/B", .retain = true});
  EXPECT_FALSE(client->next().retain);
  client->subscribe("TopicA/#", 2);
  EXPECT_TRUE(client->silent());
  client->subscribe("+/+", 0);
  got = client->next();
  EXPECT_EQ(got.topic, "Topic/C");
  EXPECT_EQ(got.qos, 0);
  EXPECT_EQ(server->counters().retained, 1u);
}

TEST_F(BrokerTest, RetainHandlingAndRetainAsPublishedAreObeyed) {
  auto client = bus("a");
  client->publish({.topic = "t", .payload = "kept", .retain = true});
  client->subscribe("t", 0x20);
  EXPECT_TRUE(client->silent());
  client->subscribe("t", 0x10);  // known already
  EXPECT_TRUE(client->silent());
  client->unsubscribe("t");
  client->subscribe("t", 0x10 | 0x08);
  EXPECT_TRUE(client->next().retain);
  client->publish({.topic = "t", .payload = "new", .retain = true});
  EXPECT_TRUE(client->next().retain);
  client->publish({.topic = "t", .payload = "newer"});
  EXPECT_FALSE(client->next().retain);
}

TEST_F(BrokerTest, NoLocalKeepsOwnMessagesAway) {
  auto one = bus("1"), two = bus("2");
  one->subscribe("t", 0x04);
  two->subscribe("t", 0x04);
  one->publish({.topic = "t", .payload = "x"});
  EXPECT_EQ(two->next().payload, "x");
  EXPECT_TRUE(one->silent());
}

TEST_F(BrokerTest, OverlappingSubscriptionsBecomeOneMessageWithAllIdentifiers) {
  auto client = bus("a");
  std::string two, three;
  put_u8(two, kIdentifier), put_varint(two, 2);
  put_u8(three, kIdentifier), put_varint(three, 456789);
  client->subscribe("TopicA/#", 2, two);
  client->subscribe("TopicA/+", 1, three);
  EXPECT_TRUE(client->hand_over({.topic = "TopicA/C", .payload = "x", .id = 1}));
  const auto got = client->next();
  EXPECT_EQ(got.qos, 2);
  EXPECT_EQ(got.properties.count(kIdentifier), 2u);
  EXPECT_TRUE(client->silent());
}

TEST_F(BrokerTest, LeadingWildcardsDoNotCoverDollarTopics) {
  auto client = bus("a");
  client->subscribe("#");
  client->subscribe("+/x");
  client->publish({.topic = "$internal/x", .payload = "x", .qos = 1, .id = 1});
  EXPECT_EQ(client->next().type, PacketType::puback);
  client->subscribe("$internal/+");
  client->publish({.topic = "$internal/x", .payload = "x"});
  EXPECT_EQ(client->next().topic, "$internal/x");
}

TEST_F(BrokerTest, PropertiesOfAMessageReachItsReceivers) {
  auto client = bus("a");
  client->subscribe("t");
  std::string list = "\x01\x01" + text_property(kContentType, "text/plain") + text_property(kResponseTopic, "answers") +
                     text_property(kCorrelation, "334");
  for (const auto& [name, value] : {std::pair{"a", "2"}, {"c", "3"}}) {
    put_u8(list, kUser);
    put_text(list, name);
    put_text(list, value);
  }
  client->publish({.topic = "t", .payload = "x", .properties = list});
  const auto got = client->next();
  EXPECT_EQ(got.property(kFormat), "1");
  EXPECT_EQ(got.property(kContentType), "text/plain");
  EXPECT_EQ(got.property(kResponseTopic), "answers");
  EXPECT_EQ(got.property(kCorrelation), "334");
  std::vector<std::string> users;
  for (auto [at, end] = got.properties.equal_range(kUser); at != end; ++at) users.push_back(at->second);
  EXPECT_EQ(users, (std::vector<std::string>{"a=2", "c=3"}));
}

TEST_F(BrokerTest, OfflineMessagesWaitForTheirSession) {
  for (const auto version : kBoth) {
    const Hello hello{.version = version, .clean = false, .properties = version == Version::v5 ? kForADay : ""};
    auto reader = bus("offline", hello);
    reader->subscribe("q/+", 2);
    reader->disconnect();
    auto writer = bus("w", {.version = version});
    writer->publish({.topic = "q/0", .payload = "0"});
    writer->publish({.topic = "q/1", .payload = "1", .qos = 1, .id = 1});
    EXPECT_TRUE(writer->hand_over({.topic = "q/2", .payload = "2", .id = 2}));
    auto back = std::make_unique<Client>(io, server->endpoints().anonymous_bus->port);
    auto again = hello;
    again.id = "offline";
    EXPECT_TRUE(back->connect(again).session_present);
    EXPECT_EQ(back->next().payload, "1");
    EXPECT_EQ(back->next().payload, "2");
    EXPECT_TRUE(back->silent());
    back->disconnect();
    auto gone = bus("offline", {.version = version, .clean = true});
    EXPECT_TRUE(gone->silent());
  }
}

TEST_F(BrokerTest, WhatWasNotAcknowledgedIsSentAgainOnReconnecting) {
  auto client = bus("r", {.properties = kForADay});
  client->subscribe("t/#", 2);
  client->publish({.topic = "t/1", .payload = "1", .qos = 1, .id = 1});
  const auto first = client->next_of(PacketType::publish);
  client->next_of(PacketType::puback);
  client->hand_over({.topic = "t/2", .payload = "2", .id = 2});
  const auto second = client->next();
  client->hand_over({.topic = "t/3", .payload = "3", .id = 3});
  const auto third = client->next();
  client->acknowledge(PacketType::pubrec, third.id);
  client->next_of(PacketType::pubrel);
  client->cut();
  auto back = bus("r", {.clean = false, .properties = kForADay});
  const auto one = back->next(), two = back->next(), released = back->next();
  EXPECT_EQ(one.id, first.id);
  EXPECT_TRUE(one.duplicate);
  EXPECT_EQ(two.id, second.id);
  EXPECT_EQ(released.type, PacketType::pubrel);
  EXPECT_EQ(released.id, third.id);
  EXPECT_FALSE(first.duplicate);
}

TEST_F(BrokerTest, SessionsExpire) {
  auto client = bus("e", {.properties = u32_property(kSessionExpiry, 5)});
  client->subscribe("t", 1);
  client->disconnect();
  clock.advance(4s);
  ASSERT_TRUE(run_until([&] { return server->counters().connections == 0; }));
  EXPECT_EQ(server->counters().sessions, 1u);
  clock.advance(2s);
  EXPECT_TRUE(run_until([&] { return server->counters().sessions == 0; }));
  EXPECT_EQ(server->counters().subscriptions, 0u);
}

TEST_F(BrokerTest, DisconnectMayChangeTheExpiryButNotFromZero) {
  auto client = bus("e", {.properties = u32_property(kSessionExpiry, 1)});
  std::string body(1, '\0');
  put_list(body, u32_property(kSessionExpiry, 100));
  client->disconnect(body);
  clock.advance(50s);
  EXPECT_EQ(server->counters().sessions, 1u);
  auto zero = bus("z");
  zero->send(packet_of(PacketType::disconnect, 0, body));
  EXPECT_EQ(zero->next().code, Code::protocol_error);
}

TEST_F(BrokerTest, ASecondConnectionTakesTheSessionOver) {
  auto first = bus("same", {.properties = kForADay});
  first->subscribe("t");
  auto second = bus("same", {.clean = false, .properties = kForADay});
  const auto last = first->next();
  EXPECT_EQ(last.type, PacketType::disconnect);
  EXPECT_EQ(last.code, Code::session_taken_over);
  EXPECT_TRUE(first->wait_closed());
  server->publish("t", "x", false, 0);
  EXPECT_EQ(second->next().payload, "x");
}

TEST_F(BrokerTest, WillsSpeakForThoseWhoAreCutOff) {
  auto watcher = bus("w");
  watcher->subscribe("wills", 2);
  const Hello hello{.will_topic = "wills", .will_payload = "gone", .will_qos = 1};
  bus("polite", hello)->disconnect();
  EXPECT_TRUE(watcher->silent());
  bus("rude", hello)->cut();
  EXPECT_EQ(watcher->next().payload, "gone");
  bus("wishful", hello)->disconnect(std::string(1, '\x04'));
  EXPECT_EQ(watcher->next().payload, "gone");
}

TEST_F(BrokerTest, WillDelayEndsWithTheDelayOrTheSessionAndReturningCancelsIt) {
  auto watcher = bus("w");
  watcher->subscribe("wills");
  Hello hello{.properties = u32_property(kSessionExpiry, 5),
              .will_topic = "wills",
              .will_payload = "late",
              .will_properties = u32_property(kWillDelay, 3)};
  bus("d", hello)->cut();
  ASSERT_TRUE(run_until([&] { return server->counters().connections == 1; }));
  clock.advance(2s);
  EXPECT_TRUE(watcher->silent());
  clock.advance(2s);
  EXPECT_EQ(watcher->next().payload, "late");

  hello.properties = u32_property(kSessionExpiry, 2);
  bus("d", hello)->cut();
  ASSERT_TRUE(run_until([&] { return server->counters().connections == 1; }));
  clock.advance(2500ms);
  EXPECT_EQ(watcher->next().payload, "late");

  hello.properties = u32_property(kSessionExpiry, 50);
  bus("d", hello)->cut();
  ASSERT_TRUE(run_until([&] { return server->counters().connections == 1; }));
  auto back = bus("d", {.clean = false, .properties = hello.properties});
  clock.advance(10s);
  EXPECT_TRUE(watcher->silent());
}

TEST_F(BrokerTest, SilenceBeyondOneAndAHalfKeepAlivesEndsTheConnection) {
  auto watcher = bus("w");
  watcher->subscribe("wills");
  auto client = bus("k", {.keep_alive = 10, .will_topic = "wills", .will_payload = "silent"});
  clock.advance(14s);
  EXPECT_TRUE(client->silent());
  clock.advance(14s);
  EXPECT_TRUE(watcher->silent());
  clock.advance(2s);
  EXPECT_EQ(watcher->next().payload, "silent");
  EXPECT_EQ(client->next().code, Code::keep_alive_timeout);
  EXPECT_EQ(server->counters().timed_out_keep_alive, 1u);
}

TEST_F(BrokerTest, WhoDoesNotConnectIsSentAway) {
  Client client(io, server->endpoints().plain->port);
  ASSERT_TRUE(run_until([&] { return server->counters().connections == 1; }));
  clock.advance(11s);
  EXPECT_TRUE(client.wait_closed());
  EXPECT_EQ(server->counters().timed_out_unauthenticated, 1u);
}

TEST_F(BrokerTest, MessagesExpireWhileTheyWaitAndTellWhatIsLeft) {
  auto reader = bus("r", {.properties = kForADay});
  reader->subscribe("t", 2);
  reader->disconnect();
  auto writer = bus("w");
  writer->publish({.topic = "t", .payload = "short", .qos = 1, .id = 1, .properties = u32_property(kExpiry, 1)});
  EXPECT_TRUE(writer->hand_over({.topic = "t", .payload = "long", .id = 2, .properties = u32_property(kExpiry, 6)}));
  clock.advance(3s);
  auto back = bus("r", {.clean = false, .properties = kForADay});
  const auto got = back->next();
  EXPECT_EQ(got.payload, "long");
  EXPECT_EQ(got.property(kExpiry), "3");
  EXPECT_TRUE(back->silent());
}

TEST_F(BrokerTest, RetainedMessagesExpire) {
  auto client = bus("a");
  client->publish({.topic = "t", .payload = "x", .retain = true, .properties = u32_property(kExpiry, 5)});
  EXPECT_TRUE(client->silent());
  EXPECT_EQ(server->counters().retained, 1u);
  clock.advance(6s);
  EXPECT_TRUE(run_until([&] { return server->counters().retained == 0; }));
}

TEST_F(BrokerTest, ClientReceiveMaximumHoldsMessagesBack) {
  auto client = bus("f", {.properties = u16_property(kReceiveMaximum, 2)});
  client->subscribe("t", 2);
  for (std::uint16_t id = 1; id <= 3; id++) client->publish({.topic = "t", .payload = "x", .qos = 1, .id = id});
  const auto one = client->next_of(PacketType::publish);
  client->next_of(PacketType::publish);
  for (int i = 0; i < 3; i++) EXPECT_EQ(client->next_of(PacketType::puback).type, PacketType::puback);
  EXPECT_TRUE(client->silent());
  client->acknowledge(PacketType::puback, one.id);
  EXPECT_EQ(client->next().type, PacketType::publish);
}

TEST_F(BrokerTest, ServerReceiveMaximumIsEnforced) {
  Client client(io, server->endpoints().anonymous_bus->port);
  const auto hello = client.connect();
  const auto maximum = std::stoi(hello.property(kReceiveMaximum));
  for (int i = 1; i <= maximum + 1; i++) client.publish({.topic = "t", .qos = 2, .id = static_cast<std::uint16_t>(i)});
  EXPECT_EQ(client.next_of(PacketType::disconnect).code, Code::receive_maximum_exceeded);
}

TEST_F(BrokerTest, ClientTopicAliasesAreRememberedForTheConnectionOnly) {
  auto client = bus("a");
  client->subscribe("t");
  client->publish({.topic = "t", .payload = "1", .properties = u16_property(kAlias, 1)});
  EXPECT_EQ(client->next().payload, "1");
  client->publish({.topic = "", .payload = "2", .properties = u16_property(kAlias, 1)});
  const auto got = client->next();
  EXPECT_EQ(got.payload, "2");
  EXPECT_EQ(got.topic, "t");
  auto other = bus("b");
  other->publish({.topic = "", .payload = "3", .properties = u16_property(kAlias, 1)});
  EXPECT_EQ(other->next().code, Code::protocol_error);
  for (const std::uint16_t bad : {0, 11}) {
    auto third = bus("c");
    third->publish({.topic = "t", .properties = u16_property(kAlias, bad)});
    EXPECT_EQ(third->next().code, Code::topic_alias_invalid);
  }
}

TEST_F(BrokerTest, ServerUsesTopicAliasesIfTheClientLikesThem) {
  auto client = bus("a", {.properties = u16_property(kAliasMaximum, 1)});
  client->subscribe("+");
  for (int i = 0; i < 2; i++) client->publish({.topic = "t", .payload = "x"});
  client->publish({.topic = "u", .payload = "x"});
  const auto first = client->next(), second = client->next(), third = client->next();
  EXPECT_EQ(first.topic, "t");
  EXPECT_EQ(first.property(kAlias), "1");
  EXPECT_EQ(second.topic, "");
  EXPECT_EQ(second.property(kAlias), "1");
  EXPECT_EQ(third.topic, "u");
  EXPECT_EQ(third.property(kAlias), "");
}

TEST_F(BrokerTest, MessagesLargerThanTheClientTakesAreLeftOut) {
  auto client = bus("a", {.properties = u32_property(kMaximumPacket, 64)});
  client->subscribe("t", 2);
  client->publish({.topic = "t", .payload = std::string(32, '.')});
  EXPECT_EQ(client->next().payload.size(), 32u);
  client->publish({.topic = "t", .payload = std::string(64, '.'), .qos = 1, .id = 1});
  EXPECT_EQ(client->next().type, PacketType::puback);
  EXPECT_TRUE(client->silent());
}

TEST_F(BrokerTest, LongKeepAlivesOfBusClientsAreShortened) {
  Client client(io, server->endpoints().anonymous_bus->port);
  EXPECT_EQ(client.connect({.keep_alive = 120}).property(kServerKeepAlive), "60");
  Client short_one(io, server->endpoints().anonymous_bus->port);
  EXPECT_EQ(short_one.connect({.keep_alive = 30}).property(kServerKeepAlive), "");
}

TEST_F(BrokerTest, NamelessClientsAreNamedOrRefused) {
  const auto port = server->endpoints().anonymous_bus->port;
  Client modern(io, port), fresh(io, port), wants_session(io, port);
  EXPECT_NE(modern.connect({.id = ""}).property(kAssignedId), "");
  EXPECT_EQ(fresh.connect({.version = Version::v311, .id = ""}).code, Code::success);
  EXPECT_EQ(wants_session.connect({.version = Version::v311, .id = "", .clean = false}).code, static_cast<Code>(2));
  EXPECT_TRUE(wants_session.wait_closed());
}

TEST_F(BrokerTest, SharedSubscriptionsGiveEachMessageToOneMember) {
  auto one = bus("1"), two = bus("2"), all = bus("3");
  one->subscribe("$share/group/t", 1);
  two->subscribe("$share/group/t", 1);
  all->subscribe("t");
  for (int i = 0; i < 4; i++) all->publish({.topic = "t", .payload = std::to_string(i)});
  for (auto* member : {one.get(), two.get()}) {
    EXPECT_EQ(member->next().type, PacketType::publish);
    EXPECT_EQ(member->next().type, PacketType::publish);
    EXPECT_TRUE(member->silent());
  }
  for (int i = 0; i < 4; i++) EXPECT_EQ(all->next().type, PacketType::publish);
  EXPECT_EQ(one->unsubscribe("$share/group/t").code, Code::success);
  all->publish({.topic = "t", .payload = "x"});
  EXPECT_EQ(two->next().payload, "x");
}

TEST_F(BrokerTest, UnsubscribingEndsAndSaysWhatWasNotThere) {
  auto client = bus("a");
  client->subscribe("t");
  EXPECT_EQ(client->unsubscribe("t").code, Code::success);
  EXPECT_EQ(client->unsubscribe("t").code, Code::no_subscription_existed);
  client->publish({.topic = "t", .payload = "x"});
  EXPECT_TRUE(client->silent());
}

TEST_F(BrokerTest, FullQueuesDropTheNewestAndCount) {
  options.limits.queued_messages = 2;
  stop();
  start();
  auto reader = bus("r", {.properties = kForADay});
  reader->subscribe("t", 1);
  reader->disconnect();
  auto writer = bus("w");
  for (std::uint16_t id = 1; id <= 3; id++) {
    writer->publish({.topic = "t", .payload = std::to_string(id), .qos = 1, .id = id});
    writer->next();
  }
  EXPECT_EQ(server->counters().dropped_full, 1u);
  auto back = bus("r", {.clean = false, .properties = kForADay});
  EXPECT_EQ(back->next().payload, "1");
  EXPECT_EQ(back->next().payload, "2");
  EXPECT_TRUE(back->silent());
}

TEST_F(BrokerTest, WrongCredentialsAreRefusedAndCounted) {
  const auto port = server->endpoints().plain->port;
  Client modern(io, port), old(io, port), early(io, port);
  EXPECT_EQ(modern.connect({.user = "stranger"}).code, Code::not_authorized);
  EXPECT_EQ(old.connect({.version = Version::v311, .user = "stranger"}).code, static_cast<Code>(5));
  EXPECT_EQ(early.connect({.version = Version::v311, .user = "busy"}).code, static_cast<Code>(3));
  EXPECT_TRUE(modern.wait_closed());
  EXPECT_EQ(server->counters().refused_credentials, 3u);
}

TEST_F(BrokerTest, PacketsBehindAConnectWaitForTheAuthentication) {
  handler.hold_authentication = true;
  Client client(io, server->endpoints().plain->port);
  client.version = Version::v5;
  client.send(connect_packet({.user = "device:7"}) +
              publish_packet(Version::v5, {.topic = "v1/devices/me/telemetry", .payload = "early", .qos = 1, .id = 1}));
  ASSERT_TRUE(run_until([&] { return handler.held != nullptr; }));
  EXPECT_TRUE(handler.seen.empty());
  handler.held();
  EXPECT_TRUE(run_until([&] { return handler.seen.size() == 1; }));
}

TEST_F(BrokerTest, ConnectionsBeyondTheLimitAreClosed) {
  options.limits.connections = 2;
  stop();
  start();
  auto one = bus("1"), two = bus("2");
  Client three(io, server->endpoints().anonymous_bus->port);
  EXPECT_TRUE(three.wait_closed());
  EXPECT_EQ(server->counters().refused_limits, 1u);
}

TEST_F(BrokerTest, WithdrawnTokensLoseTheirConnections) {
  auto one = device("device:7"), two = device("device:8");
  server->drop(TokenId(7));
  EXPECT_EQ(one->next().code, Code::not_authorized);
  EXPECT_TRUE(two->silent());
}

TEST_F(BrokerTest, PacketsInAnyPiecesAreUnderstood) {
  auto client = bus("a");
  client->subscribe("t", 1);
  const auto packet = publish_packet(Version::v5, {.topic = "t", .payload = "in pieces", .qos = 1, .id = 1});
  for (const char byte : packet) {
    client->send(std::string(1, byte));
    io.run_one_for(1ms);
  }
  EXPECT_EQ(client->next_of(PacketType::publish).payload, "in pieces");
  const std::string large(900'000, 'x');
  client->publish({.topic = "t", .payload = large, .qos = 1, .id = 2});
  EXPECT_EQ(client->next_of(PacketType::publish).payload.size(), large.size());
}

TEST_F(BrokerTest, GoodByeOnStopping) {
  auto client = bus("a");
  stop();
  EXPECT_EQ(client->next().code, Code::server_shutting_down);
}

}  // namespace
}  // namespace qala::mqtt::testing
