#include "sim/evening.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "base/time.h"
#include "base/toml.h"

namespace qala::sim {

namespace {

constexpr std::array<std::pair<std::string_view, Happening>, 10> kWords{{{"smoke", Happening::smoke},
                                                                         {"feeder_out", Happening::feeder_out},
                                                                         {"lights_out", Happening::lights_out},
                                                                         {"main_frozen", Happening::main_frozen},
                                                                         {"main_burst", Happening::main_burst},
                                                                         {"heat_lost", Happening::heat_lost},
                                                                         {"silent", Happening::silent},
                                                                         {"gateway_lost", Happening::gateway_lost},
                                                                         {"bin_full", Happening::bin_full},
                                                                         {"lamps_broken", Happening::lamps_broken}}};
constexpr Seconds kMidnightNeverPassed = 4'102'444'800;  // 2100: what is not mended in the file is not mended

/// Reads one table; keeps the first mistake.
class Table {
 public:
  Table(const toml::table& table, std::string_view file, std::optional<Error>& error)
      : table_(table), file_(file), error_(error) {}
  ~Table() {
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(known_, key.str()) == known_.end())
        wrong(node, fmt::format("{}: nobody knows this key", key.str()));
    }
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const toml::node* take(std::string_view key, bool needed) {
    known_.push_back(key);
    const auto* node = table_.get(key);
    if (!node && needed) wrong(table_, fmt::format("{} is missing", key));
    return node;
  }
  std::string text(std::string_view key, bool needed) {
    const auto* node = take(key, needed);
    if (!node) return {};
    const auto value = node->value_exact<std::string>();
    if (!value) wrong(*node, fmt::format("{}: must be text", key));
    return value.value_or("");
  }
  double number(std::string_view key, double low, double high, double otherwise, bool needed = false) {
    const auto* node = take(key, needed);
    if (!node) return otherwise;
    const auto value = node->is_number() ? node->value<double>() : std::nullopt;
    if (value && *value >= low && *value <= high) return *value;
    wrong(*node, fmt::format("{}: must be a number from {} to {}", key, low, high));
    return otherwise;
  }
  /// The model's instant of "17:05" on the evening's day.
  std::optional<Seconds> moment(std::string_view key, Seconds midnight, bool needed) {
    const std::string written = text(key, needed);
    if (written.empty()) return std::nullopt;
    const auto clock = clock_time(written);
    if (!clock) wrong(*table_.get(key), fmt::format("{}: must be a time like 17:05", key));
    return clock ? std::optional(midnight + *clock) : std::nullopt;
  }
  void wrong(const toml::node& node, std::string message) {
    if (!error_) error_ = fail(ErrorKind::invalid, fmt::format("{}:{}: {}", file_, node.source().begin.line, message));
  }

 private:
  const toml::table& table_;
  std::string_view file_;
  std::optional<Error>& error_;
  std::vector<std::string_view> known_;
};

Event read_event(const toml::table& from, std::string_view file, Seconds midnight, std::optional<Error>& error) {
  Table table(from, file, error);
  Event event{};
  const std::string word = table.text("what", true);
  const auto* known = std::ranges::find(kWords, word, [](const auto& pair) { return pair.first; });
  if (known != kWords.end()) {
    event.what = known->second;
  } else if (const auto* node = from.get("what")) {
    table.wrong(*node,
                fmt::format("what: \"{}\" cannot be made to happen; sim/evenings/README.md lists what can", word));
  }
  event.place = table.text("place", true);
  event.from = table.moment("at", midnight, true).value_or(midnight);
  event.until = table.moment("until", midnight, false).value_or(kMidnightNeverPassed);
  event.strength = table.number("strength", 0, 2000, 1);
  if (event.until <= event.from) table.wrong(from, "until: must be after at");
  return event;
}

}  // namespace

std::string_view word_of(Happening what) {
  return std::ranges::find(kWords, what, [](const auto& pair) { return pair.second; })->first;
}

std::optional<Seconds> clock_time(std::string_view text) {
  int hour = 0, minute = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, hour);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':' || end - first.ptr != 3) return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, minute);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  if (hour < 0 || hour > 47 || minute < 0 || minute > 59) return std::nullopt;
  return hour * kHour + minute * kMinute;
}

Result<Evening> parse_evening(std::string_view key, std::string_view text) {
  const std::string file = fmt::format("{}.toml", key);
  const auto parsed = toml::parse(text, file);
  if (!parsed)
    return fail(ErrorKind::invalid,
                fmt::format("{}:{}: {}", file, parsed.error().source().begin.line, parsed.error().description()));
  std::optional<Error> error;
  Evening evening;
  evening.key = key;
  {
    Table table(parsed.table(), file, error);
    if (const auto* names = table.take("name", true); names && names->is_table()) {
      Table name(*names->as_table(), file, error);
      evening.name = {name.text("kk", true), name.text("ru", true), name.text("en", true)};
    }
    const auto* date = table.take("date", true);
    const auto day = date ? date->value<toml::date>() : std::nullopt;
    if (date && !day) table.wrong(*date, "date: must be a date like 2026-01-17, without quotes");
    const auto instant =
        day ? parse_iso(fmt::format("{:04}-{:02}-{:02}T00:00:00Z", day->year, day->month, day->day)) : std::nullopt;
    const Seconds midnight = instant ? instant->seconds() - kTownOffset : 0;
    evening.midnight = midnight;
    evening.begin = table.moment("from", midnight, true).value_or(midnight);
    evening.end = table.moment("to", midnight, true).value_or(midnight + kDay);
    if (evening.end <= evening.begin) table.wrong(parsed.table(), "to: must be after from");
    if (const auto* weather = table.take("weather", false); weather && weather->is_table()) {
      Table pin(*weather->as_table(), file, error);
      evening.weather = WeatherPin{.at = pin.moment("at", midnight, true).value_or(midnight),
                                   .temperature = pin.number("temperature", -50, 45, -20, true),
                                   .wind = pin.number("wind", 0, 30, 1, true),
                                   .inversion = pin.number("inversion", 0, 1, 0.5, true),
                                   .hours = pin.number("hours", 1, 72, 16)};
    }
    if (const auto* events = table.take("event", false); events && events->is_array()) {
      for (const auto& node : *events->as_array()) {
        if (node.is_table()) evening.events.push_back(read_event(*node.as_table(), file, midnight, error));
      }
    }
  }
  if (error) return *error;
  return evening;
}

Result<Evening> find_evening(const std::string& asked) {
  if (asked.find('/') == std::string::npos && !asked.ends_with(".toml")) {
    std::string names;
    for (const EveningFile& own : own_evenings()) {
      if (own.key == asked) return parse_evening(own.key, own.text);
      names += fmt::format(" {}", own.key);
    }
    return fail(ErrorKind::not_found,
                fmt::format("no evening \"{}\"; there are{}, or name a file that ends in .toml", asked, names));
  }
  std::ifstream file(asked);
  if (!file) return fail(ErrorKind::not_found, fmt::format("{} cannot be read", asked));
  std::stringstream text;
  text << file.rdbuf();
  std::string key = asked.substr(asked.find_last_of('/') + 1);
  if (key.ends_with(".toml")) key.resize(key.size() - 5);
  return parse_evening(key, text.str());
}

}  // namespace qala::sim
