#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include "base/json_writer.h"
#include "registry/document.h"
#include "registry/json_tree.h"

namespace qala::registry {

namespace {

/// One object of the file: takes its members by name, and tells of those that nobody took.
class Members {
 public:
  Members(const JsonValue& value, std::string_view what, Problems& problems)
      : object_(value), is_object_(value.kind == JsonValue::Kind::object), problems_(problems) {
    if (!is_object_) problems_.add(value.line, what, "is not an object");
  }

  const JsonValue* find(std::string_view name) {
    taken_.insert(name);
    return object_.find(name);
  }
  /// Text; null is blank.
  std::optional<std::string> text(std::string_view name) {
    const JsonValue* value = find(name);
    if (!value) return std::nullopt;
    if (value->kind == JsonValue::Kind::null) return std::string();
    if (value->kind == JsonValue::Kind::string) return value->text;
    problems_.add(value->line, name, "is not text");
    return std::nullopt;
  }
  std::optional<double> number(std::string_view name) {
    const JsonValue* value = find(name);
    if (!value || value->kind == JsonValue::Kind::null) return std::nullopt;
    if (const auto number = number_of(*value)) return number;
    problems_.add(value->line, name, "is not a number");
    return std::nullopt;
  }
  const std::vector<JsonValue>* array(std::string_view name) {
    const JsonValue* value = find(name);
    if (!value || value->kind == JsonValue::Kind::null) return nullptr;
    if (value->kind == JsonValue::Kind::array) return &value->items;
    problems_.add(value->line, name, "is not a list");
    return nullptr;
  }
  LocalText names() {
    const JsonValue* value = find("name");
    if (!value) return {};
    Members name(*value, "name", problems_);
    return {.kk = name.text("kk").value_or(""), .ru = name.text("ru").value_or(""), .en = name.text("en").value_or("")};
  }
  void refuse_others() {
    for (const auto& [name, member] : object_.members)
      if (!taken_.contains(name)) problems_.add(member.line, std::string_view(name).substr(0, 64), "is not known");
  }
  std::size_t line() const { return object_.line; }
  explicit operator bool() const { return is_object_; }

  static std::optional<double> number_of(const JsonValue& value) {
    if (value.kind != JsonValue::Kind::number) return std::nullopt;
    double number = 0;
    const auto [end, ec] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
    return ec != std::errc() || !std::isfinite(number) ? std::nullopt : std::optional(number);
  }

 private:
  const JsonValue& object_;
  bool is_object_;
  Problems& problems_;
  std::unordered_set<std::string_view> taken_;
};

class Builder {
 public:
  explicit Builder(Problems& problems) : problems_(problems) {}

  Document build(const JsonValue& root) {
    Members members(root, "file", problems_);
    if (members.text("type") != "FeatureCollection") problems_.add(1, "type", "is not FeatureCollection");
    const std::vector<JsonValue>* features = members.array("features");
    if (!features || !problems_.empty()) {
      if (!features) problems_.add(1, "features", "is missing");
      return {};
    }
    take_named(members);
    for (const auto& feature : *features) take_feature(feature);
    return std::move(document_);
  }

 private:
  void take_named(Members& root) {
    if (const auto* zones = root.array("zones"))
      for (const auto& value : *zones) {
        Members zone(value, "zones", problems_);
        document_.zones.push_back({.line = value.line, .key = zone.text("key").value_or(""), .name = zone.names()});
      }
    if (const auto* sensors = root.array("sensors"))
      for (const auto& value : *sensors) {
        Members sensor(value, "sensors", problems_);
        document_.sensors.push_back({.line = value.line,
                                     .sensor = {.name = sensor.text("name").value_or(""),
                                                .description = sensor.text("description").value_or(""),
                                                .metadata = sensor.text("metadata").value_or("")}});
      }
    if (const auto* properties = root.array("observed_properties"))
      for (const auto& value : *properties) take_property(value);
  }

  void take_property(const JsonValue& value) {
    Members members(value, "observed_properties", problems_);
    ObservedProperty property{.key = members.text("key").value_or(""),
                              .name = members.names(),
                              .definition = members.text("definition").value_or(""),
                              .unit = members.text("unit").value_or("")};
    property.decimals = static_cast<int>(std::clamp(members.number("decimals").value_or(1), -1.0, 100.0));
    property.plausible_min = members.number("min").value_or(0);
    property.plausible_max = members.number("max").value_or(0);
    document_.properties.push_back({.line = value.line, .property = std::move(property)});
  }

