// What one client may use up of what all need.
#include "mqtt/server_fixture.h"

namespace qala::mqtt::testing {
namespace {

const std::string kForADay = u32_property(kSessionExpiry, 86400);

class LimitsTest : public ServerTest {};

TEST_F(LimitsTest, PropertiesCountWhereTheBytesOfAQueueAreLimited) {
  options.limits.queued_bytes = 1000;
  start();
  const auto large = text_property(kCorrelation, std::string(600, '.'));
  auto reader = bus("r", {.properties = kForADay});
  reader->subscribe("t", 1);
  for (int i = 0; i < 3; i++) {
    auto writer = bus("w");
    writer->publish({.topic = "t", .payload = "x", .qos = 1, .id = 1, .properties = large});
    reader->acknowledge(PacketType::puback, reader->next_of(PacketType::publish).id);
    EXPECT_TRUE(reader->silent());
  }
  EXPECT_EQ(server->counters().dropped_full, 0u) << "what is delivered does not count any more";
  reader->disconnect();
  auto writer = bus("w");
  for (std::uint16_t id = 1; id <= 2; id++) {
    writer->publish({.topic = "t", .payload = "x", .qos = 1, .id = id, .properties = large});
    writer->next();
  }
  EXPECT_EQ(server->counters().dropped_full, 1u);
}

TEST_F(LimitsTest, RetainedMessagesAreLimitedByBytesToo) {
  options.limits.retained_bytes = 1000;
  use_session_file();
  start();
  auto client = bus("a");
  const auto retain = [&](const std::string& topic, std::size_t size) {
    const auto before = server->counters().dropped_full;
    client->publish({.topic = topic, .payload = std::string(size, '.'), .qos = 1, .id = 1, .retain = true});
    EXPECT_EQ(client->next().type, PacketType::puback);
    return server->counters().dropped_full == before;
  };
  EXPECT_TRUE(retain("a", 600));
  EXPECT_FALSE(retain("b", 600));
  EXPECT_FALSE(retain("a", 1200));
  EXPECT_TRUE(retain("a", 300));
  EXPECT_TRUE(retain("b", 600));
  crash();
  start();
  client = bus("a");
  EXPECT_FALSE(retain("c", 200));
  EXPECT_TRUE(retain("b", 0));
  EXPECT_TRUE(retain("c", 600));
  EXPECT_EQ(server->counters().retained, 2u);
}

TEST_F(LimitsTest, WhoReadsLateGetsAllAnswers) {
  options.limits.output_bytes = 1000;
  start();
  auto client = bus("a");
  std::string pings;
  for (int i = 0; i < 10'000; i++) pings += packet_of(PacketType::pingreq, 0, {});
  client->send(pings);
  int answers = 0;
  while (answers < 10'000 && client->next().type == PacketType::pingresp) answers++;
  EXPECT_EQ(answers, 10'000);
  EXPECT_TRUE(client->silent());
}

TEST_F(LimitsTest, AFilterNamedOftenInOneSubscribeBringsRetainedMessagesOnce) {
  start();
  auto client = bus("a");
  for (const auto* topic : {"t/1", "t/2"}) client->publish({.topic = topic, .payload = "kept", .retain = true});
  std::string body;
  put_u16(body, 5), put_list(body, {});
  for (int i = 0; i < 1000; i++) put_text(body, "#"), put_u8(body, 0);
  put_text(body, "t/1"), put_u8(body, 0);  // another filter: by itself
  client->send(packet_of(PacketType::subscribe, 2, body));
  EXPECT_EQ(client->next().type, PacketType::suback);
  for (const auto* topic : {"t/1", "t/2", "t/1"}) EXPECT_EQ(client->next().topic, topic);
  EXPECT_TRUE(client->silent());
}

TEST_F(LimitsTest, NothingIsLeftOfAWithdrawnToken) {
  use_session_file();
  start();
  auto absent = device("bus:7", {.id = "absent", .properties = kForADay});
  auto present = device("bus:7", {.id = "present", .properties = kForADay});
  auto other = device("bus:70", {.id = "other", .properties = kForADay});
  for (auto* client : {absent.get(), present.get(), other.get()}) client->subscribe("$share/group/t", 1);
  absent->disconnect();
  server->drop(TokenId(7));
  EXPECT_EQ(present->next().code, Code::not_authorized);
  EXPECT_EQ(server->counters().sessions, 1u);
  auto writer = bus("w");
  for (std::uint16_t id = 1; id <= 3; id++) {
    writer->publish({.topic = "t", .payload = "x", .qos = 1, .id = id});
    EXPECT_EQ(other->next().type, PacketType::publish) << "whoever is gone has no turn";
    EXPECT_EQ(writer->next().type, PacketType::puback);
  }
  other->subscribe("more");  // answered after the commit that holds all of it
  crash();
  start();
  EXPECT_EQ(server->counters().sessions, 1u);
}

TEST_F(LimitsTest, NothingIsLeftOfATokenThatWasWithdrawnWhileTheServerWasDown) {
  use_session_file();
  start();
  auto reader = device("bus:7", {.id = "absent", .properties = kForADay});
  const auto with_will = [](const char* id, const char* text) {
    return Hello{.id = id, .properties = kForADay, .will_topic = "gone", .will_payload = text, .will_qos = 1};
  };
  auto speaker = device("bus:7", with_will("speaker", "7"));
  auto other = device("bus:70", with_will("other", "70"));
  auto nameless = bus("nameless", {.properties = kForADay});
  for (auto* client : {reader.get(), other.get()}) client->subscribe("$share/group/t", 1);
  nameless->subscribe("gone", 1);  // answered after the commit that holds all of it
  crash();
  options.good_tokens = {TokenId(70)};
  start();
  EXPECT_EQ(server->counters().sessions, 2u);
  nameless = bus("nameless", {.clean = false, .properties = kForADay});
  clock.advance(std::chrono::seconds(options.limits.will_grace + 1));
  EXPECT_EQ(nameless->next().payload, "70") << "whoever has no token has no last word";
  EXPECT_TRUE(nameless->silent());
  nameless->subscribe("more", 1);
  crash();
  options.good_tokens.reset();
  start();
  EXPECT_EQ(server->counters().sessions, 2u) << "nor is it in the file";
}

TEST_F(LimitsTest, OneTokenHasOnlySoManyConnections) {
  options.limits.sessions_of_token = 1;
  options.limits.connections_of_device = 2;
  options.limits.connections_of_gateway = 3;
  start();
  const auto answer = [&](const std::string& user, const std::string& id) {
    Client client(io, server->endpoints().plain->port);
    return client.connect({.id = id, .user = user}).code;
  };
  const auto one = device("device:7", {.id = "1"});
  auto two = device("device:7", {.id = "2"});
  EXPECT_EQ(answer("device:7", "3"), Code::quota_exceeded);
  EXPECT_EQ(answer("device:70", "3"), Code::success) << "another's does not count";
  two->disconnect();
  EXPECT_EQ(answer("device:7", "3"), Code::success);
  std::vector<std::unique_ptr<Client>> many;
  for (const char* id : {"1", "2", "3"}) many.push_back(device("gateway:8", {.id = id}));
  EXPECT_EQ(answer("gateway:8", "4"), Code::quota_exceeded);
  for (const char* id : {"1", "2", "3", "4"}) many.push_back(device("provisioning:9", {.id = id}));
  for (const char* id : {"1", "2", "3", "4"}) many.push_back(device("bus:10", {.id = id}));
}

TEST_F(LimitsTest, EverNewClientIdsOfOneTokenPushOutOnlyItsOwnAbsentSessions) {
  options.limits.sessions_of_token = 3;
  options.limits.sessions = 5;
  start();
  const Hello lasting{.clean = false, .properties = kForADay};
  const auto session_present = [&](const std::string& user, const std::string& id) {
    Client client(io, server->endpoints().plain->port);
    auto hello = lasting;
    hello.user = user, hello.id = id;
    const auto answer = client.connect(hello);
    EXPECT_EQ(answer.code, Code::success) << id;
    client.disconnect();
    return answer.session_present;
  };
  auto stays = device("device:7", {.id = "stays", .properties = kForADay});
  EXPECT_FALSE(session_present("device:70", "other"));
  for (const char* id : {"1", "2", "3", "4", "5"}) {
    clock.advance(std::chrono::seconds(1));
    EXPECT_FALSE(session_present("device:7", id));
  }
  EXPECT_EQ(server->counters().sessions, 4u);
  EXPECT_TRUE(session_present("device:7", "4"));
  EXPECT_TRUE(session_present("device:7", "5"));
  EXPECT_TRUE(session_present("device:70", "other"));
  EXPECT_TRUE(stays->silent());

  EXPECT_FALSE(session_present("bus:8", "one"));  // now all are full
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(session_present("bus:8", "two"));
  EXPECT_FALSE(session_present("bus:8", "one"));
  Client late(io, server->endpoints().plain->port);
  EXPECT_EQ(late.connect({.user = "device:9"}).code, Code::quota_exceeded) << "it has none to give up";
  EXPECT_EQ(server->counters().refused_limits, 1u);
}

TEST_F(LimitsTest, MoreRetainedMessagesThanAQueueTakesComeAsTheyAreAcknowledged) {
  options.limits.queued_messages = 10;
  start();
  for (int i = 10; i < 60; i++) server->publish("t/" + std::to_string(i), "kept", true, i % 3);
  auto client = bus("a");
  EXPECT_EQ(client->subscribe("t/#", 2).code, Code{2});
  for (int i = 10; i < 60; i++) {
    const auto got = client->next_of(PacketType::publish);
    ASSERT_EQ(got.topic, "t/" + std::to_string(i));
    ASSERT_EQ(got.qos, i % 3);
    if (got.qos == 1) client->acknowledge(PacketType::puback, got.id);
    if (got.qos != 2) continue;
    client->acknowledge(PacketType::pubrec, got.id);
    client->acknowledge(PacketType::pubcomp, client->next_of(PacketType::pubrel).id);
  }
  EXPECT_TRUE(client->silent());
  EXPECT_EQ(server->counters().dropped_full, 0u);

  auto other = bus("b");
  other->subscribe("t/#", 1);
  other->unsubscribe("t/#");
  other->ping();
  for (auto got = other->next(); got.type == PacketType::publish; got = other->next()) {
    if (got.qos == 1) other->acknowledge(PacketType::puback, got.id);
  }
  EXPECT_TRUE(other->silent()) << "it does not want the rest any more";
}

}  // namespace
}  // namespace qala::mqtt::testing
