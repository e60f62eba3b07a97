#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "sim/chance.h"
#include "sim/town.h"

namespace qala::sim {

namespace {

constexpr std::array kAir{Channel{"pm2_5", "pm2_5", "µg/m³", 1},   Channel{"pm10", "pm10", "µg/m³", 1},
                          Channel{"so2", "so2", "µg/m³", 1},       Channel{"no2", "no2", "µg/m³", 1},
                          Channel{"co", "co", "mg/m³", 2},         Channel{"temperature", "temperature", "°C", 1},
                          Channel{"humidity", "humidity", "%", 0}, Channel{"wind_speed", "wind_speed", "m/s", 1}};
constexpr std::array kElectricity{Channel{"energy", "energy", "kWh", 2}, Channel{"power", "power", "W", 0}};
constexpr std::array kWater{Channel{"water_volume", "water_volume", "m³", 3}};
constexpr std::array kHeat{Channel{"heat_energy", "heat_energy", "MWh", 3},
                           Channel{"supply_temperature", "supply_temperature", "°C", 1}};
constexpr std::array kLamp{Channel{"power", "power", "W", 1}};
constexpr std::array kFeeder{Channel{"current", "current", "A", 1}, Channel{"voltage", "voltage", "V", 1},
                             Channel{"power", "power", "W", 0}};
constexpr std::array kSubstation{
    Channel{"supply_temperature", "supply_temperature", "°C", 1},
    Channel{"return_temperature", "return_temperature", "°C", 1}, Channel{"flow", "flow", "m³/h", 1},
    Channel{"supply_pressure", "supply_pressure", "bar", 2}, Channel{"heat_power", "heat_power", "kW", 0}};
constexpr std::array kBoiler{Channel{"supply_temperature", "supply_temperature", "°C", 1},
                             Channel{"return_temperature", "return_temperature", "°C", 1},
                             Channel{"supply_pressure", "supply_pressure", "bar", 2}};
constexpr std::array kBin{Channel{"fill_level", "fill_level", "%", 0}, Channel{"battery", "battery", "%", 0}};
constexpr std::array kStop{Channel{"temperature", "temperature", "°C", 1}, Channel{"power", "power", "W", 0}};
constexpr std::array kBench{Channel{"battery", "battery", "%", 0}, Channel{"wifi_clients", "wifi_clients", "", 0}};
constexpr std::array kCamera{Channel{"bitrate", "bitrate", "kbit/s", 0}};
constexpr std::array kVehicle{Channel{"latitude", "latitude", "°", 5}, Channel{"longitude", "longitude", "°", 5},
                              Channel{"speed", "speed", "km/h", 0}};
constexpr std::array kGateway{Channel{"rssi", "rssi", "dBm", 0}, Channel{"connected", "connected", "", 0}};
constexpr std::array kCounter{Channel{"vehicle_count", "vehicle_count", "veh/h", 0},
                              Channel{"vehicle_speed", "vehicle_speed", "km/h", 0}};
constexpr std::array kWeather{
    Channel{"temperature", "temperature", "°C", 1},      Channel{"humidity", "humidity", "%", 0},
    Channel{"pressure", "pressure", "hPa", 1},           Channel{"wind_speed", "wind_speed", "m/s", 1},
    Channel{"wind_direction", "wind_direction", "°", 0}, Channel{"solar_radiation", "solar_radiation", "W/m²", 0},
    Channel{"snow_depth", "snow_depth", "cm", 0}};
constexpr std::array kPump{Channel{"current", "current", "A", 1},
                           Channel{"supply_pressure", "supply_pressure", "bar", 2}};
constexpr std::array kValve{Channel{"position", "position", "%", 0},
                            Channel{"return_temperature", "return_temperature", "°C", 1}};
constexpr std::array kTransformer{Channel{"power", "power", "W", 0}, Channel{"voltage", "voltage", "V", 1}};

/// What the town measures that is not in Qala's own catalogue.
struct Property {
  const char* key;
  Text name;
  const char* unit;
};
const std::array<Property, 3>& own_properties() {
  static const std::array<Property, 3> all{
      Property{"bitrate", {"Бейне ағыны", "Поток видео", "Video bit rate"}, "kbit/s"},
      Property{"connected", {"Қосылған құрылғылар", "Подключено устройств", "Connected devices"}, ""},
      Property{"position", {"Клапанның ашылуы", "Открытие клапана", "Valve opening"}, "%"}};
  return all;
}

const char* sensor_of(Model model) {
  switch (model) {
    case Model::air: return "Optical particle counter with gas cells";
    case Model::electricity: return "Static electricity meter, class 1";
    case Model::water: return "Impulse water meter DN15-50";
    case Model::heat: return "Ultrasonic heat meter";
    case Model::lamp: return "LED luminaire controller";
    case Model::feeder: return "Lighting cabinet controller";
    case Model::substation: return "Heat substation controller with Pt1000";
    case Model::boiler: return "Boiler house controller";
    case Model::bin: return "Ultrasonic level sensor";
    case Model::stop: return "Bus stop heater controller";
    case Model::bench: return "Solar bench controller";
    case Model::camera: return "Network camera";
    case Model::vehicle: return "Vehicle tracker";
    case Model::gateway: return "LoRa gateway";
    case Model::counter: return "Radar traffic counter";
    case Model::weather: return "Automatic weather station";
    case Model::pump: return "Pump drive";
    case Model::valve: return "Valve actuator";
    case Model::transformer: return "Substation feeder terminal";
  }
  return "";
}

void write_name(JsonWriter& json, const Text& name) {
  json.key("name").object().field("kk", name.kk).field("ru", name.ru).field("en", name.en).end();
}

/// What the features refer to: zones, sensors and properties by their names.
void write_vocabulary(std::string& out) {
  out += "\"zones\":";
  JsonWriter zones(out);
  zones.array();
  for (std::size_t a = 0; a < kAreas; a++) {
    zones.object().field("key", key_of(static_cast<Area>(a)));
    write_name(zones, name_of(static_cast<Area>(a)));
    zones.end();
  }
  zones.end();
  out += ",\n\"sensors\":";
  JsonWriter sensors(out);
  sensors.array();
  for (unsigned m = 0; m <= static_cast<unsigned>(Model::transformer); m++) {
    sensors.object().field("name", sensor_of(static_cast<Model>(m))).end();
  }
  sensors.end();
  out += ",\n\"observed_properties\":";
  JsonWriter properties(out);
  properties.array();
  for (const Property& property : own_properties()) {
    properties.object().field("key", property.key);
    write_name(properties, property.name);
    properties.field("unit", property.unit).field("decimals", 0).end();
  }
  properties.end();
}

std::string date_from(std::uint64_t hash, int first_year, int years) {
  return fmt::format("{}-{:02}-{:02}", first_year + static_cast<int>(hash % static_cast<unsigned>(years)),
                     1 + hash / 100 % 12, 1 + hash / 10'000 % 28);
}

void write_datastreams(JsonWriter& json, const Device& device) {
  json.key("datastreams").array();
  for (const Channel& channel : channels_of(device.model)) {
    json.object().field("key", channel.key).field("name", channel.key);
    json.field("property", channel.property).field("sensor", sensor_of(device.model));
    json.field("unit", channel.unit).field("interval_ms", std::int64_t{1000} * device.interval_s).end();
  }
  json.end();
}

void write_properties(JsonWriter& json, const Town& town, const Device& device) {
  json.field("key", device.key).field("name", device.name).field("kind", name_of(device.kind));
  json.field("zone", key_of(device.area));
  if (device.street >= 0) json.field("street", town.layout.streets[static_cast<std::size_t>(device.street)].name.kk);
  json.field("owner", owner_of(device.model));
  if (device.parent >= 0) json.field("parent", town.devices[static_cast<std::size_t>(device.parent)].key);
  if (device.gateway >= 0) json.field("gateway", town.devices[static_cast<std::size_t>(device.gateway)].key);
  json.field("installed", date_from(mix(device.number, static_cast<std::uint64_t>(device.model)), 2018, 8));
  if (device.model == Model::air || device.model == Model::weather || device.model == Model::heat ||
      device.model == Model::substation) {
    json.field("calibrated", date_from(mix(device.number, 99), 2025, 1));
  }
  write_datastreams(json, device);
}

}  // namespace

std::string_view name_of(Kind kind) {
  constexpr std::array names{
      "other", "air_station", "meter",   "lamp",    "feeder",          "heat_substation", "bin", "bus_stop",
      "bench", "camera",      "vehicle", "gateway", "traffic_counter", "weather_station", "pump"};
  return names[static_cast<std::size_t>(kind)];
}

std::span<const Channel> channels_of(Model model) {
  switch (model) {
    case Model::air: return kAir;
    case Model::electricity: return kElectricity;
    case Model::water: return kWater;
    case Model::heat: return kHeat;
    case Model::lamp: return kLamp;
    case Model::feeder: return kFeeder;
    case Model::substation: return kSubstation;
    case Model::boiler: return kBoiler;
    case Model::bin: return kBin;
    case Model::stop: return kStop;
    case Model::bench: return kBench;
    case Model::camera: return kCamera;
    case Model::vehicle: return kVehicle;
    case Model::gateway: return kGateway;
    case Model::counter: return kCounter;
    case Model::weather: return kWeather;
    case Model::pump: return kPump;
    case Model::valve: return kValve;
    case Model::transformer: return kTransformer;
  }
  return {};
}

const char* owner_of(Model model) {
  switch (model) {
    case Model::air:
    case Model::weather: return "Қазгидромет";
    case Model::electricity:
    case Model::transformer: return "Үшөзек Энерго";
    case Model::water: return "Үшөзек Су арнасы";
    case Model::heat:
    case Model::substation:
    case Model::boiler:
    case Model::pump:
    case Model::valve: return "Үшөзек Жылу";
    case Model::lamp:
    case Model::feeder: return "Қала Жарық";
    case Model::bin: return "Таза Қала";
    case Model::vehicle: return "Автопарк";
    default: return "Үшөзек қаласының әкімдігі";
  }
}

std::string things_geojson(const Town& town) {
  std::string out = "{\"type\":\"FeatureCollection\",\n";
  write_vocabulary(out);
  out += ",\n\"features\":[\n";
  for (const Device& device : town.devices) {
    if (&device != town.devices.data()) out += ",\n";
    const LonLat at = to_lon_lat(device.at);
    JsonWriter json(out);
    json.object().field("type", "Feature").key("geometry").object().field("type", "Point").key("coordinates").array();
    json.decimal(std::llround(at.lon * 1e6), 6).decimal(std::llround(at.lat * 1e6), 6).end().end();
    json.key("properties").object();
    write_properties(json, town, device);
    json.end().end();
  }
  return out + "\n]}\n";
}

}  // namespace qala::sim
