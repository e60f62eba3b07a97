#include "sensorthings/draft.h"

#include <algorithm>

#include "sensorthings/resource.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

using registry::kNewHere;
using registry::nth_new;
using View = registry::Registry::View;

namespace {

constexpr int kDeepest = 12;

bool is_new(std::uint32_t id) { return (id & kNewHere) != 0; }

Error not_there(Kind kind, std::uint64_t id) {
  return fail(ErrorKind::invalid, "there is no " + path_of(kind, id).substr(1));
}

}  // namespace

Result<std::optional<std::uint64_t>> Draft::linked(const Json& body, Kind kind) const {
  if (body.kind != Json::Kind::object)
    return fail(ErrorKind::invalid,
                "an entity or a link such as {\"@iot.id\":1} is expected for " + std::string(info(kind).single));
  const Json* id = body.find("@iot.id");
  if (!id) return std::optional<std::uint64_t>();
  std::uint64_t number = 0;
  const bool digits = id->kind == Json::Kind::number && !id->text.empty() && id->text.size() < 18 &&
                      id->text.find_first_not_of("0123456789") == std::string::npos;
  if (digits) number = std::stoull(id->text);
  TRY(const Ref there, facts_.find(kind, number));
  if (!there) return not_there(kind, number);
  return std::optional(number);
}

std::uint32_t Draft::new_id(Kind kind) {
  const std::uint32_t id = book_.next_id(kind);
  made.emplace_back(kind, id);
  return id;
}

Result<std::uint32_t> Draft::target(const Json& value, Kind kind, int depth) {
  TRY(const auto id, linked(value, kind));
  if (id) return static_cast<std::uint32_t>(*id);
  return make(kind, value, {}, depth + 1);
}

Result<std::vector<std::uint32_t>> Draft::targets(const Json* value, Kind kind, int depth) {
  std::vector<std::uint32_t> out;
  if (!value || value->kind == Json::Kind::null) return out;
  if (value->kind == Json::Kind::object) {  // one, as some clients write it
    TRY(const auto one, target(*value, kind, depth));
    out.push_back(one);
    return out;
  }
  if (value->kind != Json::Kind::array)
    return fail(ErrorKind::invalid, std::string(info(kind).set) + " must be an array");
  for (const Json& item : value->items) {
    TRY(const auto one, target(item, kind, depth));
    if (std::ranges::find(out, one) == out.end()) out.push_back(one);
  }
  return out;
}

/// The one entity that another cannot be without.
Result<std::uint32_t> Draft::single(const Json& body, std::string_view name, Kind kind, const Parent& parent,
                                    Kind owner, int depth) {
  if (parent.id != 0 && parent.kind == kind) return parent.id;
  const Json* value = body.find(name);
  if (!value || value->kind == Json::Kind::null) {
    return fail(ErrorKind::invalid,
                std::string(info(owner).single) + ": \"" + std::string(name) + "\" is missing, a link or an entity");
  }
  return target(*value, kind, depth);
}

/// Entities that a new one brings along.
Result<> Draft::children(const Json& body, Kind kind, std::uint32_t id, std::string_view relation, int depth) {
  const Json* value = body.find(relation);
  if (!value || value->kind == Json::Kind::null) return {};
  const int number = info(kind).relation(relation);
  const Kind to = info(kind).relations[static_cast<std::size_t>(number)].to;
  if (value->kind != Json::Kind::array)
    return fail(ErrorKind::invalid, "\"" + std::string(relation) + "\" must be an array");
  for (const Json& item : value->items) {
    TRY(const auto existing, linked(item, to));
    if (existing) {
      if (is_new(id))
        return fail(ErrorKind::invalid, "\"" + std::string(relation) + "\": name the new one there instead");
      TRY_VOID(link(kind, id, number, static_cast<std::uint32_t>(*existing)));
      continue;
    }
    TRY_VOID(make(to, item, {kind, id, number}, depth + 1));
  }
  return {};
}

