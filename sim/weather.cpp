#include "sim/weather.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numbers>

#include "sim/chance.h"
#include "sim/geometry.h"

namespace qala::sim {

namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr Seconds kMeterEpoch = 1'577'836'800;  // 2020-01-01

/// Means of the months at their middles, a cold year of the Akmola steppe.
constexpr std::array<double, 12> kMonth{-22, -20, -11, 4, 13.5, 19.5, 21, 18.5, 12, 3, -9, -17};

double days(Seconds time) { return static_cast<double>(time) / static_cast<double>(kDay); }
double hours(Seconds time) { return static_cast<double>(time) / static_cast<double>(kHour); }

double seasonal_mean(Seconds time) {
  const double x = year_part(time) * 12 - 0.5;
  const double whole = std::floor(x);
  const auto a = static_cast<std::size_t>(static_cast<int>(whole) + 12) % 12;
  const double f = (1 - std::cos((x - whole) * std::numbers::pi)) / 2;
  return kMonth[a] + (kMonth[(a + 1) % 12] - kMonth[a]) * f;
}

/// 1 in deep winter, 0 in high summer.
double winter(Seconds time) { return 0.5 + 0.5 * std::cos((year_part(time) - 0.04) * 2 * std::numbers::pi); }

double snow_depth(double part) {
  if (part > 0.3 && part < 0.845) return 0;               // 20 April to 5 November
  if (part >= 0.845) return (part - 0.845) / 0.155 * 22;  // builds up
  if (part < 0.19) return 22 + part / 0.19 * 14;          // to 10 March
  return 36 * (0.3 - part) / 0.11;                        // melts
}

}  // namespace

double hour_of_day(Seconds at) {
  const Seconds local = at + kTownOffset;
  return static_cast<double>(local - day_of(at) * kDay) / static_cast<double>(kHour);
}

std::int64_t day_of(Seconds at) {
  const Seconds local = at + kTownOffset;
  return local >= 0 ? local / kDay : (local - kDay + 1) / kDay;
}

int weekday_of(Seconds at) { return static_cast<int>(((day_of(at) + 3) % 7 + 7) % 7); }

double year_part(Seconds at) {
  using namespace std::chrono;
  const sys_days day{std::chrono::days(day_of(at))};
  const year_month_day date(day);
  const double in_year = static_cast<double>((day - sys_days(date.year() / 1 / 1)).count()) + hour_of_day(at) / 24;
  return in_year / (date.year().is_leap() ? 366 : 365);
}

double sun_height(Seconds at) {
  const double angle = 2 * std::numbers::pi * year_part(at);
  const double declination = 0.006918 - 0.399912 * std::cos(angle) + 0.070257 * std::sin(angle) -
                             0.006758 * std::cos(2 * angle) + 0.000907 * std::sin(2 * angle);
  const double equation = 229.18 * (0.000075 + 0.001868 * std::cos(angle) - 0.032077 * std::sin(angle) -
                                    0.014615 * std::cos(2 * angle) - 0.040849 * std::sin(2 * angle));  // minutes
  const double utc_minutes = hour_of_day(at) * 60 - 300;
  const double hour_angle = (utc_minutes + equation + 4 * kMiddle.lon) / 4 - 180;
  const double latitude = kMiddle.lat * kDegree;
  const double sine = std::sin(latitude) * std::sin(declination) +
                      std::cos(latitude) * std::cos(declination) * std::cos(hour_angle * kDegree);
  return std::asin(std::clamp(sine, -1.0, 1.0)) / kDegree;
}

bool heating_season(Seconds at) {
  const double part = year_part(at);
  return part < 0.3 || part > 0.773;
}

double Climate::pinned(Seconds time) const {
  if (!pin_) return 0;
  const double away = hours(time - pin_->at) / pin_->hours;
  return std::exp(-away * away);
}

double Climate::natural_temperature(Seconds time) const {
  const double cold = winter(time);
  const double fronts = drifting(mix(seed_, 11), days(time) / 3.3) * 5 + drifting(mix(seed_, 12), days(time) / 9.7) * 4;
  const double high = drifting(mix(seed_, 13), days(time) / 4.1);
  const double cloud = 0.5 + 0.5 * drifting(mix(seed_, 14), hours(time) / 19);
  const double swing = (3.2 + 4 * (1 - cold)) * (1 - 0.45 * cloud);
  const double course = swing * std::cos((hour_of_day(time) - 15) / 12 * std::numbers::pi);
  return seasonal_mean(time) + fronts * (0.6 + 0.4 * cold) - 2.6 * high * (2 * cold - 1) + course;
}

double Climate::temperature(Seconds time) const {
  const double natural = natural_temperature(time);
  const double weight = pinned(time);
  return weight < 1e-6 ? natural : natural + weight * (pin_->temperature - natural_temperature(pin_->at));
}

Weather Climate::at(Seconds time) const {
  Weather w{};
  const double weight = pinned(time);
  const double high = drifting(mix(seed_, 13), days(time) / 4.1);
  w.sun = sun_height(time);
  w.temperature = temperature(time);
  w.cloud = 0.5 + 0.5 * drifting(mix(seed_, 14), hours(time) / 19);
  const double night = std::clamp((3 - w.sun) / 10, 0.0, 1.0);
  const double gusts =
      2.3 * drifting(mix(seed_, 15), hours(time) / 8) + 1.1 * drifting(mix(seed_, 16), hours(time) / 2.3);
  w.wind = std::max(0.3 + 0.2 * unit(mix(seed_, static_cast<std::uint64_t>(time / kMinute))),
                    3.3 * (1 - 0.55 * high) + gusts - 1.1 * night);
  if (pin_) w.wind += weight * (pin_->wind - w.wind);
  w.inversion = std::clamp(0.22 + 0.45 * high + 0.4 * night * (1 - 0.5 * w.cloud) - 0.05 * w.wind, 0.0, 1.0);
  if (pin_) w.inversion += weight * (pin_->inversion - w.inversion);
  w.direction = std::fmod(225 + 150 * drifting(mix(seed_, 17), hours(time) / 26) + 360, 360.0);
  w.pressure = 1013 + 16 * high + 6 * drifting(mix(seed_, 18), days(time) / 2.2);
  w.humidity = std::clamp(78 - 18 * (1 - winter(time)) + 12 * w.cloud - 0.9 * std::max(0.0, w.sun), 18.0, 98.0);
  w.solar = std::max(0.0, std::sin(w.sun * kDegree)) * 960 * (1 - 0.72 * w.cloud);
  w.snow = snow_depth(year_part(time));
  return w;
}

double supply_plan(double outdoor) {
  constexpr double kHotWater = 77.5;  // tap water needs it, however mild the day
  return std::max(kHotWater, 20 + 75 * std::pow(std::clamp((20 - outdoor) / 53, 0.0, 1.2), 0.8));
}

double DegreeHours::until(Seconds time) {
  const double at = std::max(0.0, hours(time - kMeterEpoch));
  const auto whole = static_cast<std::size_t>(at);
  while (sums_.size() < whole + 2) {
    const Seconds hour = kMeterEpoch + static_cast<Seconds>(sums_.size() - 1) * kHour;
    const double need = heating_season(hour) ? std::max(0.0, 18 - climate_.temperature(hour)) : 0.8;
    sums_.push_back(sums_.back() + need);
  }
  return sums_[whole] + (sums_[whole + 1] - sums_[whole]) * (at - static_cast<double>(whole));
}

}  // namespace qala::sim
