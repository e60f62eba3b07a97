#include "sensorthings/render.h"

#include <algorithm>

#include "base/time.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

std::string percent_encoded(std::string_view text, bool path) {
  constexpr std::string_view kPlain = "-._~$()'*,;:@!/";
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || kPlain.find(c) != std::string_view::npos || (!path && c == '=')) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string next_link(std::string_view base, const std::vector<std::pair<std::string, std::string>>& options,
                      const Mark& end) {
  std::string out(base);
  char between = '?';
  for (const auto& [name, text] : options) {
    if (name == "$skip" || name == "$skiptoken") continue;
    out += between;
    out += percent_encoded(name, false) + "=" + percent_encoded(text, false);
    between = '&';
  }
  return out + between + "$skiptoken=" + write_mark(end);
}

Result<> Renderer::property(JsonWriter& json, const Ref& entity, int index, const Query& query) {
  const Property& what = info(entity.kind).properties[static_cast<std::size_t>(index)];
  const auto text = facts_.json(entity, index);
  if (!text) {
    if (what.shown_null) json.key(what.name).null();
    return {};
  }
  // $select=properties/floor: only what was asked for, in its place.
  std::vector<const Select*> parts;
  for (const Select& select : query.select) {
    if (select.what != Select::What::property || select.index != index) continue;
    if (select.inside.empty()) parts.clear();
    if (select.inside.empty()) break;
    parts.push_back(&select);
  }
  if (parts.empty()) {
    json.key(what.name).raw(*text);
    return {};
  }
  registry::JsonProblem problem;
  const Json tree = registry::parse_json(*text, problem);
  json.key(what.name).object();
  for (const Select* part : parts) {
    const Json* at = &tree;
    std::size_t opened = 0;
    for (std::size_t i = 0; at && i < part->inside.size(); i++)
      at = part->inside[i].index < 0 && at->kind == Json::Kind::object ? at->find(part->inside[i].member) : nullptr;
    if (!at) continue;
    for (std::size_t i = 0; i + 1 < part->inside.size(); i++, opened++) json.key(part->inside[i].member).object();
    json.key(part->inside.back().member).raw(json_text(*at));
    for (; opened > 0; opened--) json.end();
  }
  json.end();
  return {};
}

Result<> Renderer::entity(JsonWriter& json, const Ref& entity, const Query& query) {
  const KindInfo& of = info(entity.kind);
  const bool all = query.select.empty();
  if (++entities_ > kMostEntities)
    return fail(ErrorKind::invalid, "the answer would hold more than 100,000 entities: ask for less ($top, $expand)");
  json.object();
  std::string self;  // as JSON, but for its last quote: made once, there are many
  append_json_string(self, link(entity));
  self.pop_back();
  std::string key, value;
  if (all || query.selects(Select::What::self, 0)) json.key("@iot.selfLink").raw(value.assign(self).append(1, '"'));
  if (all || query.selects(Select::What::id, 0)) json.field("@iot.id", entity.id);
  for (int i = 0; i < static_cast<int>(of.properties.size()); i++)
    if (all || query.selects(Select::What::property, i)) TRY_VOID(property(json, entity, i, query));
  for (int i = 0; i < static_cast<int>(of.relations.size()); i++) {
    const auto found = std::ranges::find(query.expand, i, &Expand::relation);
    if (found != query.expand.end()) {
      TRY_VOID(expanded(json, entity, *found));
    } else if (links_ && (all || query.selects(Select::What::relation, i))) {
      const std::string_view name = of.relations[static_cast<std::size_t>(i)].name;
      json.key(key.assign(name).append("@iot.navigationLink"));
      json.raw(value.assign(self).append("/").append(name).append(1, '"'));
    }
  }
  json.end();
  return {};
}

