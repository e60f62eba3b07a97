// The client against our own broker, and over TLS.
#include <optional>

#include "bridge/test_peer.h"
#include "mqtt/server_fixture.h"
#include "mqtt/test_certificates.h"
#include "temporary_folder.h"

namespace qala::bridge::testing {
namespace {

class OwnBroker : public mqtt::testing::ServerTest {
 protected:
  OwnBroker() {
    bridge_options.tick_ms = 2;
    setup.name = "lns";
    setup.client_id = "qala-lns";
    setup.topics = {"application/+/device/+/event/+"};
    mqtt::testing::write_certificate(files.file("ca.pem"), files.file("ca.key"), "broker");
    mqtt::testing::write_certificate(files.file("other.pem"), files.file("other.key"), "somebody else");
  }
  ~OwnBroker() override { end_bridge(); }

  void begin_bridge(const std::string& host, std::uint16_t port) {
    setup.host = host;
    setup.port = port;
    bridge = std::make_unique<Bridge>(io, clock, random, desk, setup, bridge_options);
    bridge->start();
  }
  void end_bridge() {
    if (!bridge) return;
    bool stopped = false;
    boost::asio::co_spawn(io, bridge->stop(), [&](std::exception_ptr) { stopped = true; });
    EXPECT_TRUE(run_until([&] { return stopped; }));
    bridge.reset();
  }
  bool is(State::Is what) {
    return run_until([&] { return bridge->state().is == what; });
  }

