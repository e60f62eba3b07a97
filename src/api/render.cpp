#include "api/render.h"

#include "registry/csv.h"
#include "registry/editing.h"

namespace qala::api {

void optional_ms(JsonWriter& json, std::string_view name, const std::optional<Instant>& at) {
  json.key(name);
  if (at) json.integer(at->ms());
  else json.null();
}

using readings::ValueType;

void render_text(JsonWriter& out, const registry::LocalText& text) {
  out.object().field("kk", text.kk).field("ru", text.ru).field("en", text.en).end();
}

void render_ms(JsonWriter& out, std::int64_t ns) {
  if (ns % 1'000'000 == 0) out.integer(ns / 1'000'000);
  else out.decimal(ns, 6);
}

void render_value(JsonWriter& out, ValueType type, std::int8_t scale, std::int64_t bits, std::string_view text) {
  switch (type) {
    case ValueType::decimal: out.decimal(bits, scale); break;
    case ValueType::integer: out.integer(bits); break;
    case ValueType::boolean: out.boolean(bits != 0); break;
    case ValueType::real: out.number(readings::as_number(type, scale, bits)); break;
    case ValueType::text: out.string(text); break;
    case ValueType::json: out.raw(text); break;
  }
}

void append_csv_value(std::string& out, const readings::Batch& batch, const readings::Observation& row) {
  if (row.type >= ValueType::text) return registry::append_cell(out, batch.text_of(row.bits));
  std::string value;
  JsonWriter json(value);
  render_value(json, row.type, row.scale, row.bits, {});
  out += value;
}

void render_latest(JsonWriter& out, std::span<const readings::Latest> values) {
  out.array();
  for (const auto& value : values) {
    out.array().integer(value.datastream.value);
    render_ms(out, value.time);
    render_value(out, value.type, value.scale, value.bits, value.text);
    out.integer(value.flags).end();
  }
  out.end();
}

namespace {

void optional_id(JsonWriter& out, std::string_view name, std::uint32_t id) {
  if (id != 0) out.field(name, id);
}

void optional_text(JsonWriter& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.field(name, text);
}

void render_datastream(JsonWriter& out, const registry::Registry::View& view, const registry::Datastream& stream,
                       bool whole) {
  out.object().field("id", stream.id.value).field("key", stream.key).field("name", stream.name);
  optional_id(out, "property", stream.property.value);
  const auto* property = view.property(stream.property);
  const std::string& unit = stream.unit.empty() && property ? property->unit : stream.unit;
  out.field("unit", unit).field("interval_ms", stream.interval_ms);
  if (property) out.field("decimals", property->decimals);
  if (whole) out.field("retention", stream.retention).field("own_unit", stream.unit);
  out.end();
}

}  // namespace

void render_thing(JsonWriter& out, const registry::Registry::View& view, const registry::Thing& thing, bool whole) {
  out.object().field("id", thing.id.value).field("key", thing.key).field("name", thing.name);
  out.field("kind", registry::name_of(thing.kind));
  optional_id(out, "zone", thing.zone);
  optional_text(out, "street", thing.street);
  optional_text(out, "owner", thing.owner);
  optional_id(out, "parent", thing.parent.value);
  optional_id(out, "gateway", thing.gateway.value);
  if (thing.location) out.field("lon", thing.location->lon).field("lat", thing.location->lat);
  optional_text(out, "installed", thing.installed);
  optional_text(out, "calibrated", thing.calibrated);
  optional_text(out, "photo", thing.photo);
  if (whole) {
    out.field("version", registry::version_of(view, thing));
    out.field("description", thing.description);
    out.key("properties").raw(thing.properties.empty() ? "{}" : thing.properties);
    out.key("children").array();
    for (const auto child : view.children_of(thing.id)) out.integer(child.value);
    out.end();
  }
  out.key("datastreams").array();
  for (const auto id : view.datastreams_of(thing.id)) {
    if (const auto* stream = view.datastream(id)) render_datastream(out, view, *stream, whole);
  }
  out.end().end();
}

}  // namespace qala::api
