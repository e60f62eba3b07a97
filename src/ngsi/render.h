#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/entity.h"
#include "ngsi/options.h"

namespace qala::ngsi {

constexpr std::string_view kCoreContext = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld";

/// Writes an entity. `context`: the address of our own, for application/ld+json; empty: without.
void write_entity(JsonWriter& json, const Entity& entity, const std::vector<std::string>& attrs, Form form,
                  std::string_view context);
void write_context(JsonWriter& json, std::string_view context);

/// The values of one attribute over time, oldest first.
struct Course {
  std::string_view name;
  std::vector<Attribute> values;
};
void write_courses(JsonWriter& json, const Sketch& sketch, std::span<const Course> courses, Form form,
                   std::string_view context);

/// The document at /context.jsonld: the URIs of types and attributes, made of the table of models. An attribute that
/// two models have stands for the first at the top, and for each in what is beneath its type.
std::string context_document();

}  // namespace qala::ngsi
