#include "ingest/device_clocks.h"

#include <gtest/gtest.h>

namespace qala::ingest {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

DeviceClocks told_by(std::size_t devices, std::int64_t ahead_s) {
  DeviceClocks clocks;
  for (std::size_t i = 0; i < 40; i++)
    clocks.add(i % devices, ahead_s * kSecond + static_cast<std::int64_t>(i) * 1'000'000, 0);
  return clocks;
}

TEST(DeviceClocks, ManyThatAgreeTellHowOursIs) {
  const auto offset = told_by(10, 3600).offset_s(kSecond);
  ASSERT_TRUE(offset);
  EXPECT_NEAR(*offset, 3600, 0.1);
}

TEST(DeviceClocks, OneDeviceProvesNothing) { EXPECT_FALSE(told_by(1, 3600).offset_s(kSecond)); }

TEST(DeviceClocks, LateDataAreNoClock) {
  DeviceClocks clocks;
  for (std::int64_t i = 0; i < 100; i++) clocks.add(static_cast<std::uint64_t>(i), -i * 60 * kSecond, 0);
  EXPECT_FALSE(clocks.offset_s(kSecond));
}

TEST(DeviceClocks, HistoryIsNoClock) { EXPECT_FALSE(told_by(10, -7 * 86400).offset_s(kSecond)); }

TEST(DeviceClocks, WhatWasSaidLongAgoCountsNoMore) { EXPECT_FALSE(told_by(10, 3600).offset_s(700 * kSecond)); }

}  // namespace
}  // namespace qala::ingest
