#include "bridge/inbox.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>

#include <algorithm>
#include <random>
#include <vector>

namespace qala::bridge {
namespace {

using mqtt::PacketType;

std::vector<std::uint16_t> ids(const std::vector<Inbox::Acknowledgement>& list) {
  std::vector<std::uint16_t> out;
  for (const auto& one : list) out.push_back(one.packet_id);
  return out;
}
using Ids = std::vector<std::uint16_t>;

TEST(Inbox, AcknowledgesInTheOrderOfArrival) {
  Inbox inbox(8);
  const auto first = *inbox.add(1, 10), second = *inbox.add(1, 11), third = *inbox.add(1, 12);
  inbox.settle(third, Verdict::taken);
  inbox.settle(second, Verdict::bad);
  EXPECT_EQ(ids(inbox.take_due()), Ids{});
  inbox.settle(first, Verdict::taken);
  EXPECT_EQ(ids(inbox.take_due()), (Ids{10, 11, 12}));
  EXPECT_EQ(inbox.size(), 0U);
}

TEST(Inbox, AcknowledgesNothingBehindWhatWasNotTaken) {
  Inbox inbox(8);
  const auto first = *inbox.add(1, 10), second = *inbox.add(1, 11), third = *inbox.add(1, 12);
  inbox.settle(first, Verdict::taken);
  inbox.settle(second, Verdict::busy);
  inbox.settle(third, Verdict::taken);
  EXPECT_TRUE(inbox.stuck());
  EXPECT_EQ(ids(inbox.take_due()), Ids{10});
  EXPECT_EQ(ids(inbox.take_due()), Ids{});
}

TEST(Inbox, AMessageWithoutAcknowledgementTakesRoomAndNeverSticks) {
  Inbox inbox(1);
  const auto lost = *inbox.add(0, 0);
  EXPECT_TRUE(inbox.full());
  inbox.settle(lost, Verdict::busy);
  EXPECT_FALSE(inbox.stuck());
  EXPECT_TRUE(inbox.take_due().empty());
  EXPECT_FALSE(inbox.full());
}

TEST(Inbox, OfQosTwoIsTakenOnceUntilItIsReleased) {
  Inbox inbox(8);
  const auto one = inbox.add(2, 7);
  ASSERT_TRUE(one);
  EXPECT_FALSE(inbox.add(2, 7)) << "it waits";
  EXPECT_TRUE(inbox.take_due().empty());
  inbox.settle(*one, Verdict::taken);
  const auto due = inbox.take_due();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].type, PacketType::pubrec);
  EXPECT_FALSE(inbox.add(2, 7)) << "it was taken";
  EXPECT_EQ(ids(inbox.take_due()), Ids{7}) << "PUBREC once more";
  inbox.release(7);
  EXPECT_TRUE(inbox.add(2, 7)) << "another message";
}

TEST(Inbox, WhateverTheOrderOfVerdictsAcknowledgementsComeInTheirs) {
  EXPECT_TRUE(rc::check([] {
    const auto count = *rc::gen::inRange<std::size_t>(1, 40);
    Inbox inbox(count);
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = 0; i < count; i++) numbers.push_back(*inbox.add(1, static_cast<std::uint16_t>(i + 1)));
    const auto refused = *rc::gen::inRange<std::size_t>(0, count + 10);
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; i++) order[i] = i;
    std::ranges::shuffle(order, std::mt19937_64(*rc::gen::arbitrary<std::uint64_t>()));
    Ids out;
    for (const auto i : order) {
      inbox.settle(numbers[i], i == refused ? Verdict::busy : Verdict::taken);
      for (const auto id : ids(inbox.take_due())) out.push_back(id);
    }
    RC_ASSERT(out.size() == std::min(count, refused));
    for (std::size_t i = 0; i < out.size(); i++) RC_ASSERT(out[i] == i + 1);
  }));
}

}  // namespace
}  // namespace qala::bridge
