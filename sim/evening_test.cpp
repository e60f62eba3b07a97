// Evenings: their files, their places, and what an operator would see of them.
#include <cmath>

#include <gtest/gtest.h>

#include "base/time.h"
#include "sim/run.h"

namespace qala::sim {
namespace {

const Town& town() {
  static const Town built = build_town(20'260'117);
  return built;
}

Frame frame_of(const char* name, Seconds start = 0) {
  Options options;
  options.evening = find_evening(name).value();
  return frame_of(options, town(), start ? start : options.evening->begin).value();
}

/// The town's instant of a clock time on the evening's day.
Seconds at(const Frame& frame, const char* clock) { return frame.plot->evening().midnight + *clock_time(clock); }

double value(Life& life, std::string_view key, Seconds when, std::size_t channel = 0) {
  const auto d = static_cast<std::uint32_t>(town().find(key));
  const double scale = std::pow(10, channels_of(town().devices[d].model)[channel].decimals);
  return static_cast<double>(life.read(d, when).mantissa[channel]) / scale;
}
bool silent(Life& life, std::uint32_t device, Seconds when) { return life.read(device, when).silent; }

constexpr std::size_t kReturn = 1, kFlow = 2, kPressure = 3, kVoltage = 1;

TEST(Evenings, ThatTravelWithTheProgramFitTheTown) {
  std::size_t count = 0;
  for (const EveningFile& file : own_evenings()) {
    auto evening = parse_evening(file.key, file.text);
    ASSERT_TRUE(evening.has_value()) << evening.error().message;
    for (const std::string* name : {&evening->name.kk, &evening->name.ru, &evening->name.en})
      EXPECT_FALSE(name->empty());
    EXPECT_FALSE(evening->events.empty()) << file.key;
    const auto plot = Plot::make(std::move(*evening), town());
    EXPECT_TRUE(plot.has_value()) << plot.error().message;
    count++;
  }
  EXPECT_GE(count, 4U);
}

TEST(Evenings, SayWhereTheirFileIsWrong) {
  const auto message = [](std::string_view toml) {
    const auto parsed = parse_evening("mine", toml);
    return parsed ? std::string("taken") : parsed.error().message;
  };
  const std::string head =
      "name = {kk = \"a\", ru = \"b\", en = \"c\"}\ndate = 2026-01-17\nfrom = \"17:00\"\nto = \"23:00\"\n";
  EXPECT_EQ(message(head), "taken");
  EXPECT_EQ(message(head + "sky = 1\n"), "mine.toml:5: sky: nobody knows this key");
  EXPECT_EQ(message(head + "[[event]]\nwhat = \"silent\"\nplace = \"K-117\"\nat = \"5 pm\"\n"),
            "mine.toml:8: at: must be a time like 17:05");
  EXPECT_NE(message(head + "[[event]]\nwhat = \"flood\"\nplace = \"F-07\"\nat = \"18:00\"\n").find("mine.toml:6: what"),
            std::string::npos);
  EXPECT_EQ(message(head + "[weather]\nat = \"20:00\"\ntemperature = -90\nwind = 1\ninversion = 1\n"),
            "mine.toml:7: temperature: must be a number from -50 to 45");
  EXPECT_NE(message(head + "[[event]]\nwhat = \"silent\"\nplace = \"K-117\"\nat = \"18:00\"\nuntil = \"17:00\"\n")
                .find("until: must be after at"),
            std::string::npos);
  EXPECT_NE(find_evening("nowhere").error().message.find("there are"), std::string::npos);
  auto evening = parse_evening("mine", head + "[[event]]\nwhat = \"bin_full\"\nplace = \"F-07\"\nat = \"18:00\"\n");
  EXPECT_EQ(Plot::make(*evening, town()).error().message, "mine.toml: that cannot happen to \"F-07\"");
}

TEST(Timeline, RunsFastFromBeginToEndAndBackIsTheSameWay) {
  const Timeline line(1'000'000, 50'000, 50'600, 60);
  EXPECT_EQ(line.town(999'900), 49'900);
  EXPECT_EQ(line.town(1'000'001), 50'060);
  EXPECT_EQ(line.town(1'000'010), 50'600);
  EXPECT_EQ(line.town(1'000'015), 50'605);
  for (double town = 49'000; town < 51'000; town += 7) EXPECT_NEAR(line.town(line.stamp(town)), town, 1e-6);
  EXPECT_TRUE(Timeline().ordinary());
  EXPECT_FALSE(line.ordinary());
}

TEST(Timeline, StampsAreNeverAheadOfTheClockAndNeverTwiceTheSame) {
  Options options;
  options.evening = find_evening("stove").value();
  options.speed = 120;
  const Seconds start = 1'780'000'000;
  const Frame frame = frame_of(options, town(), start).value();
  Life life(town(), options.seed, true, frame);
  Reporter reporter(town(), life, frame.timeline);
  const std::vector<std::uint32_t> one{static_cast<std::uint32_t>(town().find("ZhP-3"))};
  const Seconds now = start + 90;
  const auto reached = static_cast<Seconds>(frame.timeline.town(static_cast<double>(now)));
  std::vector<Report> reports;
  reporter.report(turns(town(), one, options.evening->begin, reached), true, reports);
  ASSERT_GT(reports.size(), 100U);
  for (std::size_t i = 1; i < reports.size(); i++) EXPECT_GT(reports[i].time_ms, reports[i - 1].time_ms);
  EXPECT_LE(reports.back().time_ms, 1000 * now);
  EXPECT_GT(reports.back().time_ms, 1000 * (now - 1));
}

TEST(Evening, OfStovesClimbsStreetByStreetAndGoesSlowly) {
  const Frame frame = frame_of("stove");
  Life life(town(), 20'260'117, false, frame);
  const double five = value(life, "AB-4", at(frame, "17:00"));
  const double peak = value(life, "AB-4", at(frame, "20:30"));
  EXPECT_LT(five, 70);
  EXPECT_NEAR(peak, 265, 10);
  EXPECT_GT(value(life, "AB-4", at(frame, "18:30")), 1.5 * five);
  const double late = value(life, "AB-4", at(frame, "23:00"));
  EXPECT_LT(late, 0.85 * peak);
  EXPECT_GT(late, 0.3 * peak);
  // By the river first, then the railway quarter, then the centre: when a station is half way to its own peak.
  const auto half_way = [&](const char* station) {
    double most = 0;
    for (Seconds t = at(frame, "17:00"); t <= at(frame, "23:30"); t += 600)
      most = std::max(most, value(life, station, t));
    Seconds t = at(frame, "16:00");
    while (value(life, station, t) < most / 2) t += 300;
    return t;
  };
  EXPECT_LT(half_way("AB-4"), half_way("AB-3"));
  EXPECT_LT(value(life, "AB-1", at(frame, "20:30")), 0.6 * peak);
}

TEST(Evening, OfAFeederDarkensItsLampsSilencesItsMetersAndStopsItsPumps) {
  const Frame frame = frame_of("feeder");
  Life life(town(), 20'260'117, false, frame);
  const Event& out = frame.plot->evening().events.front();
  const auto feeder = town().find(out.place);
  const Seconds during = out.from + 40 * kMinute, before = out.from - kMinute, after = out.until + kMinute;
  EXPECT_GT(value(life, out.place, before, kVoltage), 215);
  EXPECT_EQ(value(life, out.place, during, kVoltage), 0);
  EXPECT_GT(value(life, out.place, after, kVoltage), 215);
  std::size_t lamps = 0, meters = 0;
  for (std::uint32_t d = 0; d < town().devices.size(); d++) {
    const Device& device = town().devices[d];
    if (device.parent != feeder) continue;
    if (device.model == Model::lamp) {
      EXPECT_EQ(life.read(d, during).mantissa[0], 0) << device.key;
      lamps++;
    }
    if (device.model == Model::electricity) {
      EXPECT_TRUE(silent(life, d, during) && !silent(life, d, before) && !silent(life, d, after)) << device.key;
      meters++;
    }
  }
  EXPECT_GT(lamps, 10U);
  EXPECT_GT(meters, 0U);
  unsigned station = 0;
  for (unsigned i = 0; i < 6; i++) {
    if (town().power_of[i] == feeder) station = i + 1;
  }
  ASSERT_NE(station, 0U) << "a heat substation has its pumps on " << out.place;
  const std::string key = "ZhP-" + std::to_string(station);
  EXPECT_LT(value(life, key, during, kFlow), 0.2 * value(life, key, before, kFlow));
  const double return_falls = value(life, key, before, kReturn) - value(life, key, out.from + 10 * kMinute, kReturn);
  const double supply_falls = value(life, key, before) - value(life, key, out.from + 10 * kMinute);
  EXPECT_GT(return_falls, supply_falls + 2) << "the return tells first";
  EXPECT_LT(value(life, key, out.until - kMinute), 70) << "then the supply";
  EXPECT_GT(value(life, key, at(frame, "22:30")), 74);
  const std::string other = "ZhP-" + std::to_string(station == 5 ? 3 : 5);
  EXPECT_GT(value(life, other, during), 74) << "the others are as warm as before";
}

TEST(Evening, OfAFrozenMainTakesThePressureAndCoolsOneStationAfterTheOther) {
  const Frame frame = frame_of("frozen-main");
  Life life(town(), 20'260'117, false, frame);
  const Seconds before = at(frame, "17:30");
  for (const char* key : {"ZhP-4", "ZhP-1", "ZhP-2"}) {
    EXPECT_GT(value(life, key, before, kPressure), 4.6) << key;
    EXPECT_LT(value(life, key, at(frame, "17:55"), kPressure), 3.5) << key;
    EXPECT_LT(value(life, key, at(frame, "18:40"), kFlow), 6) << key;
  }
  const auto below = [&](const char* key) {
    Seconds t = before;
    while (t < at(frame, "23:00") && value(life, key, t) >= 70) t += 60;
    return t;
  };
  EXPECT_LT(below("ZhP-4"), below("ZhP-1") - 5 * kMinute);
  EXPECT_LT(below("ZhP-1"), at(frame, "20:00"));
  for (const char* key : {"ZhP-3", "ZhP-5", "ZhP-6"}) {
    EXPECT_EQ(below(key), at(frame, "23:00")) << key;
    EXPECT_GT(value(life, key, at(frame, "19:00"), kPressure), 4.5) << key;
  }
}

TEST(Lamps, AreLitWhereTheEveningIsAndWhereTheClockSaysNight) {
  const Frame frame = frame_of("stove", parse_iso("2026-06-21T20:00:00Z")->seconds());  // 01:00 in the town, in June
  Life life(town(), 20'260'117, false, frame);
  EXPECT_GT(value(life, "L-0100", at(frame, "15:30")), 80);  // January's sun has not set
  const Frame noon = frame_of("stove", parse_iso("2026-06-21T07:00:00Z")->seconds());
  Life day(town(), 20'260'117, false, noon);
  EXPECT_EQ(value(day, "L-0100", at(noon, "15:30")), 0);
  EXPECT_GT(value(day, "L-0100", at(noon, "19:00")), 80);
}

}  // namespace
}  // namespace qala::sim
