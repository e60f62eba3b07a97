// From the registry to sketches: which thing is which entity, and what of it no reading changes.
#include "ngsi/town.h"

#include <algorithm>

namespace qala::ngsi {

using registry::Kind;
using registry::ObservedProperty;
using registry::Thing;
using View = registry::Registry::View;

namespace {

/// A datastream of the thing with what it observes.
struct Observing {
  const registry::Datastream* stream;
  const ObservedProperty* property;
};

std::vector<Observing> observing(const View& view, ThingId thing) {
  std::vector<Observing> out;
  for (const DatastreamId id : view.datastreams_of(thing)) {
    const auto* stream = view.datastream(id);
    if (stream) out.push_back({stream, view.property(stream->property)});
  }
  std::ranges::sort(out, {}, [](const Observing& one) { return one.stream->id; });
  return out;
}

/// Of several datastreams of one property: that with the property's own key, else the one that was there first.
const Observing* best(const std::vector<Observing>& all, std::string_view property) {
  const Observing* first = nullptr;
  for (const Observing& one : all) {
    if (!one.property || one.property->key != property) continue;
    if (one.stream->key == property) return &one;
    if (!first) first = &one;
  }
  return first;
}

const Observing* source_of(const std::vector<Observing>& all, const Measure& measure) {
  for (const auto property : measure.properties)
    if (const auto* found = property.empty() ? nullptr : best(all, property)) return found;
  return nullptr;
}

Source source(const Observing& from, const Measure* measure) {
  return {.measure = measure,
          .datastream = from.stream->id,
          .unit = from.stream->unit.empty() ? from.property->unit : from.stream->unit,
          .interval_ms = from.stream->interval_ms};
}

bool is_of(const Model& model, const Thing& thing, const std::vector<Observing>& all) {
  if (thing.kind == Kind::vehicle) return false;  // it is not where the registry says
  if (thing.kind == model.kind) return true;
  if (!model.observation && thing.kind != Kind::other) return false;
  return std::ranges::any_of(model.measures, [&](const Measure& m) { return m.defines && source_of(all, m); });
}

void know(Sketch& out, std::string_view name, Value value, Attribute::Kind kind = Attribute::Kind::property,
          std::string_view unit = {}) {
  out.known.push_back({.name = name, .kind = kind, .value = std::move(value), .unit = unit});
}

void know_fixed(Sketch& out, const std::string& properties) {
  if (properties.empty() || properties == "{}") return;
  registry::JsonProblem problem;
  const auto said = registry::parse_json(properties, problem);
  if (!problem.what.empty()) return;
  for (const Fixed& one : out.model->fixed) {
    const auto* member = said.find(one.name);
    auto value = member ? fixed(one, *member) : std::nullopt;
    if (!value) continue;
    const bool reference = one.kind == Fixed::Kind::reference;
    know(out, one.name, std::move(*value), reference ? Attribute::Kind::relationship : Attribute::Kind::property,
         one.unit);
  }
}

void know_thing(Sketch& out, const View& view, const Thing& thing, const std::string& town) {
  know(out, "location", Value::of_place(out.place), Attribute::Kind::geo);
  know(out, "name", Value::of_text(thing.name.empty() ? thing.key : thing.name));
  if (!thing.description.empty()) know(out, "description", Value::of_text(thing.description));
  Value address{.kind = Value::Kind::members};
  if (!thing.street.empty()) address.members.emplace_back("streetAddress", thing.street);
  address.members.emplace_back("addressLocality", town);
  know(out, "address", std::move(address));
  know(out, "dataProvider", Value::of_text(town));
  if (!out.model->observation) {
    if (const auto since = parse_iso(thing.installed)) know(out, "dateServiceStarted", Value::of_time(since->ns));
  }
  const auto* parent = view.thing(thing.parent);
  if (out.model->kind == Kind::lamp && parent && parent->kind == Kind::feeder)
    know(out, "circuit", Value::of_text(parent->key));
}

std::optional<Sketch> sketch_of(const View& view, const Thing& thing, const Model& model, const std::string& town) {
  if (!thing.location) return std::nullopt;  // the models want a place
  const auto all = observing(view, thing.id);
  if (!is_of(model, thing, all)) return std::nullopt;
  Sketch out{
      .model = &model, .thing = thing.id, .key = thing.key, .id = urn_of(model, thing.key), .place = *thing.location};
  for (const Measure& measure : model.measures) {
    const auto* from = source_of(all, measure);
    if (!from) continue;
    out.sources.push_back(source(*from, &measure));
  }
  for (const Observing& one : all) {
    out.all.push_back(one.stream->id);
    if (one.property && one.property->key == "door_open") out.lid.push_back(source(one, nullptr));
    if (one.property && one.property->key == "tilt") out.tilt.push_back(source(one, nullptr));
  }
  know_thing(out, view, thing, town);
  know_fixed(out, thing.properties);
  return out;
}

}  // namespace

std::vector<Sketch> sketches(const Town& town, std::span<const Model* const> models) {
  std::vector<Sketch> out;
  town.registry.read([&](const View& view) {
    for (const Model* model : models) {
      view.each_thing([&](const Thing& thing) {
        if (auto one = sketch_of(view, thing, *model, town.name)) out.push_back(std::move(*one));
      });
    }
  });
  return out;
}

std::optional<Sketch> sketch(const Town& town, const Model& model, std::string_view key) {
  std::optional<Sketch> out;
  town.registry.read([&](const View& view) {
    if (const auto* thing = view.thing(key)) out = sketch_of(view, *thing, model, town.name);
  });
  return out;
}

}  // namespace qala::ngsi
