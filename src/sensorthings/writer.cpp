#include "sensorthings/writer.h"

#include <algorithm>

#include "base/json_writer.h"
#include "sensorthings/removal.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

using registry::kNewHere;
using What = Resource::What;

Result<Json> parse_body(std::string_view text) {
  registry::JsonProblem problem;
  Json json = registry::parse_json(text, problem);
  if (!problem.what.empty()) {
    return fail(ErrorKind::invalid, "the body is not JSON: line " + std::to_string(problem.line) + ", column " +
                                        std::to_string(problem.column) + ": " + problem.what);
  }
  return json;
}

Error not_allowed(std::string_view what) {
  return fail(ErrorKind::denied,
              std::string(what) + " needs the role engineer for the whole town, or a token of scope admin");
}

Answer Writer::run(const Ask& ask) {
  auto out = answer(ask);
  return out ? std::move(*out) : refuse(out.error());
}

Result<Answer> Writer::answer(const Ask& ask) {
  const TownFacts facts(town_);
  TRY(const Resource resource, find_resource(ask.path, facts));
  if (resource.reference) return references(ask, resource, facts);
  if (ask.method == "POST") return create(ask, resource, facts);
  if (ask.method == "DELETE") {
    Removal removal(*this, ask);
    return run_at_once(removal);
  }
  return change(ask, resource, facts);
}

Result<Answer> Writer::create(const Ask& ask, const Resource& resource, const TownFacts& facts) {
  if (resource.what != What::collection) return refuse(405, "new entities are posted to a collection");
  const bool observation = resource.collection.kind == Kind::observation;
  if (observation ? !ask.may_observe && !ask.may_edit : !ask.may_edit) return not_allowed("creating entities");
  TRY(const Json body, parse_body(ask.body));
  Draft draft(facts, rooms_.book, rooms_.clock.now());
  Draft::Parent parent;
  if (resource.collection.of)
    parent = {resource.collection.of.kind, static_cast<std::uint32_t>(resource.collection.of.id),
              resource.collection.relation};
  TRY(std::uint32_t id, draft.make(resource.collection.kind, body, parent));
  if (observation && !ask.may_edit &&
      !(draft.changes.things.empty() && draft.changes.datastreams.empty() && draft.changes.sensors.empty() &&
        draft.changes.properties.empty()))
    return not_allowed("creating more than an observation");
  // A location posted to a HistoricalLocation and the like is linked inside make(); observations know their datastream.
  std::vector<Stored> stored;
  TRY_VOID(commit(draft, ask));
  TRY_VOID(commit_observations(draft, ask, stored));
  std::uint64_t final_id = id;
  bool fresh = true;
  if (observation) {
    if (stored[id].id == 0) return std::move(stored[id].problem);
    final_id = stored[id].id;
    fresh = stored[id].fresh;
  } else if (id & kNewHere) {
    const std::size_t index = id & ~kNewHere;
    switch (resource.collection.kind) {
      case Kind::thing: final_id = draft.changes.things[index].id.value; break;
      case Kind::datastream: final_id = draft.changes.datastreams[index].id.value; break;
      case Kind::sensor: final_id = draft.changes.sensors[index].id.value; break;
      default: final_id = draft.changes.properties[index].id.value;
    }
  }
  Answer answer;
  answer.status = 201;
  const std::string path = path_of(resource.collection.kind, final_id);
  answer.location = ask.root + path;
  if (fresh) answer.made.push_back(path);
  return answer;
}

/// What the registry does not record itself. In the transaction of the change.
Result<> Writer::record(const Edits& edits, const registry::Actor& actor) {
  const auto note = [&](Kind kind, std::uint32_t id, std::string_view what) {
    return rooms_.audit.record(actor, what, path_of(kind, id).substr(1), "{}").context("recording in the audit chain");
  };
  for (const auto& one : edits.locations) TRY_VOID(note(Kind::location, one.id, "location.changed"));
  for (const auto& one : edits.historical)
    TRY_VOID(note(Kind::historical_location, one.id, "historical_location.changed"));
  for (const auto& one : edits.features) TRY_VOID(note(Kind::feature, one.id, "feature.changed"));
  for (const auto& [kind, id] : edits.gone) {
    if (kind == Kind::location) TRY_VOID(note(kind, id, "location.removed"));
    if (kind == Kind::historical_location) TRY_VOID(note(kind, id, "historical_location.removed"));
    if (kind == Kind::feature) TRY_VOID(note(kind, id, "feature.removed"));
  }
  return {};
}

