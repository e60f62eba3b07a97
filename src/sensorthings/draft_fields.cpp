// From a client's JSON into the fields of entities, with what the registry asks of them.
#include <algorithm>

#include "sensorthings/draft.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

namespace {

Error missing(std::string_view name) { return fail(ErrorKind::invalid, "\"" + std::string(name) + "\" is missing"); }
Error wrong(std::string_view name, std::string_view wanted) {
  return fail(ErrorKind::invalid, "\"" + std::string(name) + "\" must be " + std::string(wanted));
}

/// Takes a text. Not given: kept, or an error if the whole entity should be here.
Result<> take_text(const Json& body, std::string_view name, bool whole, std::string& into) {
  const Json* value = body.find(name);
  if (!value) return whole ? Result<>(missing(name)) : Result<>();
  if (value->kind != Json::Kind::string) return wrong(name, "a text");
  into = value->text;
  return {};
}

/// Takes any JSON that must be there.
Result<> take_json(const Json& body, std::string_view name, bool whole, std::string& into) {
  const Json* value = body.find(name);
  if (!value) return whole ? Result<>(missing(name)) : Result<>();
  if (value->kind == Json::Kind::null) return wrong(name, "given");
  into = json_text(*value);
  return {};
}

/// Takes an object that may be missing or null.
Result<> take_properties(const Json& body, bool whole, std::string& into) {
  const Json* value = body.find("properties");
  if (!value && !whole) return {};
  if (!value || value->kind == Json::Kind::null) return into.clear(), Result<>();
  if (value->kind != Json::Kind::object) return wrong("properties", "an object");
  into = json_text(*value);
  return {};
}

void put(Extra& extra, const std::string& name, const std::string& value) {
  if (value.empty()) extra.erase(name);
  else extra[name] = value;
}

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// Shapes are checked where the encoding says GeoJSON.
Result<> check_shape(std::string_view name, std::string_view encoding, const std::string& json) {
  const bool geojson = encoding == "application/geo+json" || encoding == "application/vnd.geo+json";
  registry::JsonProblem problem;
  if (geojson && !geometry_of(registry::parse_json(json, problem)))
    return wrong(name, "a GeoJSON geometry or Feature, as its encodingType says");
  return {};
}

}  // namespace

Result<> Draft::fill(registry::Thing& thing, const Json& body, bool whole) const {
  TRY_VOID(take_text(body, "name", whole, thing.name));
  TRY_VOID(take_text(body, "description", whole, thing.description));
  if (thing.properties == "{}") thing.properties.clear();
  return take_properties(body, whole, thing.properties);
}

Result<> Draft::fill(registry::Datastream& stream, Extra& extra, const Json& body, bool whole) const {
  TRY_VOID(take_text(body, "name", whole, stream.name));
  std::string text;
  for (const char* name : {"description", "observationType"}) {
    text.clear();
    TRY_VOID(take_text(body, name, whole, text));
    if (body.find(name)) extra[name] = in_quotes(text);
  }
  TRY_VOID(take_json(body, "unitOfMeasurement", whole, text = ""));
  if (const Json* unit = body.find("unitOfMeasurement")) {
    if (unit->kind != Json::Kind::object) return wrong("unitOfMeasurement", "an object");
    extra["unitOfMeasurement"] = json_text(*unit);
    const Json* symbol = unit->find("symbol");
    stream.unit = symbol && symbol->kind == Json::Kind::string && symbol->text.size() <= 64 ? symbol->text : "";
  }
  text = extra.contains("properties") ? extra["properties"] : "";
  TRY_VOID(take_properties(body, whole, text));
  put(extra, "properties", text);
  return {};
}

Result<> Draft::fill(registry::Sensor& sensor, Extra& extra, const Json& body, bool whole) const {
  TRY_VOID(take_text(body, "description", whole, sensor.description));
  std::string text;
  TRY_VOID(take_text(body, "encodingType", whole, text));
  if (body.find("encodingType")) extra["encodingType"] = in_quotes(text);
  text.clear();
  TRY_VOID(take_json(body, "metadata", whole, text));
  if (const Json* metadata = body.find("metadata")) {
    const bool plain = metadata->kind == Json::Kind::string && metadata->text.size() <= 4096;
    sensor.metadata = plain ? metadata->text : "";
    put(extra, "metadata", plain ? "" : text);
  }
  text = extra.contains("properties") ? extra["properties"] : "";
  TRY_VOID(take_properties(body, whole, text));
  put(extra, "properties", text);
  std::string name = extra.contains("name") ? "" : sensor.name;
  TRY_VOID(take_text(body, "name", whole, name));
  if (!body.find("name")) return {};
  if (name.empty()) return wrong("name", "a text that is not empty");
  // The registry's names are unique.
  const std::string before = sensor.name;
  sensor.name = free_key(name, [&](const std::string& key) {
    bool taken = std::ranges::any_of(changes.sensors, [&](const registry::Sensor& other) {
      return other.name == key && (!sensor.id || other.id != sensor.id) && &other != &sensor;
    });
    facts_.town().registry.read([&](const registry::Registry::View& view) {
      const auto* other = view.sensor(key);
      taken = taken || (other && other->id != sensor.id);
    });
    return taken;
  });
  put(extra, "name", sensor.name == name ? "" : in_quotes(name));
  put(extra, "registry", sensor.name == name ? "" : sensor.name);
  return {};
}