Result<> Renderer::expanded(JsonWriter& json, const Ref& from, const Expand& expand) {
  const Relation& to = info(from.kind).relations[static_cast<std::size_t>(expand.relation)];
  const Query& query = expand.options[0];
  if (!to.many) {
    Ref target;
    TRY_VOID(facts_.follow(from, expand.relation, [&](const Ref& found) {
      target = found;
      return false;
    }));
    if (!target) return {};
    json.key(to.name);
    return entity(json, target, query);
  }
  Pager pager(facts_, evaluator_, limits_);
  TRY(const Page page, pager.find({to.to, from, expand.relation}, query));
  const std::string name(to.name);
  if (page.count) json.field(name + "@iot.count", *page.count);
  json.key(name).array();
  for (const Ref& member : page.members) TRY_VOID(entity(json, member, query));
  json.end();
  if (page.more) json.field(name + "@iot.nextLink", next_link(link(from) + "/" + name, query.texts, page.end));
  return {};
}

Result<std::string> Renderer::collection(const Page& page, const Query& query, const std::string& next) {
  std::string out;
  JsonWriter json(out);
  json.object();
  if (page.count) json.field("@iot.count", *page.count);
  if (!next.empty()) json.field("@iot.nextLink", next);
  json.key("value").array();
  for (const Ref& member : page.members) TRY_VOID(entity(json, member, query));
  json.end().end();
  return out;
}

std::string Renderer::references(const Page& page, const std::string& next) const {
  std::string out;
  JsonWriter json(out);
  json.object();
  if (page.count) json.field("@iot.count", *page.count);
  if (!next.empty()) json.field("@iot.nextLink", next);
  json.key("value").array();
  for (const Ref& member : page.members) json.object().field("@iot.selfLink", link(member)).end();
  json.end().end();
  return out;
}

Result<std::string> Renderer::data_array(const Page& page, const Query& query, const std::string& next) {
  const KindInfo& of = info(Kind::observation);
  std::vector<int> columns;  // -1: the id
  if (query.select.empty()) {
    columns = {-1, of.property("phenomenonTime"), of.property("resultTime"), of.property("result")};
  } else {
    for (const Select& select : query.select) {
      if (select.what == Select::What::id) columns.push_back(-1);
      if (select.what == Select::What::property) columns.push_back(select.index);
    }
  }
  std::vector<std::pair<std::uint32_t, std::vector<const Ref*>>> groups;
  std::map<std::uint32_t, std::size_t> group_of;
  for (const Ref& member : page.members) {
    const std::uint32_t stream = member.row->datastream.value;
    const auto [at, fresh] = group_of.try_emplace(stream, groups.size());
    if (fresh) groups.push_back({stream, {}});
    groups[at->second].second.push_back(&member);
  }
  std::string out;
  JsonWriter json(out);
  json.object();
  if (page.count) json.field("@iot.count", *page.count);
  if (!next.empty()) json.field("@iot.nextLink", next);
  json.key("value").array();
  for (const auto& [stream, members] : groups) {
    json.object().field("Datastream@iot.navigationLink", root_ + path_of(Kind::datastream, stream));
    json.key("components").array();
    for (const int column : columns)
      json.string(column < 0 ? "id" : of.properties[static_cast<std::size_t>(column)].name);
    json.end().field("dataArray@iot.count", members.size()).key("dataArray").array();
    for (const Ref* member : members) {
      json.array();
      for (const int column : columns) {
        if (column < 0) json.integer(static_cast<std::int64_t>(member->id));
        else if (const auto text = facts_.json(*member, column)) json.raw(*text);
        else json.null();
      }
      json.end();
    }
    json.end().end();
  }
  json.end().end();
  return out;
}

