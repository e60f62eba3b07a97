#include "ngsi/model.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/time.h"

namespace qala::ngsi {

using registry::Kind;
using Json = registry::JsonValue;

namespace {

constexpr Measure kAir[] = {
    {"pm1", {"pm1"}, Quantity::concentration, true},
    {"pm25", {"pm2_5"}, Quantity::concentration, true},
    {"pm10", {"pm10"}, Quantity::concentration, true},
    {"so2", {"so2"}, Quantity::concentration, true},
    {"no2", {"no2"}, Quantity::concentration, true},
    {"no", {"no"}, Quantity::concentration, true},
    {"nox", {"nox"}, Quantity::concentration, true},
    {"co", {"co"}, Quantity::concentration, true},
    {"o3", {"o3"}, Quantity::concentration, true},
    {"sh2", {"h2s"}, Quantity::concentration, true},
    {"co2", {"co2"}, Quantity::concentration, false},
    {"volatileOrganicCompoundsTotal", {"tvoc"}, Quantity::concentration, false},
    {"temperature", {"temperature"}, Quantity::temperature, false},
    {"relativeHumidity", {"humidity"}, Quantity::ratio, false},
    {"pressure", {"pressure"}, Quantity::pressure, false},
    {"windSpeed", {"wind_speed"}, Quantity::wind_speed, false},
    {"windDirection", {"wind_direction"}, Quantity::direction, false},
    {"precipitation", {"rain"}, Quantity::rain, false},
};
constexpr Fixed kAirFixed[] = {
    {"typeofLocation", Fixed::Kind::word, "indoor outdoor"},
    {"refPointOfInterest", Fixed::Kind::reference},
};

constexpr Measure kLamp[] = {
    {"powerState", {"lamp_state", "dimming"}, Quantity::on_off, true},
    {"illuminanceLevel", {"dimming"}, Quantity::ratio, false},
    {"powerConsumption", {"lamp_power", "power"}, Quantity::power, false},
    {"voltage", {"voltage"}, Quantity::voltage, false},
    {"current", {"current"}, Quantity::current, false},
    {"powerFactor", {"power_factor"}, Quantity::factor, false},
};
constexpr Fixed kLampFixed[] = {
    {"powerRating", Fixed::Kind::number, {}, "WTT"},
    {"lanternHeight", Fixed::Kind::number, {}, "MTR"},
    {"locationCategory", Fixed::Kind::word,
     "bridge centralIsland facade garden park parking pedestrianPath playground road sidewalk tunnel"},
    {"controllingMethod", Fixed::Kind::word, "group individual"},
    {"dateLastLampChange", Fixed::Kind::time},
    {"refStreetlightModel", Fixed::Kind::reference},
    {"refStreetlightGroup", Fixed::Kind::reference},
    {"refStreetlightControlCabinet", Fixed::Kind::reference},
};

constexpr Measure kTraffic[] = {
    {"intensity", {"vehicle_count"}, Quantity::count, true},
    {"averageVehicleSpeed", {"vehicle_speed"}, Quantity::speed, true},
    {"occupancy", {"occupancy"}, Quantity::ratio, true},
};
constexpr Fixed kTrafficFixed[] = {
    {"laneId", Fixed::Kind::integer},
    {"laneDirection", Fixed::Kind::word, "forward backward"},
    {"reversedLane", Fixed::Kind::boolean},
    {"vehicleType", Fixed::Kind::word,
     "agriculturalVehicle bicycle bus car caravan lorry motorcycle tanker trailer van"},
    {"refRoadSegment", Fixed::Kind::reference},
};

constexpr Measure kBin[] = {
    {"fillingLevel", {"fill_level"}, Quantity::ratio, true},
    {"temperature", {"temperature"}, Quantity::temperature, false},
};
constexpr Fixed kBinFixed[] = {
    {"storedWasteKind", Fixed::Kind::word,
     "organic inorganic glass oil plastic metal paper batteries electronics hazardous other"},
    {"category", Fixed::Kind::words, "fixed ground other portable underground"},
    {"serialNumber", Fixed::Kind::text},
    {"dateLastEmptying", Fixed::Kind::time},
    {"nextActuationDeadline", Fixed::Kind::time},
    {"refWasteContainerModel", Fixed::Kind::reference},
    {"refWasteContainerIsle", Fixed::Kind::reference},
};

constexpr std::string_view kAirOthers[] = {"dateObserved", "location", "name",
                                           "description",  "address",  "dataProvider"};
constexpr std::string_view kLampOthers[] = {"status",  "location",     "name",    "description",
                                            "address", "dataProvider", "circuit", "dateServiceStarted"};
constexpr std::string_view kTrafficOthers[] = {"dateObserved", "dateObservedFrom", "dateObservedTo", "location",
                                               "name",         "description",      "address",        "dataProvider"};
constexpr std::string_view kBinOthers[] = {"status",       "location",          "name", "description", "address",
                                           "dataProvider", "dateServiceStarted"};

constexpr Model kModels[] = {
    {"AirQualityObserved", "dataModel.Environment", Kind::air_station, true, kAir, kAirFixed, kAirOthers},
    {"Streetlight", "dataModel.Streetlighting", Kind::lamp, false, kLamp, kLampFixed, kLampOthers},
    {"TrafficFlowObserved", "dataModel.Transportation", Kind::traffic_counter, true, kTraffic, kTrafficFixed,
     kTrafficOthers},
    {"WasteContainer", "dataModel.WasteManagement", Kind::bin, false, kBin, kBinFixed, kBinOthers},
};
constexpr std::string_view kHome = "https://smartdatamodels.org/";

/// A unit as the registry writes it. The value times 10^shift times factor is in the unit of the code.
struct Unit {
  Quantity quantity;
  std::string_view ours, code;
  int shift = 0;
  double factor = 1;
};
constexpr Unit kUnits[] = {
    {Quantity::concentration, "µg/m³", "GQ"},
    {Quantity::concentration, "ug/m3", "GQ"},
    {Quantity::concentration, "mg/m³", "GP"},
    {Quantity::concentration, "mg/m3", "GP"},
    {Quantity::concentration, "ppm", "59"},
    {Quantity::concentration, "ppb", "61"},
    {Quantity::ratio, "%", "C62", -2},
    {Quantity::temperature, "°C", "CEL"},
    {Quantity::pressure, "hPa", "A97"},
    {Quantity::pressure, "mbar", "A97"},
    {Quantity::pressure, "kPa", "A97", 1},
    {Quantity::pressure, "Pa", "A97", -2},
    {Quantity::pressure, "mmHg", "A97", 0, 1.333224},
    {Quantity::wind_speed, "m/s", "MTS"},
    {Quantity::wind_speed, "km/h", "MTS", 0, 1 / 3.6},
    {Quantity::speed, "km/h", "KMH"},
    {Quantity::speed, "m/s", "KMH", 0, 3.6},
    {Quantity::direction, "°", "DD"},
    {Quantity::rain, "mm", "MMT"},
    {Quantity::power, "W", "WTT"},
    {Quantity::power, "kW", "WTT", 3},
    {Quantity::voltage, "V", "VLT"},
    {Quantity::current, "A", "AMP"},
    {Quantity::current, "mA", "AMP", -3},
    {Quantity::factor, "", "C62"},
    {Quantity::count, "", "C62"},
    {Quantity::on_off, "", ""},
    {Quantity::on_off, "%", ""},
};
constexpr std::string_view kPerHour[] = {"veh/h", "1/h", "/h"};

/// What the model allows.
std::pair<double, double> bounds_of(Quantity quantity) {
  constexpr double kAnything = 1e300;
  switch (quantity) {
    case Quantity::ratio: return {0, 1};
    case Quantity::factor: return {-1, 1};
    case Quantity::direction: return {-180, 360};
    case Quantity::concentration:
    case Quantity::wind_speed:
    case Quantity::speed:
    case Quantity::rain:
    case Quantity::count: return {0, kAnything};
    case Quantity::temperature:
    case Quantity::pressure:
    case Quantity::power:
    case Quantity::voltage:
    case Quantity::current:
    case Quantity::on_off: break;
  }
  return {-kAnything, kAnything};
}

bool is_exact(readings::ValueType type) {
  return type == readings::ValueType::decimal || type == readings::ValueType::integer;
}

Value scaled(const Unit& unit, readings::ValueType type, std::int8_t scale, std::int64_t bits) {
  if (is_exact(type) && unit.factor == 1)
    return Value::of_decimal(bits, (type == readings::ValueType::decimal ? scale : 0) - unit.shift);
  const double plain = readings::as_number(type, scale, bits);
  if (unit.factor == 1 && unit.shift == 0) return Value::of_number(plain);
  return Value::of_number(std::round(plain * std::pow(10, unit.shift) * unit.factor * 1e6) / 1e6);
}

bool is_one_of(std::string_view words, std::string_view word) {
  if (word.empty() || word.contains(' ')) return false;
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < text.size() &&
         std::ranges::none_of(
             text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '<' || c == '>'; });
}

}  // namespace