Result<std::uint32_t> Draft::make(Kind kind, const Json& body, const Parent& parent, int depth) {
  if (depth > kDeepest) return fail(ErrorKind::invalid, "entities are nested more than 12 deep");
  if (body.kind != Json::Kind::object)
    return fail(ErrorKind::invalid, "a JSON object is expected for " + std::string(info(kind).single));
  const std::string doing(info(kind).single);
  switch (kind) {
    case Kind::thing: return make_thing(body, parent, depth).context(doing);
    case Kind::location: return make_location(body, parent, depth).context(doing);
    case Kind::historical_location: return make_historical(body, parent, depth).context(doing);
    case Kind::datastream: return make_datastream(body, parent, depth).context(doing);
    case Kind::sensor: return make_sensor(body, depth).context(doing);
    case Kind::observed_property: return make_property(body, depth).context(doing);
    case Kind::feature: return make_feature(body, depth).context(doing);
    case Kind::observation: return make_observation(body, parent, depth).context(doing);
  }
  return fail(ErrorKind::internal, "no such kind");
}

Result<std::uint32_t> Draft::make_thing(const Json& body, const Parent& parent, int depth) {
  registry::Thing thing;
  TRY_VOID(fill(thing, body, true));
  thing.key = free_key(thing.name, [&](const std::string& key) {
    bool taken = std::ranges::any_of(changes.things, [&](const registry::Thing& other) { return other.key == key; });
    facts_.town().registry.read([&](const View& view) { taken = taken || view.thing(key); });
    return taken;
  });
  const auto id = nth_new<ThingId>(changes.things.size()).value;
  changes.things.push_back(std::move(thing));
  TRY(auto places, targets(body.find("Locations"), Kind::location, depth));
  if (parent.id != 0 && parent.kind == Kind::location) places.push_back(parent.id);
  if (!places.empty()) move(id, places, now_.ns);
  TRY_VOID(children(body, Kind::thing, id, "HistoricalLocations", depth));
  TRY_VOID(children(body, Kind::thing, id, "Datastreams", depth));
  return id;
}

Result<std::uint32_t> Draft::make_location(const Json& body, const Parent& parent, int depth) {
  Location location;
  TRY_VOID(fill(location, body, true));
  location.id = new_id(Kind::location);
  const std::uint32_t id = location.id;
  edits.locations.push_back(std::move(location));
  TRY(auto things, targets(body.find("Things"), Kind::thing, depth));
  if (parent.id != 0 && parent.kind == Kind::thing) things.push_back(parent.id);
  for (const std::uint32_t thing : things) move(thing, {id}, now_.ns);
  if (parent.id != 0 && parent.kind == Kind::historical_location)
    TRY_VOID(link(Kind::historical_location, parent.id, info(Kind::historical_location).relation("Locations"), id));
  TRY_VOID(children(body, Kind::location, id, "HistoricalLocations", depth));
  return id;
}

Result<std::uint32_t> Draft::make_historical(const Json& body, const Parent& parent, int depth) {
  const Json* time = body.find("time");
  const auto at = time && time->kind == Json::Kind::string ? parse_instant(time->text) : std::nullopt;
  if (!at) return fail(ErrorKind::invalid, "\"time\" must be an instant such as 2024-01-01T00:00:00Z");
  Historical historical;
  historical.time = *at;
  TRY(historical.thing, single(body, "Thing", Kind::thing, parent, Kind::historical_location, depth));
  TRY(historical.locations, targets(body.find("Locations"), Kind::location, depth));
  if (parent.id != 0 && parent.kind == Kind::location) historical.locations.push_back(parent.id);
  if (historical.locations.empty()) return fail(ErrorKind::invalid, "\"Locations\" is missing: at least one");
  historical.id = new_id(Kind::historical_location);
  // The newest history is the present.
  bool newest = true;
  if (!is_new(historical.thing)) {
    for (const std::uint32_t id : book_.historical_of(historical.thing))
      if (const auto other = book_.historical(id)) newest = newest && other->time < historical.time;
  }
  for (const Historical& other : edits.historical)
    newest = newest && (other.thing != historical.thing || other.time < historical.time);
  if (newest) move(historical.thing, historical.locations, std::nullopt);
  const std::uint32_t id = historical.id;
  edits.historical.push_back(std::move(historical));
  return id;
}

