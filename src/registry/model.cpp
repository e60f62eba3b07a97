#include "registry/model.h"

#include <array>

namespace qala::registry {

namespace {
constexpr std::array<std::string_view, kKinds> kNames = {
    "other", "air_station", "meter",   "lamp",    "feeder",          "heat_substation", "bin", "bus_stop",
    "bench", "camera",      "vehicle", "gateway", "traffic_counter", "weather_station", "pump"};
}  // namespace

std::string_view name_of(Kind kind) {
  const auto at = static_cast<std::size_t>(kind);
  return at < kNames.size() ? kNames[at] : kNames[0];
}

std::optional<Kind> kind_from(std::string_view name) {
  for (std::size_t at = 0; at < kNames.size(); at++)
    if (kNames[at] == name) return static_cast<Kind>(at);
  return std::nullopt;
}

}  // namespace qala::registry
