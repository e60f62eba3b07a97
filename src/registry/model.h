#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace qala::registry {

/// What a thing is. Decides its place on the map, its default rules and its words on the screens.
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
std::string_view name_of(Kind kind);  ///< "air_station"
std::optional<Kind> kind_from(std::string_view name);
constexpr std::size_t kKinds = 15;

/// One text in the three languages of the town.
struct LocalText {
  std::string kk = {}, ru = {}, en = {};
  friend bool operator==(const LocalText&, const LocalText&) = default;
};

struct Point {
  double lon = 0, lat = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

/// A part of the town. `key` is what files and rules use ("zhagalau").
struct ZoneArea {
  std::uint32_t id = 0;
  std::string key = {};
  LocalText name = {};
  friend bool operator==(const ZoneArea&, const ZoneArea&) = default;
};

/// SensorThings Thing (+ Location). `key` is unique and stable: what devices, files and people call it ("F-12").
struct Thing {
  ThingId id = {};
  std::string key = {};
  std::string name = {};
  std::string description = {};
  Kind kind = Kind::other;
  std::uint32_t zone = 0;  ///< ZoneArea::id, 0: none
  std::string street = {};
  std::string owner = {};
  ThingId parent = {};   ///< lamp -> feeder -> substation
  ThingId gateway = {};  ///< through which it speaks, if it does
  std::optional<Point> location = {};
  std::string installed = {};   ///< "2024-10-03" or empty
  std::string calibrated = {};  ///< last calibration, or empty
  std::string photo = {};       ///< file name in the data folder, or empty
  std::string properties = {};  ///< JSON object, "{}" if none
  friend bool operator==(const Thing&, const Thing&) = default;
};

/// SensorThings ObservedProperty: the catalogue comes with Qala (`catalogue.cpp`), towns may add.
struct ObservedProperty {
  ObservedPropertyId id = {};
  std::string key = {};  ///< "pm2_5"
  LocalText name = {};
  std::string definition = {};                  ///< URI
  std::string unit = {};                        ///< UCUM-like symbol as shown in English: "µg/m³"
  int decimals = 1;                             ///< how many are shown
  double plausible_min = 0, plausible_max = 0;  ///< equal: no limits
  friend bool operator==(const ObservedProperty&, const ObservedProperty&) = default;
};

/// SensorThings Sensor: make and model.
struct Sensor {
  SensorId id = {};
  std::string name = {};
  std::string description = {};
  std::string metadata = {};
  friend bool operator==(const Sensor&, const Sensor&) = default;
};

/// SensorThings Datastream. (thing, key) is unique; `key` is the telemetry key the device sends.
struct Datastream {
  DatastreamId id = {};
  ThingId thing = {};
  std::string key = {};
  std::string name = {};
  ObservedPropertyId property = {};  ///< none: not recognised, number shown as is
  SensorId sensor = {};
  std::string unit = {};               ///< overrides the property's
  std::int64_t interval_ms = 0;        ///< expected reporting interval, 0: unknown
  std::string retention = "standard";  ///< retention class
  friend bool operator==(const Datastream&, const Datastream&) = default;
};

}  // namespace qala::registry
