#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "readings/store.h"
#include "registry/model.h"

namespace qala::residents {

/// Upper ends of the PM2.5 bands in µg/m³, above the last is the sixth: United States' air quality index as of
/// 6 May 2024 (EPA 454/B-24-002: good, moderate, unhealthy for sensitive groups, unhealthy, very unhealthy, hazardous).
/// They are made for the mean of 24 hours; the page puts the last reading into words with them and says so.
constexpr std::array kBandEnds{9.0, 35.4, 55.4, 125.4, 225.4};
constexpr std::size_t kBands = kBandEnds.size() + 1;
/// Kazakhstan, order KR DSM-70 of 2 August 2022: largest single (20 to 30 min) and daily mean concentration, µg/m³.
constexpr double kSingleLimit = 160;
constexpr double kDailyLimit = 35;
/// What is older is never shown as now.
constexpr std::int64_t kOldest = 2 * Instant::kHour;

/// 0 to 5, of a value rounded to the tenth that is shown.
std::size_t band_of(double pm2_5);
/// Where a value stands on a scale of six equal parts: 0 to 100 %.
double place_on_scale(double pm2_5);

/// How far the newest reading of a station may be believed.
enum class Trust : std::uint8_t { fresh, doubtful, stale, never };

/// The particles at one station.
struct AirStation {
  DatastreamId datastream;
  std::string name;
  std::string street;
  registry::LocalText zone;
  double factor = 1;  ///< what its unit is multiplied by to give µg/m³
  Trust trust = Trust::never;
  double value = 0;  ///< µg/m³
  std::int64_t time = 0;  ///< of the newest reading, UTC ns; 0: never
};

/// The air of the town: stations that measure now first, the worst first of all.
struct Air {
  std::vector<AirStation> stations;
  std::vector<readings::Bucket> day;  ///< hours of the first station if it measures now, µg/m³
  double day_mean = 0;  ///< NaN: less than 18 of 24 hours have readings
  bool measures_now() const { return !stations.empty() && stations.front().trust == Trust::fresh; }
};

}  // namespace qala::residents
