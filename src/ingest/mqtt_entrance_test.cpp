#include "ingest/mqtt_entrance.h"

#include <gtest/gtest.h>

#include <future>

#include <boost/asio/io_context.hpp>

#include "ingest/test_entrance.h"

namespace qala::ingest {
namespace {

using mqtt::Principal;
using mqtt::Reason;
using test::Entrance;

class Mqtt : public ::testing::Test {
 protected:
  Mqtt()
      : access_(*access::Access::open(*town_.db, town_.folder + "/town.db", town_.clock, random_, town_.audit)),
        intake_(*town_.admission, *writer_, town_.clock),
        entrance_(network_.get_executor(), *access_, intake_, town_.index, town_.probe, town_.clock, {}) {}

  static mqtt::Credentials login(std::string user, std::string password = {}) {
    mqtt::Credentials out;
    out.user_name = std::move(user);
    out.password = std::move(password);
    return out;
  }
  Result<Principal> sign_in(const mqtt::Credentials& credentials) {
    Result<Principal> out = fail(ErrorKind::internal, "not answered");
    entrance_.authenticate(credentials, [&](Result<Principal> answer) { out = std::move(answer); });
    return out;
  }
  access::NewToken grant(access::Scope scope, ThingId thing = {}) {
    return {.name = "n", .scope = scope, .thing = thing};
  }

  struct Options {
    bool duplicate = false;
    bool persistent = false;
    std::uint16_t packet = 1;
    std::string_view client = "c";
    Instant previous = {};
  };
  /// Index into answers_.
  std::size_t publish(const Principal& who, std::string_view topic, std::string_view payload) {
    return publish(who, topic, payload, Options());
  }
  std::size_t publish(const Principal& who, std::string_view topic, std::string_view payload, Options options) {
    const std::size_t at = answers_.size();
    answers_.push_back({});
    entrance_.telemetry(who,
                        {.topic = topic,
                         .payload = payload,
                         .qos = 1,
                         .duplicate = options.duplicate,
                         .packet_id = options.packet,
                         .persistent_session = options.persistent,
                         .unanswered_since = options.previous,
                         .client_id = options.client},
                        [this, at](Reason reason) { answers_[at].push_back(reason); });
    return at;
  }
  void network() {
    network_.restart();
    network_.poll();
  }
  /// What is under way comes to its end.
  void settle() {
    network();
    std::promise<void> done;
    writer_->post([&] { done.set_value(); });
    done.get_future().wait();
    network();
  }
  Principal device(ThingId thing) {
    return {.role = Principal::Role::device, .token = TokenId(1), .thing = thing, .name = "d"};
  }
  Principal gateway(ThingId thing) {
    return {.role = Principal::Role::gateway, .token = TokenId(2), .thing = thing, .name = "g"};
  }

