#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/faults.h"
#include "sim/timeline.h"
#include "sim/town.h"
#include "sim/weather.h"

namespace qala::sim {

/// What the town is like in one minute, worked out once for all devices.
struct Minute {
  Seconds at = -1;
  Weather weather{};
  double hour = 0;
  bool dark = false;
  bool weekend = false;
  std::array<double, kAreas> pm2_5{};  ///< of the zone, before a station's own noise
  std::array<double, 6> supply{};      ///< of ЖП-1..6, after the pipe
  std::array<HeatState, 6> heat{};
  double sent = 0;                     ///< the boiler house's supply temperature
  double traffic = 0;                  ///< 0 to 1
  double degree_hours = 0;
};

/// What a device would send: a mantissa for each of its channels (Channel::decimals places). Nothing if it is silent.
struct Reading {
  bool silent = false;
  std::array<std::int64_t, kMaxChannels> mantissa{};
};

/// The town's life: every reading is a function of seed, device and moment, so any moment can be asked, in any order,
/// and gives the same answer. Keeps the last minutes it worked out; not thread-safe: one for each thread.
class Life {
 public:
  Life(const Town& town, std::uint64_t seed, bool faults, const Frame& frame = {});
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  Reading read(std::uint32_t device, Seconds at);
  const Minute& minute(Seconds at);
  const Faults& faults() const { return faults_; }
  const Climate& climate() const { return climate_; }

 private:
  using Values = std::array<double, kMaxChannels>;

  Minute work_out(Seconds at);
  Values measure(const Device& device, const Minute& now, Seconds at);
  Values air(const Device& device, const Minute& now, Seconds at) const;
  Values electricity(const Device& device, const Minute& now, Seconds at) const;
  Values water(const Device& device, Seconds at) const;
  Values heat(const Device& device, const Minute& now, Seconds at) const;
  Values lamp(const Device& device, const Minute& now, Seconds at) const;
  Values feeder(const Device& device, const Minute& now, Seconds at) const;
  Values substation(const Device& device, const Minute& now, Seconds at) const;
  Values boiler(const Device& device, const Minute& now, Seconds at) const;
  double strain(const Minute& now) const;
  Values bin(const Device& device, Seconds at) const;
  Values stop(const Device& device, const Minute& now, Seconds at) const;
  Values bench(const Device& device, const Minute& now, Seconds at) const;
  Values vehicle(const Device& device, const Minute& now, Seconds at) const;
  Values gateway(const Device& device, Seconds at) const;
  Values counter(const Device& device, const Minute& now, Seconds at) const;
  Values pump(const Device& device, const Minute& now, Seconds at) const;
  Values transformer(const Device& device, const Minute& now, Seconds at) const;
  Values weather_station(const Device& device, const Minute& now, Seconds at) const;

  double natural_pm2_5(Area area, const Weather& weather, Seconds at) const;
  double cooled(unsigned station, Seconds at) const;
  double failing_pump(unsigned station, Seconds at) const;
  double lamp_power(const Device& lamp, const Minute& now, Seconds at) const;

  const Town& town_;
  std::uint64_t seed_;
  Climate climate_;
  Faults faults_;
  DegreeHours degree_hours_;
  Timeline timeline_;
  std::optional<Plot::Smoke> smoke_;
  double smoke_factor_ = 1;                    ///< that brings the station of smoke_ to what the evening wants
  std::vector<std::uint32_t> behind_gateway_;  ///< devices by gateway number - 1
  std::array<Minute, 64> minutes_{};
};

/// Shares of a day used by each hour, and how much of a day's use has gone by an hour of the day (0 to 24, in hours of
/// mean use). The sum never falls, which is why meters never run backwards.
class DayCurve {
 public:
  explicit DayCurve(const std::array<double, 24>& hourly);
  double rate(double hour) const;
  double sum(double hour) const;

 private:
  std::array<double, 25> rates_{}, sums_{};
};

}  // namespace qala::sim
