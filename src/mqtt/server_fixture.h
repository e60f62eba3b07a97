#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/clock.h"
#include "mqtt/server.h"
#include "mqtt/test_client.h"

namespace qala::mqtt::testing {

/// Answers telemetry when the test says so. User names choose the principal: "device:7", "gateway:8", "bus:9",
/// "provisioning:10", with a rate as "device:7:100"; "busy" is told to try later, anything else is denied.
class FakeHandler final : public Handler {
 public:
  struct Seen {
    std::string topic, payload, client_id;
    std::uint32_t token = 0;
    std::uint8_t qos = 0;
    bool duplicate = false, persistent = false;
    Instant unanswered_since;
    std::function<void(Reason)> done;
  };

  void authenticate(const Credentials& credentials, std::function<void(Result<Principal>)> done) override {
    last = credentials;
    if (credentials.anonymous_listener) {
      Principal anonymous;
      anonymous.role = Principal::Role::bus;
      return done(anonymous);
    }
    const auto colon = credentials.user_name.find(':');
    const auto kind = credentials.user_name.substr(0, colon);
    if (kind == "busy") return done(fail(ErrorKind::unavailable, "starting"));
    Principal principal;
    if (kind == "device") principal.role = Principal::Role::device;
    else if (kind == "gateway") principal.role = Principal::Role::gateway;
    else if (kind == "bus") principal.role = Principal::Role::bus;
    else if (kind == "provisioning") principal.role = Principal::Role::provisioning;
    else return done(fail(ErrorKind::denied, "who?"));
    principal.token = TokenId(static_cast<std::uint32_t>(std::stoul(credentials.user_name.substr(colon + 1))));
    const auto rate = credentials.user_name.find(':', colon + 1);
    if (rate != std::string::npos) {
      principal.messages_per_second = static_cast<std::uint32_t>(std::stoul(credentials.user_name.substr(rate + 1)));
    }
    if (hold_authentication) held = [done, principal] { done(principal); };
    else done(principal);
  }
  void telemetry(const Principal& principal, const Telemetry& m, std::function<void(Reason)> done) override {
    seen.push_back({std::string(m.topic), std::string(m.payload), std::string(m.client_id), principal.token.value,
                    m.qos, m.duplicate, m.persistent_session, m.unanswered_since, done});
    if (answer_at_once && done) done(Reason::success);
  }
  void disconnected(const Principal&, std::string_view client_id) override { gone.emplace_back(client_id); }

  std::vector<Seen> seen;
  std::vector<std::string> gone;
  Credentials last;
  std::function<void()> held;
  bool answer_at_once = false;
  bool hold_authentication = false;
};

/// A server on free loopback ports with a clock that stands still, run by whoever waits.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options.anonymous_bus = Endpoint{};
    options.plain = Endpoint{};
    options.clock = &clock;
    options.tick_ms = 2;
  }
  ~ServerTest() override {
    stop();
    if (!folder.empty()) std::filesystem::remove_all(folder);
  }

  void start() {
    io.restart();  // it stops when it runs out of work, as between two servers
    server = std::make_unique<Server>(io, handler, options);
    const auto started = server->start();
    ASSERT_TRUE(started) << started.error().message;
  }
  void stop() {
    if (!server) return;
    bool stopped = false;
    boost::asio::co_spawn(io, server->stop(), [&](std::exception_ptr) { stopped = true; });
    run_until([&] { return stopped; });
    server.reset();
  }
  /// As kill -9 leaves it: nothing is said, nothing more is written.
  void crash() { server.reset(); }
  void use_session_file() {
    folder = std::filesystem::temp_directory_path() / ("qala-mqtt-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    options.session_file = folder / "sessions.db";
  }
  template <class Condition>
  bool run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition() && std::chrono::steady_clock::now() < end) io.run_one_for(std::chrono::milliseconds(5));
    return condition();
  }
  /// Bus client, connected.
  std::unique_ptr<Client> bus(const std::string& id, Hello hello = {}) {
    hello.id = id;
    auto client = std::make_unique<Client>(io, server->endpoints().anonymous_bus->port);
    const auto answer = client->connect(hello);
    EXPECT_EQ(answer.type, PacketType::connack);
    EXPECT_EQ(answer.code, Code::success);
    return client;
  }
  /// Client of the listener for everybody; `user` as in FakeHandler.
  std::unique_ptr<Client> device(const std::string& user, Hello hello = {}) {
    hello.user = user;
    auto client = std::make_unique<Client>(io, server->endpoints().plain->port);
    const auto answer = client->connect(hello);
    EXPECT_EQ(answer.type, PacketType::connack);
    EXPECT_EQ(answer.code, Code::success);
    return client;
  }

  boost::asio::io_context io{1};
  FakeClock clock;
  FakeHandler handler;
  ServerOptions options;
  std::unique_ptr<Server> server;
  std::filesystem::path folder;
};

inline std::string u32_property(std::uint8_t id, std::uint32_t value) {
  std::string out;
  put_u8(out, id);
  put_u32(out, value);
  return out;
}
inline std::string u16_property(std::uint8_t id, std::uint16_t value) {
  std::string out;
  put_u8(out, id);
  put_u16(out, value);
  return out;
}
inline std::string text_property(std::uint8_t id, std::string_view value) {
  std::string out;
  put_u8(out, id);
  put_text(out, value);
  return out;
}

constexpr std::uint8_t kSessionExpiry = 0x11, kReceiveMaximum = 0x21, kMaximumPacket = 0x27, kAliasMaximum = 0x22,
                       kAlias = 0x23, kExpiry = 0x02, kWillDelay = 0x18, kIdentifier = 0x0b, kUser = 0x26,
                       kContentType = 0x03, kResponseTopic = 0x08, kCorrelation = 0x09, kFormat = 0x01,
                       kAssignedId = 0x12, kServerKeepAlive = 0x13;

}  // namespace qala::mqtt::testing
