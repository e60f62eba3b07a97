#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "base/time.h"
#include "sim/chance.h"
#include "sim/schedule.h"

namespace qala::sim {
namespace {

Seconds at(const char* iso) { return parse_iso(iso)->seconds(); }

const Town& town() {
  static const Town built = build_town(20'260'117);
  return built;
}

std::uint32_t device(const char* key) { return static_cast<std::uint32_t>(town().find(key)); }

constexpr Seconds kPicturedEvening = 1'768'660'800;  // 2026-01-17 19:40 in the town

Frame frame_of(const char* evening) {
  return {Timeline(kPicturedEvening, kPicturedEvening, kPicturedEvening, 1),
          Plot::make(find_evening(evening).value(), town()).value()};
}
const Frame& pictures() {
  static const Frame frame = frame_of("pictures");
  return frame;
}

double value(Life& life, const char* key, Seconds when, std::size_t channel = 0) {
  const auto d = device(key);
  const double scale = std::pow(10, channels_of(town().devices[d].model)[channel].decimals);
  return static_cast<double>(life.read(d, when).mantissa[channel]) / scale;
}

/// Everything the town says in a span, as one number.
std::uint64_t fingerprint(std::uint64_t seed, Seconds from, Seconds until) {
  const Town built = build_town(seed);
  Life life(built, seed, true);
  Reporter reporter(built, life, {});
  std::vector<std::uint32_t> all(built.devices.size());
  for (std::uint32_t d = 0; d < all.size(); d++) all[d] = d;
  std::vector<Report> reports;
  reporter.report(turns(built, all, from, until), false, reports);
  std::uint64_t hash = 0;
  for (const Report& r : reports) {
    std::string line;
    append_line(line, built, r);
    for (const char c : line) hash = mix(hash, static_cast<std::uint8_t>(c));
  }
  return hash;
}

TEST(Life, SaysTheSameForTheSameSeedAndSpan) {
  const Seconds from = at("2026-01-17T12:00:00Z");
  const auto first = fingerprint(7, from, from + 20 * kMinute);
  EXPECT_EQ(first, fingerprint(7, from, from + 20 * kMinute));
  EXPECT_NE(first, fingerprint(8, from, from + 20 * kMinute));
  EXPECT_NE(first, fingerprint(7, from + kDay, from + kDay + 20 * kMinute));
}

TEST(Life, GivesTheSameReadingInWhateverOrderItIsAsked) {
  Life forward(town(), 5, true), backward(town(), 5, true);
  const Seconds from = at("2026-02-03T00:00:00Z");
  std::vector<std::int64_t> seen;
  for (int i = 0; i < 300; i++)
    seen.push_back(forward.read(static_cast<std::uint32_t>(i * 10), from + i * 977).mantissa[0]);
  for (int i = 299; i >= 0; i--) {
    EXPECT_EQ(seen[static_cast<std::size_t>(i)],
              backward.read(static_cast<std::uint32_t>(i * 10), from + i * 977).mantissa[0])
        << i;
  }
}

TEST(Turns, OfALongerIntervalAreAmongTheDevicesOwn) {
  std::vector<std::uint32_t> some;
  for (std::uint32_t d = 0; d < town().devices.size(); d += 37) some.push_back(d);
  const Seconds from = at("2026-03-01T00:00:00Z");
  std::set<std::pair<Seconds, std::uint32_t>> own;
  for (const Turn& t : turns(town(), some, from, from + kHour)) own.insert({t.at, t.device});
  for (const Turn& t : turns(town(), some, from, from + kHour, 600)) EXPECT_TRUE(own.contains({t.at, t.device}));
}

TEST(Turns, OfTwoSpansAreThoseOfTheWhole) {
  std::vector<std::uint32_t> some{1, 50, 100, 1500, 2500};
  const Seconds from = at("2026-03-01T00:00:00Z");
  auto first = turns(town(), some, from, from + 1234);
  const auto second = turns(town(), some, from + 1234, from + kHour);
  first.insert(first.end(), second.begin(), second.end());
  const auto whole = turns(town(), some, from, from + kHour);
  ASSERT_EQ(first.size(), whole.size());
  for (std::size_t i = 0; i < whole.size(); i++)
    EXPECT_EQ(std::pair(first[i].at, first[i].device), std::pair(whole[i].at, whole[i].device));
}

TEST(Sun, RisesAndSetsWhenTheAlmanacSays) {
  // 51.99 N 70.95 E, winter and summer solstice; the sun's upper edge with refraction stands at -0.83 degrees.
  EXPECT_NEAR(sun_height(at("2026-12-21T03:22:00Z")), -0.83, 0.6);
  EXPECT_NEAR(sun_height(at("2026-12-21T11:04:00Z")), -0.83, 0.6);
  EXPECT_NEAR(sun_height(at("2026-06-21T07:18:00Z")), 61.4, 0.5);  // noon: 90 - 51.99 + 23.44
}

TEST(Lamps, BurnInTheDarkAndOnlyThen) {
  Life life(town(), 3, false);
  std::size_t dark = 0;
  for (Seconds t = at("2026-01-01T00:00:00Z"); t < at("2027-01-01T00:00:00Z"); t += 7 * kHour + 13 * kMinute) {
    const double sun = sun_height(t);
    const double watts = value(life, "L-0100", t);
    if (sun > -2) EXPECT_EQ(watts, 0) << to_iso(Instant::from_seconds(t));
    if (sun < -5) EXPECT_GT(watts, 80) << to_iso(Instant::from_seconds(t));
    dark += sun < -5 ? 1 : 0;
  }
  EXPECT_GT(dark, 300U);
}

TEST(Meters, NeverRunBackwards) {
  Life life(town(), 3, true);
  for (const char* key : {"EM-001", "EM-333", "EM-690", "WM-017", "WM-400", "HM-010"}) {
    double last = 0;
    for (Seconds t = at("2026-03-20T00:00:00Z"); t < at("2026-04-25T00:00:00Z"); t += 17 * kMinute) {
      const Reading r = life.read(device(key), t);
      if (r.silent) continue;
      ASSERT_GE(static_cast<double>(r.mantissa[0]), last) << key << ' ' << to_iso(Instant::from_seconds(t));
      last = static_cast<double>(r.mantissa[0]);
    }
    EXPECT_GT(last, 0);
  }
}

TEST(Air, PeaksInTheEveningWhereStovesBurn) {
  Life life(town(), 20'260'117, false);
  double evening = 0, night = 0, afternoon = 0, centre = 0;
  for (int day = 0; day < 30; day++) {
    const Seconds midnight = at("2026-01-03T19:00:00Z") + day * kDay;
    evening += life.minute(midnight + 21 * kHour).pm2_5[static_cast<std::size_t>(Area::zhagalau)];
    centre += life.minute(midnight + 21 * kHour).pm2_5[static_cast<std::size_t>(Area::orta)];
    night += life.minute(midnight + 4 * kHour).pm2_5[static_cast<std::size_t>(Area::zhagalau)];
    afternoon += life.minute(midnight + 14 * kHour).pm2_5[static_cast<std::size_t>(Area::zhagalau)];
  }
  EXPECT_GT(evening, 2.5 * afternoon);
  EXPECT_GT(evening, 2.5 * night);
  EXPECT_GT(evening, 2.5 * centre);
  EXPECT_GT(evening / 30, 50);
  EXPECT_LT(evening / 30, 160);
}

TEST(Climate, FollowsTheDate) {
  const Climate climate(20'260'117);
  const auto mean = [&](const char* from) {
    double sum = 0;
    for (int h = 0; h < 20 * 24; h++) sum += climate.temperature(at(from) + h * kHour);
    return sum / (20 * 24);
  };
  EXPECT_NEAR(mean("2026-01-08T00:00:00Z"), -21, 5);
  EXPECT_NEAR(mean("2026-11-14T00:00:00Z"), -11, 5);
  EXPECT_NEAR(mean("2026-07-08T00:00:00Z"), 21, 4);
  double coldest = 0;
  for (int h = 0; h < 90 * 24; h++)
    coldest = std::min(coldest, climate.temperature(at("2025-12-15T00:00:00Z") + h * kHour));
  EXPECT_LT(coldest, -29);
  EXPECT_GT(coldest, -42);
}

TEST(Heat, IsHotterWhenItIsColder) {
  EXPECT_NEAR(supply_plan(-27), 88.5, 2);
  EXPECT_GT(supply_plan(-35), supply_plan(-25));
  EXPECT_EQ(supply_plan(5), 77.5);
  Life life(town(), 3, false);
  for (const char* key : {"ZhP-1", "ZhP-3", "ZhP-6"}) {
    for (Seconds t = at("2026-11-01T00:00:00Z"); t < at("2027-03-01T00:00:00Z"); t += 5 * kHour) {
      EXPECT_GT(value(life, key, t), 74);  // clear of the limit at which operators are called
      EXPECT_LT(value(life, key, t), 100);
      EXPECT_LT(value(life, key, t, 1), value(life, key, t) - 15);
    }
  }
}

TEST(Faults, LeaveAQuietTownQuiet) {
  const Faults faults(true);
  const Seconds from = at("2026-11-16T00:00:00Z");
  std::size_t broken = 0, silent = 0, outages = 0, losses = 0;
  for (int day = 0; day < 28; day++) {
    for (const Device& d : town().devices) {
      const Seconds noon = from + day * kDay + kDay / 2;
      broken += d.model == Model::lamp && faults.lamp_broken(d, noon) ? 1 : 0;
      silent += faults.silent(d, noon) ? 1 : 0;
      for (Seconds h = 0; h < 24; h++) {
        outages += d.model == Model::feeder && faults.feeder_out(d, noon + h * kHour) ? 1 : 0;
        losses += d.model == Model::gateway && faults.gateway_lost(d, noon + h * kHour) ? 1 : 0;
      }
    }
  }
  EXPECT_GT(broken, 28U * 2);
  EXPECT_LT(broken, 28U * 16);
  EXPECT_GT(silent, 28U);
  EXPECT_LT(silent, 28U * 12);
  EXPECT_GT(outages, 5U);  // hours of one feeder
  EXPECT_LT(outages, 120U);
  EXPECT_GT(losses, 10U);
  EXPECT_LT(losses, 160U);
}

TEST(Faults, OfAFeederDarkenAllItsLampsAndNoOthers) {
  Life life(town(), 1, true, pictures());
  const Seconds before = kPicturedEvening - 20 * kMinute;
  ASSERT_EQ(town().lamps_of[11].size(), 38U);
  std::size_t lit_before = 0, lit_now = 0;
  for (const std::uint32_t lamp : town().lamps_of[11]) {
    lit_before += life.read(lamp, before).mantissa[0] > 0 ? 1 : 0;
    lit_now += life.read(lamp, kPicturedEvening).mantissa[0] > 0 ? 1 : 0;
  }
  EXPECT_GE(lit_before, 36U);
  EXPECT_EQ(lit_now, 0U);
  EXPECT_EQ(value(life, "F-12", kPicturedEvening), 0);
  EXPECT_GT(value(life, "F-12", before), 14);
  EXPECT_GT(value(life, "F-11", kPicturedEvening), 10);
}

TEST(Evening, IsThatOfThePictures) {
  Life life(town(), 20'260'117, true, pictures());
  EXPECT_NEAR(life.climate().at(kPicturedEvening).temperature, -27, 0.2);
  EXPECT_NEAR(life.climate().at(kPicturedEvening).wind, 0.6, 0.1);
  EXPECT_NEAR(value(life, "AB-4", kPicturedEvening), 186, 3);
  EXPECT_NEAR(value(life, "ZhP-3", kPicturedEvening), 61.8, 3);
  EXPECT_NEAR(value(life, "ZhP-4", kPicturedEvening), 87.5, 3);
  EXPECT_GT(value(life, "ZhP-3", kPicturedEvening - kHour), 84);
  EXPECT_EQ(value(life, "QK-088", kPicturedEvening), 96);
  EXPECT_TRUE(life.read(device("K-117"), kPicturedEvening).silent);
}

}  // namespace
}  // namespace qala::sim