/// GeoJSON of where an entity is, or nothing.
std::string Renderer::geometry(const Ref& entity) const {
  const auto bare = [&](const std::optional<std::string>& text) -> std::string {
    if (!text) return {};
    registry::JsonProblem problem;
    const Json json = registry::parse_json(*text, problem);
    if (!geometry_of(json)) return {};
    const Json* type = json.find("type");
    const Json* inner = type && type->text == "Feature" ? json.find("geometry") : nullptr;
    return inner ? json_text(*inner) : *text;
  };
  switch (entity.kind) {
    case Kind::location: return bare(facts_.json(entity, info(Kind::location).property("location")));
    case Kind::feature: return bare(facts_.json(entity, info(Kind::feature).property("feature")));
    case Kind::datastream: return bare(facts_.json(entity, info(Kind::datastream).property("observedArea")));
    case Kind::thing:
    case Kind::historical_location: {
      const auto places = facts_.related(entity, info(entity.kind).relation("Locations"));
      return places.empty() ? std::string() : geometry({Kind::location, places[0], {}});
    }
    case Kind::observation: {
      const auto feature = facts_.feature_of(*entity.row);
      return feature == 0 ? std::string() : geometry({Kind::feature, feature, {}});
    }
    default: return {};
  }
}

Result<std::string> Renderer::geojson(const Page& page, const Query& query, const std::string& next) {
  std::string out;
  JsonWriter json(out);
  json.object().field("type", "FeatureCollection");
  if (page.count) json.field("@iot.count", *page.count);
  if (!next.empty()) json.field("@iot.nextLink", next);
  json.key("features").array();
  for (const Ref& member : page.members) {
    json.object().field("type", "Feature").field("id", member.id).key("geometry");
    const std::string shape = geometry(member);
    if (shape.empty()) json.null();
    else json.raw(shape);
    json.key("properties");
    TRY_VOID(entity(json, member, query));
    json.end();
  }
  json.end().end();
  return out;
}

namespace {

/// A field of RFC 4180, from JSON: texts without their quotes, everything else as it is.
void append_csv(std::string& out, const std::string& json) {
  std::string text = json;
  if (json.starts_with('"')) {
    registry::JsonProblem problem;
    text = registry::parse_json(json, problem).text;
  }
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

Result<std::string> Renderer::csv(const Page& page, const Query& query) {
  if (page.members.empty()) return std::string();
  const KindInfo& of = info(page.members[0].kind);
  struct Column {
    int relation;  ///< -1: of the entity itself
    int property;  ///< -1: the id
  };
  std::vector<Column> columns;
  const auto add = [&](int relation, const KindInfo& kind, const Query& options) {
    if (options.select.empty() || options.selects(Select::What::id, 0)) columns.push_back({relation, -1});
    for (int i = 0; i < static_cast<int>(kind.properties.size()); i++)
      if (options.select.empty() || options.selects(Select::What::property, i)) columns.push_back({relation, i});
  };
  add(-1, of, query);
  for (const Expand& expand : query.expand) {
    const Relation& to = of.relations[static_cast<std::size_t>(expand.relation)];
    if (!to.many) add(expand.relation, info(to.to), expand.options[0]);
  }
  std::string out;
  const auto kind_of = [&](const Column& column) -> const KindInfo& {
    return column.relation < 0 ? of : info(of.relations[static_cast<std::size_t>(column.relation)].to);
  };
  for (const Column& column : columns) {
    if (&column != columns.data()) out += ',';
    if (column.relation >= 0) out += std::string(of.relations[static_cast<std::size_t>(column.relation)].name) + "/";
    out += column.property < 0 ? "id" : kind_of(column).properties[static_cast<std::size_t>(column.property)].name;
  }
  out += "\r\n";
  for (const Ref& member : page.members) {
    for (const Column& column : columns) {
      if (&column != columns.data()) out += ',';
      Ref entity = member;
      if (column.relation >= 0) {
        entity = {};
        TRY_VOID(facts_.follow(member, column.relation, [&](const Ref& found) {
          entity = found;
          return false;
        }));
      }
      if (!entity) continue;
      if (column.property < 0) out += std::to_string(entity.id);
      else if (const auto text = facts_.json(entity, column.property)) append_csv(out, *text);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace qala::sensorthings