Result<> Writer::commit(Draft& draft, const Ask& ask) {
  const auto& new_ones = draft.changes;
  if (draft.edits.empty() && draft.removals.empty() && new_ones.things.empty() && new_ones.datastreams.empty() &&
      new_ones.sensors.empty() && new_ones.properties.empty())
    return {};
  Edits edits = draft.edits;
  const auto resolve = [](std::uint32_t& id, const auto& list) {
    if (id & kNewHere) id = list[id & ~kNewHere].id.value;
  };
  const auto also = [&](const registry::Changes& made) -> Result<> {
    for (auto& [thing, places] : edits.places) resolve(thing, made.things);
    for (Historical& historical : edits.historical) resolve(historical.thing, made.things);
    for (auto& [whose, extra] : edits.extras) {
      if (whose.first == Kind::datastream) resolve(whose.second, made.datastreams);
      if (whose.first == Kind::sensor) resolve(whose.second, made.sensors);
      if (whose.first == Kind::observed_property) resolve(whose.second, made.properties);
    }
    TRY_VOID(record(edits, ask.actor));
    return rooms_.book.write(edits);
  };
  for (const ThingId thing : draft.removals.things)
    if (rooms_.before_removal) TRY_VOID(rooms_.before_removal(thing, ask.actor));
  TRY_VOID(rooms_.registry.put_and_remove(draft.changes, draft.removals, also, ask.actor));
  rooms_.book.apply(edits);
  for (DraftObservation& one : draft.observations) {
    std::uint32_t stream = one.row.datastream.value;
    resolve(stream, draft.changes.datastreams);
    one.row.datastream = DatastreamId(stream);
  }
  for (const auto& thing : draft.changes.things) tell(Kind::thing, thing.id.value);
  for (const auto& sensor : draft.changes.sensors) tell(Kind::sensor, sensor.id.value);
  for (const auto& property : draft.changes.properties) tell(Kind::observed_property, property.id.value);
  for (const auto& stream : draft.changes.datastreams) tell(Kind::datastream, stream.id.value);
  for (const auto& location : edits.locations) tell(Kind::location, location.id);
  for (const auto& historical : edits.historical) tell(Kind::historical_location, historical.id);
  for (const auto& feature : edits.features) tell(Kind::feature, feature.id);
  return {};
}

Result<> Writer::commit_observations(Draft& draft, const Ask& ask, std::vector<Stored>& stored) {
  if (draft.observations.empty()) return {};
  const TownFacts facts(town_);
  std::vector<Row> rows;
  for (DraftObservation& one : draft.observations) {
    one.row.feature = one.given_feature;
    // That of the thing's place is not written down, unless the place was another at that time.
    if (one.given_feature == 0 && facts.feature_of(one.row) != one.default_feature)
      one.row.feature = one.default_feature;
    rows.push_back(one.row);
  }
  stored = store_rows(std::move(rows), ask.source);
  const auto bad = std::ranges::find(stored, 0u, &Stored::id);
  const auto& made = draft.changes;
  const bool alone = made.things.empty() && made.datastreams.empty() && made.sensors.empty() && made.properties.empty();
  if (bad == stored.end() || alone) return {};
  // All or nothing: the entities that were to hold them go again.
  registry::Removals undo;
  Edits gone;
  for (const auto& stream : draft.changes.datastreams) undo.datastreams.push_back(stream.id);
  for (const auto& thing : draft.changes.things) undo.things.push_back(thing.id);
  for (const auto& sensor : draft.changes.sensors) undo.sensors.push_back(sensor.id);
  for (const auto& property : draft.changes.properties) undo.properties.push_back(property.id);
  gone.gone = draft.made;
  registry::Changes none;
  const auto also = [&](const registry::Changes&) { return rooms_.book.write(gone); };
  TRY_VOID(rooms_.registry.put_and_remove(none, undo, also, ask.actor));
  rooms_.book.apply(gone);
  return std::move(bad->problem);
}

