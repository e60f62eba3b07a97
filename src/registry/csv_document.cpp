#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "base/utf8.h"
#include "registry/checks.h"
#include "registry/csv.h"
#include "registry/csv_columns.h"
#include "registry/document.h"

namespace qala::registry {

namespace {

/// A number as a spreadsheet writes it; `comma`: the decimal sign may be a comma.
std::optional<double> parse_number(std::string text, bool comma) {
  if (comma)
    if (const auto at = text.find(','); at != std::string::npos) text[at] = '.';
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// Rows become things; rows of one key belong together.
class Builder {
 public:
  Builder(std::string_view text, Problems& problems) : reader_(text), problems_(problems) {}

  Document build() {
    CsvRow row;
    if (!reader_.next(row)) {
      problems_.add(1, "", reader_.problem().empty() ? "the file is empty" : reader_.problem());
      return {};
    }
    if (!take_header(row)) return {};
    while (reader_.next(row)) take_row(row);
    if (!reader_.problem().empty()) problems_.add(reader_.line(), "", reader_.problem());
    return std::move(document_);
  }

 private:
  struct First {
    std::size_t thing = 0, line = 0;
    std::vector<std::string> cells = {};
  };

  bool take_header(const CsvRow& row) {
    at_.fill(kNowhere);
    for (std::size_t at = 0; at < row.cells.size(); at++) {
      std::string_view name = row.cells[at];
      while (name.starts_with(' ')) name.remove_prefix(1);
      while (name.ends_with(' ')) name.remove_suffix(1);
      const auto column = std::ranges::find(kColumnNames, name);
      if (name.empty()) continue;
      if (column == kColumnNames.end()) {
        problems_.add(row.line, utf8::is_valid(name) ? name.substr(0, 64) : "?", "is not a known column");
        continue;
      }
      std::size_t& place = at_[static_cast<std::size_t>(column - kColumnNames.begin())];
      if (place != kNowhere) problems_.add(row.line, name, "is there twice");
      place = at;
    }
    if (!has(Column::key)) problems_.add(row.line, "key", "is missing");
    if (has(Column::lon) != has(Column::lat)) problems_.add(row.line, "lon", "and lat come together");
    width_ = row.cells.size();
    return problems_.empty();
  }

  bool has(Column column) const { return at_[static_cast<std::size_t>(column)] != kNowhere; }
  std::string text(const CsvRow& row, Column column) const {
    return has(column) ? plain_cell(row.cells[at_[static_cast<std::size_t>(column)]]) : std::string();
  }
  std::optional<std::string> optional(const CsvRow& row, Column column) const {
    return has(column) ? std::optional(text(row, column)) : std::nullopt;
  }
  void problem(const CsvRow& row, Column column, std::string_view what) {
    problems_.add(row.line, kColumnNames[static_cast<std::size_t>(column)], what);
  }

  void take_row(CsvRow& row) {
    if (row.cells.size() != width_)
      return problems_.add(
          row.line, "",
          "has " + std::to_string(row.cells.size()) + " cells, the first line has " + std::to_string(width_));
    const std::string key = text(row, Column::key);
    if (key.empty()) return problem(row, Column::key, "is empty");
    const auto found = first_.find(key);
    if (found == first_.end()) {
      if (document_.things.size() == kMostThings) return problem(row, Column::key, "is one too many: 200000 at once");
      take_thing(row, key);
    } else if (!take_more(row, found->second)) {
      return;
    }
    take_zone(row);
    if (!text(row, Column::datastream).empty()) take_datastream(row, document_.things[first_[key].thing]);
  }

  void take_thing(const CsvRow& row, const std::string& key) {
    FileThing thing{.line = row.line, .key = key};
    thing.name = optional(row, Column::name);
    thing.description = optional(row, Column::description);
    thing.kind = optional(row, Column::kind);
    thing.zone = optional(row, Column::zone);
    thing.street = optional(row, Column::street);
    thing.owner = optional(row, Column::owner);
    thing.parent = optional(row, Column::parent);
    thing.gateway = optional(row, Column::gateway);
    thing.installed = optional(row, Column::installed);
    thing.calibrated = optional(row, Column::calibrated);
    thing.photo = optional(row, Column::photo);
    thing.properties = optional(row, Column::properties);
    thing.has_location = has(Column::lon);
    if (thing.has_location) take_location(row, thing);
    first_.emplace(key, First{.thing = document_.things.size(), .line = row.line, .cells = row.cells});
    document_.things.push_back(std::move(thing));
  }

  void take_location(const CsvRow& row, FileThing& thing) {
    const std::string lon = text(row, Column::lon), lat = text(row, Column::lat);
    if (lon.empty() && lat.empty()) return;
    const auto x = parse_number(lon, reader_.separator() != ','), y = parse_number(lat, reader_.separator() != ',');
    if (!x) problem(row, Column::lon, "is not a number");
    if (!y) problem(row, Column::lat, "is not a number");
    if (x && y) thing.location = Point{.lon = *x, .lat = *y};
  }

  /// A further row of a thing: what it says of the thing must be blank or the same as in the first.
  bool take_more(const CsvRow& row, const First& first) {
    if (text(row, Column::datastream).empty()) {
      problem(row, Column::key,
              "is on line " + std::to_string(first.line) + " already, and this line has no datastream");
      return false;
    }
    for (std::size_t column = 1; column < kFirstDatastreamColumn; column++) {
      if (at_[column] == kNowhere) continue;
      const std::string& cell = row.cells[at_[column]];
      if (!cell.empty() && cell != first.cells[at_[column]])
        problems_.add(row.line, kColumnNames[column], "differs from line " + std::to_string(first.line));
    }
    return true;
  }

  void take_zone(const CsvRow& row) {
    const std::string key = text(row, Column::zone);
    const LocalText name{.kk = text(row, Column::zone_name_kk),
                         .ru = text(row, Column::zone_name_ru),
                         .en = text(row, Column::zone_name_en)};
    if (key.empty() || name == LocalText{}) return;
    const auto [known, is_new] = zones_.emplace(key, document_.zones.size());
    if (is_new) document_.zones.push_back({.line = row.line, .key = key, .name = name});
    else if (document_.zones[known->second].name != name)
      problem(row, Column::zone, "has other names on line " + std::to_string(document_.zones[known->second].line));
  }

  void take_datastream(const CsvRow& row, FileThing& thing) {
    FileDatastream datastream{.line = row.line, .key = text(row, Column::datastream)};
    for (const auto& other : thing.datastreams)
      if (other.key == datastream.key) problem(row, Column::datastream, "is on line " + std::to_string(other.line));
    datastream.name = optional(row, Column::datastream_name);
    datastream.unit = optional(row, Column::unit);
    datastream.retention = optional(row, Column::retention);
    datastream.sensor = optional(row, Column::sensor);
    const std::string property = text(row, Column::property);
    if (!property.empty()) datastream.property = property == kNoProperty ? "" : property;
    if (has(Column::interval_s)) take_interval(row, datastream);
    take_sensor(row);
    take_property(row, property);
    thing.datastreams.push_back(std::move(datastream));
  }

  void take_interval(const CsvRow& row, FileDatastream& datastream) {
    const std::string cell = text(row, Column::interval_s);
    const auto seconds = cell.empty() ? std::optional(0.0) : parse_number(cell, reader_.separator() != ',');
    if (!seconds || *seconds < 0 || *seconds > 1e9)
      return problem(row, Column::interval_s, "is not a number of seconds");
    datastream.interval_ms = std::llround(*seconds * 1000);
  }

  void take_sensor(const CsvRow& row) {
    Sensor sensor{.name = text(row, Column::sensor),
                  .description = text(row, Column::sensor_description),
                  .metadata = text(row, Column::sensor_metadata)};
    if (sensor.name.empty() || (sensor.description.empty() && sensor.metadata.empty())) return;
    const auto [known, is_new] = sensors_.emplace(sensor.name, document_.sensors.size());
    if (is_new) document_.sensors.push_back({.line = row.line, .sensor = std::move(sensor)});
    else if (document_.sensors[known->second].sensor != sensor)
      problem(row, Column::sensor,
              "is described otherwise on line " + std::to_string(document_.sensors[known->second].line));
  }

  double number(const CsvRow& row, Column column, double fallback) {
    const std::string cell = text(row, column);
    if (cell.empty()) return fallback;
    const auto value = parse_number(cell, reader_.separator() != ',');
    if (!value || std::abs(*value) > 1e15) problem(row, column, "is not a number");
    return value.value_or(fallback);
  }

  void take_property(const CsvRow& row, const std::string& key) {
    ObservedProperty property{.key = key,
                              .name = {.kk = text(row, Column::property_name_kk),
                                       .ru = text(row, Column::property_name_ru),
                                       .en = text(row, Column::property_name_en)},
                              .definition = text(row, Column::property_definition),
                              .unit = text(row, Column::property_unit)};
    if (key.empty() || property.name == LocalText{}) return;
    property.decimals = static_cast<int>(std::clamp(number(row, Column::property_decimals, 1), -1.0, 100.0));
    property.plausible_min = number(row, Column::property_min, 0);
    property.plausible_max = number(row, Column::property_max, 0);
    const auto [known, is_new] = properties_.emplace(key, document_.properties.size());
    if (is_new) document_.properties.push_back({.line = row.line, .property = std::move(property)});
    else if (document_.properties[known->second].property != property)
      problem(row, Column::property,
              "is described otherwise on line " + std::to_string(document_.properties[known->second].line));
  }

  static constexpr std::size_t kNowhere = ~std::size_t{0};
  CsvReader reader_;
  Problems& problems_;
  Document document_;
  std::array<std::size_t, kColumns> at_{};
  std::size_t width_ = 0;
  std::unordered_map<std::string, First> first_;
  std::unordered_map<std::string, std::size_t> zones_, sensors_, properties_;
};

}  // namespace

Document parse_csv(std::string_view text, Problems& problems) {
  if (text.size() > kLongestFile) {
    problems.add(1, "", "the file is longer than 64 MB");
    return {};
  }
  return Builder(text, problems).build();
}

Result<ImportPlan> plan_csv(const Registry& registry, std::string_view text) {
  Problems problems;
  const Document document = parse_csv(text, problems);
  return plan_document(registry, document, std::move(problems));
}

Result<ImportReport> import_csv(Registry& registry, std::string_view text, const Actor& actor) {
  TRY(auto plan, plan_csv(registry, text));
  return carry_out(registry, std::move(plan), actor);
}

}  // namespace qala::registry
