#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/names.h"
#include "sim/weather.h"

namespace qala::sim {

/// What can be made to happen; the words of an evening's file.
enum class Happening : std::uint8_t {
  smoke,  ///< place: an air station; strength: PM2.5 there at `at`, µg/m³. The whole town smokes in proportion
  feeder_out,  ///< place: a feeder. No voltage: lamps dark, its meters silent, pumps on it stand
  lights_out,  ///< place: a feeder whose lighting alone is off: no current, but voltage
  main_frozen,  ///< place: a heat substation, whose pipe freezes; strength: how much of it, 0 to 1
  main_burst,  ///< the same pipe leaks
  heat_lost,  ///< place: a heat substation; strength: degrees it loses in the end (a failing pump)
  silent,  ///< place: any device, or a gateway's water meters; strength: share of them
  gateway_lost,  ///< place: a gateway that cannot reach the town; what it hears comes later
  bin_full,  ///< place: a bin; strength: its level, %
  lamps_broken,  ///< place: a feeder; strength: share of its lamps
};

std::string_view word_of(Happening what);

struct Event {
  Happening what;
  Seconds from, until;  ///< the model's time
  std::string place;
  double strength;
};

/// An evening as it was written down: sim/evenings/*.toml (grammar: sim/evenings/README.md).
struct Evening {
  std::string key;
  Text name;
  Seconds midnight = 0;  ///< before it, in the model's time
  Seconds begin = 0, end = 0;
  std::optional<WeatherPin> weather;
  std::vector<Event> events;
};

/// `key` names it in messages. The first mistake is told with its line: `stove.toml:12: at: …`.
Result<Evening> parse_evening(std::string_view key, std::string_view toml);

/// The files of sim/evenings/, which travel inside the program.
struct EveningFile {
  std::string_view key, text;
};
std::span<const EveningFile> own_evenings();

/// By the name of one of our own, or by the path of a file (with a slash or ending in .toml).
Result<Evening> find_evening(const std::string& name_or_path);

/// "17:05" in seconds after midnight; up to 47:59, which is the next day.
std::optional<Seconds> clock_time(std::string_view text);

}  // namespace qala::sim