Result<std::uint32_t> Draft::make_datastream(const Json& body, const Parent& parent, int depth) {
  registry::Datastream stream;
  Extra extra;
  TRY_VOID(fill(stream, extra, body, true));
  TRY(const auto thing, single(body, "Thing", Kind::thing, parent, Kind::datastream, depth));
  TRY(const auto sensor, single(body, "Sensor", Kind::sensor, parent, Kind::datastream, depth));
  TRY(const auto property, single(body, "ObservedProperty", Kind::observed_property, parent, Kind::datastream, depth));
  stream.thing = ThingId(thing);
  stream.sensor = SensorId(sensor);
  stream.property = ObservedPropertyId(property);
  stream.key = free_key(stream.name, [&](const std::string& key) {
    bool taken = std::ranges::any_of(changes.datastreams, [&](const registry::Datastream& other) {
      return other.thing == stream.thing && other.key == key;
    });
    if (!is_new(thing))
      facts_.town().registry.read([&](const View& view) { taken = taken || view.datastream(stream.thing, key); });
    return taken;
  });
  const auto id = nth_new<DatastreamId>(changes.datastreams.size()).value;
  changes.datastreams.push_back(std::move(stream));
  edits.extras.push_back({{Kind::datastream, id}, std::move(extra)});
  TRY_VOID(children(body, Kind::datastream, id, "Observations", depth));
  return id;
}

Result<std::uint32_t> Draft::make_sensor(const Json& body, int depth) {
  registry::Sensor sensor;
  Extra extra;
  TRY_VOID(fill(sensor, extra, body, true));
  const auto id = nth_new<SensorId>(changes.sensors.size()).value;
  changes.sensors.push_back(std::move(sensor));
  edits.extras.push_back({{Kind::sensor, id}, std::move(extra)});
  TRY_VOID(children(body, Kind::sensor, id, "Datastreams", depth));
  return id;
}

Result<std::uint32_t> Draft::make_property(const Json& body, int depth) {
  registry::ObservedProperty property;
  Extra extra;
  TRY_VOID(fill(property, extra, body, true));
  property.key = free_key(property.name.en, [&](const std::string& key) {
    bool taken = std::ranges::any_of(changes.properties,
                                     [&](const registry::ObservedProperty& other) { return other.key == key; });
    facts_.town().registry.read([&](const View& view) { taken = taken || view.property(key); });
    return taken;
  });
  const auto id = nth_new<ObservedPropertyId>(changes.properties.size()).value;
  changes.properties.push_back(std::move(property));
  edits.extras.push_back({{Kind::observed_property, id}, std::move(extra)});
  TRY_VOID(children(body, Kind::observed_property, id, "Datastreams", depth));
  return id;
}

Result<std::uint32_t> Draft::make_feature(const Json& body, int depth) {
  Feature feature;
  TRY_VOID(fill(feature, body, true));
  feature.id = new_id(Kind::feature);
  const std::uint32_t id = feature.id;
  edits.features.push_back(std::move(feature));
  TRY_VOID(children(body, Kind::feature, id, "Observations", depth));
  return id;
}

Result<std::uint32_t> Draft::make_observation(const Json& body, const Parent& parent, int depth) {
  DraftObservation out;
  TRY(out.row, row_of_body(body, {}, true));
  TRY(const auto stream, single(body, "Datastream", Kind::datastream, parent, Kind::observation, depth));
  out.row.datastream = DatastreamId(stream);
  const Json* feature = body.find("FeatureOfInterest");
  if (parent.id != 0 && parent.kind == Kind::feature) {
    out.given_feature = parent.id;
  } else if (feature && feature->kind != Json::Kind::null) {
    TRY(out.given_feature, target(*feature, Kind::feature, depth));
  } else {
    TRY(out.default_feature, default_feature(thing_of(stream)));
  }
  observations.push_back(std::move(out));
  return static_cast<std::uint32_t>(observations.size() - 1);
}

std::uint32_t Draft::thing_of(std::uint32_t datastream) const {
  if (is_new(datastream)) return changes.datastreams[datastream & ~kNewHere].thing.value;
  return facts_.thing_of(datastream);
}

std::optional<Location> Draft::location(std::uint32_t id) const {
  for (const Location& one : edits.locations)
    if (one.id == id) return one;
  return book_.location(id);
}

std::vector<std::uint32_t> Draft::places_of(std::uint32_t thing) const {
  for (auto at = edits.places.rbegin(); at != edits.places.rend(); ++at)
    if (at->first == thing) return at->second;
  return is_new(thing) ? std::vector<std::uint32_t>() : book_.locations_of(thing);
}

