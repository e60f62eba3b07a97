// What a crash may do: nothing is lost, and only what was sent but not noted goes out again, under the same key.
#include <gtest/gtest.h>

#include <set>

#include "notify/testbed.h"

namespace qala::notify {
namespace {

using testing::Desk;

std::string key_of(const Parcel& parcel) { return parcel.headers.front().second; }

TEST(Restart, WhatHappenedButWasNotLookedAtIsToldAfterwards) {
  Desk desk;
  desk.add(Desk::hook());
  desk.raise(1);
  desk.kill();
  desk.open();
  desk.work();
  ASSERT_EQ(desk.carrier.sent.size(), 1u);
}

TEST(Restart, WhatWasDeliveredIsNotSentAgain) {
  Desk desk;
  desk.add(Desk::hook());
  desk.raise(1);
  desk.work();
  desk.kill();
  desk.open();
  desk.wait(600);
  EXPECT_EQ(desk.carrier.sent.size(), 1u);
}

TEST(Restart, WhatWasUnderWayGoesOutAgainWithTheSameKeyAndBody) {
  Desk desk;
  desk.add(Desk::hook());
  desk.carrier.hold = true;
  desk.raise(1);
  desk.work();
  ASSERT_EQ(desk.carrier.sent.size(), 1u);
  desk.kill();
  desk.carrier.hold = false;
  desk.open();
  desk.work();
  ASSERT_EQ(desk.carrier.sent.size(), 2u);
  EXPECT_EQ(key_of(desk.carrier.sent[0]), key_of(desk.carrier.sent[1]));
  EXPECT_EQ(desk.carrier.sent[0].body, desk.carrier.sent[1].body);
}

TEST(Restart, WhoWantsMoreNowHearsNothingOfWhatWasBefore) {
  Desk desk;
  auto choosy = Desk::hook();
  choosy.wishes.severities = {alarms::Severity::critical};
  choosy.id = desk.add(choosy);
  desk.raise(1, alarms::Severity::medium);
  desk.work();
  choosy.secret = desk.notifier->find(choosy.id)->recipient.secret;
  choosy.wishes.severities.clear();
  ASSERT_TRUE(desk.notifier->change(choosy, desk.by));
  desk.raise(2, alarms::Severity::medium);
  desk.kill();
  desk.open();
  desk.wait(2);
  ASSERT_EQ(desk.carrier.sent.size(), 1u);
  const std::string& body = desk.carrier.sent[0].body;
  EXPECT_NE(body.find("HS-2"), std::string::npos) << body;
  EXPECT_EQ(body.find("HS-1"), std::string::npos) << body;
}

TEST(Restart, ADelayGoesOn) {
  Desk desk;
  auto later = Desk::hook();
  later.wishes.delay_s = 300;
  desk.add(later);
  desk.raise(1);
  desk.wait(200);
  desk.kill();
  desk.open();
  desk.wait(90);
  EXPECT_TRUE(desk.carrier.sent.empty());
  desk.wait(20);
  EXPECT_EQ(desk.carrier.sent.size(), 1u);
}

TEST(Restart, OfAnAlarmThatWasToldTheEndIsToldToo) {
  Desk desk;
  desk.add(Desk::hook());
  desk.raise(1);
  desk.work();
  desk.kill();
  desk.open();
  desk.clear(1);
  desk.wait(2);
  EXPECT_EQ(desk.carrier.sent.size(), 2u);
}

TEST(Restart, WhatIsOlderThanTheDeadlineIsNotSentAnyMore) {
  Desk desk;
  const auto id = desk.add(Desk::hook());
  desk.carrier.hold = true;
  desk.raise(1);
  desk.work();
  desk.raise(2);
  desk.work();
  desk.kill();
  desk.carrier.hold = false;
  desk.clock.advance(std::chrono::hours(25));
  desk.open();
  desk.wait(3);
  EXPECT_EQ(desk.carrier.sent.size(), 1u);  // the one before the kill
  EXPECT_EQ(desk.notifier->messages(id, 10)->front().state, MessageState::given_up);
  EXPECT_EQ(desk.standing(id).waiting, 0u);
}

TEST(Restart, AfterKillsAtAnyMomentEachStepIsToldAndTwiceOnlyUnderOneKey) {
  Desk desk;
  desk.add(Desk::hook());
  SeededRandom dice(2026);
  std::uint64_t raised = 0;
  for (int round = 0; round < 60; round++) {
    for (std::uint64_t n = dice.next() % 4; n > 0; n--) desk.raise(++raised);
    desk.carrier.hold = dice.next() % 3 == 0;
    for (std::uint64_t n = dice.next() % 6; n > 0; n--) dice.next() % 2 == 0 ? desk.notifier->work() : desk.run_jobs();
    desk.clock.advance(std::chrono::seconds(1));
    if (dice.next() % 2 == 0) desk.kill(), desk.open();
  }
  desk.kill();
  desk.carrier.hold = false;
  desk.open();
  desk.wait(60);
  std::map<std::uint64_t, std::set<std::string>> keys;  // by step
  for (const auto& parcel : desk.carrier.sent) {
    for (auto at = parcel.body.find("\"step\":"); at != std::string::npos; at = parcel.body.find("\"step\":", at + 1))
      keys[std::stoull(parcel.body.substr(at + 7))].insert(key_of(parcel));
  }
  EXPECT_EQ(keys.size(), raised);
  for (const auto& [step, of] : keys) EXPECT_EQ(of.size(), 1u) << "step " << step;
}

}  // namespace
}  // namespace qala::notify