  void take_feature(const JsonValue& value) {
    const std::size_t line = value.line;
    if (document_.things.size() == kMostThings) return problems_.add(line, "features", "are more than 200000");
    Members feature(value, "feature", problems_);
    if (!feature) return;
    if (feature.text("type") != "Feature") problems_.add(line, "type", "is not Feature");
    const JsonValue* properties = feature.find("properties");
    if (!properties) return problems_.add(line, "properties", "is missing");
    FileThing thing{.line = line};
    take_geometry(feature, thing);
    Members members(*properties, "properties", problems_);
    take_texts(members, thing);
    if (const auto* datastreams = members.array("datastreams"))
      for (const auto& datastream : *datastreams) take_datastream(datastream, thing);
    members.refuse_others();
    if (thing.key.empty()) return problems_.add(line, "key", "is empty");
    if (!keys_.insert(thing.key).second) return problems_.add(line, "key", "is there twice");
    document_.things.push_back(std::move(thing));
  }

  void take_texts(Members& members, FileThing& thing) {
    thing.key = members.text("key").value_or("");
    thing.name = members.text("name");
    thing.description = members.text("description");
    thing.kind = members.text("kind");
    thing.zone = members.text("zone");
    thing.street = members.text("street");
    thing.owner = members.text("owner");
    thing.parent = members.text("parent");
    thing.gateway = members.text("gateway");
    thing.installed = members.text("installed");
    thing.calibrated = members.text("calibrated");
    thing.photo = members.text("photo");
    const JsonValue* properties = members.find("properties");
    if (!properties) return;
    std::string text;
    JsonWriter writer(text);
    write_json(writer, *properties);
    thing.properties = properties->kind == JsonValue::Kind::null ? std::string() : std::move(text);
  }

  void take_geometry(Members& feature, FileThing& thing) {
    const JsonValue* geometry = feature.find("geometry");
    if (!geometry) return;
    thing.has_location = true;
    if (geometry->kind == JsonValue::Kind::null) return;
    Members members(*geometry, "geometry", problems_);
    if (!members) return;
    if (members.text("type") != "Point") return problems_.add(thing.line, "geometry", "is not a Point");
    const std::vector<JsonValue>* coordinates = members.array("coordinates");
    if (!coordinates || coordinates->size() < 2 || coordinates->size() > 3)
      return problems_.add(thing.line, "coordinates", "are not [lon, lat]");
    const auto lon = Members::number_of((*coordinates)[0]), lat = Members::number_of((*coordinates)[1]);
    if (!lon || !lat) return problems_.add(thing.line, "coordinates", "are not numbers");
    thing.location = Point{.lon = *lon, .lat = *lat};
  }

  void take_datastream(const JsonValue& value, FileThing& thing) {
    Members members(value, "datastreams", problems_);
    if (!members) return;
    FileDatastream datastream{.line = value.line, .key = members.text("key").value_or("")};
    datastream.name = members.text("name");
    datastream.unit = members.text("unit");
    datastream.property = members.text("property");
    datastream.sensor = members.text("sensor");
    datastream.retention = members.text("retention");
    if (const auto interval = members.number("interval_ms")) {
      if (*interval < 0 || *interval > 1e12 || *interval != std::floor(*interval))
        problems_.add(value.line, "interval_ms", "is not a whole number of milliseconds");
      else datastream.interval_ms = static_cast<std::int64_t>(*interval);
    }
    members.refuse_others();
    for (const auto& other : thing.datastreams)
      if (other.key == datastream.key)
        problems_.add(value.line, "datastreams", "has the key \"" + other.key + "\" twice");
    thing.datastreams.push_back(std::move(datastream));
  }

  Problems& problems_;
  Document document_;
  std::unordered_set<std::string> keys_;
};

}  // namespace

Document parse_geojson(std::string_view text, Problems& problems) {
  if (text.size() > kLongestFile) {
    problems.add(1, "", "the file is longer than 64 MB");
    return {};
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  JsonProblem problem;
  const JsonValue root = parse_json(text, problem);
  if (problem.what.empty()) return Builder(problems).build(root);
  problems.add(problem.line, std::to_string(problem.column), "is not JSON: " + problem.what);
  return {};
}

Result<ImportPlan> plan_geojson(const Registry& registry, std::string_view text) {
  Problems problems;
  const Document document = parse_geojson(text, problems);
  return plan_document(registry, document, std::move(problems));
}

Result<ImportReport> import_geojson(Registry& registry, std::string_view text, const Actor& actor) {
  TRY(auto plan, plan_geojson(registry, text));
  return carry_out(registry, std::move(plan), actor);
}

}  // namespace qala::registry
