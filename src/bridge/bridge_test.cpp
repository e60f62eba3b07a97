// The client against a broker that does what the test says.
#include "bridge/bridge.h"

#include <optional>

#include "base/told.h"
#include "bridge/test_peer.h"

namespace qala::bridge::testing {
namespace {

TEST_F(PeerTest, SaysWhoItIsAndThatItsSessionIsToBeKept) {
  setup.user = "town";
  setup.password = "a long secret";
  start();
  ASSERT_TRUE(accept());
  const auto hello = next();
  ASSERT_EQ(hello.type, PacketType::connect);
  mqtt::Frame frame{.type = hello.type, .flags = hello.flags, .body = hello.body};
  mqtt::Connect connect;
  ASSERT_EQ(mqtt::parse_connect(frame, connect), Code::success);
  EXPECT_EQ(connect.version, Version::v5);
  EXPECT_FALSE(connect.clean_start);
  EXPECT_EQ(connect.client_id, "qala-lns");
  EXPECT_EQ(connect.user_name, "town");
  EXPECT_EQ(connect.password, "a long secret");
  EXPECT_EQ(connect.properties.session_expiry, 7U * 86'400);
  EXPECT_EQ(connect.properties.receive_maximum, 64);
  EXPECT_EQ(connect.properties.maximum_packet_size, 512U << 10);
  EXPECT_GT(connect.keep_alive, 0);
  connack(Version::v5);
  const auto wish = next();
  mqtt::Subscribe subscribe;
  frame = {.type = wish.type, .flags = wish.flags, .body = wish.body};
  ASSERT_EQ(mqtt::parse_subscribe(frame, Version::v5, subscribe), Code::success);
  ASSERT_EQ(subscribe.entries.size(), 1U);
  EXPECT_EQ(subscribe.entries[0].filter, "application/+/device/+/event/+");
  EXPECT_EQ(subscribe.entries[0].options.qos, 1);
  EXPECT_TRUE(subscribe.entries[0].options.no_local);
}

TEST_F(PeerTest, AcknowledgesAMessageWhenItIsOnTheDiskAndNotBefore) {
  start();
  welcome();
  publish("one", 7);
  ASSERT_TRUE(heard(1));
  EXPECT_EQ(desk.heard[0].topic, "application/1/device/2/event/up");
  EXPECT_EQ(desk.heard[0].payload, "one");
  EXPECT_TRUE(nothing_comes());
  EXPECT_EQ(bridge->state().unacknowledged, 1U);
  desk.heard[0].done(Verdict::taken);
  const auto answer = next();
  EXPECT_EQ(answer.type, PacketType::puback);
  EXPECT_EQ(answer.id(), 7);
  EXPECT_EQ(bridge->state().unacknowledged, 0U);
}

TEST_F(PeerTest, WhatIsNoMessageIsAcknowledgedAndCounted) {
  start();
  welcome();
  publish("nonsense", 7);
  ASSERT_TRUE(heard(1));
  desk.heard[0].done(Verdict::bad);
  EXPECT_EQ(next().type, PacketType::puback);
  EXPECT_EQ(bridge->state().refused, 1U);
}

TEST_F(PeerTest, WhatCouldNotBeKeptIsNotAcknowledgedAndTheBridgeComesBackForIt) {
  start();
  welcome();
  publish("one", 7);
  publish("two", 8);
  ASSERT_TRUE(heard(2));
  desk.heard[1].done(Verdict::taken);
  desk.heard[0].done(Verdict::busy);
  EXPECT_TRUE(is_closed());
  EXPECT_TRUE(in.empty()) << "neither of the two is acknowledged";
  ASSERT_TRUE(is(State::Is::away));
  EXPECT_EQ(bridge->state().busy, 1U);
  wait_a_minute();
  welcome();
  publish("one", 7, 1, Version::v5, true);
  ASSERT_TRUE(heard(3));
  EXPECT_TRUE(desk.heard[2].duplicate);
  desk.heard[2].done(Verdict::taken);
  EXPECT_EQ(next().id(), 7);
}

TEST_F(PeerTest, AVerdictThatComesAfterTheConnectionIsNoneOfTheNext) {
  start();
  welcome();
  publish("one", 7);
  ASSERT_TRUE(heard(1));
  socket->close();
  ASSERT_TRUE(is(State::Is::away));
  wait_a_minute();
  welcome();
  publish("two", 7);
  ASSERT_TRUE(heard(2));
  desk.heard[0].done(Verdict::taken);
  EXPECT_TRUE(nothing_comes());
  desk.heard[1].done(Verdict::taken);
  EXPECT_EQ(next().id(), 7);
}

TEST_F(PeerTest, ReadsNoMoreThanItsWindow) {
  options.window = 4;
  start();
  welcome();
  for (std::uint16_t id = 1; id <= 9; id++) publish("m", id);
  ASSERT_TRUE(heard(4));
  settle();
  EXPECT_EQ(desk.heard.size(), 4U);
  for (std::size_t i = 0; i < 4; i++) desk.heard[i].done(Verdict::taken);
  ASSERT_TRUE(heard(8));
  settle();
  EXPECT_EQ(desk.heard.size(), 8U);
  for (std::size_t i = 4; i < 8; i++) desk.heard[i].done(Verdict::taken);
  EXPECT_TRUE(heard(9));
  EXPECT_EQ(bridge->state().is, State::Is::connected);
}

TEST_F(PeerTest, CommitsThatDoNotEndEndTheConnection) {
  options.window = 1;
  start();
  welcome();
  publish("one", 1);
  ASSERT_TRUE(heard(1));
  settle();
  clock.advance(std::chrono::seconds(59));
  settle();
  EXPECT_EQ(bridge->state().is, State::Is::connected) << "nor is the broker taken for silent meanwhile";
  clock.advance(std::chrono::seconds(2));
  EXPECT_TRUE(is(State::Is::away));
  EXPECT_NE(bridge->state().words.find("our own commits"), std::string::npos);
}

TEST_F(PeerTest, TheBrokerHearsFromItAlsoWhileCommitsMakeItWait) {
  options.window = 1;
  start();
  welcome(Version::v5, {.server_keep_alive = 20, .has_server_keep_alive = true});
  publish("one", 1);
  ASSERT_TRUE(heard(1));
  settle();
  for (int i = 0; i < 3; i++) {
    clock.advance(std::chrono::seconds(11));
    EXPECT_EQ(next().type, PacketType::pingreq);
    std::string answer;
    mqtt::write_pingresp(answer);
    send(answer);
    EXPECT_TRUE(nothing_comes());
  }
  desk.heard[0].done(Verdict::taken);
  EXPECT_EQ(next().type, PacketType::puback);
  clock.advance(std::chrono::seconds(11));
  EXPECT_EQ(next().type, PacketType::pingreq);
  EXPECT_EQ(bridge->state().is, State::Is::connected);
}

TEST_F(PeerTest, OfQosTwoAMessageIsHandedOnOnce) {
  start();
  welcome();
  publish("one", 7, 2);
  ASSERT_TRUE(heard(1));
  EXPECT_TRUE(nothing_comes());
  desk.heard[0].done(Verdict::taken);
  EXPECT_EQ(next().type, PacketType::pubrec);
  publish("one", 7, 2, Version::v5, true);
  EXPECT_EQ(next().type, PacketType::pubrec);
  EXPECT_EQ(desk.heard.size(), 1U);
  std::string release;
  mqtt::write_acknowledgement(release, Version::v5, PacketType::pubrel, 7, Code::success);
  send(release);
  EXPECT_EQ(next().type, PacketType::pubcomp);
}

TEST_F(PeerTest, ABrokerThatDoesNotSpeakFiveIsSpokenToInThree) {
  start();
  ASSERT_TRUE(accept());
  next();
  connack(Version::v311, Code::unsupported_protocol_version);  // as brokers of 3.1.1 answer whatever they do not know
  welcome(Version::v311);
  EXPECT_EQ(bridge->state().version, "3.1.1");
  publish("one", 7, 1, Version::v311);
  ASSERT_TRUE(heard(1));
  desk.heard[0].done(Verdict::taken);
  EXPECT_EQ(next().body.size(), 2U);
}

TEST_F(PeerTest, OneThatSpeaksNeitherIsSaid) {
  start();
  for (const auto version : {Version::v5, Version::v311}) {
    ASSERT_TRUE(accept());
    next();
    connack(version, Code::unsupported_protocol_version);
  }
  EXPECT_TRUE(is(State::Is::refused));
  EXPECT_NE(bridge->state().words.find("neither"), std::string::npos) << bridge->state().words;
}

TEST_F(PeerTest, AWrongPasswordIsSaidAndThePasswordIsNot) {
  setup.user = "town";
  setup.password = "open sesame";
  start();
  ASSERT_TRUE(accept());
  next();
  connack(Version::v5, Code::bad_user_name_or_password, {.reason = "no such user"});
  ASSERT_TRUE(is(State::Is::refused));
  EXPECT_EQ(bridge->state().words, "the broker refuses: wrong user or password (no such user)");
  for (const auto& words : desk.words) EXPECT_EQ(words.find("sesame"), std::string::npos);
  for (const auto& told : log::told()) EXPECT_EQ(told.fields.find("sesame"), std::string::npos);
}

TEST_F(PeerTest, AfterARefusalItWaitsAndThenEverLonger) {
  start();
  ASSERT_TRUE(accept());
  next();
  connack(Version::v5, Code::not_authorized);
  ASSERT_TRUE(is(State::Is::refused));
  EXPECT_TRUE(nobody_comes()) << "not within a second";
  clock.advance(std::chrono::milliseconds(900));
  EXPECT_TRUE(nobody_comes());
  clock.advance(std::chrono::milliseconds(1200));
  ASSERT_TRUE(accept()) << "within two";
  next();
  connack(Version::v5, Code::not_authorized);
  EXPECT_TRUE(is_closed());
  clock.advance(std::chrono::milliseconds(1900));
  EXPECT_TRUE(nobody_comes()) << "the second time not within two";
  clock.advance(std::chrono::milliseconds(2200));
  EXPECT_TRUE(accept());
}

TEST_F(PeerTest, AfterAGoodConnectionThePauseIsShortAgain) {
  start();
  for (int i = 0; i < 4; i++) {
    ASSERT_TRUE(accept());
    next();
    connack(Version::v5, Code::server_busy);
    EXPECT_TRUE(is_closed());
    settle();
    wait_a_minute();
  }
  welcome();
  clock.advance(std::chrono::seconds(11));
  settle();
  socket->close();
  ASSERT_TRUE(is(State::Is::away));
  settle();
  clock.advance(std::chrono::milliseconds(2100));
  EXPECT_TRUE(accept());
}

TEST_F(PeerTest, PacketsInPiecesAreOne) {
  start();
  welcome();
  std::string packets;
  for (std::uint16_t id = 1; id <= 3; id++)
    packets += mqtt::testing::publish_packet(Version::v5,
                                             {.topic = "t", .payload = std::string(200, 'x'), .qos = 1, .id = id});
  for (const char byte : packets) {
    send(std::string(1, byte));
    turn();
  }
  ASSERT_TRUE(heard(3));
  for (const auto& one : desk.heard) EXPECT_EQ(one.payload, std::string(200, 'x'));
}

TEST_F(PeerTest, NonsenseEndsTheConnectionAndTheBridgeComesBack) {
  const auto frame = [](const char* bytes, std::size_t size) { return std::string(bytes, size); };
  const std::pair<const char*, std::string> cases[] = {
      {"a CONNACK with a reserved flag", frame("\x20\x03\x02\x00\x00", 5)},
      {"half a CONNACK and then something", frame("\x20\x02\x00\x00\x90\x03", 6)},
      {"a PUBLISH before CONNACK", frame("\x30\x05\x00\x01t\x00x", 7)},
      {"a length that does not end", frame("\x20\xff\xff\xff\xff\x7f", 6)},
      {"a packet of type 0", frame("\x00\x00", 2)},
      {"HTTP",
       "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 31\r\n\r\nthis is no MQTT, go away "
       "please"},
  };
  start();
  for (const auto& [what, bytes] : cases) {
    ASSERT_TRUE(accept()) << what;
    ASSERT_EQ(next().type, PacketType::connect) << what;
    send(bytes);
    EXPECT_TRUE(is_closed()) << what;
    settle();
    wait_a_minute();
  }
  welcome();
  for (const auto& bytes :
       {frame("\x32\x04\x00\x01t\x00", 6), frame("\x36\x05\x00\x01t\x00\x01", 7), frame("\x10\x00", 2),
        frame("\x40\x01\x00", 3), frame("\x32\x09\x00\x01t\x00\x01\x03\x23\x00\x01", 11)}) {
    send(bytes);
    EXPECT_TRUE(is_closed());
    settle();
    wait_a_minute();
    welcome();
  }
}

TEST_F(PeerTest, ASilentBrokerIsGivenUpAtEachStep) {
  start();
  ASSERT_TRUE(accept());
  next();
  clock.advance(std::chrono::seconds(16));
  EXPECT_TRUE(is_closed());
  EXPECT_EQ(bridge->state().words, "an answer to CONNECT did not come within 15 s");
  settle();
  wait_a_minute();
  ASSERT_TRUE(accept());
  next();
  connack(Version::v5);
  next();
  clock.advance(std::chrono::seconds(16));
  EXPECT_TRUE(is_closed());
  EXPECT_EQ(bridge->state().words, "an answer to SUBSCRIBE did not come within 15 s");
}

TEST_F(PeerTest, AsksWhetherTheBrokerIsThereAndNoticesWhenItIsNot) {
  start();
  welcome();
  clock.advance(std::chrono::seconds(16));
  EXPECT_EQ(next().type, PacketType::pingreq);
  std::string answer;
  mqtt::write_pingresp(answer);
  send(answer);
  settle();
  clock.advance(std::chrono::seconds(16));
  EXPECT_EQ(next().type, PacketType::pingreq);
  EXPECT_EQ(bridge->state().is, State::Is::connected);
  clock.advance(std::chrono::seconds(16));
  EXPECT_TRUE(is_closed());
  EXPECT_EQ(bridge->state().words, "the broker does not answer any more");
}

TEST_F(PeerTest, TheBrokerDecidesHowOftenItIsAsked) {
  start();
  welcome(Version::v5, {.server_keep_alive = 200, .has_server_keep_alive = true});
  clock.advance(std::chrono::seconds(60));
  EXPECT_TRUE(nothing_comes());
  clock.advance(std::chrono::seconds(60));
  EXPECT_EQ(next().type, PacketType::pingreq);
}

TEST_F(PeerTest, AMessageThatIsTooLargeEndsTheConnectionInFive) {
  options.most_bytes = 1000;
  start();
  welcome();
  publish(std::string(1200, 'x'), 7);
  EXPECT_TRUE(is_closed());
  EXPECT_TRUE(desk.heard.empty());
  EXPECT_NE(bridge->state().words.find("more than 1000"), std::string::npos) << bridge->state().words;
}

TEST_F(PeerTest, BeforeFiveItIsPassedOverAcknowledgedAndCountedOrItWouldComeForEver) {
  setup.kind = Kind::tts;
  options.most_bytes = 1000;
  start();
  welcome(Version::v311);
  publish(std::string(40'000, 'x'), 7, 1, Version::v311);
  publish("small", 8, 1, Version::v311);
  EXPECT_EQ(next().id(), 7);
  ASSERT_TRUE(heard(1));
  EXPECT_EQ(desk.heard[0].payload, "small");
  ASSERT_EQ(desk.refusals.size(), 1U);
  EXPECT_NE(desk.refusals[0].find("40039"), std::string::npos) << desk.refusals[0];
  EXPECT_EQ(bridge->state().refused, 1U);
}

TEST_F(PeerTest, TopicsThatAreRefusedAreSaid) {
  setup.topics = {"a/+", "b/+"};
  start();
  for (const bool all : {true, false}) {
    ASSERT_TRUE(accept());
    next();
    connack(Version::v5);
    const auto wish = next();
    std::string out;
    mqtt::write_suback(out, Version::v5, wish.id(), {all ? Code::not_authorized : Code{1}, Code::not_authorized});
    send(out);
    EXPECT_TRUE(is(all ? State::Is::refused : State::Is::connected));
    EXPECT_EQ(bridge->state().words,
              all ? "the broker refuses the topics a/+, b/+" : "the broker refuses the topics b/+");
    settle();
    if (all) wait_a_minute();
  }
}

TEST_F(PeerTest, ABrokerThatSendsAwaySaysWhy) {
  start();
  welcome();
  std::string goodbye;
  mqtt::write_disconnect(goodbye, Code::session_taken_over, "");
  send(goodbye);
  EXPECT_TRUE(is(State::Is::refused));
  EXPECT_NE(bridge->state().words.find("the same client_id"), std::string::npos) << bridge->state().words;
}

TEST_F(PeerTest, WhatIsPublishedIsDoneWhenTheBrokerHasIt) {
  start();
  std::vector<Result<>> done;
  const auto send_down = [&] {
    boost::asio::co_spawn(io, bridge->publish("application/1/device/2/command/down", "{}"),
                          [&](std::exception_ptr, Result<> result) { done.push_back(std::move(result)); });
  };
  send_down();
  ASSERT_TRUE(run_until([&] { return done.size() == 1; }));
  EXPECT_EQ(done[0].error().kind, ErrorKind::unavailable) << "not connected yet";
  welcome();
  send_down();
  const auto packet = next();
  EXPECT_EQ(packet.type, PacketType::publish);
  EXPECT_EQ(packet.flags >> 1 & 3, 1) << "QoS 1";
  settle();
  EXPECT_EQ(done.size(), 1U) << "not done before the broker says so";
  mqtt::Publish message;
  mqtt::Properties properties;
  const mqtt::Frame frame{.type = packet.type, .flags = packet.flags, .body = packet.body};
  ASSERT_EQ(mqtt::parse_publish(frame, Version::v5, message, properties), Code::success);
  std::string answer;
  mqtt::write_acknowledgement(answer, Version::v5, PacketType::puback, message.packet_id, Code::success);
  send(answer);
  ASSERT_TRUE(run_until([&] { return done.size() == 2; }));
  EXPECT_TRUE(done[1]);
  EXPECT_EQ(bridge->state().published, 1U);
  send_down();
  next();
  socket->close();
  ASSERT_TRUE(run_until([&] { return done.size() == 3; }));
  EXPECT_EQ(done[2].error().kind, ErrorKind::unavailable) << "the connection was lost before";
}

TEST_F(PeerTest, ABrokerThatGivesNoAcknowledgementsIsNotWaitedFor) {
  setup.kind = Kind::tts;
  start();
  ASSERT_TRUE(accept());
  next();
  connack(Version::v311);
  std::string out;
  mqtt::write_suback(out, Version::v311, next().id(), {Code{0}});
  send(out);
  ASSERT_TRUE(is(State::Is::connected));
  std::optional<Result<>> done;
  boost::asio::co_spawn(io, bridge->publish("v3/a@t/devices/d/down/push", "{}"),
                        [&](std::exception_ptr, Result<> result) { done = std::move(result); });
  EXPECT_EQ(next().flags >> 1 & 3, 0) << "QoS 0";
  ASSERT_TRUE(run_until([&] { return done.has_value(); }));
  EXPECT_TRUE(*done);
}

TEST_F(PeerTest, ItSaysGoodbye) {
  start();
  welcome();
  stop();
  EXPECT_EQ(next().type, PacketType::disconnect);
  EXPECT_TRUE(is_closed());
}

TEST_F(PeerTest, ItEndsWhileItWaits) {
  start();
  ASSERT_TRUE(accept());
  stop();
  EXPECT_TRUE(is_closed());
}

TEST_F(PeerTest, NobodyThereIsSaid) {
  const auto port = acceptor.local_endpoint().port();
  acceptor.close();
  BridgeTest::start(port);
  EXPECT_TRUE(is(State::Is::away));
  EXPECT_EQ(bridge->state().words, "no connection: Connection refused");
}

}  // namespace
}  // namespace qala::bridge::testing