std::span<const Model> models() { return kModels; }

std::string uri_of(const Model& model, std::string_view term) {
  return std::string(kHome) + std::string(model.domain) + "/" + std::string(term);
}

const Model* model_of(std::string_view type) {
  const auto found = std::ranges::find_if(
      kModels, [type](const Model& model) { return type == model.type || type == uri_of(model, model.type); });
  return found == std::end(kModels) ? nullptr : &*found;
}

std::vector<std::string_view> attributes_of(const Model& model) {
  std::vector<std::string_view> out;
  for (const auto& one : model.measures) out.push_back(one.name);
  for (const auto& one : model.fixed) out.push_back(one.name);
  out.insert(out.end(), model.others.begin(), model.others.end());
  return out;
}

std::optional<Measured> measured(Quantity quantity, std::string_view unit, std::int64_t interval_ms,
                                 readings::ValueType type, std::int8_t scale, std::int64_t bits) {
  const double plain = readings::as_number(type, scale, bits);
  if (!std::isfinite(plain)) return std::nullopt;
  const auto [least, most] = bounds_of(quantity);
  if (quantity == Quantity::count && std::ranges::find(kPerHour, unit) != std::end(kPerHour)) {
    if (interval_ms <= 0 || plain < 0) return std::nullopt;
    return Measured{Value::of_number(std::round(plain * static_cast<double>(interval_ms) / 3'600'000)), "C62"};
  }
  const auto rule =
      std::ranges::find_if(kUnits, [&](const Unit& u) { return u.quantity == quantity && u.ours == unit; });
  if (rule == std::end(kUnits)) return std::nullopt;
  if (quantity == Quantity::on_off) return Measured{Value::of_text(plain > 0 ? "on" : "off"), {}};
  Value value = scaled(*rule, type, scale, bits);
  if (!(value.number >= least) || !(value.number <= most)) return std::nullopt;
  if (quantity == Quantity::direction && value.number > 180)
    value = Value::of_number(std::round((value.number - 360) * 1e6) / 1e6);
  return Measured{std::move(value), rule->code};
}