Result<> Draft::fill(registry::ObservedProperty& property, Extra& extra, const Json& body, bool whole) const {
  std::string name = property.name.en;
  TRY_VOID(take_text(body, "name", whole, name));
  if (body.find("name")) {
    if (name.empty()) return wrong("name", "a text that is not empty");
    property.name = {name, name, name};
  }
  TRY_VOID(take_text(body, "definition", whole, property.definition));
  std::string text;
  TRY_VOID(take_text(body, "description", whole, text));
  if (body.find("description")) extra["description"] = in_quotes(text);
  text = extra.contains("properties") ? extra["properties"] : "";
  TRY_VOID(take_properties(body, whole, text));
  put(extra, "properties", text);
  return {};
}

Result<> Draft::fill(Location& location, const Json& body, bool whole) const {
  TRY_VOID(take_text(body, "name", whole, location.name));
  TRY_VOID(take_text(body, "description", whole, location.description));
  TRY_VOID(take_text(body, "encodingType", whole, location.encoding));
  TRY_VOID(take_json(body, "location", whole, location.location));
  TRY_VOID(take_properties(body, whole, location.properties));
  return check_shape("location", location.encoding, location.location);
}

Result<> Draft::fill(Feature& feature, const Json& body, bool whole) const {
  TRY_VOID(take_text(body, "name", whole, feature.name));
  TRY_VOID(take_text(body, "description", whole, feature.description));
  TRY_VOID(take_text(body, "encodingType", whole, feature.encoding));
  TRY_VOID(take_json(body, "feature", whole, feature.feature));
  TRY_VOID(take_properties(body, whole, feature.properties));
  return check_shape("feature", feature.encoding, feature.feature);
}

Result<Row> Draft::row_of_body(const Json& body, const Row& before, bool whole) const {
  Row row = before;
  const auto time_of = [&](std::string_view name) -> Result<std::optional<Value>> {
    const Json* value = body.find(name);
    if (!value || value->kind == Json::Kind::null) return std::optional<Value>();
    auto time = value->kind == Json::Kind::string ? parse_time(value->text) : std::nullopt;
    if (!time) return wrong(name, "a time such as 2024-01-01T00:00:00Z, or an interval of two with a slash between");
    return time;
  };
  const bool has_time = body.find("phenomenonTime") != nullptr;
  TRY(const auto phenomenon, time_of("phenomenonTime"));
  if (phenomenon) {
    row.from = phenomenon->from;
    row.to = phenomenon->type == Value::Type::interval ? std::optional(phenomenon->to) : std::nullopt;
  } else if (whole || has_time) {
    row.from = Instant::from_ms(now_.ms()).ns;
    row.to.reset();
  }
  if (whole || body.find("resultTime")) {
    TRY(const auto time, time_of("resultTime"));
    if (time && time->type != Value::Type::instant) return wrong("resultTime", "an instant");
    row.result_time = time ? std::optional(time->from) : std::nullopt;
  }
  if (whole || body.find("validTime")) {
    TRY(const auto time, time_of("validTime"));
    if (time && time->type != Value::Type::interval) return wrong("validTime", "an interval");
    row.valid_from = time ? std::optional(time->from) : std::nullopt;
    row.valid_to = time ? time->to : 0;
  }
  const Json* result = body.find("result");
  if (!result && whole) return missing("result");
  if (result) set_result(*result, row);
  const Json* quality = body.find("resultQuality");
  if (whole || quality) row.quality = quality && quality->kind != Json::Kind::null ? json_text(*quality) : "";
  const Json* parameters = body.find("parameters");
  if (parameters && parameters->kind != Json::Kind::null && parameters->kind != Json::Kind::object)
    return wrong("parameters", "an object");
  if (whole || parameters)
    row.parameters = parameters && parameters->kind != Json::Kind::null ? json_text(*parameters) : "";
  if (row.text.size() >= (1u << 24) || row.parameters.size() + row.quality.size() >= (1u << 23))
    return fail(ErrorKind::invalid, "the observation is larger than 8 MB");
  return row;
}

std::string Draft::free_key(std::string_view name, const std::function<bool(const std::string&)>& taken) const {
  std::string base;
  for (const char c : name) base += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  // At most what a key may have, cut between characters.
  if (base.size() > 110) {
    std::size_t end = 110;
    while (end > 0 && (static_cast<unsigned char>(base[end]) & 0xc0) == 0x80) end--;
    base.resize(end);
  }
  while (base.ends_with(' ')) base.pop_back();
  while (base.starts_with(' ')) base.erase(0, 1);
  if (base.empty() || base == "none") base = "unnamed";
  std::string key = base;
  // After some tries a number nobody has had: thousands may have one name.
  for (std::uint64_t n = 2; taken(key); n++)
    key = base + " (" + std::to_string(n < 16 ? n : static_cast<std::uint64_t>(now_.ns / 1000) + n) + ")";
  return key;
}

}  // namespace qala::sensorthings
