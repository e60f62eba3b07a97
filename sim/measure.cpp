// What each kind of device sees of the town. Each function is given the minute's town and adds the device's own nature.
#include <algorithm>
#include <cmath>

#include "sim/chance.h"
#include "sim/life.h"

namespace qala::sim {

namespace {

constexpr Seconds kMeterEpoch = 1'577'836'800;  // 2020-01-01: meters were read as zero

const DayCurve& home_day() {
  static const DayCurve curve({.62, .55, .52, .5,  .52, .62, .85,  1.1,  1.05, .9,  .82,  .85,
                               .92, .88, .82, .85, 1,   1.3, 1.62, 1.75, 1.7,  1.5, 1.15, .8});
  return curve;
}
const DayCurve& works_day() {
  static const DayCurve curve({.35, .33,  .33, .33,  .35, .45, .8, 1.35, 1.8, 1.95, 1.95, 1.9,
                               1.6, 1.85, 1.9, 1.85, 1.6, 1.1, .8, .65,  .55, .45,  .4,   .37});
  return curve;
}
const DayCurve& water_day() {
  static const DayCurve curve({.36, .33, .33, .33, .36,  .55,  1.05, 1.55, 1.6, 1.25, 1.02, .95,
                               1,   1,   .95, .95, 1.05, 1.25, 1.4,  1.45, 1.4, 1.15, .8,   .5});
  return curve;
}

double dice_of(const Device& device, Seconds at, std::uint64_t salt = 0) {
  return wobble(mix(device.chance + salt, static_cast<std::uint64_t>(at)));
}

/// Hours of mean use between the epoch and `at`: whole days, the day's curve, and slow waves so gentle that the sum
/// still never falls (their steepest fall is 0.16 of the mean, the curves' lowest point is above 0.3).
double use_until(const DayCurve& curve, const Device& device, Seconds at) {
  const double late = 1.4 * (unit(mix(device.chance, 5)) - 0.5);  // hours that this home is behind the others
  const Seconds local = at - static_cast<Seconds>(late * kHour);
  const double days = static_cast<double>(day_of(local) - kMeterEpoch / kDay);
  const double t = static_cast<double>(local - kMeterEpoch) / static_cast<double>(kDay);
  const double phase = 6.28 * unit(mix(device.chance, 6));
  const double waves = 1.4 * std::sin(t * 0.92 + phase) + 0.9 * std::sin(t * 2.1 + 2 * phase);
  return days * 24 + curve.sum(hour_of_day(local)) + waves;
}

/// The same as a rate, for instruments that show one.
double use_now(const DayCurve& curve, const Device& device, Seconds at) {
  const double late = 1.4 * (unit(mix(device.chance, 5)) - 0.5);
  return curve.rate(hour_of_day(at - static_cast<Seconds>(late * kHour)));
}

const DayCurve& electric_day(const Device& device) { return device.area == Area::ondiris ? works_day() : home_day(); }

}  // namespace

Life::Values Life::air(const Device& device, const Minute& now, Seconds at) const {
  const Weather& w = now.weather;
  const double own = drifting(device.chance, static_cast<double>(at) / (40 * kMinute));
  const bool pinned = smoke_ && std::abs(at - smoke_->at) < 10 * kMinute;
  const double noise = pinned ? 1 : 1 + 0.05 * own + 0.025 * dice_of(device, at);
  const double pm = now.pm2_5[static_cast<std::size_t>(device.area)] * noise;
  const double dust = w.snow > 2 ? 0 : 14 * w.wind / 4;
  return {pm,
          1.3 * pm + 9 + dust + 3 * own,
          5 + 0.42 * pm + 1.5 * own,
          11 + 24 * now.traffic + 0.07 * pm + 2 * own,
          0.25 + 0.011 * pm + 0.02 * own,
          w.temperature + 0.3 * own + 0.6 * (unit(device.chance) - 0.5),
          std::clamp(w.humidity + 2 * own, 10.0, 100.0),
          std::max(0.0, w.wind * (0.75 + 0.15 * own))};
}

Life::Values Life::electricity(const Device& device, const Minute& now, Seconds at) const {
  const double kilowatts = device.size * 0.68;
  const double since_epoch = use_until(electric_day(device), device, at);
  const double day = use_now(electric_day(device), device, at);
  const double cold = 1 + std::clamp(-now.weather.temperature / 120, -0.1, 0.3);
  const double restless =
      1 + 0.35 * drifting(device.chance, static_cast<double>(at) / (7 * kMinute)) + 0.1 * dice_of(device, at);
  return {kilowatts * since_epoch, 1000 * kilowatts * day * cold * restless};
}

Life::Values Life::water(const Device& device, Seconds at) const {
  return {device.size * 0.021 * use_until(water_day(), device, at)};
}

Life::Values Life::heat(const Device& device, const Minute& now, Seconds at) const {
  const std::size_t station =
      device.parent >= 0 ? town_.devices[static_cast<std::size_t>(device.parent)].number - 1U : 0U;
  const double at_home = now.supply[station] - 1.5 - 3 * unit(mix(device.chance, 7)) + 0.4 * dice_of(device, at);
  return {device.size * 0.0021 * now.degree_hours, at_home};
}

double Life::lamp_power(const Device& lamp, const Minute& now, Seconds at) const {
  if (!now.dark || faults_.lamp_broken(lamp, at)) return 0;
  return lamp.size * (1 + 0.012 * dice_of(lamp, at));
}

Life::Values Life::lamp(const Device& device, const Minute& now, Seconds at) const {
  if (!now.dark || faults_.feeder_out(town_.devices[static_cast<std::size_t>(device.parent)], at)) return {0};
  return {lamp_power(device, now, at)};
}

Life::Values Life::feeder(const Device& device, const Minute& now, Seconds at) const {
  const double volts = 233 - 4.5 * (home_day().rate(now.hour) - 1) +  // the evening's load pulls the line down
                       2.2 * drifting(device.chance, static_cast<double>(at) / (20 * kMinute)) +
                       0.4 * dice_of(device, at);
  if (faults_.without_voltage(device, at)) return {0, 0, 0};
  if (faults_.feeder_out(device, at)) return {0, volts, 0};
  double watts = 0;
  if (now.dark) {
    for (const std::uint32_t lamp : town_.lamps_of[device.number - 1U])
      watts += lamp_power(town_.devices[lamp], now, at / kMinute * kMinute);
    watts += 15;
  }
  return {watts / (volts * 0.93), volts, watts};
}

/// What the heat network has to carry beside its mean: the cold, and the hot water of mornings and evenings.
double Life::strain(const Minute& now) const {
  const double load = heating_season(now.at) ? std::clamp((18 - now.weather.temperature) / 50, 0.0, 1.1) : 0.1;
  return 0.9 * (load - 0.6) + 0.5 * (water_day().rate(now.hour) - 1);
}

Life::Values Life::substation(const Device& device, const Minute& now, Seconds at) const {
  const unsigned n = device.number;
  const HeatState& state = now.heat[n - 1U];
  const double slow = drifting(device.chance, static_cast<double>(at) / (50 * kMinute));
  const double asked = strain(now);
  const double supply = now.supply[n - 1U] + 0.5 * slow + 0.15 * dice_of(device, at);
  const double usual = supply + state.cooled;
  // What stands in the pipes gives its heat away and comes back cold.
  const double stands = 16 * std::clamp(1 - state.flow, 0.0, 1.0);
  const double back = 0.62 * usual + 3.8 - 2.2 * asked - 0.42 * cooled(n, at - 9 * kMinute) - stands;
  const double returned = std::max(4.0, std::min(back, supply - 2)) + 0.2 * dice_of(device, at, 1);
  const double flow =
      (38 + 2.2 * n + 1.3 * slow) * (1 + 0.11 * asked) * (heating_season(at) ? 1 : 0.35) * std::max(0.0, state.flow);
  const double pressure =
      (6.2 - 0.12 * n - 0.42 * asked + 0.05 * slow) * state.pressure + 0.02 * dice_of(device, at, 2);
  return {supply, returned, flow, pressure, flow * 1.163 * (supply - returned)};
}

Life::Values Life::boiler(const Device& device, const Minute& now, Seconds at) const {
  const double slow = drifting(device.chance, static_cast<double>(at) / (70 * kMinute));
  double lost = 0;  // pressure that leaks and stopped pumps take from the whole network
  for (const HeatState& state : now.heat) lost += std::clamp(1 - state.pressure, 0.0, 1.0) / 6;
  const double supply = now.sent + 1.2 + 0.4 * slow + 0.1 * dice_of(device, at);
  return {supply, 0.62 * supply + 3 - 1.8 * strain(now) + 0.3 * slow,
          7.1 - 0.3 * strain(now) + 0.06 * slow - 0.8 * lost};
}

Life::Values Life::bin(const Device& device, Seconds at) const {
  // Each bin has its round: every one, two or three days, between half past seven and nine.
  const auto period = static_cast<std::int64_t>(1 + device.chance % 3);
  const double round_hour = 7.5 + 1.5 * unit(mix(device.chance, 8));
  const double target = 42 + 46 * unit(mix(device.chance, 9));
  // People bring it out when they are at home and awake: the hours of their water are those of their waste.
  double days_ago = (water_day().sum(hour_of_day(at)) - water_day().sum(round_hour)) / 24;
  std::int64_t day = day_of(at);
  if (days_ago < 0) day--, days_ago += 1;
  const auto offset = (day + static_cast<std::int64_t>(mix(device.chance, 10) % 3)) % period;
  day -= offset;
  days_ago += static_cast<double>(offset);
  if (faults_.on() && unit(mix(device.chance, static_cast<std::uint64_t>(day))) < 0.02)
    days_ago += static_cast<double>(period);
  const auto pinned = faults_.plot() != nullptr ? faults_.plot()->bin_level(device, at) : std::nullopt;
  const double level = 3 + target * days_ago / static_cast<double>(period) + 0.6 * dice_of(device, at / kHour);
  const double battery =
      99 - std::fmod(static_cast<double>(at / kDay + static_cast<Seconds>(device.chance % 400)) / 6, 70);
  return {pinned.value_or(std::clamp(level, 0.0, 100.0)), battery};
}

Life::Values Life::stop(const Device& device, const Minute& now, Seconds at) const {
  const double outside = now.weather.temperature;
  const bool open = now.hour > 5.5 && now.hour < 23.5;
  const double wanted = open ? 14 : 9;
  const double draught = 1.2 * drifting(device.chance, static_cast<double>(at) / (15 * kMinute));
  const double inside = std::max(wanted, outside + 3) + draught - std::clamp(-outside - 25, 0.0, 10.0) * 0.2;
  return {inside,
          outside + 3 < wanted ? std::clamp((wanted - outside) * 62, 0.0, 2600.0) + 20 * dice_of(device, at) : 0};
}

Life::Values Life::bench(const Device& device, const Minute& now, Seconds at) const {
  const double sun = std::clamp(now.weather.solar / 500, 0.0, 1.0);
  const double battery =
      62 + 22 * std::sin((now.hour - 11) / 24 * 6.283) * (0.4 + sun) + 6 * (unit(device.chance) - 0.5);
  const double warm = std::clamp((now.weather.temperature + 12) / 30, 0.05, 1.0);
  const double people = 7 * warm * now.traffic * (0.6 + 0.8 * unit(mix(device.chance, static_cast<std::uint64_t>(at))));
  return {std::clamp(battery, 20.0, 100.0), people};
}

Life::Values Life::vehicle(const Device& device, const Minute& now, Seconds at) const {
  const unsigned n = device.number;
  const bool bus = n <= 10, plough = n > 10 && n <= 20;
  const double h = now.hour;
  const bool out = bus      ? h > 6.4 && h < 22.6
                   : plough ? now.weather.snow > 1 && ((h > 4.5 && h < 9.5) || (h > 18 && h < 21.5))
                            : h > 7 && h < 14;
  const Route& route = town_.routes[n - 1];
  if (!out || route.metres < 200) {
    const LonLat home = to_lon_lat({device.at.x + 6.0 * (n % 6), device.at.y + 5.0 * (n / 6)});
    return {home.lat, home.lon, 0};
  }
  const double speed = (bus ? 21 : 13) / 3.6;
  const double driven = static_cast<double>(at) * speed + 997.0 * n;
  const double there_and_back = std::fmod(driven, 2 * route.metres);
  const Place place =
      along(route.line, there_and_back < route.metres ? there_and_back : 2 * route.metres - there_and_back);
  const LonLat here = to_lon_lat(place.at);
  const double shown = std::max(0.0, speed * 3.6 * (1 + 0.6 * dice_of(device, at)));
  return {here.lat, here.lon, shown};
}

Life::Values Life::gateway(const Device& device, Seconds at) const {
  const double behind = device.number <= behind_gateway_.size() ? behind_gateway_[device.number - 1U] : 0;
  const double slow = drifting(device.chance, static_cast<double>(at) / (3 * kHour));
  return {-68 - 14 * unit(device.chance) + 5 * slow + 2 * dice_of(device, at), behind};
}

Life::Values Life::counter(const Device& device, const Minute& now, Seconds at) const {
  const double capacity = 620.0 * device.size * (0.55 + 0.9 * unit(mix(device.chance, 11)));
  const double ripple =
      1 + 0.14 * drifting(device.chance, static_cast<double>(at) / (25 * kMinute)) + 0.1 * dice_of(device, at);
  const double flow = std::max(0.0, capacity * now.traffic * ripple);
  const double slippery = now.weather.snow > 1 ? 5 : 0;
  return {flow, 47 - slippery - 14 * now.traffic + 3 * dice_of(device, at, 1)};
}

Life::Values Life::pump(const Device& device, const Minute& now, Seconds at) const {
  const double slow = drifting(device.chance, static_cast<double>(at) / (35 * kMinute));
  if (device.model == Model::valve) {
    const double cold = std::clamp((12 - now.weather.temperature) / 45, 0.0, 1.0);
    return {std::clamp(22 + 66 * cold + 3 * slow, 0.0, 100.0),
            0.62 * now.supply[std::min<unsigned>(device.number - 1U, 5)] + 3 + 0.5 * slow};
  }
  const Device& home = town_.devices[static_cast<std::size_t>(device.parent)];
  if (home.model != Model::substation) return {18.5 + 1.2 * slow + 0.2 * dice_of(device, at), 6.6 + 0.15 * slow};
  const double standing = faults_.plot() != nullptr ? faults_.plot()->pump_stopped(home.number, at) : 0;
  // The second pump is the one that fails slowly; ice and leaks are not the pumps' fault.
  const double failing = device.number % 2 == 0 ? failing_pump(home.number, at) : 0;
  return {
      (18.5 + 1.2 * slow + 0.2 * dice_of(device, at)) * (1 - 0.7 * failing) * (1 - standing),
      (6.6 + 0.15 * slow - 0.8 * failing) * (0.6 + 0.4 * now.heat[home.number - 1U].pressure) * (1 - 0.45 * standing)};
}

Life::Values Life::transformer(const Device& device, const Minute& now, Seconds at) const {
  const double day = 0.55 * home_day().rate(now.hour) + 0.35 * works_day().rate(now.hour);
  const double cold = 1 + std::clamp(-now.weather.temperature / 110, -0.1, 0.35);
  const double slow = 1 + 0.03 * drifting(device.chance, static_cast<double>(at) / kHour) + 0.006 * dice_of(device, at);
  constexpr double kMegawatts[] = {2.2, 1.6, 1.0};
  return {1e6 * kMegawatts[(device.number - 1U) % 3] * day * cold * slow,
          412 - 7 * (day * cold - 1) + 2 * drifting(device.chance, static_cast<double>(at) / kHour) +
              0.6 * dice_of(device, at)};
}

}  // namespace qala::sim
