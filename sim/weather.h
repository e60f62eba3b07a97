#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace qala::sim {

// Times of the model are seconds since 1970, UTC; the town's clock is UTC+5 all year.
using Seconds = std::int64_t;
constexpr Seconds kMinute = 60, kHour = 3600, kDay = 86'400;
constexpr Seconds kTownOffset = 5 * kHour;

/// Hours since the town's midnight, 0 to 24.
double hour_of_day(Seconds at);
/// Days since 1970 by the town's calendar.
std::int64_t day_of(Seconds at);
/// 0 on Monday.
int weekday_of(Seconds at);
/// 0.0 on the first of January, just below 1.0 at the year's end.
double year_part(Seconds at);
/// Degrees above the horizon of the town, for the real sun of that day.
double sun_height(Seconds at);

/// Heating is on from 10 October to 20 April.
bool heating_season(Seconds at);

/// The weather at one moment, as an evening wants it; it eases in and out over `hours`.
struct WeatherPin {
  Seconds at;
  double temperature, wind, inversion;
  double hours = 16;
};

struct Weather {
  double temperature;  ///< °C
  double humidity;     ///< %
  double pressure;     ///< hPa
  double wind;         ///< m/s
  double direction;    ///< degrees
  double inversion;    ///< 0: the air mixes, 1: a lid lies on the town
  double cloud;        ///< 0 to 1
  double sun;          ///< degrees
  double solar;        ///< W/m²
  double snow;         ///< cm
};

/// The steppe's weather as a function of seed and time: the season of the date (nights of −30 °C in January, −12 °C
/// about late November, +28 °C in July), highs and lows of some days, the day's own course. `pin` holds one
/// moment to the weather of an evening. Thread-safe.
class Climate {
 public:
  explicit Climate(std::uint64_t seed, std::optional<WeatherPin> pin = {}) : seed_(seed), pin_(pin) {}
  Weather at(Seconds time) const;
  double temperature(Seconds time) const;

 private:
  double natural_temperature(Seconds time) const;
  /// 0 far from the pinned moment, 1 at it.
  double pinned(Seconds time) const;

  std::uint64_t seed_;
  std::optional<WeatherPin> pin_;
};

/// Supply temperature that the heat network aims at for an outdoor temperature.
double supply_plan(double outdoor);

/// Degree-hours below 18 °C since 2020, by the hour: what heat meters count. Grows as it is asked. Not thread-safe.
class DegreeHours {
 public:
  explicit DegreeHours(const Climate& climate) : climate_(climate) {}
  double until(Seconds time);

 private:
  const Climate& climate_;
  std::vector<double> sums_{0.0};
};

}  // namespace qala::sim