std::optional<Value> fixed(const Fixed& attribute, const Json& said) {
  using Of = Fixed::Kind;
  const bool is_text = said.kind == Json::Kind::string && !said.text.empty();
  switch (attribute.kind) {
    case Of::number:
    case Of::integer: {
      double number = 0;
      const auto* end = said.text.data() + said.text.size();
      if (said.kind != Json::Kind::number || std::from_chars(said.text.data(), end, number).ptr != end)
        return std::nullopt;
      if (!std::isfinite(number) || number < 0) return std::nullopt;
      if (attribute.kind == Of::integer && number != std::floor(number)) return std::nullopt;
      return Value{.kind = Value::Kind::number, .number = number, .text = said.text};
    }
    case Of::boolean:
      if (said.kind != Json::Kind::boolean) return std::nullopt;
      return Value::of_flag(said.text == "true");
    case Of::text:
      if (!is_text) return std::nullopt;
      return Value::of_text(said.text);
    case Of::reference:
      if (!is_text || !is_uri(said.text)) return std::nullopt;
      return Value::of_text(said.text);
    case Of::word:
      if (!is_text || !is_one_of(attribute.words, said.text)) return std::nullopt;
      return Value::of_text(said.text);
    case Of::words: {
      Value out{.kind = Value::Kind::words};
      if (said.kind == Json::Kind::array) {
        for (const Json& one : said.items)
          if (one.kind == Json::Kind::string) out.words.push_back(one.text);
        if (out.words.size() != said.items.size()) return std::nullopt;
      } else if (is_text) {
        out.words.push_back(said.text);
      }
      if (out.words.empty()) return std::nullopt;
      for (const auto& word : out.words)
        if (!is_one_of(attribute.words, word) || std::ranges::count(out.words, word) > 1) return std::nullopt;
      return out;
    }
    case Of::time: {
      const auto at = is_text ? parse_iso(said.text) : std::nullopt;
      if (!at) return std::nullopt;
      return Value::of_time(at->ns);
    }
  }
  return std::nullopt;
}

}  // namespace qala::ngsi
