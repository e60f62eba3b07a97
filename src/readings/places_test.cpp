#include "readings/places.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <vector>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/time.h"

namespace qala::readings {
namespace {

constexpr DatastreamId kOne(1);
constexpr std::int64_t kStep = 600 * Instant::kSecond;

/// One datastream: hands out ordinals as the store does. Nothing for a reading without a place.
struct Sender {
  Places places;
  Pace pace;
  std::int64_t newest = INT64_MIN;
  std::uint64_t next = 0;

  std::optional<std::uint64_t> at(std::int64_t time) {
    if (time <= newest) return time == newest ? std::nullopt : places.fill(kOne, pace, time);
    if (newest != INT64_MIN) next += places.pass(kOne, pace, newest, time, next);
    newest = time;
    return next++;
  }
};

TEST(Places, AReadingThatWasOvertakenGetsTheOrdinalKeptForIt) {
  Sender sender;
  for (int i = 0; i < 5; i++) EXPECT_EQ(sender.at(i * kStep), i);
  EXPECT_EQ(sender.at(8 * kStep), 8);
  EXPECT_EQ(sender.at(6 * kStep), 6);
  EXPECT_EQ(sender.at(7 * kStep), 7);
  EXPECT_EQ(sender.at(5 * kStep), 5);
  EXPECT_EQ(sender.at(9 * kStep), 9);
}

TEST(Places, SecondsEarlyOrLateDoNotMatter) {
  Sender sender;
  const std::int64_t late[] = {0, 3, -2, 4, 1, -3, 2, 0, -4, 3};
  const int order[] = {0, 1, 2, 3, 4, 7, 5, 6, 9, 8};
  for (const int i : order) EXPECT_EQ(sender.at(i * kStep + late[i] * Instant::kSecond), i);
}

TEST(Places, NothingIsKeptForADatastreamThatReportsAtNoPace) {
  Sender sender;
  const std::int64_t minutes[] = {0, 7, 11, 40, 41, 55, 90, 93, 200, 260};
  for (std::uint64_t i = 0; i < std::size(minutes); i++) EXPECT_EQ(sender.at(minutes[i] * Instant::kMinute), i);
}

TEST(Places, NothingIsKeptForAnOutage) {
  Sender sender;
  for (int i = 0; i < 5; i++) sender.at(i * kStep);
  EXPECT_EQ(sender.at(150 * kStep), 5u);
}

TEST(Places, ASlowerPaceIsLearnt) {
  Sender sender;
  std::int64_t time = 0;
  for (int i = 0; i < 10; i++) sender.at(time += kStep);
  for (int i = 0; i < 20; i++) sender.at(time += 3 * kStep);
  const std::uint64_t then = sender.next;
  for (int i = 0; i < 10; i++) sender.at(time += 3 * kStep);
  EXPECT_EQ(sender.next, then + 10);
}

TEST(Places, WhatIsKeptIsBounded) {
  Sender sender;
  std::int64_t time = 0;
  for (int i = 0; i < 100; i++) {
    for (int k = 0; k < 5; k++) sender.at(time += kStep);
    sender.at(time += 4 * kStep);
  }
  EXPECT_LE(sender.places.gaps().at(1).size(), Places::kMostGaps);
}

TEST(Places, ExtremeTimesAreTaken) {
  Sender sender;
  for (const std::int64_t time : {INT64_MIN + 1, INT64_MIN + 2, std::int64_t{0}, INT64_MAX - 1, INT64_MAX}) {
    EXPECT_TRUE(sender.at(time).has_value());
  }
}

RC_GTEST_PROP(Places, AnOrdinalIsGivenOnceAndThoseKeptAscendWithTime, ()) {
  Sender sender;
  std::map<std::int64_t, std::uint64_t> given;  // by time
  std::set<std::uint64_t> ordinals;
  std::set<std::int64_t> seen;
  const auto steps =
      *rc::gen::container<std::vector<int>>(*rc::gen::inRange<std::size_t>(1, 200), rc::gen::inRange(-5, 7));
  std::int64_t at = 0;
  for (std::size_t i = 0; i < steps.size(); i++) {
    at += i < 5 ? kStep : steps[i] * kStep;
    const std::int64_t time = at + *rc::gen::inRange<std::int64_t>(-5, 6) * Instant::kSecond;
    if (!seen.insert(time).second) continue;
    const auto ordinal = sender.at(time);
    if (!ordinal) continue;
    RC_ASSERT(ordinals.insert(*ordinal).second);
    given[time] = *ordinal;
  }
  std::optional<std::uint64_t> before;
  for (const auto& [time, ordinal] : given) {
    if (before) RC_ASSERT(ordinal > *before);
    before = ordinal;
  }
}

}  // namespace
}  // namespace qala::readings
