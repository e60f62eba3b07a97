// The client and the poller against a scripted device on loopback.
#include <gtest/gtest.h>

#include <functional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "modbus/client.h"
#include "modbus/poller.h"

namespace qala::modbus {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using Bytes = std::vector<std::uint8_t>;
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

/// Pieces that a device sends as answer to one request, one after another.
using Script = std::function<std::vector<Bytes>(const Bytes& request)>;

std::uint16_t count_of(const Bytes& request) { return static_cast<std::uint16_t>(request[10] << 8 | request[11]); }
std::uint16_t address_of(const Bytes& request) { return static_cast<std::uint16_t>(request[8] << 8 | request[9]); }

/// Every register holds its own address.
Bytes good(const Bytes& request) {
  const auto size = static_cast<std::uint8_t>(count_of(request) * 2);
  Bytes out = {request[0], request[1], 0, 0, 0, static_cast<std::uint8_t>(size + 3), request[6], request[7], size};
  for (std::uint16_t i = 0; i < count_of(request); i++) {
    const auto value = static_cast<std::uint16_t>(address_of(request) + i);
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
  }
  return out;
}

Bytes refusal(const Bytes& request, std::uint8_t code) {
  return {request[0], request[1], 0, 0, 0, 3, request[6], static_cast<std::uint8_t>(request[7] | 0x80), code};
}

class Modbus : public ::testing::Test, protected Sink {
 protected:
  Modbus() : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    asio::co_spawn(io_, accept(), asio::detached);
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  DeviceSetup device(const std::string& name, std::uint8_t unit, const std::string& registers) const {
    auto map = parse_map("address_base = 0\nevery_s = 1\n" + registers, "m.toml");
    EXPECT_TRUE(map) << map.error().message;
    return {.name = name,
            .host = "127.0.0.1",
            .port = port(),
            .unit = unit,
            .map = std::make_shared<const DeviceMap>(std::move(*map)),
            .thing = name,
            .timeout_ms = 200};
  }

  Result<Answer> ask(Client& client, std::uint16_t count = 2, int patience_ms = 30'000) {
    std::optional<Result<Answer>> out;
    asio::co_spawn(
        io_,
        [&]() -> awaitable<void> {
          out = co_await client.ask({.unit = 1, .function = Function::holding_registers, .address = 7, .count = count},
                                    std::chrono::milliseconds(patience_ms));
        },
        asio::detached);
    run_until([&] { return out.has_value(); });
    return std::move(*out);
  }

  void run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    io_.restart();
    while (!done() && std::chrono::steady_clock::now() < end) io_.run_one_for(std::chrono::milliseconds(100));
    ASSERT_TRUE(done()) << "not within a minute";
  }

  /// Runs a poller over these devices until `done`.
  void poll(std::vector<DeviceSetup> devices, const std::function<bool(const Poller&)>& done) {
    Poller poller(io_, clock_, random_, *this, std::move(devices));
    poller.start();
    run_until([&] { return done(poller); });
    states_ = poller.states();
    bool stopped = false;
    asio::co_spawn(
        io_,
        [&]() -> awaitable<void> {
          co_await poller.stop();
          stopped = true;
        },
        asio::detached);
    run_until([&] { return stopped; });
  }

  void polled(const DeviceSetup& device, Instant, std::span<const Polled> values) override {
    rounds_++;
    for (const auto& [what, value] : values) got_[device.name + "." + what->key].push_back(value.real);
  }
  void refused(const DeviceSetup& device, const Register& what, const Value&, Instant) override {
    impossible_.push_back(device.name + "." + what.key);
  }

  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  Script script_ = [](const Bytes& request) { return std::vector<Bytes>{good(request)}; };
  std::vector<Bytes> requests_;
  int connections_ = 0, open_ = 0, most_open_ = 0, rounds_ = 0;
  bool hang_up_ = false;  ///< after the next answer
  SystemClock clock_;
  SeededRandom random_{7};
  std::map<std::string, std::vector<double>> got_;
  std::vector<std::string> impossible_;
  std::vector<DeviceState> states_;

 private:
  awaitable<void> accept() {
    for (;;) {
      tcp::socket socket(io_);
      const auto [ec] = co_await acceptor_.async_accept(socket, kTuple);
      if (ec) co_return;
      connections_++;
      most_open_ = std::max(most_open_, ++open_);
      asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
    }
  }
  awaitable<void> serve(tcp::socket socket) {
    for (;;) {
      Bytes request(12);
      const auto [ec, size] = co_await asio::async_read(socket, asio::buffer(request), kTuple);
      if (ec) break;
      requests_.push_back(request);
      for (const auto& piece : script_(request)) {
        const auto [failed, sent] = co_await asio::async_write(socket, asio::buffer(piece), kTuple);
        if (failed) break;
      }
      if (hang_up_) break;
    }
    hang_up_ = false;
    open_--;
  }
};

TEST_F(Modbus, AnAnswerMayComeByteByByte) {
  script_ = [](const Bytes& request) {
    std::vector<Bytes> out;
    for (const auto byte : good(request)) out.push_back({byte});
    return out;
  };
  Client client(io_.get_executor(), "127.0.0.1", port());
  const auto answer = ask(client);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->values, (std::vector<std::uint16_t>{7, 8}));
}

TEST_F(Modbus, AnAnswerThatComesTooLateIsNotTakenForTheNext) {
  Bytes late;
  script_ = [&](const Bytes& request) {
    if (requests_.size() == 1) {
      late = good(request);
      late[9] = 0x55;
      return std::vector<Bytes>{};
    }
    return std::vector<Bytes>{late, good(request)};
  };
  Client client(io_.get_executor(), "127.0.0.1", port());
  const auto none = ask(client, 2, 100);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::timeout);
  const auto answer = ask(client);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->values, (std::vector<std::uint16_t>{7, 8}));
  EXPECT_EQ(connections_, 1);
}

