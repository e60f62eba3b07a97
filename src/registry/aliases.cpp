#include <algorithm>
#include <cstring>

#include "registry/catalogue.h"
#include "registry/registry.h"

namespace qala::registry {

namespace {

struct Alias {
  std::string_view folded;  ///< lower case, letters and digits only
  std::string_view property;
};

// What makers of devices call things. Sorted by `folded`: found by bisection (a test watches over it).
constexpr Alias kAliases[] = {
    {"airpressure", "pressure"},
    {"airtemp", "temperature"},
    {"airtemperature", "temperature"},
    {"alt", "altitude"},
    {"amps", "current"},
    {"atmosphericpressure", "pressure"},
    {"baro", "pressure"},
    {"barometer", "pressure"},
    {"barometricpressure", "pressure"},
    {"bat", "battery"},
    {"batt", "battery"},
    {"batterylevel", "battery"},
    {"batterypercent", "battery"},
    {"batteryv", "battery_voltage"},
    {"batv", "battery_voltage"},
    {"bearing", "heading"},
    {"boardings", "passenger_count"},
    {"brightness", "dimming"},
    {"carbondioxide", "co2"},
    {"carbonmonoxide", "co"},
    {"carcount", "vehicle_count"},
    {"cars", "vehicle_count"},
    {"course", "heading"},
    {"dim", "dimming"},
    {"dimlevel", "dimming"},
    {"direction", "wind_direction"},
    {"distancedriven", "odometer"},
    {"door", "door_open"},
    {"eco2", "co2"},
    {"energykwh", "energy"},
    {"energytotal", "energy"},
    {"filling", "fill_level"},
    {"flowrate", "flow"},
    {"flowtemperature", "supply_temperature"},
    {"freq", "frequency"},
    {"fuel", "fuel_level"},
    {"fullness", "fill_level"},
    {"gas", "gas_volume"},
    {"gasmeter", "gas_volume"},
    {"gust", "wind_gust"},
    {"heat", "heat_energy"},
    {"heater", "heater_state"},
    {"hum", "humidity"},
    {"humid", "humidity"},
    {"hydrogensulfide", "h2s"},
    {"hydrogensulphide", "h2s"},
    {"ign", "ignition"},
    {"indoortemp", "indoor_temperature"},
    {"kwh", "energy"},
    {"lamp", "lamp_state"},
    {"lampon", "lamp_state"},
    {"lat", "latitude"},
    {"leak", "water_leak"},
    {"leakage", "water_leak"},
    {"light", "illuminance"},
    {"lng", "longitude"},
    {"lon", "longitude"},
    {"long", "longitude"},
    {"lux", "illuminance"},
    {"mileage", "odometer"},
    {"moisture", "soil_moisture"},
    {"nitricoxide", "no"},
    {"nitrogendioxide", "no2"},
    {"noisedb", "noise"},
    {"noiselevel", "noise"},
    {"ozone", "o3"},
    {"passengers", "passenger_count"},
    {"pedestrians", "pedestrian_count"},
    {"people", "pedestrian_count"},
    {"pf", "power_factor"},
    {"pm01", "pm1"},
    {"pm010", "pm1"},
    {"pm025", "pm2_5"},
    {"pm100", "pm10"},
    {"pm10p0", "pm10"},
    {"pm2p5", "pm2_5"},
    {"powerw", "power"},
    {"precip", "rain"},
    {"precipitation", "rain"},
    {"press", "pressure"},
    {"rainfall", "rain"},
    {"relativehumidity", "humidity"},
    {"returntemp", "return_temperature"},
    {"rh", "humidity"},
    {"roadtemp", "road_temperature"},
    {"signal", "rssi"},
    {"signalstrength", "rssi"},
    {"snow", "snow_depth"},
    {"snowheight", "snow_depth"},
    {"soc", "battery"},
    {"sound", "noise"},
    {"soundlevel", "noise"},
    {"state", "status"},
    {"sulfurdioxide", "so2"},
    {"sulphurdioxide", "so2"},
    {"supplytemp", "supply_temperature"},
    {"t", "temperature"},
    {"temp", "temperature"},
    {"tempc", "temperature"},
    {"tempin", "indoor_temperature"},
    {"tempindoor", "indoor_temperature"},
    {"tempout", "temperature"},
    {"tempreturn", "return_temperature"},
    {"tempsupply", "supply_temperature"},
    {"traffic", "vehicle_count"},
    {"treturn", "return_temperature"},
    {"tsupply", "supply_temperature"},
    {"vbat", "battery_voltage"},
    {"vbatt", "battery_voltage"},
    {"vehicles", "vehicle_count"},
    {"voc", "tvoc"},
    {"volt", "voltage"},
    {"volts", "voltage"},
    {"water", "water_volume"},
    {"watermeter", "water_volume"},
    {"watt", "power"},
    {"watts", "power"},
    {"wifiusers", "wifi_clients"},
    {"winddir", "wind_direction"},
    {"winds", "wind_speed"},
    {"windspd", "wind_speed"},
};

/// Letters and digits in lower case; text that is too long for any property gives nothing.
std::string_view fold(std::string_view key, std::span<char> buffer) {
  std::size_t size = 0;
  for (const char c : key) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool counts = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (!counts && static_cast<unsigned char>(c) < 0x80) continue;
    if (size == buffer.size()) return {};
    buffer[size++] = lower;
  }
  return {buffer.data(), size};
}

}  // namespace

std::string_view property_of_alias(std::string_view telemetry_key) {
  char buffer[64], other[64];
  const std::string_view folded = fold(telemetry_key, buffer);
  if (folded.empty()) return {};
  for (const ObservedProperty& property : catalogue())
    if (fold(property.key, other) == folded) return property.key;
  const auto* found = std::ranges::lower_bound(kAliases, folded, {}, &Alias::folded);
  return found != std::end(kAliases) && found->folded == folded ? found->property : std::string_view();
}

const ObservedProperty* guess_property(const Registry::View& view, std::string_view telemetry_key) {
  if (const ObservedProperty* exact = view.property(telemetry_key)) return exact;
  const std::string_view key = property_of_alias(telemetry_key);
  return key.empty() ? nullptr : view.property(key);
}

}  // namespace qala::registry