/// The feature made from the place where the thing is; made now, if there is none yet.
Result<std::uint32_t> Draft::default_feature(std::uint32_t thing) {
  const auto places = places_of(thing);
  if (places.empty()) {
    return fail(ErrorKind::invalid,
                "\"FeatureOfInterest\" is missing, and its Thing has no Location from which one could be made");
  }
  for (const std::uint32_t id : places)
    if (const auto place = location(id); place && place->feature != 0) return place->feature;
  auto place = location(places[0]);
  if (!place) return fail(ErrorKind::internal, "a thing is at a location that is not there");
  Feature feature{.id = new_id(Kind::feature),
                  .name = place->name,
                  .description = place->description,
                  .encoding = place->encoding,
                  .feature = place->location};
  place->feature = feature.id;
  const std::uint32_t id = feature.id;
  edits.features.push_back(std::move(feature));
  const auto drafted = std::ranges::find(edits.locations, place->id, &Location::id);
  if (drafted != edits.locations.end()) *drafted = std::move(*place);
  else edits.locations.push_back(std::move(*place));
  return id;
}

registry::Thing* Draft::thing_in_draft(std::uint32_t id) {
  if (is_new(id)) return &changes.things[id & ~kNewHere];
  const auto known = std::ranges::find(changes.things, ThingId(id), &registry::Thing::id);
  if (known != changes.things.end()) return &*known;
  std::optional<registry::Thing> copy;
  facts_.town().registry.read([&](const View& view) {
    if (const auto* thing = view.thing(ThingId(id))) copy = *thing;
  });
  if (!copy) return nullptr;
  changes.things.push_back(std::move(*copy));
  return &changes.things.back();
}

/// The registry's point follows, so that the thing is where it is on the map too.
void Draft::point_of(std::uint32_t thing, const std::vector<std::uint32_t>& locations) {
  for (const std::uint32_t id : locations) {
    const auto place = location(id);
    registry::JsonProblem problem;
    const auto shape = place ? geometry_of(registry::parse_json(place->location, problem)) : std::nullopt;
    if (!shape || shape->points.size() != 1 || shape->dimension() != 0) continue;
    const auto& point = shape->points[0];
    if (!(std::abs(point.x) <= 180) || !(std::abs(point.y) <= 90)) continue;
    if (auto* known = thing_in_draft(thing)) known->location = registry::Point{point.x, point.y};
    return;
  }
}

void Draft::move(std::uint32_t thing, std::vector<std::uint32_t> locations, std::optional<std::int64_t> time) {
  point_of(thing, locations);
  if (time) {
    edits.historical.push_back({.id = new_id(Kind::historical_location),
                                .time = Instant::from_ms(Instant{*time}.ms()).ns,
                                .thing = thing,
                                .locations = locations});
  }
  edits.places.emplace_back(thing, std::move(locations));
}

