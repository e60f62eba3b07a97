#include "sensorthings/telling.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/log.h"
#include "sensorthings/parser.h"
#include "sensorthings/render.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

using What = Resource::What;

namespace {

constexpr std::string_view kPrefix = "v1.1";

/// A topic taken apart.
struct Watch {
  std::string topic;
  Resource resource;
  Query query;
};

std::optional<Watch> watch_of(const std::string& topic, const TownFacts& facts) {
  const auto mark = topic.find('?');
  if (mark != std::string::npos && mark < kPrefix.size()) return std::nullopt;
  auto resource = find_resource(
      std::string_view(topic).substr(kPrefix.size(), mark == std::string::npos ? mark : mark - kPrefix.size()), facts);
  if (!resource || resource->what == What::root || resource->value || resource->reference) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> options;
  std::string_view rest = mark == std::string::npos ? std::string_view() : std::string_view(topic).substr(mark + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto equals = std::min(rest.find('='), end);
    options.emplace_back(rest.substr(0, equals),
                         rest.substr(std::min(equals + 1, end), end - std::min(equals + 1, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const Kind kind = resource->what == What::collection ? resource->collection.kind : resource->entity.kind;
  auto query = parse_query(options, kind, resource->what == What::collection);
  if (!query) return std::nullopt;
  return Watch{topic, std::move(*resource), std::move(*query)};
}

bool concerns(const Watch& watch, const Ref& entity, const TownFacts& facts) {
  const Resource& resource = watch.resource;
  if (resource.what != What::collection) return resource.entity.kind == entity.kind && resource.entity.id == entity.id;
  const Collection& collection = resource.collection;
  if (collection.kind != entity.kind) return false;
  if (!collection.of) return true;
  if (entity.kind == Kind::observation) {
    return collection.of.kind == Kind::datastream ? entity.row->datastream.value == collection.of.id
                                                  : facts.feature_of(*entity.row) == collection.of.id;
  }
  const auto members = facts.related(collection.of, collection.relation);
  return std::ranges::find(members, static_cast<std::uint32_t>(entity.id)) != members.end();
}

Result<Ref> entity_of(const Changed& changed, const TownFacts& facts) {
  if (changed.kind != Kind::observation || changed.id != 0) return facts.find(changed.kind, changed.id);
  TRY(const auto range, facts.town().store.range(changed.datastream, {changed.key, changed.key + 1}, 1, true));
  if (range.ids.empty()) return Ref();
  const Row row = row_of(range, 0, facts.town().book);
  return Ref{Kind::observation, row.id, std::make_shared<const Row>(row)};
}

/// What the subscribers of a topic are told of an entity; nothing if its filter leaves it out. The limits of an answer
/// hold for each message by itself.
Result<std::optional<std::string>> told(const Watch& watch, const Ref& entity, const TownFacts& facts, Instant now,
                                        std::string_view root) {
  Evaluator evaluator(facts, now);
  if (watch.query.filter) {
    TRY(const bool holds, evaluator.holds(*watch.query.filter, entity));
    if (!holds) return std::optional<std::string>();
  }
  std::string out;
  JsonWriter json(out);
  if (watch.resource.what == What::property) {
    const auto text = watch.resource.property < 0 ? std::nullopt : facts.json(entity, watch.resource.property);
    json.object().key(watch.resource.name).raw(text.value_or("null")).end();
  } else {
    Renderer renderer(facts, evaluator, root, Limits{});
    renderer.leave_out_links();
    TRY_VOID(renderer.entity(json, entity, watch.query));
  }
  return std::optional(std::move(out));
}

}  // namespace

std::vector<Message> messages_for(const Town& town, Instant now, std::string_view root,
                                  const std::vector<std::string>& topics, const std::vector<Changed>& changes) {
  const TownFacts facts(town);
  std::vector<Watch> watches;
  for (const std::string& topic : topics)
    if (auto watch = watch_of(topic, facts)) watches.push_back(std::move(*watch));
  std::vector<Message> out;
  std::size_t left_out = 0;
  std::string why;
  const auto miss = [&](const Error& error) {
    left_out++;
    why = error.message;
  };
  for (const Changed& changed : changes) {
    const auto entity = entity_of(changed, facts);
    if (!entity && entity.error().kind != ErrorKind::not_found) miss(entity.error());
    if (!entity || !*entity) continue;
    for (const Watch& watch : watches) {
      if (!concerns(watch, *entity, facts)) continue;
      auto payload = told(watch, *entity, facts, now, root);
      if (!payload) miss(payload.error());
      else if (*payload) out.push_back({watch.topic, std::move(**payload)});
    }
  }
  if (left_out != 0)
    log::warn("SensorThings subscribers are not told of everything", {{"left_out", left_out}, {"what", why}});
  return out;
}

}  // namespace qala::sensorthings
