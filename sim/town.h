#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/layout.h"

namespace qala::sim {

/// Kinds as the registry names them.
enum class Kind : std::uint8_t {
  other,
  air_station,
  meter,
  lamp,
  feeder,
  heat_substation,
  bin,
  bus_stop,
  bench,
  camera,
  vehicle,
  gateway,
  traffic_counter,
  weather_station,
  pump,
};
std::string_view name_of(Kind kind);

/// Which model moves a device; finer than its kind.
enum class Model : std::uint8_t {
  air,
  electricity,
  water,
  heat,
  lamp,
  feeder,
  substation,
  boiler,
  bin,
  stop,
  bench,
  camera,
  vehicle,
  gateway,
  counter,
  weather,
  pump,
  valve,
  transformer,
};

/// How a device speaks once the town lives.
enum class Voice : std::uint8_t {
  gateway,  ///< through its LG-.. by v1/gateway/telemetry
  mqtt,     ///< itself, by v1/devices/me/telemetry
  http,     ///< itself, by POST /api/v1/TOKEN/telemetry
  line,     ///< a collector writes line protocol for it
};

/// One telemetry key: its name on the wire, the observed property, the unit, how many decimals are sent.
struct Channel {
  const char* key;
  const char* property;
  const char* unit;
  int decimals;
};
constexpr std::size_t kMaxChannels = 9;

/// All channels of a device report together, every `interval_s`, `phase_s` after the full interval.
struct Device {
  std::string key;
  std::string name;
  Kind kind;
  Model model;
  Voice voice;
  Area area;
  std::int32_t street = -1;   ///< Layout::streets
  std::int32_t parent = -1;   ///< Town::devices
  std::int32_t gateway = -1;  ///< Town::devices
  Metres at;
  std::uint32_t interval_s;
  std::uint32_t phase_s;
  std::uint16_t number;  ///< counted within its model, from 1
  float size = 1;        ///< lamps of a feeder, watts of a lamp, weight of a road, ...
  std::uint64_t chance;  ///< its own seed
};

std::span<const Channel> channels_of(Model model);
const char* owner_of(Model model);

/// Where a vehicle drives: to and fro along `line`.
struct Route {
  Line line;
  double metres;
};

struct Town {
  Layout layout;
  std::vector<Device> devices;
  std::vector<std::vector<std::uint32_t>> lamps_of;  ///< by feeder number - 1
  std::vector<Route> routes;                         ///< by vehicle number - 1
  std::array<unsigned, 6> upstream_of{4, 4, 0, 0, 0, 5};  ///< the station the water passes before ЖП-n; 0: none
  std::array<std::int32_t, 6> power_of{};                 ///< the feeder that the pumps of ЖП-n run on
  std::int32_t find(std::string_view key) const;
  std::size_t channel_count() const;
};

/// The town with about `things` devices (3,012 unless told otherwise), their small differences drawn from `seed`.
Town build_town(std::uint64_t seed, std::size_t things = 3012);

/// The registry file of the town: GeoJSON Points with their datastreams (docs/formats/registry.md).
std::string things_geojson(const Town& town);

}  // namespace qala::sim