Result<> Draft::change(Kind kind, std::uint32_t id, const Json& body, bool whole) {
  const auto& town = facts_.town();
  const Json* links = nullptr;
  // Relations first: a body with an entity where a link belongs changes nothing.
  std::vector<std::pair<int, std::uint32_t>> wanted;
  for (int i = 0; i < static_cast<int>(info(kind).relations.size()); i++) {
    const Relation& relation = info(kind).relations[static_cast<std::size_t>(i)];
    links = body.find(relation.name);
    if (!links || links->kind == Json::Kind::null) continue;
    const std::span<const Json> all =
        links->kind == Json::Kind::array ? std::span<const Json>(links->items) : std::span<const Json>(links, 1);
    for (const Json& one : all) {
      TRY(const auto existing, linked(one, relation.to));
      if (!existing) {
        return fail(ErrorKind::invalid, "\"" + std::string(relation.name) +
                                            "\": only links such as {\"@iot.id\":1} here; new entities are posted");
      }
      wanted.emplace_back(i, static_cast<std::uint32_t>(*existing));
    }
  }
  const auto with = [&](auto entity, auto& list) -> Result<> {
    if (!entity) return not_there(kind, id);
    TRY_VOID(fill(*entity, body, whole));
    list.push_back(std::move(*entity));
    return {};
  };
  const auto with_extra = [&](auto entity, auto& list) -> Result<> {
    if (!entity) return not_there(kind, id);
    Extra extra = book_.extra(kind, id);
    TRY_VOID(fill(*entity, extra, body, whole));
    list.push_back(std::move(*entity));
    edits.extras.push_back({{kind, id}, std::move(extra)});
    return {};
  };
  std::optional<registry::Thing> thing;
  std::optional<registry::Datastream> stream;
  std::optional<registry::Sensor> sensor;
  std::optional<registry::ObservedProperty> property;
  const auto copy = [](auto& into, const auto* from) {
    if (from) into = *from;
  };
  town.registry.read([&](const View& view) {
    if (kind == Kind::thing) copy(thing, view.thing(ThingId(id)));
    if (kind == Kind::datastream) copy(stream, view.datastream(DatastreamId(id)));
    if (kind == Kind::sensor) copy(sensor, view.sensor(SensorId(id)));
    if (kind == Kind::observed_property) copy(property, view.property(ObservedPropertyId(id)));
  });
  switch (kind) {
    case Kind::thing: TRY_VOID(with(std::move(thing), changes.things)); break;
    case Kind::datastream: TRY_VOID(with_extra(std::move(stream), changes.datastreams)); break;
    case Kind::sensor: TRY_VOID(with_extra(std::move(sensor), changes.sensors)); break;
    case Kind::observed_property: TRY_VOID(with_extra(std::move(property), changes.properties)); break;
    case Kind::location:
      TRY_VOID(with(book_.location(id), edits.locations));
      edits.locations.back().mirrors = 0;  // the client's from now on
      for (const std::uint32_t at : book_.things_at(id)) point_of(at, {id});
      break;
    case Kind::feature: TRY_VOID(with(book_.feature(id), edits.features)); break;
    case Kind::historical_location: {
      auto historical = book_.historical(id);
      if (!historical) return not_there(kind, id);
      const Json* time = body.find("time");
      if (time || whole) {
        const auto at = time && time->kind == Json::Kind::string ? parse_instant(time->text) : std::nullopt;
        if (!at) return fail(ErrorKind::invalid, "\"time\" must be an instant such as 2024-01-01T00:00:00Z");
        historical->time = *at;
      }
      edits.historical.push_back(std::move(*historical));
      break;
    }
    case Kind::observation: return fail(ErrorKind::internal, "observations are changed elsewhere");
  }
  std::vector<std::uint32_t> places;
  for (const auto& [relation, other] : wanted) {
    if (kind == Kind::thing && info(kind).relations[static_cast<std::size_t>(relation)].to == Kind::location)
      places.push_back(other);
    else TRY_VOID(link(kind, id, relation, other));
  }
  if (!places.empty()) move(id, places, now_.ns);
  return {};
}

Result<> Draft::link(Kind kind, std::uint32_t id, int relation, std::uint32_t other) {
  const Relation& to = info(kind).relations[static_cast<std::size_t>(relation)];
  const auto stream_of = [&](std::uint32_t stream) -> registry::Datastream* {
    const auto known = std::ranges::find(changes.datastreams, DatastreamId(stream), &registry::Datastream::id);
    if (known != changes.datastreams.end()) return &*known;
    facts_.town().registry.read([&](const View& view) {
      if (const auto* found = view.datastream(DatastreamId(stream))) changes.datastreams.push_back(*found);
    });
    return &changes.datastreams.back();
  };
  const auto historical_of = [&](std::uint32_t historical) -> Historical* {
    const auto known = std::ranges::find(edits.historical, historical, &Historical::id);
    if (known != edits.historical.end()) return &*known;
    edits.historical.push_back(*book_.historical(historical));
    return &edits.historical.back();
  };
  const auto add = [](std::vector<std::uint32_t>& list, std::uint32_t one) {
    if (std::ranges::find(list, one) == list.end()) list.push_back(one);
  };
  switch (kind) {
    case Kind::thing:
      if (to.to == Kind::location) {
        auto places = places_of(id);
        add(places, other);
        move(id, std::move(places), now_.ns);
      } else if (to.to == Kind::datastream) {
        stream_of(other)->thing = ThingId(id);
      } else {
        historical_of(other)->thing = id;
      }
      break;
    case Kind::location:
      if (to.to == Kind::thing) move(other, {id}, now_.ns);
      else add(historical_of(other)->locations, id);
      break;
    case Kind::historical_location:
      if (to.to == Kind::thing) historical_of(id)->thing = other;
      else add(historical_of(id)->locations, other);
      break;
    case Kind::datastream: {
      if (to.to == Kind::observation)
        return fail(ErrorKind::invalid, "an observation is moved by its own Datastream link");
      auto* stream = stream_of(id);
      if (to.to == Kind::thing) stream->thing = ThingId(other);
      if (to.to == Kind::sensor) stream->sensor = SensorId(other);
      if (to.to == Kind::observed_property) stream->property = ObservedPropertyId(other);
      break;
    }
    case Kind::sensor: stream_of(other)->sensor = SensorId(id); break;
    case Kind::observed_property: stream_of(other)->property = ObservedPropertyId(id); break;
    default: return fail(ErrorKind::invalid, "an observation is moved by its own links");
  }
  return {};
}