TEST_F(Modbus, WhatIsNotModbusEndsTheConnection) {
  script_ = [this](const Bytes& request) {
    return std::vector<Bytes>{requests_.size() == 1 ? Bytes{'H', 'T', 'T', 'P', '/', '1', '.', '1'} : good(request)};
  };
  Client client(io_.get_executor(), "127.0.0.1", port());
  const auto none = ask(client);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::invalid);
  EXPECT_TRUE(ask(client));
  EXPECT_EQ(connections_, 2);
}

constexpr const char* kTwo =
    "[[register]]\nkey = \"a\"\naddress = 10\n[[register]]\nkey = \"b\"\naddress = 11\nmax = 10\n";

TEST_F(Modbus, NeighboursComeWithOneRequestAndTheImpossibleIsRefused) {
  poll({device("one", 1, kTwo)}, [this](const Poller&) { return got_["one.a"].size() >= 2; });
  EXPECT_EQ(got_["one.a"].front(), 10);
  EXPECT_EQ(got_.count("one.b"), 0U);
  EXPECT_GE(impossible_.size(), 2U);
  EXPECT_EQ(requests_.size(), impossible_.size()) << "a request a round";
  EXPECT_EQ(connections_, 1);
}

TEST_F(Modbus, OneRegisterThatIsNotThereCostsOneValue) {
  script_ = [](const Bytes& request) {
    const bool wrong = address_of(request) <= 11 && address_of(request) + count_of(request) > 11;
    return std::vector<Bytes>{wrong ? refusal(request, 2) : good(request)};
  };
  poll({device("one", 1, std::string(kTwo) + "[[register]]\nkey = \"c\"\naddress = 12\n")},
       [this](const Poller&) { return got_["one.a"].size() >= 2 && got_["one.c"].size() >= 2; });
  EXPECT_EQ(got_.count("one.b"), 0U);
  ASSERT_EQ(states_.size(), 1U);
  EXPECT_EQ(states_[0].is, DeviceState::Is::answers);
  EXPECT_EQ(states_[0].refused, 1U);
  EXPECT_NE(states_[0].words.find("b at 11: illegal data address"), std::string::npos) << states_[0].words;
}

TEST_F(Modbus, UnitsBehindAGatewayAreAskedOverOneConnectionAndOneThatIsDeadHarmsNoOther) {
  script_ = [](const Bytes& request) {
    return std::vector<Bytes>{request[6] == 2 ? refusal(request, 11) : good(request)};
  };
  poll({device("one", 1, kTwo), device("two", 2, kTwo), device("three", 3, kTwo)}, [this](const Poller& poller) {
    return got_["one.a"].size() >= 2 && got_["three.a"].size() >= 2 &&
           poller.states()[2].is == DeviceState::Is::silent;  // by name: one, three, two
  });
  EXPECT_EQ(connections_, 1);
  EXPECT_EQ(got_.count("two.a"), 0U);
  EXPECT_NE(states_[2].words.find("behind it (exception 11)"), std::string::npos) << states_[2].words;
}

TEST_F(Modbus, AConnectionThatIsCutIsMadeAnew) {
  script_ = [this](const Bytes& request) {
    hang_up_ = requests_.size() == 1;
    return std::vector<Bytes>{hang_up_ ? Bytes{request[0], request[1], 0, 0, 0, 7} : good(request)};
  };
  poll({device("one", 1, kTwo)}, [this](const Poller&) { return got_["one.a"].size() >= 1; });
  EXPECT_EQ(connections_, 2);
}

TEST_F(Modbus, AValueInsideItsDeadbandIsNotToldAgain) {
  int asked = 0;
  script_ = [&](const Bytes& request) {
    auto out = good(request);
    out[10] = asked++ < 3 ? 10 : 20;
    return std::vector<Bytes>{out};
  };
  poll({device("one", 1, "[[register]]\nkey = \"a\"\naddress = 10\ndeadband = 5\n")},
       [this](const Poller&) { return got_["one.a"].size() >= 2; });
  EXPECT_EQ(got_["one.a"], (std::vector<double>{10, 20}));
  EXPECT_GE(asked, 4);
}

TEST_F(Modbus, PollsOfASlowDeviceDoNotPileUp) {
  // Four registers of one second each, in four requests; each times out once.
  std::map<std::uint16_t, int> asked;
  script_ = [&](const Bytes& request) {
    const bool slow = asked[address_of(request)]++ % 2 == 0;
    return slow ? std::vector<Bytes>{} : std::vector<Bytes>{good(request)};
  };
  auto slow = device("slow", 1,
                     "[[register]]\nkey = \"a\"\naddress = 10\n[[register]]\nkey = \"b\"\naddress = 20\n"
                     "[[register]]\nkey = \"c\"\naddress = 30\n[[register]]\nkey = \"d\"\naddress = 40\n");
  slow.timeout_ms = 700;
  poll({slow}, [](const Poller& poller) { return poller.states()[0].skipped >= 4; });
  EXPECT_EQ(most_open_, 1);
  EXPECT_EQ(states_[0].is, DeviceState::Is::answers);
}

TEST_F(Modbus, NobodyListensIsSaid) {
  auto gone = device("gone", 1, kTwo);
  acceptor_.close();
  poll({gone}, [](const Poller& poller) { return poller.states()[0].is == DeviceState::Is::silent; });
  EXPECT_NE(states_[0].words.find("no connection"), std::string::npos) << states_[0].words;
  EXPECT_EQ(rounds_, 0);
}

}  // namespace
}  // namespace qala::modbus
