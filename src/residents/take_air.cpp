// The air: which stations measure particles, what they say now, the hours of the worst one.
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "base/log.h"
#include "residents/picture.h"

namespace qala::residents {

namespace {

/// Readings that are not believed.
constexpr std::uint16_t kBad = readings::flag::out_of_range | readings::flag::doubtful;
constexpr std::size_t kPiece = 10'000;  // readings at a time

/// To µg/m³; 0: a unit we do not know, so that nothing is said rather than something wrong.
double factor_of(const std::string& unit) {
  if (unit.empty() || unit == "µg/m³" || unit == "μg/m³" || unit == "ug/m3" || unit == "мкг/м³") return 1;
  return unit == "mg/m³" || unit == "mg/m3" || unit == "мг/м³" ? 1000 : 0;
}

bool measures_air(registry::Kind kind) {
  return kind == registry::Kind::air_station || kind == registry::Kind::weather_station;
}

std::vector<AirStation> find_stations(const registry::Registry& registry) {
  std::vector<AirStation> stations;
  registry.read([&](const registry::Registry::View& view) {
    const auto* particles = view.property("pm2_5");
    if (!particles) return;
    std::unordered_set<ThingId> seen;
    view.each_datastream([&](const registry::Datastream& stream) {
      if (stream.property != particles->id || seen.contains(stream.thing)) return;
      const auto* thing = view.thing(stream.thing);
      const double factor = factor_of(stream.unit);
      if (!thing || !measures_air(thing->kind) || factor == 0) return;
      seen.insert(thing->id);
      AirStation station;
      station.datastream = stream.id;
      station.name = thing->name.empty() ? thing->key : thing->name;
      station.street = thing->street;
      station.factor = factor;
      if (const auto* zone = view.zone(thing->zone)) station.zone = zone->name;
      stations.push_back(std::move(station));
    });
  });
  return stations;
}

/// Datastreams whose readings stand still, by an alarm.
std::unordered_set<DatastreamId> frozen_streams(const alarms::AlarmBoard& board) {
  std::unordered_set<DatastreamId> frozen;
  for (const auto& alarm : board.snapshot()->open) {
    if (alarm->exercise != 0) continue;
    if (alarm->comparison == alarms::Comparison::frozen && alarm->condition == alarms::Condition::active)
      frozen.insert(alarm->datastream);
  }
  return frozen;
}

Trust trust_in(const readings::Latest& latest, double value, Instant now, bool frozen) {
  if (now.ns - latest.time > kOldest) return Trust::stale;
  const bool ahead = latest.time - now.ns > 10 * Instant::kMinute;
  return frozen || ahead || (latest.flags & kBad) != 0 || !std::isfinite(value) ? Trust::doubtful : Trust::fresh;
}

void take_latest(const PageContext& context, Instant now, std::vector<AirStation>& stations) {
  std::vector<DatastreamId> ids;
  std::unordered_map<DatastreamId, AirStation*> by_id;
  for (auto& station : stations) {
    ids.push_back(station.datastream);
    by_id[station.datastream] = &station;
  }
  const auto frozen = frozen_streams(context.board);
  for (const auto& latest : context.store.latest(ids)) {
    AirStation& station = *by_id.at(latest.datastream);
    // Sensors hover around zero in clean air: a little below it is zero.
    station.value = std::max(0.0, readings::as_number(latest.type, latest.scale, latest.bits) * station.factor);
    station.time = latest.time;
    station.trust = trust_in(latest, readings::as_number(latest.type, latest.scale, latest.bits), now,
                             frozen.contains(station.datastream));
  }
}

/// The current hour and the 23 before it, of the readings that are believed: the store's own buckets know no flags.
std::vector<readings::Bucket> hours_of(const PageContext& context, const AirStation& station, Instant now) {
  const Instant hour = context.zone.bucket_start(now, CalendarUnit::hour);
  readings::Window left{hour.ns - 23 * Instant::kHour, now.ns + 1};
  std::vector<readings::Bucket> hours;
  for (bool more = true; more;) {
    const auto piece = context.store.range(station.datastream, left, kPiece);
    if (!piece) {
      log::warn("residents: hours cannot be read",
                {{"datastream", station.datastream.value}, {"what", piece.error().message}});
      return {};
    }
    for (const auto& row : piece->batch.rows) {
      left.from = row.time + 1;
      const double value = readings::as_number(row.type, row.scale, row.bits);
      if ((row.flags & kBad) != 0 || !std::isfinite(value)) continue;
      const auto start = context.zone.bucket_start({row.time}, CalendarUnit::hour).ns;
      if (hours.empty() || hours.back().start != start) hours.push_back({.start = start});
      hours.back().count++;
      hours.back().sum += value * station.factor;
    }
    more = piece->more && !piece->batch.rows.empty();
  }
  return hours;
}

/// Mean of hours of equal weight, as daily means are: NaN with less than 18 of them.
double mean_of(const std::vector<readings::Bucket>& hours) {
  if (hours.size() < 18) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const auto& hour : hours) sum += hour.mean();
  return sum / static_cast<double>(hours.size());
}

}  // namespace

Air take_air(const PageContext& context, Instant now) {
  Air air{.stations = find_stations(context.registry), .day = {}, .day_mean = 0};
  take_latest(context, now, air.stations);
  std::ranges::sort(air.stations, [](const AirStation& a, const AirStation& b) {
    if (a.trust != b.trust) return a.trust < b.trust;
    if (a.trust == Trust::fresh && a.value != b.value) return a.value > b.value;
    return std::tie(b.time, a.datastream) < std::tie(a.time, b.datastream);
  });
  if (air.measures_now()) air.day = hours_of(context, air.stations.front(), now);
  air.day_mean = mean_of(air.day);
  return air;
}

}  // namespace qala::residents
