// The broker without sockets, with a store that is as slow or as broken as the test wants.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include <fmt/core.h>

#include "base/threads.h"
#include "mqtt/broker.h"
#include "mqtt/test_client.h"

namespace qala::mqtt::testing {
namespace {

class HeldStore final : public SessionStore {
 public:
  Result<StoredState> load() override { return StoredState{}; }
  Result<> apply(std::span<const Change> changes) override {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [this] { return permits_ > 0; });
    permits_--;
    if (failures > 0) {
      failures--;
      return fail(ErrorKind::full, "no space left");
    }
    for (const auto& change : changes) {
      if (change.kind != Change::Kind::none) written.push_back(change.kind);
    }
    return {};
  }
  void let_one_pass() {
    {
      const std::lock_guard lock(mutex_);
      permits_++;
    }
    released_.notify_one();
  }
  std::vector<Change::Kind> written;
  int failures = 0;

 private:
  std::mutex mutex_;
  std::condition_variable released_;
  int permits_ = 0;
};

class NoTransport final : public Transport {
 public:
  void wake(Connection&) override {}
  void resume(Connection&) override { resumed++; }
  int resumed = 0;
};

class EverybodyIsBus final : public Handler {
 public:
  void authenticate(const Credentials&, std::function<void(Result<Principal>)> done) override {
    Principal principal;
    principal.role = Principal::Role::bus;
    done(principal);
  }
  void telemetry(const Principal&, const Telemetry&, std::function<void(Reason)>) override {}
  void disconnected(const Principal&, std::string_view) override {}
};

class CommitTest : public ::testing::Test {
 protected:
  CommitTest() {
    const auto later = [this](std::function<void()> job) {
      const std::lock_guard lock(mutex);
      posted.push_back(std::move(job));
      arrived.notify_one();
    };
    broker.use_store(store, worker, {.post = later, .retry = later, .committed = {}, .failed = {}});
  }
  ~CommitTest() override {
    for (int i = 0; i < 10; i++) store.let_one_pass();
    worker.stop();
  }
  Connection& connect(const std::string& id, std::uint16_t keep_alive = 0) {
    auto& c = *broker.open("test", true);
    std::string expiry;
    put_u8(expiry, 0x11), put_u32(expiry, 100);
    feed(c, connect_packet({.id = id, .keep_alive = keep_alive, .properties = expiry}));
    return c;
  }
  void feed(Connection& c, const std::string& bytes) {
    broker.feed(c, bytes);
    broker.end_round();
  }
  /// Lets one batch through and does on this thread what comes of it.
  void commit_one() {
    store.let_one_pass();
    run_posted();
    broker.end_round();
  }
  void run_posted() {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex);
      ASSERT_TRUE(arrived.wait_for(lock, std::chrono::seconds(60), [this] { return !posted.empty(); }))
          << "nothing was to be written";
      job = std::move(posted.front());
      posted.erase(posted.begin());
    }
    job();
  }
  static std::vector<PacketType> sent(Connection& c) {
    std::vector<PacketType> types;
    std::string_view out(c.out);
    for (Frame frame; next_frame(out, frame) == FrameStatus::complete; out.remove_prefix(frame.size)) {
      types.push_back(frame.type);
    }
    c.out.clear();
    return types;
  }

  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<std::function<void()>> posted;
  HeldStore store;
  Worker worker{1, "test"};
  EverybodyIsBus handler;
  NoTransport transport;
  FakeClock clock;
  SeededRandom random{1};
  Limits limits{.output_bytes = 1000, .unwritten_changes = 100};
  Broker broker{handler, transport, limits, clock, random};
};

using enum PacketType;

TEST_F(CommitTest, WhatMustSurviveIsNotAcknowledgedBeforeItIsWritten) {
  auto& c = connect("a");
  sent(c);
  commit_one();  // the session
  feed(c, publish_packet(Version::v5, {.topic = "t", .payload = "x", .qos = 1, .id = 1, .retain = true}));
  feed(c, publish_packet(Version::v5, {.topic = "t", .payload = "x", .qos = 1, .id = 2}));
  EXPECT_EQ(sent(c), std::vector<PacketType>{});  // the second would be free to go, but not before the first
  commit_one();
  EXPECT_EQ(sent(c), (std::vector<PacketType>{puback, puback}));
}

TEST_F(CommitTest, SubscriptionsAndQos2StepsWaitToo) {
  auto& c = connect("a");
  sent(c);
  commit_one();
  feed(c, packet_of(subscribe, 2, std::string("\0\1\0\0\1t\2", 7)));
  EXPECT_EQ(sent(c), std::vector<PacketType>{});
  commit_one();
  EXPECT_EQ(sent(c), std::vector<PacketType>{suback});
  feed(c, publish_packet(Version::v5, {.topic = "t", .payload = "x", .qos = 2, .id = 1}));
  EXPECT_EQ(sent(c), std::vector<PacketType>{});
  commit_one();
  EXPECT_EQ(sent(c), std::vector<PacketType>{pubrec});
  feed(c, packet_of(pubrel, 2, std::string("\0\1", 2)));
  EXPECT_EQ(sent(c), std::vector<PacketType>{});  // nor is it sent on: a crash now would give its id to another
  commit_one();
  EXPECT_EQ(sent(c), (std::vector<PacketType>{pubcomp, publish}));
  feed(c, packet_of(pubrec, 0, std::string("\0\1", 2)));
  EXPECT_EQ(sent(c), std::vector<PacketType>{});
  commit_one();
  EXPECT_EQ(sent(c), std::vector<PacketType>{pubrel});
}

