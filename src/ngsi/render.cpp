#include "ngsi/render.h"

#include <algorithm>
#include <map>

namespace qala::ngsi {

namespace {

/// Terms that the core context has, or JSON-LD.
constexpr std::string_view kCore[] = {"location", "description"};

void write_attribute(JsonWriter& json, const Attribute& attribute) {
  json.object();
  switch (attribute.kind) {
    case Attribute::Kind::relationship: json.field("type", "Relationship").key("object"); break;
    case Attribute::Kind::geo: json.field("type", "GeoProperty").key("value"); break;
    case Attribute::Kind::property: json.field("type", "Property").key("value"); break;
  }
  write(json, attribute.value, true);
  if (!attribute.unit.empty()) json.field("unitCode", attribute.unit);
  if (attribute.observed) json.key("observedAt").time(Instant{*attribute.observed});
  json.end();
}

void write_head(JsonWriter& json, std::string_view id, const Model& model) {
  json.object().field("id", id).field("type", model.type);
}

}  // namespace

void write_context(JsonWriter& json, std::string_view context) {
  if (!context.empty()) json.key("@context").array().string(context).string(kCoreContext).end();
}

void write_entity(JsonWriter& json, const Entity& entity, const std::vector<std::string>& attrs, Form form,
                  std::string_view context) {
  write_head(json, entity.id, *entity.model);
  for (const Attribute& attribute : entity.attributes) {
    if (!is_asked(attrs, attribute.name)) continue;
    json.key(attribute.name);
    if (form == Form::key_values) write(json, attribute.value, false);
    else write_attribute(json, attribute);
  }
  write_context(json, context);
  json.end();
}

void write_courses(JsonWriter& json, const Sketch& sketch, std::span<const Course> courses, Form form,
                   std::string_view context) {
  write_head(json, sketch.id, *sketch.model);
  for (const Course& course : courses) {
    json.key(course.name);
    if (form == Form::normalized) {
      json.array();
      for (const Attribute& one : course.values) write_attribute(json, one);
      json.end();
      continue;
    }
    json.object().field("type", "Property").key("values").array();
    for (const Attribute& one : course.values) {
      json.array();
      write(json, one.value, false);
      json.time(Instant{one.observed.value_or(0)}).end();
    }
    json.end().end();
  }
  write_context(json, context);
  json.end();
}

std::string context_document() {
  std::map<std::string_view, std::string> top;
  const auto is_core = [](std::string_view name) { return std::ranges::find(kCore, name) != std::end(kCore); };
  for (const Model& model : models())
    for (const auto name : attributes_of(model))
      if (!is_core(name)) top.try_emplace(name, uri_of(model, name));
  const auto write_term = [](JsonWriter& json, std::string_view name, const std::string& uri) {
    const bool reference = name.starts_with("ref");
    if (reference) json.key(name).object().field("@id", uri).field("@type", "@id").end();
    else json.field(name, uri);
  };
  std::string out;
  JsonWriter json(out);
  json.object().key("@context").array().object();
  for (const Model& model : models()) {
    json.key(model.type).object().field("@id", uri_of(model, model.type)).key("@context").object();
    for (const auto name : attributes_of(model))
      if (!is_core(name) && top[name] != uri_of(model, name)) write_term(json, name, uri_of(model, name));
    json.end().end();
  }
  for (const auto& [name, uri] : top) write_term(json, name, uri);
  json.field("streetAddress", "https://schema.org/streetAddress")
      .field("addressLocality", "https://schema.org/addressLocality");
  json.end().string(kCoreContext).end().end();
  return out;
}

}  // namespace qala::ngsi