Result<Answer> Writer::change(const Ask& ask, const Resource& resource, const TownFacts& facts) {
  if (resource.what != What::entity) return refuse(405, "only entities are changed");
  if (!ask.may_edit) return not_allowed("changing entities");
  TRY(Json body, parse_body(ask.body));
  const Ref& entity = resource.entity;
  bool whole = ask.method == "PUT";
  if (ask.content_type.starts_with("application/json-patch+json")) {
    // The document that a client sees, changed and put back.
    Json document = json_object();
    const KindInfo& of = info(entity.kind);
    for (int i = 0; i < static_cast<int>(of.properties.size()); i++) {
      const Property& property = of.properties[static_cast<std::size_t>(i)];
      if (property.ours) continue;
      const auto text = facts.json(entity, i);
      if (!text) continue;
      TRY(Json value, parse_body(*text));
      document.members.push_back({std::string(property.name), std::move(value)});
    }
    TRY_VOID(apply_json_patch(body, document));
    body = std::move(document);
    whole = true;
  } else if (body.kind != Json::Kind::object) {
    return fail(ErrorKind::invalid, "a JSON object is expected");
  }
  if (entity.kind == Kind::observation) {
    TRY_VOID(change_observation(body, *entity.row, whole, facts, ask));
    tell(Kind::observation, entity.id);
  } else {
    Draft draft(facts, rooms_.book, rooms_.clock.now());
    TRY_VOID(draft.change(entity.kind, static_cast<std::uint32_t>(entity.id), body, whole));
    TRY_VOID(commit(draft, ask));
  }
  Answer answer;
  answer.location = ask.root + path_of(entity.kind, entity.id);
  return answer;
}

/// The store has no way to change a reading and keep its id: the new one is put beside, the book says that it is the
/// old one, the old one goes. A kill between leaves both; recover() takes the old one away.
Result<> Writer::change_observation(const Json& body, const Row& before, bool whole, const TownFacts& facts,
                                    const Ask& ask) {
  const Draft draft(facts, rooms_.book, rooms_.clock.now());
  Json with_time = body;
  if (whole && !body.find("phenomenonTime"))
    with_time.members.push_back({"phenomenonTime", json_string(time_text(before.from, before.to))});
  TRY(Row row, draft.row_of_body(with_time, before, whole));
  if (const Json* stream = body.find("Datastream")) {
    TRY(const auto id, draft.linked(*stream, Kind::datastream));
    if (!id) return fail(ErrorKind::invalid, "\"Datastream\": only a link such as {\"@iot.id\":1} here");
    row.datastream = DatastreamId(static_cast<std::uint32_t>(*id));
    row.feature = facts.feature_of(before);
  }
  if (const Json* feature = body.find("FeatureOfInterest")) {
    TRY(const auto id, draft.linked(*feature, Kind::feature));
    if (!id) return fail(ErrorKind::invalid, "\"FeatureOfInterest\": only a link such as {\"@iot.id\":1} here");
    row.feature = static_cast<std::uint32_t>(*id);
  }
  // Its own place counts as taken while the old one is there, so the new one lies elsewhere.
  const std::uint64_t id = before.id;
  row.id = 0;
  Row fresh = row;
  fresh.key = 0;
  auto stored = store_rows({fresh}, ask.source);
  if (stored[0].id == 0) return std::move(stored[0].problem);
  if (stored[0].id == id) return {};  // nothing was different
  TRY(const Ref there, facts.find(Kind::observation, stored[0].id));
  if (!there) return fail(ErrorKind::internal, "the changed observation is not there");
  Edits edits;
  edits.moved.push_back({id, there.row->datastream.value, there.row->key});
  edits.detailed.push_back(there.row->datastream.value);
  TRY_VOID(rooms_.book.change(edits));
  TRY([[maybe_unused]] const bool gone, rooms_.store.erase_reading(before.datastream, before.key));
  rooms_.spans.changed(before.datastream);
  rooms_.spans.changed(row.datastream);
  return {};
}

Result<> Writer::recover() {
  const TownFacts facts(town_);
  for (const Moved& moved : rooms_.book.all_moved()) {
    const auto all = [](DatastreamId) { return true; };
    TRY(const auto old, rooms_.store.by_id(ObservationId(moved.id), 1, all));
    if (old.ids.empty() || old.ids[0].value != moved.id) continue;
    const auto& row = old.batch.rows[0];
    const bool itself = row.datastream.value == moved.datastream && row.time == moved.key;
    const DatastreamId stream(moved.datastream);
    TRY(const auto fresh, rooms_.store.range(stream, {moved.key, moved.key + 1}, 1));
    if (itself || fresh.batch.rows.empty()) continue;
    TRY([[maybe_unused]] const bool gone, rooms_.store.erase_reading(row.datastream, row.time));
  }
  return {};
}

Result<> Writer::remove_observations(std::span<const Row> rows, const Ask& ask) {
  if (rows.empty()) return {};
  std::vector<std::string> objects;
  std::vector<readings::ReadingKey> keys;
  for (const Row& row : rows) {
    objects.push_back("observation " + std::to_string(row.id));
    keys.push_back({row.datastream, row.key});
  }
  TRY_VOID(rooms_.audit.record_all(ask.actor, "observation.erased", objects));
  TRY([[maybe_unused]] const std::size_t gone, rooms_.store.erase_readings(keys));
  for (const Row& row : rows) rooms_.spans.changed(row.datastream);
  return {};
}

