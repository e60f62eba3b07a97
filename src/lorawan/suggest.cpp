// What a maker's name for a field means.
#include <algorithm>
#include <array>
#include <cctype>

#include "lorawan/fields.h"
#include "registry/catalogue.h"

namespace qala::lorawan {

namespace {

/// Sensors, units and fillers that makers put into names and that say nothing of what is measured.
constexpr std::array kFillers{"sht",  "sht31",  "sht30",    "sht20",    "ds",      "ds18b20", "bme",     "bme280",
                              "bmp",  "bmp280", "c",        "degc",     "celsius", "deg",     "degrees", "percent",
                              "pct",  "ppm",    "ppb",      "hpa",      "mbar",    "lx",      "ugm3",    "ug",
                              "m3",   "value",  "val",      "sensor",   "channel", "ch",      "current", "avg",
                              "mean", "last",   "internal", "external", "ext",     "int",     "probe",   "kpa"};

/// "TempC_SHT" -> temp, c, sht; "pm2_5" -> pm2, 5; digits stay with their word.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> out;
  std::string word;
  const auto end = [&] {
    if (!word.empty()) out.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < name.size(); i++) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (!std::isalnum(c)) {
      end();
      continue;
    }
    const bool hump = i > 0 && std::isupper(c) && std::islower(static_cast<unsigned char>(name[i - 1]));
    if (hump) end();
    word += static_cast<char>(std::tolower(c));
  }
  end();
  return out;
}

bool is_filler(const std::string& word) {
  const bool digits = std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
  return digits || std::ranges::find(kFillers, word) != kFillers.end();
}

std::string_view last_name(std::string_view path) {
  while (path.ends_with(']')) path = path.substr(0, path.rfind('['));
  // "data.pm2.5": a name that ends in a number goes with the word before.
  auto dot = path.rfind('.');
  if (dot != std::string_view::npos && dot + 1 < path.size() && std::isdigit(static_cast<unsigned char>(path[dot + 1])))
    dot = dot == 0 ? dot : path.rfind('.', dot - 1);
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::string_view property_of(std::string_view name) {
  if (const auto whole = registry::property_of_alias(name); !whole.empty()) return whole;
  auto words = words_of(name);
  // Fewer and fewer words from the end, then from the front: "humidity_percent", "air_temperature_1".
  const auto joined = [](const std::vector<std::string>& some) {
    std::string out;
    for (const std::string& word : some) out += word;
    return out;
  };
  if (const auto plain = registry::property_of_alias(joined(words)); !plain.empty()) return plain;
  std::erase_if(words, is_filler);
  if (words.empty()) return {};
  if (const auto without = registry::property_of_alias(joined(words)); !without.empty()) return without;
  for (const std::string& word : words) {
    if (word.size() < 3 && word != "pm") continue;
    if (const auto one = registry::property_of_alias(word); !one.empty()) return one;
  }
  return {};
}

/// A battery is told in volts, millivolts or per cent, under the same name.
void settle_battery(std::string_view name, const Json& value, Suggestion& out) {
  const bool of_charge = out.property == "battery", of_voltage = out.property == "battery_voltage";
  const auto level = number(&value);
  if (!level || (!of_charge && !of_voltage)) return;
  const auto words = words_of(name);
  const bool millivolts = *level > 1'000 || std::ranges::find(words, "mv") != words.end();
  if (millivolts) {
    out.property = "battery_voltage";
    out.scale = 0.001;
  } else if (of_charge && *level > 0 && *level < 5 && value.text.find('.') != std::string::npos) {
    out.property = "battery_voltage";
  }
}

}  // namespace

std::optional<Suggestion> suggest(const registry::Registry::View& view, std::string_view path, const Json& value) {
  const std::string_view name = last_name(path);
  if (value.kind == Json::Kind::array || value.kind == Json::Kind::object) return std::nullopt;
  Suggestion out;
  out.property = std::string(property_of(name));
  if (out.property.empty()) return std::nullopt;
  // A time or an alarm's word under a known name is no measurement.
  if (value.kind == Json::Kind::string && !number(&value)) return std::nullopt;
  settle_battery(name, value, out);
  const auto* property = view.property(out.property);
  if (!property) return std::nullopt;
  out.name = property->key;
  out.unit = property->unit;
  return out;
}

}  // namespace qala::lorawan