  tests::TemporaryFolder files;
  SeededRandom random{11};
  Desk desk;
  bridge::Setup setup;
  Options bridge_options;
  std::unique_ptr<Bridge> bridge;
};

TEST_F(OwnBroker, WhatComesWhileTheBridgeIsAwayIsKeptForIt) {
  start();
  const auto port = server->endpoints().anonymous_bus->port;
  begin_bridge("127.0.0.1", port);
  ASSERT_TRUE(is(State::Is::connected)) << bridge->state().words;
  EXPECT_EQ(bridge->state().version, "5");
  end_bridge();
  const auto sender = bus("sender");
  for (int i = 0; i < 5; i++) {
    sender->publish({.topic = "application/1/device/2/event/up",
                     .payload = std::to_string(i),
                     .qos = 1,
                     .id = static_cast<std::uint16_t>(i + 1)});
    ASSERT_EQ(sender->next_of(PacketType::puback).id, i + 1);
  }
  begin_bridge("127.0.0.1", port);
  ASSERT_TRUE(run_until([&] { return desk.heard.size() == 5; }));
  for (std::size_t i = 0; i < 5; i++) EXPECT_EQ(desk.heard[i].payload, std::to_string(i));
  desk.heard[0].done(Verdict::taken);
  desk.heard[1].done(Verdict::taken);
  ASSERT_TRUE(run_until([&] { return bridge->state().unacknowledged == 3; }));
  end_bridge();
  desk.heard.clear();
  begin_bridge("127.0.0.1", port);
  ASSERT_TRUE(run_until([&] { return desk.heard.size() == 3; })) << "the rest once more";
  EXPECT_EQ(desk.heard[0].payload, "2");
  EXPECT_TRUE(desk.heard[0].duplicate);
}

TEST_F(OwnBroker, WhatIsPublishedReachesOthersAndDoesNotComeBack) {
  start();
  const auto listener = bus("listener");
  ASSERT_EQ(listener->subscribe("application/#", 1).code, Code{1});
  setup.topics = {"application/#"};
  begin_bridge("127.0.0.1", server->endpoints().anonymous_bus->port);
  ASSERT_TRUE(is(State::Is::connected));
  std::optional<Result<>> done;
  boost::asio::co_spawn(io, bridge->publish("application/1/device/2/command/down", "{}"),
                        [&](std::exception_ptr, Result<> result) { done = std::move(result); });
  ASSERT_TRUE(run_until([&] { return done.has_value(); }));
  EXPECT_TRUE(*done);
  EXPECT_EQ(listener->next_of(PacketType::publish).topic, "application/1/device/2/command/down");
  EXPECT_TRUE(desk.heard.empty());
}

TEST_F(OwnBroker, TopicsMayBeSharedWithOthers) {
  start();
  setup.topics = {"$share/towns/application/#", "other/#"};
  begin_bridge("127.0.0.1", server->endpoints().anonymous_bus->port);
  ASSERT_TRUE(is(State::Is::connected)) << bridge->state().words;
  const auto sender = bus("sender");
  sender->publish({.topic = "application/1/device/2/event/up", .payload = "x"});
  EXPECT_TRUE(run_until([&] { return desk.heard.size() == 1; }));
}

class OverTls : public OwnBroker {
 protected:
  OverTls() {
    options.tls = mqtt::TlsEndpoint{{}, files.file("ca.pem"), files.file("ca.key"), {}};
    setup.tls = true;
    setup.user = "bus:9";
    setup.ca_file = files.file("ca.pem");
  }
};

TEST_F(OverTls, AnAuthorityOfOnesOwnIsTrustedWhenItIsNamed) {
  start();
  begin_bridge("localhost", server->endpoints().tls->port);
  EXPECT_TRUE(is(State::Is::connected)) << bridge->state().words;
}

TEST_F(OverTls, AnAddressIsLookedForInTheCertificateToo) {
  start();
  begin_bridge("127.0.0.1", server->endpoints().tls->port);
  EXPECT_TRUE(is(State::Is::connected)) << bridge->state().words;
}

TEST_F(OverTls, ACertificateOfSomebodyElsesAuthorityIsRefused) {
  setup.ca_file = files.file("other.pem");
  start();
  begin_bridge("localhost", server->endpoints().tls->port);
  EXPECT_TRUE(is(State::Is::refused));
  EXPECT_NE(bridge->state().words.find("certificate is not trusted"), std::string::npos) << bridge->state().words;
  EXPECT_NE(bridge->state().words.find("other.pem"), std::string::npos) << bridge->state().words;
}

TEST_F(OverTls, WithoutAnAuthorityThoseOfTheSystemCount) {
  setup.ca_file.clear();
  start();
  begin_bridge("localhost", server->endpoints().tls->port);
  EXPECT_TRUE(is(State::Is::refused));
  EXPECT_NE(bridge->state().words.find("no ca_file"), std::string::npos) << bridge->state().words;
}

TEST_F(OverTls, ACertificateForAnotherHostIsRefused) {
  options.tls->at.address = "127.0.0.2";
  start();
  begin_bridge("127.0.0.2", server->endpoints().tls->port);
  EXPECT_TRUE(is(State::Is::refused));
  EXPECT_NE(bridge->state().words.find("mismatch"), std::string::npos) << bridge->state().words;
}

TEST_F(OverTls, FilesThatCannotBeUsedAreNamed) {
  setup.certificate = files.file("ca.pem");
  setup.key = files.file("other.key");
  start();
  begin_bridge("localhost", server->endpoints().tls->port);
  EXPECT_TRUE(is(State::Is::refused));
  EXPECT_NE(bridge->state().words.find("other.key"), std::string::npos) << bridge->state().words;
}

TEST_F(OverTls, ItShowsItsOwnCertificate) {
  options.tls->client_ca_file = files.file("other.pem");
  setup.certificate = files.file("other.pem");
  setup.key = files.file("other.key");
  start();
  begin_bridge("localhost", server->endpoints().tls->port);
  ASSERT_TRUE(is(State::Is::connected)) << bridge->state().words;
  EXPECT_FALSE(handler.last.certificate_fingerprint.empty());
}

TEST_F(OverTls, ABrokerWithoutTlsIsNoneWithTls) {
  start();
  begin_bridge("127.0.0.1", server->endpoints().anonymous_bus->port);
  EXPECT_TRUE(run_until([&] { return bridge->state().is != State::Is::connecting; }));
  EXPECT_NE(bridge->state().is, State::Is::connected);
}

}  // namespace
}  // namespace qala::bridge::testing
