#include "mqtt/server_fixture.h"

namespace qala::mqtt::testing {
namespace {

class TelemetryTest : public ServerTest {};

constexpr auto kTopic = "v1/devices/me/telemetry";

TEST_F(TelemetryTest, IsNotAcknowledgedBeforeTheHandlerIsDone) {
  start();
  auto client = device("device:7");
  client->publish({.topic = kTopic, .payload = "{}", .qos = 1, .id = 5});
  EXPECT_TRUE(client->silent());
  ASSERT_EQ(handler.seen.size(), 1u);
  handler.seen[0].done(Reason::success);
  const auto ack = client->next();
  EXPECT_EQ(ack.type, PacketType::puback);
  EXPECT_EQ(ack.id, 5);
}

TEST_F(TelemetryTest, OfQos2IsNotReceivedBeforeTheHandlerIsDone) {
  start();
  auto client = device("device:7");
  client->publish({.topic = kTopic, .payload = "{}", .qos = 2, .id = 6});
  EXPECT_TRUE(client->silent());
  handler.seen.at(0).done(Reason::success);
  EXPECT_EQ(client->next().type, PacketType::pubrec);
  client->acknowledge(PacketType::pubrel, 6);
  EXPECT_EQ(client->next().type, PacketType::pubcomp);
}

TEST_F(TelemetryTest, IsAcknowledgedInTheOrderItCame) {
  start();
  auto client = device("device:7");
  for (std::uint16_t id = 1; id <= 3; id++) client->publish({.topic = kTopic, .qos = 1, .id = id});
  ASSERT_TRUE(run_until([&] { return handler.seen.size() == 3; }));
  handler.seen[2].done(Reason::success);
  handler.seen[1].done(Reason::success);
  EXPECT_TRUE(client->silent());
  handler.seen[0].done(Reason::success);
  for (std::uint16_t id = 1; id <= 3; id++) EXPECT_EQ(client->next().id, id);
}

TEST_F(TelemetryTest, ReachesTheHandlerAsItWasSent) {
  start();
  handler.answer_at_once = true;
  auto client = device("gateway:8", {.version = Version::v311, .id = "gw", .clean = false});
  client->publish({.topic = "v1/gateway/telemetry", .payload = "{\"a\":[]}", .qos = 1, .id = 9, .duplicate = true});
  EXPECT_EQ(client->next().type, PacketType::puback);
  const auto& seen = handler.seen.at(0);
  EXPECT_EQ(seen.topic, "v1/gateway/telemetry");
  EXPECT_EQ(seen.payload, "{\"a\":[]}");
  EXPECT_EQ(seen.token, 8u);
  EXPECT_EQ(seen.client_id, "gw");
  EXPECT_TRUE(seen.duplicate);
  EXPECT_TRUE(seen.persistent);
}

TEST_F(TelemetryTest, SaysWhenTheConnectionBeforeBegan) {
  use_session_file();
  start();
  handler.answer_at_once = true;
  const Hello hello{.version = Version::v311, .id = "d", .clean = false};
  const auto previous = [&] {
    auto client = device("device:7", hello);
    client->publish({.topic = kTopic, .payload = "1", .qos = 1, .id = 1});
    EXPECT_EQ(client->next().type, PacketType::puback);
    client->cut();
    const Instant said = handler.seen.back().unanswered_since;
    clock.advance(std::chrono::minutes(10));
    return said;
  };
  const Instant first = clock.now();
  EXPECT_EQ(previous(), Instant());
  EXPECT_EQ(previous(), first);
  EXPECT_EQ(previous(), first + std::chrono::minutes(10));
  crash();
  start();
  EXPECT_EQ(previous(), Instant()) << "not known after a start";
}

TEST_F(TelemetryTest, WhatWasAnsweredLongBeforeTheLineBrokeIsNotSentAgain) {
  start();
  handler.answer_at_once = true;
  const auto since = [&](std::uint16_t keep_alive) {
    const Hello hello{.version = Version::v311, .id = "d", .clean = false, .keep_alive = keep_alive};
    auto client = device("device:7", hello);
    client->publish({.topic = kTopic, .payload = "1", .qos = 1, .id = 1});
    EXPECT_EQ(client->next().type, PacketType::puback);
    const Instant said = handler.seen.back().unanswered_since;
    for (int i = 0; i < 10; i++) {
      clock.advance(std::chrono::minutes(1));
      client->ping();
      EXPECT_EQ(client->next().type, PacketType::pingresp);
    }
    client->cut();
    clock.advance(std::chrono::minutes(3));
    return said;
  };
  const Instant first = clock.now();
  EXPECT_EQ(since(60), Instant());
  EXPECT_EQ(since(120), first + std::chrono::minutes(8));  // two minutes before it was last heard from
  EXPECT_EQ(since(0), first + std::chrono::minutes(13 + 7));  // one and a half of its keep-alive
  EXPECT_EQ(since(60), first + std::chrono::minutes(2 * 13)) << "it need not speak: nothing is known of the line";
}

TEST_F(TelemetryTest, AQos2PacketSentAgainIsNotHandedOnTwice) {
  start();
  const Hello hello{.version = Version::v311, .id = "d", .clean = false};
  auto client = device("device:7", hello);
  client->publish({.topic = kTopic, .payload = "1", .qos = 2, .id = 3});
  ASSERT_TRUE(run_until([&] { return handler.seen.size() == 1; }));
  client->cut();
  auto again = device("device:7", hello);
  again->publish({.topic = kTopic, .payload = "1", .qos = 2, .id = 3, .duplicate = true});
  EXPECT_TRUE(again->silent());
  EXPECT_EQ(handler.seen.size(), 1u);
  handler.seen[0].done(Reason::success);  // given to the first connection, answers the second
  EXPECT_EQ(again->next().type, PacketType::pubrec);
  again->publish({.topic = kTopic, .payload = "1", .qos = 2, .id = 3, .duplicate = true});
  EXPECT_EQ(again->next().type, PacketType::pubrec);
  EXPECT_EQ(handler.seen.size(), 1u);
  again->acknowledge(PacketType::pubrel, 3);
  EXPECT_EQ(again->next().type, PacketType::pubcomp);
  again->publish({.topic = kTopic, .payload = "2", .qos = 2, .id = 3});
  ASSERT_TRUE(run_until([&] { return handler.seen.size() == 2; }));
}

TEST_F(TelemetryTest, ARejectedQos2PacketMayBeSentAgain) {
  start();
  auto client = device("device:7");
  client->publish({.topic = kTopic, .payload = "1", .qos = 2, .id = 3});
  ASSERT_TRUE(run_until([&] { return handler.seen.size() == 1; }));
  handler.seen[0].done(Reason::server_busy);
  EXPECT_EQ(client->next().code, Code::server_busy);
  client->publish({.topic = kTopic, .payload = "1", .qos = 2, .id = 3, .duplicate = true});
  EXPECT_TRUE(run_until([&] { return handler.seen.size() == 2; }));
}

TEST_F(TelemetryTest, RejectionIsAReasonCodeInVersion5AndTheEndBeforeIt) {
  start();
  auto modern = device("device:7");
  modern->publish({.topic = kTopic, .payload = "x", .qos = 1, .id = 1});
  ASSERT_TRUE(run_until([&] { return handler.seen.size() == 1; }));
  handler.seen[0].done(Reason::payload_format_invalid);
  EXPECT_EQ(modern->next().code, Code::payload_format_invalid);

  auto old = device("device:8", {.version = Version::v311});
  old->publish({.topic = kTopic, .payload = "x", .qos = 1, .id = 1});
  ASSERT_TRUE(run_until([&] { return handler.seen.size() == 2; }));
  handler.seen[1].done(Reason::payload_format_invalid);
  EXPECT_TRUE(old->wait_closed());
  EXPECT_EQ(server->counters().telemetry_rejected, 2u);
}

TEST_F(TelemetryTest, AnAnswerAfterTheConnectionWentIsIgnored) {
  start();
  auto client = device("device:7");
  client->publish({.topic = kTopic, .qos = 1, .id = 1});
  ASSERT_TRUE(run_until([&] { return handler.seen.size() == 1; }));
  client->cut();
  ASSERT_TRUE(run_until([&] { return server->counters().connections == 0; }));
  auto other = device("device:9");  // takes the slot
  other->publish({.topic = kTopic, .qos = 1, .id = 77});
  ASSERT_TRUE(run_until([&] { return handler.seen.size() == 2; }));
  handler.seen[0].done(Reason::success);
  EXPECT_TRUE(other->silent());
}

TEST_F(TelemetryTest, OtherTopicsOfDevicesAreRefused) {
  start();
  auto modern = device("device:7");
  for (const char* topic : {"v1/gateway/telemetry", "qala/things/1", "other", "v1/devices/other/telemetry"}) {
    modern->publish({.topic = topic, .payload = "x", .qos = 1, .id = 4});
    EXPECT_EQ(modern->next().code, Code::not_authorized) << topic;
  }
  auto old = device("device:8", {.version = Version::v311});
  old->publish({.topic = "v1/devices/me/rpc/response/1", .payload = "x", .qos = 1, .id = 4});
  EXPECT_EQ(old->next().type, PacketType::puback);
  EXPECT_TRUE(handler.seen.empty());
  EXPECT_EQ(server->counters().refused_publishes, 5u);
}

TEST_F(TelemetryTest, ADeviceSeesOnlyItsOwnTopics) {
  start();
  auto one = device("device:7"), two = device("device:8");
  for (const char* filter :
       {"#", "+/devices/me/attributes", "v1/devices/me/#", "v1/gateway/rpc", "qala/#", "v1/devices/8/x"}) {
    EXPECT_EQ(one->subscribe(filter).code, Code::not_authorized) << filter;
  }
  EXPECT_EQ(one->subscribe("v1/devices/me/rpc/request/+", 1).code, static_cast<Code>(1));
  EXPECT_EQ(two->subscribe("v1/devices/me/rpc/request/+", 1).code, static_cast<Code>(1));
  server->publish_to(TokenId(7), "v1/devices/me/rpc/request/5", "{}", 1);
  EXPECT_EQ(one->next().topic, "v1/devices/me/rpc/request/5");
  EXPECT_TRUE(two->silent());
}

TEST_F(TelemetryTest, SameClientIdOfTwoTokensAreTwoSessions) {
  start();
  auto one = device("device:7", {.id = "tb"}), two = device("device:8", {.id = "tb"});
  EXPECT_TRUE(one->silent());
  EXPECT_TRUE(two->silent());
}

TEST_F(TelemetryTest, BusMayNotPublishOnQalasTopics) {
  start();
  auto watcher = bus("w"), client = bus("b");
  watcher->subscribe("#");
  for (const char* topic : {"v1/devices/me/telemetry", "qala/things/1/2", "v1", "qala", "$SYS/x"}) {
    client->publish({.topic = topic, .payload = "x", .qos = 1, .id = 4});
    EXPECT_EQ(client->next().code, Code::not_authorized) << topic;
  }
  EXPECT_EQ(client->subscribe("v1/devices/me/telemetry").code, Code::not_authorized);
  EXPECT_TRUE(watcher->silent());
  EXPECT_TRUE(handler.seen.empty());
}

TEST_F(TelemetryTest, QalasOwnMessagesReachBusSubscribers) {
  start();
  auto client = bus("b");
  client->subscribe("qala/#", 1);
  server->publish("qala/things/3/9", "21.5", true, 1);
  EXPECT_EQ(client->next().payload, "21.5");
  auto late = bus("late");
  late->subscribe("qala/things/+/9");
  const auto kept = late->next();
  EXPECT_EQ(kept.payload, "21.5");
  EXPECT_TRUE(kept.retain);
}

TEST_F(TelemetryTest, AFastPrincipalIsReadMoreSlowlyAndLosesNothing) {
  start();
  handler.answer_at_once = true;
  auto client = device("device:7:5", {.version = Version::v311});
  for (std::uint16_t id = 1; id <= 30; id++) client->publish({.topic = kTopic, .qos = 1, .id = id});
  ASSERT_TRUE(run_until([&] { return handler.seen.size() >= 10 && server->counters().throttled > 0; }));
  EXPECT_EQ(handler.seen.size(), 10u);
  while (handler.seen.size() < 30) {
    const auto before = handler.seen.size();
    clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(run_until([&] { return handler.seen.size() > before; }));
  }
  for (std::uint16_t id = 1; id <= 30; id++) EXPECT_EQ(client->next().id, id);
}

TEST_F(TelemetryTest, LargerPacketsThanAllowedEndTheConnection) {
  options.limits.telemetry_packet_bytes = 1000;
  start();
  auto client = device("device:7");
  client->publish({.topic = kTopic, .payload = std::string(1000, 'x'), .qos = 1, .id = 1});
  const auto last = client->next();
  EXPECT_EQ(last.type, PacketType::disconnect);
  EXPECT_EQ(last.code, Code::packet_too_large);
  EXPECT_TRUE(client->wait_closed());
}

TEST_F(TelemetryTest, AWillOnItsOwnTopicReachesTheHandler) {
  start();
  auto client = device("device:7", {.will_topic = "v1/devices/me/attributes", .will_payload = "{\"on\":false}"});
  client->cut();
  ASSERT_TRUE(run_until([&] { return !handler.seen.empty(); }));
  EXPECT_EQ(handler.seen[0].payload, "{\"on\":false}");
  EXPECT_EQ(handler.gone.size(), 1u);
}

}  // namespace
}  // namespace qala::mqtt::testing
