#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "bridge/bridge.h"
#include "mqtt/test_client.h"

namespace qala::bridge::testing {

using boost::asio::ip::tcp;
using mqtt::Code;
using mqtt::PacketType;
using mqtt::Version;

struct Heard {
  std::string topic, payload;
  bool duplicate = false;
  Link::Done done;
};

/// Keeps what comes until the test gives its verdict.
class Desk final : public Bridge::Sink {
 public:
  void arrived(const Setup&, const Arrival& message, Link::Done done) override {
    heard.push_back({std::string(message.topic), std::string(message.payload), message.duplicate, std::move(done)});
  }
  void connected(const Setup&) override { connects++; }
  void changed(const Setup&, const State& state) override { words.push_back(state.words); }
  void refused(const Setup&, std::string_view said) override { refusals.emplace_back(said); }

  std::deque<Heard> heard;
  std::vector<std::string> words, refusals;
  int connects = 0;
};

/// A bridge with a clock that stands still, in the thread of the test: waiting runs the event loop.
class BridgeTest : public ::testing::Test {
 protected:
  BridgeTest() {
    options.tick_ms = 2;
    setup.name = "lns";
    setup.client_id = "qala-lns";
    setup.host = "127.0.0.1";
    setup.topics = {"application/+/device/+/event/+"};
  }
  ~BridgeTest() override { stop(); }

  void start(std::uint16_t port) {
    setup.port = port;
    setup.url = "mqtt://127.0.0.1:" + std::to_string(port);
    bridge = std::make_unique<Bridge>(io, clock, random, desk, setup, options);
    bridge->start();
  }
  void stop() {
    if (!bridge) return;
    bool stopped = false;
    boost::asio::co_spawn(io, bridge->stop(), [&](std::exception_ptr) { stopped = true; });
    EXPECT_TRUE(run_until([&] { return stopped; }));
    bridge.reset();
  }
  template <class Condition>
  bool run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    bool met = condition();  // asked once each time: it may take something
    while (!met && std::chrono::steady_clock::now() < end) {
      turn();
      met = condition();
    }
    return met;
  }
  void turn() {
    io.restart();
    io.run_one_for(std::chrono::milliseconds(2));
  }
  /// So long that whatever was to happen at once has happened: ticks of the bridge, not of a wall clock.
  void settle() {
    for (int i = 0; i < 100; i++) turn();
  }
  bool is(State::Is what) {
    return run_until([&] { return bridge->state().is == what; });
  }

  boost::asio::io_context io{1};
  FakeClock clock;
  SeededRandom random{7};
  Desk desk;
  bridge::Setup setup;
  Options options;
  std::unique_ptr<Bridge> bridge;
};

/// A broker that does what the test says, byte by byte.
class PeerTest : public BridgeTest {
 protected:
  PeerTest() : acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) { acceptor.non_blocking(true); }
  ~PeerTest() override {
    stop();  // while the peer is still there
  }

  void start() { BridgeTest::start(acceptor.local_endpoint().port()); }
  bool accept() {
    in.clear();
    closed = false;
    socket = std::make_unique<tcp::socket>(io);
    return run_until([&] {
      boost::system::error_code ec;
      acceptor.accept(*socket, ec);
      if (!ec) socket->non_blocking(true);
      return !ec;
    });
  }
  /// Nobody has come; after a while of event loop.
  bool nobody_comes() {
    settle();
    boost::system::error_code ec;
    tcp::socket other(io);
    acceptor.accept(other, ec);
    return ec == boost::asio::error::would_block;
  }
  void send(const std::string& bytes) { boost::asio::write(*socket, boost::asio::buffer(bytes)); }
  bool read() {
    std::array<char, 4096> block{};
    boost::system::error_code ec;
    const auto size = socket->read_some(boost::asio::buffer(block), ec);
    if (ec && ec != boost::asio::error::would_block) closed = true;
    in.append(block.data(), size);
    return size > 0;
  }
  /// The next packet of the bridge; `body` is empty and type 0 when none comes.
  struct Packet {
    PacketType type{};
    std::uint8_t flags = 0;
    std::string body = {};
    std::uint16_t id() const {
      return body.size() < 2 ? std::uint16_t{0}
                             : static_cast<std::uint16_t>(static_cast<std::uint8_t>(body[0]) << 8 |
                                                          static_cast<std::uint8_t>(body[1]));
    }
  };
  Packet next() {
    Packet out;
    run_until([&] { return take(out) || (read(), closed); });
    return out;
  }
  /// Nothing comes, for a while of event loop.
  bool nothing_comes() {
    settle();
    while (read()) {
    }
    return in.empty();
  }
  bool take(Packet& out) {
    mqtt::Frame frame;
    if (mqtt::next_frame(in, frame) != mqtt::FrameStatus::complete) return false;
    out = {frame.type, frame.flags, std::string(frame.body)};
    in.erase(0, frame.size);
    return true;
  }
  /// And the bridge has noted why.
  bool is_closed() {
    closed = false;
    const bool gone = run_until([&] { return read(), closed; });
    settle();
    return gone;
  }
  void connack(Version version, Code code = Code::success, mqtt::ConnackProperties properties = {}) {
    std::string out;
    mqtt::write_connack(out, version, false, code, properties);
    send(out);
  }
  /// Hello, and what the bridge wants: until it is connected.
  void welcome(Version version = Version::v5, mqtt::ConnackProperties properties = {}) {
    ASSERT_TRUE(accept());
    ASSERT_EQ(next().type, PacketType::connect);
    connack(version, Code::success, properties);
    const auto wish = next();
    ASSERT_EQ(wish.type, PacketType::subscribe);
    std::string out;
    mqtt::write_suback(out, version, wish.id(), std::vector<Code>(setup.topics.size(), Code{1}));
    send(out);
    ASSERT_TRUE(is(State::Is::connected));
  }
  void publish(const std::string& payload, std::uint16_t id, std::uint8_t qos = 1, Version version = Version::v5,
               bool duplicate = false) {
    send(mqtt::testing::publish_packet(version, {.topic = "application/1/device/2/event/up",
                                                 .payload = payload,
                                                 .qos = qos,
                                                 .id = id,
                                                 .duplicate = duplicate}));
  }
  bool heard(std::size_t count) {
    return run_until([&] { return desk.heard.size() >= count; });
  }
  /// Long enough for whatever pause.
  void wait_a_minute() { clock.advance(std::chrono::seconds(61)); }

  tcp::acceptor acceptor;
  std::unique_ptr<tcp::socket> socket;
  std::string in;
  bool closed = false;
};

}  // namespace qala::bridge::testing
