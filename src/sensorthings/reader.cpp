#include "sensorthings/reader.h"

#include "base/json_writer.h"
#include "sensorthings/parser.h"
#include "sensorthings/render.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

using What = Resource::What;

namespace {

/// What we pass, as the names of OGC 18-088's requirements.
constexpr std::string_view kConformance[] = {
    "datamodel",
    "datamodel/entity-control-information/common-control-information",
    "datamodel/thing/properties",
    "datamodel/thing/relations",
    "datamodel/location/properties",
    "datamodel/location/relations",
    "datamodel/historical-location/properties",
    "datamodel/historical-location/relations",
    "datamodel/datastream/properties",
    "datamodel/datastream/relations",
    "datamodel/sensor/properties",
    "datamodel/sensor/relations",
    "datamodel/observed-property/properties",
    "datamodel/observed-property/relations",
    "datamodel/observation/properties",
    "datamodel/observation/relations",
    "datamodel/feature-of-interest/properties",
    "datamodel/feature-of-interest/relations",
    "resource-path/resource-path-to-entities",
    "request-data",
    "request-data/order",
    "request-data/status-code",
    "request-data/query-status-code",
    "request-data/expand",
    "request-data/select",
    "request-data/orderby",
    "request-data/top",
    "request-data/skip",
    "request-data/count",
    "request-data/filter",
    "request-data/built-in-filter-operations",
    "request-data/built-in-query-functions",
    "request-data/pagination",
    "create-update-delete",
    "create-update-delete/create-entity",
    "create-update-delete/link-to-existing-entities",
    "create-update-delete/deep-insert",
    "create-update-delete/deep-insert-status-code",
    "create-update-delete/update-entity",
    "create-update-delete/update-entity-put",
    "create-update-delete/update-entity-jsonpatch",
    "create-update-delete/delete-entity",
    "create-update-delete/historical-location-auto-creation",
    "create-update-delete/historical-location-manual-creation",
    "batch-request/batch-request",
    "data-array/data-array",
};
constexpr std::string_view kMqtt[] = {"create-observations-via-mqtt/observations-creation",
                                      "receive-updates-via-mqtt/receive-updates"};

Result<Answer> property(const Resource& resource, const TownFacts& facts, const Ask& ask) {
  std::string text;
  if (resource.property == -1) text = std::to_string(resource.entity.id);
  else if (resource.property == -2)
    append_json_string(text, ask.root + path_of(resource.entity.kind, resource.entity.id));
  else text = facts.json(resource.entity, resource.property).value_or("null");
  registry::JsonProblem problem;
  const Json tree = registry::parse_json(text, problem);
  const Json* at = &tree;
  for (const Inside& step : resource.inside) {
    const Json* next = nullptr;
    if (step.index < 0 && at->kind == Json::Kind::object) next = at->find(step.member);
    if (step.index >= 0 && at->kind == Json::Kind::array && static_cast<std::size_t>(step.index) < at->items.size())
      next = &at->items[static_cast<std::size_t>(step.index)];
    if (!next) return fail(ErrorKind::not_found, "there is no \"" + resource.name + "\" here");
    at = next;
  }
  Answer answer;
  if (at->kind == Json::Kind::null) return answer.status = 204, answer.body.clear(), answer;
  if (resource.value) {
    answer.type = "text/plain; charset=utf-8";
    answer.body = at->kind == Json::Kind::string ? at->text : json_text(*at);
    return answer;
  }
  JsonWriter json(answer.body);
  json.object().key(resource.name).raw(json_text(*at)).end();
  return answer;
}

}  // namespace

Answer Reader::root(const Ask& ask) const {
  Answer answer;
  JsonWriter json(answer.body);
  json.object().key("value").array();
  for (const KindInfo& kind : kinds())
    json.object().field("name", kind.set).field("url", ask.root + "/" + std::string(kind.set)).end();
  json.end().key("serverSettings").object().key("conformance").array();
  constexpr std::string_view kPrefix = "http://www.opengis.net/spec/iot_sensing/1.1/req/";
  for (const std::string_view one : kConformance) json.string(std::string(kPrefix) + std::string(one));
  if (!endpoints_.mqtt.empty())
    for (const std::string_view one : kMqtt) json.string(std::string(kPrefix) + std::string(one));
  json.end();
  if (!endpoints_.mqtt.empty()) {
    for (const std::string_view one : kMqtt) {
      json.key(std::string(kPrefix) + std::string(one)).object().key("endpoints").array();
      for (const std::string& endpoint : endpoints_.mqtt) json.string(endpoint);
      json.end().end();
    }
  }
  json.end().end();
  return answer;
}

Result<Answer> Reader::answer(const Ask& ask) const {
  const TownFacts facts(town_);
  TRY(const Resource resource, find_resource(ask.path, facts));
  if (resource.what == What::root) return root(ask);
  if (resource.what == What::property) {
    for (const auto& [name, text] : ask.options)
      if (name.starts_with('$')) return fail(ErrorKind::invalid, name + " is not for a property");
    return property(resource, facts, ask);
  }
  const bool many = resource.what == What::collection;
  TRY(const Query query, parse_query(ask.options, many ? resource.collection.kind : resource.entity.kind, many));
  Evaluator evaluator(facts, clock_.now());
  Renderer renderer(facts, evaluator, ask.root, limits_);
  Answer out;
  Page page;
  if (many) {
    Pager pager(facts, evaluator, limits_);
    TRY(page, pager.find(resource.collection, query));
  } else {
    page.members.push_back(resource.entity);
    if (resource.reference) {
      JsonWriter json(out.body);
      json.object().field("@iot.selfLink", ask.root + path_of(resource.entity.kind, resource.entity.id)).end();
      return out;
    }
  }
  const std::string next =
      page.more ? next_link(ask.root + percent_encoded(ask.path, true), ask.options, page.end) : std::string();
  if (query.format == Format::geojson) {
    out.type = "application/geo+json";
    TRY(out.body, renderer.geojson(page, query, next));
    return out;
  }
  if (query.format == Format::csv) {
    out.type = "text/csv; charset=utf-8";
    TRY(out.body, renderer.csv(page, query));
    out.next = next;
    return out;
  }
  if (!many) {
    JsonWriter json(out.body);
    TRY_VOID(renderer.entity(json, resource.entity, query));
    return out;
  }
  if (resource.reference) {
    out.body = renderer.references(page, next);
  } else if (query.format == Format::data_array) {
    TRY(out.body, renderer.data_array(page, query, next));
  } else {
    TRY(out.body, renderer.collection(page, query, next));
  }
  return out;
}

Answer Reader::get(const Ask& ask) const {
  auto out = answer(ask);
  return out ? std::move(*out) : refuse(out.error());
}

Result<std::string> Reader::entity(const Ref& entity, std::string_view root, const Query& query) const {
  const TownFacts facts(town_);
  Evaluator evaluator(facts, clock_.now());
  Renderer renderer(facts, evaluator, root, limits_);
  std::string out;
  JsonWriter json(out);
  TRY_VOID(renderer.entity(json, entity, query));
  return out;
}

}  // namespace qala::sensorthings
