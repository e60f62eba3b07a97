// Corners of the standard that clients seldom come to.
#include "mqtt/server_fixture.h"

namespace qala::mqtt::testing {
namespace {

using namespace std::chrono_literals;

const std::string kForADay = u32_property(kSessionExpiry, 86400);

class StandardTest : public ServerTest {
 protected:
  void SetUp() override { start(); }
};

TEST_F(StandardTest, AWillLivesFromItsPublishingOn) {
  auto watcher = bus("watcher");
  watcher->subscribe("wills");
  auto client = bus("w", {.will_topic = "wills", .will_payload = "gone", .will_properties = u32_property(kExpiry, 5)});
  clock.advance(20s);
  client->cut();
  const auto got = watcher->next();
  EXPECT_EQ(got.payload, "gone");
  EXPECT_EQ(got.property(kExpiry), "5");
}

TEST_F(StandardTest, WhatWasSentOnceIsSentAgainThoughItHasExpired) {
  for (const std::uint8_t qos : {1, 2}) {
    auto reader = bus("r", {.properties = kForADay});
    reader->subscribe("t", qos);
    auto writer = bus("w");
    const Message message{.topic = "t", .payload = "x", .qos = 1, .id = 1, .properties = u32_property(kExpiry, 2)};
    if (qos == 1) writer->publish(message);
    else writer->hand_over(message);
    const auto first = reader->next();
    EXPECT_EQ(first.property(kExpiry), "2");
    reader->cut();
    clock.advance(5s);
    auto back = bus("r", {.clean = false, .properties = kForADay});
    const auto again = back->next();
    EXPECT_EQ(again.id, first.id);
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.property(kExpiry), "0");
    back->disconnect();
  }
}

TEST_F(StandardTest, ATopicAliasMakesNoMessageTooLarge) {
  auto client = bus("a", {.properties = u16_property(kAliasMaximum, 1) + u32_property(kMaximumPacket, 40)});
  client->subscribe("t");
  server->publish("t", std::string(34, '.'), false, 0);  // 40 bytes without an alias
  const auto got = client->next();
  EXPECT_EQ(got.payload.size(), 34u);
  EXPECT_EQ(got.property(kAlias), "");
  server->publish("t", "x", false, 0);
  EXPECT_EQ(client->next().property(kAlias), "1");
}

TEST_F(StandardTest, OnlyANormalDisconnectDeletesTheWill) {
  auto watcher = bus("watcher");
  watcher->subscribe("wills");
  const Hello hello{.will_topic = "wills", .will_payload = "gone"};
  for (const char* reason : {"\x80", "\x82", "\x04"}) {  // unspecified error, protocol error, with will
    bus("a", hello)->disconnect(reason);
    EXPECT_EQ(watcher->next().payload, "gone");
  }
  bus("a", hello)->disconnect(std::string(1, '\0'));
  bus("a", hello)->disconnect();
  EXPECT_TRUE(watcher->silent());
}

TEST_F(StandardTest, ASessionThatATakeOverEndsLeavesItsWillAtOnce) {
  auto watcher = bus("watcher");
  watcher->subscribe("wills");
  for (const bool lasting : {true, false}) {
    auto first = bus("w", {.properties = lasting ? kForADay : "",
                           .will_topic = "wills",
                           .will_payload = "gone",
                           .will_properties = u32_property(kWillDelay, 30)});
    auto second = bus("w", {.clean = lasting});
    EXPECT_TRUE(first->wait_closed());
    EXPECT_EQ(watcher->next().payload, "gone");
    second->disconnect();
  }
  clock.advance(60s);
  EXPECT_TRUE(watcher->silent()) << "once";
}

}  // namespace
}  // namespace qala::mqtt::testing