  static constexpr std::string_view kTelemetry = "v1/devices/me/telemetry";
  Entrance town_;
  SystemRandom random_;
  std::unique_ptr<access::Access> access_;
  std::unique_ptr<Worker> writer_ = std::make_unique<Worker>(1, "writer");
  boost::asio::io_context network_;
  Intake intake_;
  MqttEntrance entrance_;
  std::vector<std::vector<Reason>> answers_;
};

TEST_F(Mqtt, TokensLoginsAndCertificatesOpenTheDoor) {
  const ThingId lamp = town_.add("lamp");
  const auto token = access_->create_token(grant(access::Scope::device, lamp), town_.actor);
  ASSERT_TRUE(token);
  const std::string print(64, 'a');
  ASSERT_TRUE(access_->add_login("meter", "long-password-7", grant(access::Scope::gateway, lamp), town_.actor));
  ASSERT_TRUE(access_->add_certificate(print, grant(access::Scope::bus), town_.actor));
  const auto by_user = sign_in(login(token->text));
  ASSERT_TRUE(by_user);
  EXPECT_EQ(by_user->role, Principal::Role::device);
  EXPECT_EQ(by_user->thing, lamp);
  EXPECT_GT(by_user->messages_per_second, 0U);
  EXPECT_TRUE(sign_in(login("anything", token->text)));
  EXPECT_EQ(sign_in(login("meter", "long-password-7"))->role, Principal::Role::gateway);
  mqtt::Credentials certificate;
  certificate.certificate_fingerprint = print;
  EXPECT_EQ(sign_in(certificate)->role, Principal::Role::bus);
  mqtt::Credentials anonymous;
  anonymous.anonymous_listener = true;
  EXPECT_EQ(sign_in(anonymous)->role, Principal::Role::bus);
}

TEST_F(Mqtt, WrongCredentialsAndScopesAreRefusedAndCounted) {
  const auto reader = access_->create_token(grant(access::Scope::read), town_.actor);
  const auto pusher = access_->create_token(grant(access::Scope::ingest), town_.actor);
  ASSERT_TRUE(reader && pusher);
  for (const auto& text : {reader->text, pusher->text, std::string("nonsense"), std::string()}) {
    const auto answer = sign_in(login(text));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::denied);
  }
  EXPECT_EQ(town_.rejected("scope"), 2U);
  EXPECT_EQ(town_.rejected("credentials"), 2U);
}

TEST_F(Mqtt, MessagesOfOneRoundAreOneCommit) {
  const ThingId lamp = town_.add("lamp");
  publish(device(lamp), kTelemetry, R"({"t":0})");
  settle();
  const int commits = town_.store->commits;
  for (int i = 1; i <= 20; i++) {
    publish(device(lamp), kTelemetry,
            R"([{"ts":)" + std::to_string(town_.clock.now().ns / 1'000'000 - i) + R"(,"values":{"t":1}}])");
  }
  settle();
  EXPECT_EQ(town_.store->commits, commits + 1);
  for (const auto& answer : answers_) EXPECT_EQ(answer, std::vector{Reason::success});
}

TEST_F(Mqtt, NewNamesInOneRoundDoNotGetMixedUp) {
  const ThingId a = town_.add("a");
  const ThingId b = town_.add("b");
  publish(device(a), kTelemetry, R"({"x":1,"word":"one"})");
  publish(device(b), kTelemetry, R"({"y":2,"word":"two"})");
  publish(device(a), kTelemetry, R"({"z":3})");
  settle();
  EXPECT_EQ(town_.readings_of(town_.stream(a, "x")).rows.at(0).bits, 1);
  EXPECT_EQ(town_.readings_of(town_.stream(b, "y")).rows.at(0).bits, 2);
  EXPECT_EQ(town_.readings_of(town_.stream(a, "z")).rows.at(0).bits, 3);
  const auto words = town_.readings_of(town_.stream(b, "word"));
  EXPECT_EQ(words.text_of(words.rows.at(0).bits), "two");
  EXPECT_FALSE(town_.stream(a, "y"));
}

TEST_F(Mqtt, TheLaterMessageWinsThoughItHasANewKey) {
  const ThingId lamp = town_.add("lamp");
  publish(device(lamp), kTelemetry, R"({"t":0})");
  settle();
  town_.clock.advance(std::chrono::seconds(1));
  const std::string at = R"([{"ts":)" + std::to_string(town_.clock.now().ns / 1'000'000) + R"(,"values":)";
  publish(device(lamp), kTelemetry, at + R"({"t":1}}])");
  publish(device(lamp), kTelemetry, at + R"({"t":2,"new":1}}])");
  settle();
  EXPECT_EQ(town_.readings_of(town_.stream(lamp, "t")).rows.back().bits, 2);
}

TEST_F(Mqtt, NothingIsAcknowledgedBeforeTheCommit) {
  const ThingId lamp = town_.add("lamp");
  std::promise<void> go;
  town_.store->before_append = [&] { go.get_future().wait(); };
  const auto at = publish(device(lamp), kTelemetry, R"({"t":1})");
  network();
  EXPECT_TRUE(answers_[at].empty());
  go.set_value();
  settle();
  EXPECT_EQ(answers_[at], std::vector{Reason::success});
}

TEST_F(Mqtt, AFullStoreIsNoSuccess) {
  const ThingId lamp = town_.add("lamp");
  town_.store->full = true;
  const auto at = publish(device(lamp), kTelemetry, R"({"t":1})");
  settle();
  EXPECT_EQ(answers_[at], std::vector{Reason::quota_exceeded});
}

TEST_F(Mqtt, AResendOfAPersistentSessionIsStoredOnce) {
  const ThingId lamp = town_.add("lamp");
  const Options first{.persistent = true, .packet = 9};
  Options again = first;
  again.duplicate = true;
  publish(device(lamp), kTelemetry, R"({"t":1})", first);
  settle();
  town_.clock.advance(std::chrono::seconds(3));
  publish(device(lamp), kTelemetry, R"({"t":1})", again);
  settle();
  EXPECT_EQ(town_.readings_of(town_.stream(lamp, "t")).rows.size(), 1U);
  EXPECT_EQ(town_.probe.totals().duplicates, 1U);
  EXPECT_EQ(answers_[1], std::vector{Reason::success});
  again.packet = 10;  // never acknowledged: stored
  publish(device(lamp), kTelemetry, R"({"t":1})", again);
  settle();
  EXPECT_EQ(town_.readings_of(town_.stream(lamp, "t")).rows.size(), 2U);
}

TEST_F(Mqtt, AMessageAndItsResendThatWaitForTheSameCommitAreStoredOnce) {
  const ThingId lamp = town_.add("lamp");
  town_.add_stream(lamp, "t");
  std::promise<void> disk;  // held up: both wait
  writer_->post([wait = disk.get_future().share()] { wait.wait(); });
  const Options first{.persistent = true, .packet = 7};
  Options again = first;
  again.duplicate = true;
  publish(device(lamp), kTelemetry, R"({"t":1})", first);
  network();
  town_.clock.advance(std::chrono::seconds(1));
  publish(device(lamp), kTelemetry, R"({"t":1})", again);
  network();
  disk.set_value();
  settle();
  settle();
  EXPECT_EQ(town_.readings_of(town_.stream(lamp, "t")).rows.size(), 1U);
  EXPECT_EQ(answers_[0], std::vector{Reason::success});
  EXPECT_EQ(answers_[1], std::vector{Reason::success});
}

TEST_F(Mqtt, AnIdThatComesRoundAgainSwallowsNoMessage) {
  const ThingId lamp = town_.add("lamp");
  publish(device(lamp), kTelemetry, R"({"t":1})", {.persistent = true, .packet = 1});
  settle();
  town_.clock.advance(std::chrono::minutes(10));  // it wakes, and says the same under the same id: that does not arrive
  const Instant woke = town_.clock.now();
  town_.clock.advance(std::chrono::seconds(30));  // and it comes back once more
  const Options again{.duplicate = true, .persistent = true, .packet = 1, .previous = woke};
  publish(device(lamp), kTelemetry, R"({"t":1})", again);
  settle();
  EXPECT_EQ(town_.readings_of(town_.stream(lamp, "t")).rows.size(), 2U) << "never heard, though acknowledged";
  town_.clock.advance(std::chrono::seconds(30));
  publish(device(lamp), kTelemetry, R"({"t":1})", again);
  settle();
  EXPECT_EQ(town_.readings_of(town_.stream(lamp, "t")).rows.size(), 2U) << "and now it is one that was heard";
}

TEST_F(Mqtt, AnotherDevicesReceiptDoesNotSwallowAMessage) {
  const ThingId lamp = town_.add("lamp");
  auto other = device(town_.add("other"));
  other.token = TokenId(99);
  publish(other, kTelemetry, R"({"t":1})", {.persistent = true, .packet = 9, .client = "same"});
  settle();
  publish(device(lamp), kTelemetry, R"({"t":1})",
          {.duplicate = true, .persistent = true, .packet = 9, .client = "same"});
  settle();
  EXPECT_EQ(town_.readings_of(town_.stream(lamp, "t")).rows.size(), 1U);
}

TEST_F(Mqtt, WhatIsRefusedIsCountedOnceAndHarmsNoOther) {
  const ThingId lamp = town_.add("lamp");
  publish(device(lamp), kTelemetry, R"({"t":1})");
  settle();
  town_.clock.advance(std::chrono::seconds(1));
  publish(device(lamp), kTelemetry, R"({"t":2})");
  const auto bad = publish(device(lamp), kTelemetry, R"({"t":3,"u":)");
  publish(device(lamp), kTelemetry, R"({"fresh":1,")" + std::string(300, 'k') + R"(":3})");
  settle();
  EXPECT_EQ(answers_[bad], std::vector{Reason::payload_format_invalid});
  EXPECT_EQ(town_.rejected("malformed"), 1U);
  EXPECT_EQ(town_.rejected("oversized"), 1U);
  EXPECT_EQ(town_.readings_of(town_.stream(lamp, "t")).rows.size(), 2U);
  EXPECT_TRUE(town_.stream(lamp, "fresh"));
}

TEST_F(Mqtt, GatewaysAndDevicesAreCountedApart) {
  const ThingId gw = town_.add("gw");
  const ThingId lamp = town_.add("lamp", gw);
  const char* json = R"({"lamp":[{"values":{"t":1}}]})";
  publish(device(lamp), kTelemetry, R"({"t":0})");
  publish(gateway(gw), "v1/gateway/telemetry", json);
  settle();
  town_.clock.advance(std::chrono::seconds(1));
  publish(gateway(gw), "v1/gateway/telemetry", json);
  town_.clock.advance(std::chrono::seconds(1));
  publish(device(lamp), kTelemetry, R"({"t":5})");
  settle();
  const auto totals = town_.probe.totals();
  EXPECT_EQ(totals.by_transport[static_cast<std::size_t>(Transport::gateway)] +
                totals.by_transport[static_cast<std::size_t>(Transport::mqtt)],
            totals.accepted);
  EXPECT_EQ(totals.by_transport[static_cast<std::size_t>(Transport::mqtt)], 2U);
}

TEST_F(Mqtt, GatewaysSayWhichDevicesComeAndGo) {
  const ThingId gw = town_.add("gw");
  const ThingId lamp = town_.add("lamp \"7\"", gw);
  const auto say = [&](std::string_view verb, std::string_view payload) {
    const auto at = publish(gateway(gw), verb, payload);
    settle();
    town_.clock.advance(std::chrono::seconds(1));
    return answers_[at];
  };
  EXPECT_EQ(say("v1/gateway/connect", R"({"device":"lamp \"7\""})"), std::vector{Reason::success});
  EXPECT_EQ(say("v1/gateway/disconnect", R"({"device":"lamp \"7\""})"), std::vector{Reason::success});
  const auto online = town_.readings_of(town_.stream(lamp, "online"));
  ASSERT_EQ(online.rows.size(), 2U);
  EXPECT_EQ(online.rows[0].type, readings::ValueType::boolean);
  EXPECT_EQ(online.rows[0].bits, 1);
  EXPECT_EQ(online.rows[1].bits, 0);
  EXPECT_TRUE(online.rows[0].flags & readings::flag::server_time);
}

TEST_F(Mqtt, AGatewayBringsNewDevicesIntoTheListByConnect) {
  const ThingId gw = town_.add("gw");
  const auto at = publish(gateway(gw), "v1/gateway/connect", R"({"device":"new","type":"thermometer"})");
  settle();
  EXPECT_EQ(answers_[at], std::vector{Reason::success});
  ASSERT_EQ(town_.unclaimed->size(), 1U);
}

TEST_F(Mqtt, AConnectThatNamesNobodyIsRefusedAndCounted) {
  const ThingId gw = town_.add("gw");
  for (const char* payload : {"x", "{}", R"({"device":""})", R"({"device":7})"}) {
    EXPECT_EQ(answers_[publish(gateway(gw), "v1/gateway/connect", payload)],
              std::vector{Reason::payload_format_invalid})
        << payload;
  }
  settle();
  EXPECT_EQ(town_.rejected("malformed"), 4U);
}

}  // namespace
}  // namespace qala::ingest