TEST_F(CommitTest, AFailedBatchIsTriedAgainAndNothingIsAcknowledgedMeanwhile) {
  auto& c = connect("a");
  sent(c);
  commit_one();
  store.failures = 1;
  feed(c, publish_packet(Version::v5, {.topic = "t", .payload = "x", .qos = 1, .id = 1, .retain = true}));
  commit_one();
  EXPECT_EQ(sent(c), std::vector<PacketType>{});
  EXPECT_EQ(broker.counters().store_failures, 1u);
  // The retry was asked for; the next job in line is it, then the batch's good end.
  run_posted();
  commit_one();
  EXPECT_EQ(sent(c), std::vector<PacketType>{puback});
  EXPECT_EQ(store.written.back(), Change::Kind::put_retained);
}

TEST_F(CommitTest, BusClientsAreNotReadWhileTooMuchWaitsForTheStore) {
  auto& c = connect("a");  // its session is on its way, held
  for (std::size_t i = 0; i <= limits.unwritten_changes / 2; i++) {
    feed(c, publish_packet(Version::v5, {.topic = "t" + std::to_string(i), .payload = "x", .retain = true}));
  }
  EXPECT_TRUE(broker.paused(c));
  commit_one();
  EXPECT_TRUE(broker.paused(c));  // what has gathered is only now on its way
  commit_one();
  EXPECT_FALSE(broker.paused(c));
}

TEST_F(CommitTest, WhoDoesNotReadTheAnswersIsNotReadUntilTheyAreGone) {
  auto& c = connect("a");
  for (const auto& question : {packet_of(pingreq, 0, {}), packet_of(pubrel, 2, std::string("\0\7", 2))}) {
    sent(c);
    std::string many;
    for (int i = 0; i < 10'000; i++) many += question;
    std::size_t done = broker.feed(c, many);
    EXPECT_TRUE(broker.paused(c));
    EXPECT_LE(c.out.size(), 2 * limits.output_bytes + 10);
    std::size_t answers = 0;
    while (!c.out.empty()) {
      answers += sent(c).size();
      const int due = transport.resumed + (broker.paused(c) ? 1 : 0);
      broker.drained(c);
      EXPECT_EQ(transport.resumed, due);
      EXPECT_FALSE(broker.paused(c));
      done += broker.feed(c, many.substr(done));
    }
    EXPECT_EQ(done, many.size());
    EXPECT_EQ(answers, 10'000u);
    broker.drained(c);
  }
}

TEST_F(CommitTest, RetainedMessagesComeAsFastAsTheyAreRead) {
  auto& c = connect("a");
  for (int i = 0; i < 100; i++) broker.publish(fmt::format("t/{:02}", i), std::string(100, '.'), true, 0);
  sent(c);
  commit_one();
  feed(c, packet_of(subscribe, 2, std::string("\0\1\0\0\3t/#\0", 9)));
  EXPECT_LE(c.out.size(), limits.output_bytes + 200);
  commit_one();  // with the SUBACK
  std::size_t came = 0;
  while (!c.out.empty()) {
    EXPECT_LE(c.out.size(), limits.output_bytes + 200);
    came += static_cast<std::size_t>(std::ranges::count(sent(c), publish));
    broker.drained(c);
  }
  EXPECT_EQ(came, 100u);
}

TEST_F(CommitTest, WhoTakesNothingIsSentAwayAfterItsKeepAliveAndWhoTakesLittleIsNot) {
  auto& c = connect("a", 10);
  std::string pings;
  for (int i = 0; i < 10'000; i++) pings += packet_of(pingreq, 0, {});
  broker.feed(c, pings);
  ASSERT_TRUE(broker.paused(c));
  for (int i = 0; i < 10; i++) {
    c.sent += 10;
    clock.advance(std::chrono::seconds(8));
    broker.tick();
  }
  EXPECT_FALSE(c.over());
  clock.advance(std::chrono::seconds(16));
  broker.tick();
  EXPECT_TRUE(c.over());
}

TEST_F(CommitTest, WhoTakesNothingIsSentAwayAlsoWithoutAKeepAlive) {
  auto& silent = connect("silent", 0);
  auto& c = connect("a", 0);
  std::string pings;
  for (int i = 0; i < 10'000; i++) pings += packet_of(pingreq, 0, {});
  broker.feed(c, pings);
  ASSERT_TRUE(broker.paused(c));
  for (int i = 0; i < 10; i++) {
    c.sent += 10;
    clock.advance(std::chrono::seconds(50));
    broker.tick();
  }
  EXPECT_FALSE(c.over()) << "it takes a little";
  clock.advance(std::chrono::seconds(61));
  broker.tick();
  EXPECT_TRUE(c.over());
  EXPECT_FALSE(silent.over()) << "whoever leaves nothing unread may be silent for ever";
}

TEST_F(CommitTest, WhatWasDeliveredBeforeItWasWrittenIsNotWritten) {
  auto& c = connect("a");
  commit_one();
  feed(c, packet_of(subscribe, 2, std::string("\0\1\0\0\1t\1", 7)));
  sent(c);
  broker.end_round();  // on its way, held: what follows gathers
  broker.feed(c, publish_packet(Version::v5, {.topic = "t", .payload = "x", .qos = 1, .id = 1}));
  broker.feed(c, packet_of(puback, 0, std::string("\0\1", 2)));
  commit_one();
  commit_one();
  EXPECT_EQ(std::ranges::count(store.written, Change::Kind::put_queued), 0);
  EXPECT_EQ(std::ranges::count(store.written, Change::Kind::put_message), 0);
  EXPECT_EQ(sent(c), (std::vector<PacketType>{publish, suback, puback}));
}

}  // namespace
}  // namespace qala::mqtt::testing