Result<> Draft::unlink(Kind kind, std::uint32_t id, int relation, std::uint32_t other) {
  const Relation& to = info(kind).relations[static_cast<std::size_t>(relation)];
  if (kind == Kind::location && to.to == Kind::thing)
    return unlink(Kind::thing, other, info(Kind::thing).relation("Locations"), id);
  if (kind == Kind::location && to.to == Kind::historical_location)
    return unlink(Kind::historical_location, other, info(Kind::historical_location).relation("Locations"), id);
  if (kind == Kind::thing && to.to == Kind::location) {
    auto places = places_of(id);
    std::erase(places, other);
    edits.places.emplace_back(id, std::move(places));
    return {};
  }
  if (kind == Kind::historical_location && to.to == Kind::location) {
    auto historical = book_.historical(id);
    if (!historical) return not_there(kind, id);
    std::erase(historical->locations, other);
    if (historical->locations.empty())
      return fail(ErrorKind::invalid, "a HistoricalLocation needs at least one Location");
    edits.historical.push_back(std::move(*historical));
    return {};
  }
  return fail(ErrorKind::invalid, "\"" + std::string(to.name) + "\" cannot be without: give another one instead");
}

/// Observations stay about what they were about, though nobody knows any more that the thing was there.
void Draft::keep_features(std::uint32_t historical) {
  const auto one = book_.historical(historical);
  if (!one) return;
  for (const std::uint32_t place : one->locations)
    if (const auto location = book_.location(place); location && location->feature != 0)
      edits.kept.push_back({one->thing, one->time, location->feature});
}

Result<> Draft::remove(Kind kind, std::uint32_t id) {
  const auto streams_of = [&](const Ref& of, std::string_view relation) {
    for (const std::uint32_t stream : facts_.related(of, info(of.kind).relation(relation))) {
      removals.datastreams.emplace_back(stream);
      edits.gone.emplace_back(Kind::datastream, stream);
    }
  };
  switch (kind) {
    case Kind::thing:
      for (const std::uint32_t stream : facts_.related({kind, id, {}}, info(kind).relation("Datastreams")))
        edits.gone.emplace_back(Kind::datastream, stream);
      for (const std::uint32_t historical : book_.historical_of(id))
        edits.gone.emplace_back(Kind::historical_location, historical);
      for (const std::uint32_t place : book_.locations_of(id))
        if (const auto location = book_.location(place); location && location->mirrors == id)
          edits.gone.emplace_back(Kind::location, place);  // it was only the thing's point
      removals.things.emplace_back(id);
      break;
    case Kind::datastream: removals.datastreams.emplace_back(id); break;
    case Kind::sensor:
      streams_of({kind, id, {}}, "Datastreams");
      removals.sensors.emplace_back(id);
      break;
    case Kind::observed_property:
      streams_of({kind, id, {}}, "Datastreams");
      removals.properties.emplace_back(id);
      break;
    case Kind::location:
      for (const std::uint32_t historical : book_.historical_at(id)) {
        keep_features(historical);
        edits.gone.emplace_back(Kind::historical_location, historical);
      }
      break;
    case Kind::historical_location: keep_features(id); break;
    default: break;
  }
  edits.gone.emplace_back(kind, id);
  return {};
}

}  // namespace qala::sensorthings
