#include "sim/life.h"

#include <algorithm>
#include <cmath>

#include "sim/chance.h"

namespace qala::sim {

namespace {

constexpr double kDarkBelow = -3.5;  // degrees of the sun at which the lamps go on

double bell(double x, double middle, double width) {
  const double d = (x - middle) / width;
  return std::exp(-d * d / 2);
}

/// What the chimneys give: a short fire in the morning, the long one from 17 to 23 h, lit fast and dying slowly.
double stoves(double hour) {
  constexpr double kHeight = 19.6;
  const double morning = 0.3 * bell(hour, 7.9, 1.0);
  const double evening = bell(hour, kHeight, hour < kHeight ? 1.25 : 2.0);
  const double after_midnight = bell(hour + 24, kHeight, 2.0);
  return 0.05 + morning + evening + after_midnight;
}

/// What of it hangs in the air: a calm town keeps the smoke of hours, wind takes it away at once.
double smoke_in_air(double hour, const Weather& weather) {
  const double keeps = 0.3 + 1.3 * weather.inversion / (0.7 + 0.5 * weather.wind);  // hours
  double sum = 0, weights = 0, weight = 1;
  for (int k = 0; k < 6; k++, weight *= 0.607) {
    sum += weight * stoves(std::fmod(hour - 0.5 * k * keeps + 48, 24));
    weights += weight;
  }
  return sum / weights;
}

double traffic_of(double hour, bool weekend) {
  if (weekend) return 0.05 + 0.75 * bell(hour, 14.5, 4.2);
  return 0.03 + 0.85 * bell(hour, 8.3, 1.1) + 0.55 * bell(hour, 13, 2.6) + 0.9 * bell(hour, 18.2, 1.6);
}

/// How smoky a zone is: Жағалау has only stoves, the centre only flats.
constexpr std::array<double, kAreas> kSmoke{0.25, 0.30, 1.0, 0.55, 0.20, 0.60, 0.30};
/// Hours until the smoke of an evening is there: from the stoves by the river street by street into the town.
constexpr std::array<double, kAreas> kSmokeLate{0.8, 0.65, 0, 0.2, 0.5, 0.25, 0.7};

}  // namespace

DayCurve::DayCurve(const std::array<double, 24>& hourly) {
  double mean = 0;
  for (const double rate : hourly) mean += rate / 24;
  for (std::size_t h = 0; h < 24; h++) rates_[h] = hourly[h] / mean;
  rates_[24] = rates_[0];
  for (std::size_t h = 0; h < 24; h++) sums_[h + 1] = sums_[h] + (rates_[h] + rates_[h + 1]) / 2;
}

double DayCurve::rate(double hour) const {
  const auto h = std::min<std::size_t>(23, static_cast<std::size_t>(hour));
  return rates_[h] + (rates_[h + 1] - rates_[h]) * (hour - static_cast<double>(h));
}

double DayCurve::sum(double hour) const {
  const auto h = std::min<std::size_t>(23, static_cast<std::size_t>(hour));
  const double f = hour - static_cast<double>(h);
  return sums_[h] + rates_[h] * f + (rates_[h + 1] - rates_[h]) * f * f / 2;
}

Life::Life(const Town& town, std::uint64_t seed, bool faults, const Frame& frame)
    : town_(town),
      seed_(seed),
      climate_(seed, frame.plot ? frame.plot->evening().weather : std::nullopt),
      faults_(faults, frame.plot),
      degree_hours_(climate_),
      timeline_(frame.timeline) {
  for (const Device& device : town.devices) {
    if (device.gateway < 0) continue;
    const std::size_t at = town.devices[static_cast<std::size_t>(device.gateway)].number - 1U;
    if (behind_gateway_.size() <= at) behind_gateway_.resize(at + 1);
    behind_gateway_[at]++;
  }
  if (frame.plot) smoke_ = frame.plot->smoke();
  if (smoke_) smoke_factor_ = smoke_->pm2_5 / natural_pm2_5(smoke_->area, climate_.at(smoke_->at), smoke_->at);
}

double Life::natural_pm2_5(Area area, const Weather& weather, Seconds at) const {
  const double smoke = kSmoke[static_cast<std::size_t>(area)];
  const double cold = std::clamp((10 - weather.temperature) / 36, 0.0, 1.15);
  const double trapped = (0.45 + 1.1 * weather.inversion) * 2.4 / (0.8 + weather.wind);
  const double own =
      1 + 0.12 * drifting(mix(seed_, 21, static_cast<std::uint64_t>(area)), static_cast<double>(at) / (5 * kHour));
  const double traffic = 6 * traffic_of(hour_of_day(at), weekday_of(at) > 4) * (area == Area::orta ? 1.5 : 0.6);
  const double air = smoke_in_air(hour_of_day(at) - kSmokeLate[static_cast<std::size_t>(area)], weather);
  return (5 + 7 * smoke + (traffic + 100 * smoke * cold * air) * trapped) * own;
}

double Life::cooled(unsigned station, Seconds at) const {
  return faults_.plot() != nullptr ? faults_.plot()->heat(station, at).cooled : 0;
}

double Life::failing_pump(unsigned station, Seconds at) const {
  return faults_.plot() != nullptr ? faults_.plot()->pump_failing(station, at) : 0;
}

Minute Life::work_out(Seconds at) {
  Minute now;
  now.at = at;
  now.weather = climate_.at(at);
  now.hour = hour_of_day(at);
  now.dark = now.weather.sun < kDarkBelow;
  // An evening shown at another hour: whoever judges lamps by the clock on the wall must not find them dark at night.
  if (!timeline_.ordinary() && !now.dark)
    now.dark = sun_height(static_cast<Seconds>(timeline_.stamp(static_cast<double>(at)))) < kDarkBelow;
  now.weekend = weekday_of(at) > 4;
  now.traffic = traffic_of(now.hour, now.weekend);
  const double pinned = smoke_ ? bell(static_cast<double>(at - smoke_->at), 0, 5.0 * kHour) : 0;
  for (std::size_t a = 0; a < kAreas; a++) {
    now.pm2_5[a] = natural_pm2_5(static_cast<Area>(a), now.weather, at) * (1 + pinned * (smoke_factor_ - 1));
  }
  for (unsigned k = 0; k < 6; k++) {
    // The boiler house follows the cold with two hours' delay; the water needs its time through the pipe.
    const Seconds late = at - 2 * kHour - (8 + 9 * static_cast<Seconds>(k)) * kMinute;
    const double plan = heating_season(at) ? supply_plan(climate_.temperature(late)) : 66;
    if (k == 0) now.sent = plan;
    if (faults_.plot() != nullptr) now.heat[k] = faults_.plot()->heat(k + 1, at);
    now.supply[k] = plan - 0.4 - 0.35 * k - now.heat[k].cooled;
  }
  now.degree_hours = degree_hours_.until(at);
  return now;
}

const Minute& Life::minute(Seconds at) {
  const Seconds whole = at / kMinute * kMinute;
  Minute& slot = minutes_[static_cast<std::size_t>(whole / kMinute) % minutes_.size()];
  if (slot.at != whole) slot = work_out(whole);
  return slot;
}

Reading Life::read(std::uint32_t index, Seconds at) {
  const Device& device = town_.devices[index];
  Reading out;
  if (faults_.silent(device, at)) {
    out.silent = true;
    return out;
  }
  const auto frozen = faults_.frozen_since(device, at);
  const Seconds seen = frozen ? *frozen : at;
  const Values values = measure(device, minute(seen), seen);
  static constexpr double kScale[] = {1, 10, 100, 1000, 1e4, 1e5, 1e6};
  const auto channels = channels_of(device.model);
  const double drift = faults_.drift(device, seen);
  for (std::size_t c = 0; c < channels.size(); c++) {
    double value = values[c];
    if (drift != 0 && c == 0)
      value += drift * std::max(2.0, (device.kind == Kind::heat_substation ? 0.02 : 0.15) * std::abs(value));
    out.mantissa[c] = std::llround(value * kScale[channels[c].decimals]);
  }
  return out;
}

Life::Values Life::measure(const Device& device, const Minute& now, Seconds at) {
  switch (device.model) {
    case Model::air: return air(device, now, at);
    case Model::electricity: return electricity(device, now, at);
    case Model::water: return water(device, at);
    case Model::heat: return heat(device, now, at);
    case Model::lamp: return lamp(device, now, at);
    case Model::feeder: return feeder(device, now, at);
    case Model::substation: return substation(device, now, at);
    case Model::boiler: return boiler(device, now, at);
    case Model::bin: return bin(device, at);
    case Model::stop: return stop(device, now, at);
    case Model::bench: return bench(device, now, at);
    case Model::camera: {
      const double dice = wobble(mix(device.chance, static_cast<std::uint64_t>(at)));
      return {(now.dark ? 1250 : 1700) + 350 * now.traffic + 120 * dice};
    }
    case Model::vehicle: return vehicle(device, now, at);
    case Model::gateway: return gateway(device, at);
    case Model::counter: return counter(device, now, at);
    case Model::weather: return weather_station(device, now, at);
    case Model::pump:
    case Model::valve: return pump(device, now, at);
    case Model::transformer: return transformer(device, now, at);
  }
  return {};
}

Life::Values Life::weather_station(const Device& device, const Minute& now, Seconds at) const {
  const Weather& w = now.weather;
  const double dice = wobble(mix(device.chance, static_cast<std::uint64_t>(at)));
  return {w.temperature + 0.05 * dice,
          w.humidity,
          w.pressure + 0.05 * dice,
          std::max(0.0, w.wind * (1 + 0.12 * dice)),
          w.direction,
          w.solar * (1 + 0.02 * dice),
          w.snow};
}

}  // namespace qala::sim
