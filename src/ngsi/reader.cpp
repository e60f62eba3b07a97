#include "ngsi/reader.h"

#include <algorithm>

#include "ngsi/match.h"
#include "ngsi/negotiate.h"
#include "ngsi/render.h"

namespace qala::ngsi {

namespace {

std::unexpected<Refusal> no(Problem problem, std::string detail, unsigned status = 0) {
  return std::unexpected(Refusal{.problem = problem, .detail = std::move(detail), .status = status});
}
std::unexpected<Refusal> no(const Error& error) { return std::unexpected(refusal_of(error)); }

std::string own_context(const Ask& ask) { return ask.root + "/context.jsonld"; }

/// The body's type; in plain JSON the context is told by a header.
Answer begun(const Ask& ask, bool ld) {
  Answer out;
  if (ld) {
    out.type = "application/ld+json";
    return out;
  }
  out.headers.emplace_back(
      "Link", "<" + own_context(ask) + ">; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"");
  return out;
}

std::string in_body(const Ask& ask, bool ld) { return ld ? own_context(ask) : std::string(); }

constexpr std::string_view kPlain = "-._~:,;()";  // in a query

/// A link to another page of the same question.
std::string page_link(const Ask& ask, std::uint64_t offset, std::string_view rel, bool ld) {
  std::string target = ask.root + ask.path + "?";
  for (const auto& [name, text] : ask.options)
    if (name != "offset") target += percent_encoded(name, kPlain) + "=" + percent_encoded(text, kPlain) + "&";
  return "<" + target + "offset=" + std::to_string(offset) + ">; rel=\"" + std::string(rel) +
         "\"; type=\"application/" + (ld ? "ld+json" : "json") + "\"";
}

bool is_wanted(const EntityOptions& options, const Sketch& sketch) {
  if (!options.ids.empty()) {
    const bool named = std::ranges::any_of(
        options.ids, [&](const std::string& id) { return id == sketch.id || key_in(*sketch.model, id) == sketch.key; });
    if (!named) return false;
  }
  if (!options.id_pattern.empty() && !options.id_pattern[0].found_in(sketch.id)) return false;
  return !options.area || options.area->holds(sketch.place);
}

/// ETSI GS CIM 009, 5.7.2.4: who asks for attributes gets entities that have at least one of them.
bool has_any(const Entity& entity, const std::vector<std::string>& attrs) {
  return attrs.empty() ||
         std::ranges::any_of(entity.attributes, [&](const Attribute& a) { return is_asked(attrs, a.name); });
}

struct Named {
  const Model* model = nullptr;
  Sketch sketch = {};
};

std::expected<Named, Refusal> named(const Town& town, std::string_view id) {
  for (const Model& model : models()) {
    const auto key = key_in(model, id);
    if (!key) continue;
    auto found = sketch(town, model, *key);
    if (!found) {  // a transport may have decoded a % that was the key's own
      constexpr std::size_t kHead = std::string_view("urn:ngsi-ld:").size();
      found = sketch(town, model, id.substr(kHead + model.type.size() + 1));
    }
    if (found) return Named{&model, std::move(*found)};
    return no(Problem::not_found, "there is no " + std::string(model.type) + " \"" + std::string(id) +
                                      "\"; /ngsi-ld/v1/entities?type=" + std::string(model.type) + " lists them");
  }
  if (!id.contains(':'))
    return no(Problem::bad_request_data,
              "\"" + std::string(id) + "\" is no URI; entities are called urn:ngsi-ld:TYPE:KEY");
  return no(Problem::not_found,
            "\"" + std::string(id) +
                "\" is not called as entities here are: urn:ngsi-ld:TYPE:KEY, with a TYPE of /ngsi-ld/v1/types");
}

std::vector<const Model*> all_models() {
  std::vector<const Model*> out;
  for (const Model& model : models()) out.push_back(&model);
  return out;
}

/// Reads the values of one attribute in the window, oldest first; with `last` only so many of the newest.
class CourseReader {
 public:
  CourseReader(const readings::ReadingStore& store, const TemporalOptions& options)
      : store_(store), options_(options) {}

  std::expected<Course, Refusal> read(const Source& source) {
    Course out{.name = source.measure->name, .values = {}};
    const std::size_t most = options_.last.value_or(kMostValues);
    const bool back = options_.last.has_value();
    readings::Window left = options_.window;
    while (left.from < left.to) {
      const auto piece = store_.range(source.datastream, left, std::min<std::size_t>(most + 1, 4096), false, back);
      if (!piece) return no(piece.error());
      damaged_ += piece->damaged.size();
      for (const auto& row : piece->batch.rows) {
        add(source, row, out);
        if (back && out.values.size() == most) break;
        if (out.values.size() > most)
          return no(Problem::too_many_results, "there are more than 10,000 values of \"" + std::string(out.name) +
                                                   "\": ask for less time (timerel, timeAt, endTimeAt) or for lastN");
      }
      if (!piece->more || piece->batch.rows.empty() || (back && out.values.size() == most)) break;
      if (back) left.to = piece->batch.rows.back().time;
      else left.from = piece->batch.rows.back().time + 1;
    }
    if (back) std::ranges::reverse(out.values);
    return out;
  }
  std::size_t damaged() const { return damaged_; }

 private:
  static void add(const Source& source, const readings::Observation& row, Course& out) {
    if (is_suspect(row.flags)) return;
    auto value = measured(source.measure->quantity, source.unit, source.interval_ms, row.type, row.scale, row.bits);
    if (value)
      out.values.push_back(
          {.name = out.name, .value = std::move(value->value), .unit = value->unit, .observed = row.time});
  }

  const readings::ReadingStore& store_;
  const TemporalOptions& options_;
  std::size_t damaged_ = 0;
};

constexpr std::string_view kNotDone[] = {"subscriptions",
                                         "csourceRegistrations",
                                         "csourceSubscriptions",
                                         "entityOperations",
                                         "jsonldContexts",
                                         "attributes",
                                         "entityMaps",
                                         "snapshots",
                                         "info"};
bool is_not_done(std::string_view path) {
  return path == "/temporal/entities" || path.starts_with("/temporal/entityOperations") ||
         std::ranges::any_of(kNotDone, [path](std::string_view name) {
           return path.substr(std::min<std::size_t>(1, path.size())).starts_with(name);
         });
}

std::string_view below(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && path.size() > prefix.size() ? path.substr(prefix.size()) : std::string_view();
}

bool is_read(std::string_view path) {
  return path == "/entities" || path == "/types" || !below(path, "/entities/").empty() ||
         !below(path, "/types/").empty() || !below(path, "/temporal/entities/").empty();
}

}  // namespace

Answer Reader::get(const Ask& ask) const {
  const std::string_view path = ask.path;
  if (path == "/context.jsonld") {
    if (const auto none = no_options(ask); !none) return refuse(refusal_of(none.error()));
    return {.type = "application/ld+json", .body = context_document()};
  }
  const auto ld = wants_ld(ask.accept);
  if (!ld)
    return refuse({.problem = Problem::invalid_request,
                   .detail = "Accept: application/json and application/ld+json are told here",
                   .status = 406});
  if (!is_known_context(ask.link, own_context(ask)))
    return refuse({.problem = Problem::no_context,
                   .detail = "Link: contexts are not fetched here; leave it out, or name " + own_context(ask) +
                             " or one of the Smart Data Models"});
  Outcome out =
      no(Problem::not_found, "nothing is at /ngsi-ld/v1" + ask.path +
                                 "; there are /entities, /temporal/entities/{id}, /types and /context.jsonld");
  if (path == "/entities") out = entities(ask, *ld);
  else if (const auto id = below(path, "/entities/"); !id.empty()) out = entity(ask, id, *ld);
  else if (const auto past = below(path, "/temporal/entities/"); !past.empty()) out = temporal(ask, past, *ld);
  else if (path == "/types") out = types(ask, *ld);
  else if (const auto name = below(path, "/types/"); !name.empty()) out = type(ask, name, *ld);
  else if (is_not_done(path))
    out = no(Problem::not_supported,
             "/ngsi-ld/v1" + ask.path + " is not done here; /entities, /temporal/entities/{id} and /types are");
  return out ? std::move(*out) : refuse(out.error());
}

Answer Reader::refuse_writing(const Ask& ask) {
  constexpr std::string_view kWay =
      "; NGSI-LD reads here, and SensorThings (/v1.1) is the way in: things, datastreams and observations are made "
      "there";
  if (is_read(ask.path) || ask.path == "/context.jsonld") {
    auto out = refuse({.problem = Problem::not_supported,
                       .detail = "nothing is written at /ngsi-ld/v1" + ask.path + std::string(kWay),
                       .status = 405});
    out.headers.emplace_back("Allow", "GET, HEAD");
    return out;
  }
  if (is_not_done(ask.path))
    return refuse({.problem = Problem::not_supported,
                   .detail = "/ngsi-ld/v1" + ask.path + " is not done here" + std::string(kWay)});
  return refuse({.problem = Problem::not_found, .detail = "nothing is at /ngsi-ld/v1" + ask.path + std::string(kWay)});
}

std::vector<Entity> Reader::told(std::span<const Model* const> models) const {
  std::vector<Entity> out;
  for (auto& one : make(town_, sketches(town_, models)))
    if (one.entity) out.push_back(std::move(*one.entity));
  return out;
}

Reader::Outcome Reader::entities(const Ask& ask, bool ld) const {
  const auto options = entity_options(ask);
  if (!options) return no(options.error());
  auto all = sketches(town_, options->models);
  std::erase_if(all, [&](const Sketch& sketch) { return !is_wanted(*options, sketch); });
  std::uint64_t found = 0;
  Answer out = begun(ask, ld);
  JsonWriter json(out.body);
  json.array();
  for (const auto& one : make(town_, all)) {
    if (!one.entity || !has_any(*one.entity, options->attrs)) continue;
    if (options->query && !fits(*options->query, *one.entity)) continue;
    const std::uint64_t index = found++;
    if (index >= options->offset && index - options->offset < options->limit)
      write_entity(json, *one.entity, options->attrs, options->form, in_body(ask, ld));
  }
  json.end();
  if (options->count) out.headers.emplace_back("NGSILD-Results-Count", std::to_string(found));
  if (options->limit > 0 && options->offset > 0)
    out.headers.emplace_back("Link",
                             page_link(ask, options->offset - std::min(options->offset, options->limit), "prev", ld));
  if (options->limit > 0 && found > options->offset && found - options->offset > options->limit)
    out.headers.emplace_back("Link", page_link(ask, options->offset + options->limit, "next", ld));
  return out;
}

Reader::Outcome Reader::entity(const Ask& ask, std::string_view id, bool ld) const {
  const auto options = one_options(ask);
  if (!options) return no(options.error());
  const auto found = named(town_, id);
  if (!found) return std::unexpected(found.error());
  const auto made = make(town_, std::span(&found->sketch, 1));
  if (!made[0].entity) {
    const auto heard =
        made[0].heard == 0 ? "it was never heard of" : "its newest reading is of " + to_iso(Instant{made[0].heard});
    return no(Problem::not_found, "\"" + found->sketch.id + "\" has nothing to tell of now: " + heard +
                                      "; /ngsi-ld/v1/temporal/entities/" + percent_encoded(found->sketch.id, kPlain) +
                                      " has its past");
  }
  if (!has_any(*made[0].entity, options->attrs))
    return no(Problem::not_found, "\"" + found->sketch.id + "\" has none of the attributes that attrs names just now");
  Answer out = begun(ask, ld);
  JsonWriter json(out.body);
  write_entity(json, *made[0].entity, options->attrs, options->form, in_body(ask, ld));
  return out;
}

Reader::Outcome Reader::temporal(const Ask& ask, std::string_view id, bool ld) const {
  const auto options = temporal_options(ask);
  if (!options) return no(options.error());
  const auto found = named(town_, id);
  if (!found) return std::unexpected(found.error());
  CourseReader reader(town_.store, *options);
  std::vector<Course> courses;
  for (const Source& source : found->sketch.sources) {
    if (!is_asked(options->attrs, source.measure->name)) continue;
    auto course = reader.read(source);
    if (!course) return std::unexpected(course.error());
    courses.push_back(std::move(*course));
  }
  if (courses.empty() && !options->attrs.empty())
    return no(Problem::not_found,
              "nothing measures any of the attributes that attrs names at \"" + found->sketch.id + "\"");
  Answer out = begun(ask, ld);
  if (reader.damaged() > 0)
    out.headers.emplace_back("NGSILD-Warning", "199 - \"some stored values cannot be read and are left out\"");
  JsonWriter json(out.body);
  write_courses(json, found->sketch, courses, options->form, in_body(ask, ld));
  return out;
}

Reader::Outcome Reader::types(const Ask& ask, bool ld) const {
  const auto details = type_options(ask);
  if (!details) return no(details.error());
  const auto all = told(all_models());
  const auto is_there = [&](const Model& model) { return std::ranges::find(all, &model, &Entity::model) != all.end(); };
  Answer out = begun(ask, ld);
  JsonWriter json(out.body);
  if (*details) {
    json.array();
    for (const Model& model : models()) {
      if (!is_there(model)) continue;
      json.object().field("id", uri_of(model, model.type)).field("type", "EntityType").field("typeName", model.type);
      json.key("attributeNames").array();
      for (const auto name : attributes_of(model))
        if (std::ranges::any_of(all, [&](const Entity& e) { return e.model == &model && e.find(name); }))
          json.string(name);
      json.end();
      write_context(json, in_body(ask, ld));
      json.end();
    }
    json.end();
    return out;
  }
  json.object().field("id", "urn:ngsi-ld:EntityTypeList:qala").field("type", "EntityTypeList").key("typeList").array();
  for (const Model& model : models())
    if (is_there(model)) json.string(model.type);
  json.end();
  write_context(json, in_body(ask, ld));
  json.end();
  return out;
}

Reader::Outcome Reader::type(const Ask& ask, std::string_view name, bool ld) const {
  if (const auto none = type_options(ask); !none) return no(none.error());
  const Model* model = model_of(name);
  const Model* const only[] = {model};
  const auto all = model ? told(only) : std::vector<Entity>();
  if (all.empty())
    return no(Problem::not_found,
              "there is no entity of type \"" + std::string(name) + "\"; /ngsi-ld/v1/types names the types");
  Answer out = begun(ask, ld);
  JsonWriter json(out.body);
  json.object().field("id", uri_of(*model, model->type)).field("type", "EntityTypeInfo").field("typeName", model->type);
  json.field("entityCount", all.size()).key("attributeDetails").array();
  for (const auto attribute : attributes_of(*model)) {
    const Attribute* seen = nullptr;
    for (const Entity& entity : all)
      if (const auto* one = entity.find(attribute)) seen = one;
    if (!seen) continue;
    const char* kind = seen->kind == Attribute::Kind::geo            ? "GeoProperty"
                       : seen->kind == Attribute::Kind::relationship ? "Relationship"
                                                                     : "Property";
    json.object().field("id", uri_of(*model, attribute)).field("type", "Attribute").field("attributeName", attribute);
    json.key("attributeTypes").array().string(kind).end().end();
  }
  json.end();
  write_context(json, in_body(ask, ld));
  json.end();
  return out;
}

}  // namespace qala::ngsi
