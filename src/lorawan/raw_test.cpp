#include "lorawan/raw.h"

#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace qala::lorawan {
namespace {

const Source kSource{.name = "cs", .kind = ServerKind::chirpstack};
const Instant kNow = Instant::from_seconds(1'796'000'000);

Message up(std::uint32_t f_cnt, std::string payload = "\x01", Instant at = kNow, std::string session = "00189440") {
  Message out;
  out.event = Event::up;
  out.device = out.device_id = "0101010101010101";
  out.application = "app";
  out.session = std::move(session);
  out.f_cnt = f_cnt;
  out.f_port = 1;
  out.payload = std::move(payload);
  out.time = at;
  return out;
}

struct RawPayloads : testing::Test {
  RawPayloads() { open(); }
  void open() {
    store.reset();
    auto opened = RawStore::open(folder.file("lorawan.db"));
    ASSERT_TRUE(opened) << opened.error().message;
    store.emplace(std::move(*opened));
  }
  RawStore::Added add(const Message& message, const Source& source = kSource, Instant now = kNow) {
    auto added = store->add(source, message, now);
    EXPECT_TRUE(added) << added.error().message;
    return added ? *added : RawStore::Added{};
  }
  Heard heard() { return **store->device("0101010101010101"); }

  tests::TemporaryFolder folder;
  std::optional<RawStore> store;
};

TEST_F(RawPayloads, TheSameUplinkIsTakenOnceAlsoOverARestart) {
  EXPECT_FALSE(add(up(5)).duplicate);
  EXPECT_TRUE(add(up(5)).duplicate);
  open();
  EXPECT_TRUE(add(up(5)).duplicate);
  EXPECT_TRUE(add(up(5, "\x02")).duplicate) << "the same frame, whatever came with it";
  EXPECT_FALSE(add(up(6)).duplicate);
  EXPECT_FALSE(add(up(5, "\x01", kNow, "other session")).duplicate);
  EXPECT_FALSE(add(up(5), {.name = "another server"}).duplicate);
}

TEST_F(RawPayloads, ADeviceThatWasStartedAnewIsNoRepetition) {
  for (std::uint32_t i = 0; i < 5; i++) add(up(i, std::string(1, static_cast<char>(i)), {kNow.ns + i}));
  EXPECT_TRUE(add(up(2, "\x02", {kNow.ns + 3})).duplicate) << "an old one, late and again";
  EXPECT_FALSE(add(up(0, "\x55", {kNow.ns + Instant::kHour})).duplicate) << "its counter begins anew, without a join";
  EXPECT_FALSE(add(up(1, "\x56", {kNow.ns + 2 * Instant::kHour})).duplicate);
}

TEST_F(RawPayloads, WithoutACounterTheMessageItselfCounts) {
  Message message = up(0, "", kNow, "");
  message.decoded = R"({"data":{"occupied":true}})";
  EXPECT_FALSE(add(message).duplicate);
  EXPECT_TRUE(add(message).duplicate);
  message.time = Instant{kNow.ns + Instant::kMinute};
  EXPECT_FALSE(add(message).duplicate);
}

TEST_F(RawPayloads, LostFramesAreCountedWithinASession) {
  EXPECT_EQ(add(up(10)).uplink.lost, 0U);
  EXPECT_EQ(add(up(14)).uplink.lost, 3U);
  EXPECT_EQ(add(up(0, "\x01", kNow, "next session")).uplink.lost, 0U);
  EXPECT_EQ(heard().lost, 3U);
  EXPECT_EQ(heard().received, 3U);
  EXPECT_EQ(heard().f_cnt, 0U);
}

TEST_F(RawPayloads, SimulatedAndEncryptedOnesWaitForNothing) {
  Message simulated = up(1);
  simulated.simulated = true;
  EXPECT_EQ(add(simulated).uplink.state, RawState::left);
  Message encrypted = up(2);
  encrypted.encrypted = true;
  EXPECT_EQ(add(encrypted).uplink.state, RawState::left);
  add(up(3));
  EXPECT_EQ(store->in_state(RawState::waiting, "", 0, 10)->size(), 1U);
}

TEST_F(RawPayloads, WhatWaitsIsFoundAfterARestart) {
  const auto id = add(up(1, "\x2a")).uplink.id;
  open();
  const auto found = store->in_state(RawState::waiting, "", 0, 10);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().payload, "\x2a");
  ASSERT_TRUE(store->mark(id, RawState::decoded, "", R"({"t":1})"));
  EXPECT_TRUE(store->in_state(RawState::waiting, "", 0, 10)->empty());
  EXPECT_EQ(store->newest("0101010101010101", 10)->front().data, R"({"t":1})");
}

TEST_F(RawPayloads, OldOnesGo) {
  add(up(1), kSource, {kNow.ns - 10 * Instant::kDay});
  add(up(2));
  EXPECT_EQ(store->expire({kNow.ns - Instant::kDay}, 100).value_or(-1), 1);
  EXPECT_EQ(store->newest("0101010101010101", 10)->size(), 1U);
}

TEST_F(RawPayloads, AJoinAndAStatusAreNoted) {
  add(up(7));
  Message join = up(0);
  join.event = Event::join;
  join.session = "new";
  ASSERT_TRUE(store->note(kSource, join, kNow));
  EXPECT_FALSE(heard().f_cnt);
  Message log = up(0);
  log.event = Event::log;
  log.level = "ERROR";
  log.words = "UPLINK_MIC: wrong keys";
  ASSERT_TRUE(store->note(kSource, log, kNow));
  EXPECT_EQ(heard().problem, "UPLINK_MIC: wrong keys");
  Message status = up(0);
  status.event = Event::status;
  status.battery = 88.3;
  ASSERT_TRUE(store->note(kSource, status, kNow));
  EXPECT_EQ(heard().battery, 88.3);
}

}  // namespace
}  // namespace qala::lorawan