Result<> Writer::remove_entity(const Ref& entity, const TownFacts& facts, const Ask& ask) {
  Draft draft(facts, rooms_.book, rooms_.clock.now());
  TRY_VOID(draft.remove(entity.kind, static_cast<std::uint32_t>(entity.id)));
  return commit(draft, ask);
}

Result<Answer> Writer::references(const Ask& ask, const Resource& resource, const TownFacts& facts) {
  if (!ask.may_edit) return not_allowed("linking entities");
  const Collection& collection = resource.collection;
  if (!collection.of) return refuse(405, "links are those of an entity: /Things(1)/Locations/$ref");
  Draft draft(facts, rooms_.book, rooms_.clock.now());
  const auto owner = static_cast<std::uint32_t>(collection.of.id);
  if (collection.of.kind == Kind::observation || collection.kind == Kind::observation)
    return refuse(405, "an observation's links are changed by PATCH of the observation");
  if (ask.method == "DELETE") {
    auto target = static_cast<std::uint32_t>(resource.entity.id);
    for (const auto& [name, text] : ask.options) {  // DELETE …/$ref?$id=../Locations(2)
      const auto open = text.rfind('(');
      if (name == "$id" && open != std::string::npos)
        target = static_cast<std::uint32_t>(std::atoll(text.c_str() + open + 1));
    }
    if (target == 0) return fail(ErrorKind::invalid, "which one? DELETE /Things(1)/Locations(2)/$ref");
    TRY_VOID(draft.unlink(collection.of.kind, owner, collection.relation, target));
  } else {
    TRY(const Json body, parse_body(ask.body));
    TRY(const auto target, draft.linked(body, collection.kind));
    if (!target) return fail(ErrorKind::invalid, "a link such as {\"@iot.id\":1} is expected");
    TRY_VOID(draft.link(collection.of.kind, owner, collection.relation, static_cast<std::uint32_t>(*target)));
  }
  TRY_VOID(commit(draft, ask));
  return Answer();
}

Result<bool> Writer::mirror(std::span<const ThingId> things) {
  Edits edits;
  for (const ThingId id : things) {
    std::optional<registry::Thing> thing;
    rooms_.registry.read([&](const registry::Registry::View& view) {
      if (const auto* found = view.thing(id)) thing = *found;
    });
    if (!thing) {  // it went, by whatever way
      TownFacts facts(town_);
      Draft draft(facts, rooms_.book, rooms_.clock.now());
      TRY_VOID(draft.remove(Kind::thing, id.value));
      edits.gone.insert(edits.gone.end(), draft.edits.gone.begin(), draft.edits.gone.end());
      continue;
    }
    if (!thing->location) continue;
    const auto at = *thing->location;
    const auto places = rooms_.book.locations_of(id.value);
    const bool known = std::ranges::any_of(places, [&](std::uint32_t place) {
      const auto location = rooms_.book.location(place);
      registry::JsonProblem problem;
      const auto shape = location ? geometry_of(registry::parse_json(location->location, problem)) : std::nullopt;
      return shape && shape->points.size() == 1 && shape->points[0].x == at.lon && shape->points[0].y == at.lat;
    });
    if (known) continue;
    std::string point;
    JsonWriter(point)
        .object()
        .field("type", "Point")
        .key("coordinates")
        .array()
        .number(at.lon)
        .number(at.lat)
        .end()
        .end();
    const std::string name = thing->name.empty() ? thing->key : thing->name;
    const Feature feature{.id = rooms_.book.next_id(Kind::feature),
                          .name = name,
                          .description = thing->street,
                          .encoding = "application/geo+json",
                          .feature = point};
    const Location location{.id = rooms_.book.next_id(Kind::location),
                            .name = name,
                            .description = thing->street,
                            .encoding = "application/geo+json",
                            .location = point,
                            .properties = {},
                            .mirrors = id.value,
                            .feature = feature.id};
    edits.historical.push_back({.id = rooms_.book.next_id(Kind::historical_location),
                                .time = Instant::from_ms(rooms_.clock.now().ms()).ns,
                                .thing = id.value,
                                .locations = {location.id}});
    edits.places.push_back({id.value, {location.id}});
    edits.features.push_back(feature);
    edits.locations.push_back(location);
  }
  TRY_VOID(rooms_.book.change(edits));
  return true;
}

}  // namespace qala::sensorthings
