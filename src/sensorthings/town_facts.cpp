#include "sensorthings/town_facts.h"

#include <algorithm>
#include <limits>

#include "base/json_writer.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

using View = registry::Registry::View;
using readings::Window;

namespace {

constexpr std::string_view kMeasurement = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement";
constexpr std::string_view kAnything = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Observation";
constexpr Window kAll{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};

constexpr std::uint32_t kCatalogueEnd = 1000;

std::string unit_json(std::string_view symbol) {
  std::string out;
  JsonWriter json(out);
  json.object();
  if (symbol.empty()) json.key("name").null().key("symbol").null().key("definition").null();
  else json.field("name", symbol).field("symbol", symbol).key("definition").null();
  json.end();
  return out;
}

}  // namespace

std::optional<TownFacts::Got> TownFacts::of_thing(std::uint32_t id, std::string_view name) const {
  std::optional<Got> out;
  town_.registry.read([&](const View& view) {
    const auto* thing = view.thing(ThingId(id));
    if (!thing) return;
    if (name == "name") out = {true, thing->name.empty() ? thing->key : thing->name};
    else if (name == "description") out = {true, thing->description};
    else if (!thing->properties.empty() && thing->properties != "{}") out = {false, thing->properties};
  });
  return out;
}

std::optional<TownFacts::Got> TownFacts::of_datastream(std::uint32_t id, std::string_view name) const {
  if (name == "phenomenonTime" || name == "resultTime") {
    const auto& spans = spans_of(id);
    const auto& span = name == "resultTime" ? spans.result : spans.phenomenon;
    if (!span) return std::nullopt;
    return Got{true, time_text(span->from, span->to)};
  }
  if (name == "observedArea") {
    auto area = observed_area(id);
    if (area.empty()) return std::nullopt;
    return Got{false, std::move(area)};
  }
  if (name != "name") {
    const Extra& extra = extra_of(Kind::datastream, id);
    if (const auto at = extra.find(std::string(name)); at != extra.end()) return Got{false, at->second};
  }
  std::optional<Got> out;
  town_.registry.read([&](const View& view) {
    const auto* stream = view.datastream(DatastreamId(id));
    if (!stream) return;
    const auto* property = view.property(stream->property);
    if (name == "name" || name == "description") out = {true, stream->name.empty() ? stream->key : stream->name};
    if (name == "observationType") out = {true, std::string(property ? kMeasurement : kAnything)};
    if (name == "unitOfMeasurement")
      out = {false, unit_json(!stream->unit.empty() ? stream->unit : property ? property->unit : "")};
  });
  return out;
}

std::optional<TownFacts::Got> TownFacts::of_sensor(std::uint32_t id, std::string_view name) const {
  const Extra& extra = extra_of(Kind::sensor, id);
  std::optional<Got> out;
  town_.registry.read([&](const View& view) {
    const auto* sensor = view.sensor(SensorId(id));
    if (!sensor) return;
    if (name == "name") {
      // Two sensors may have one name here, in the registry not: then the registry's has a number behind it.
      const auto ours = extra.find("name"), theirs = extra.find("registry");
      if (ours != extra.end() && theirs != extra.end() && theirs->second == sensor->name) out = {false, ours->second};
      else out = {true, sensor->name};
    } else if (const auto at = extra.find(std::string(name)); at != extra.end()) {
      out = {false, at->second};
    } else if (name == "description") {
      out = {true, sensor->description};
    } else if (name == "metadata") {
      out = {true, sensor->metadata};
    } else if (name == "encodingType") {
      out = {true, "text/plain"};
    }
  });
  return out;
}

std::optional<TownFacts::Got> TownFacts::of_observed_property(std::uint32_t id, std::string_view name) const {
  if (name == "properties" || name == "description") {
    const Extra& extra = extra_of(Kind::observed_property, id);
    if (const auto at = extra.find(std::string(name)); at != extra.end()) return Got{false, at->second};
  }
  std::optional<Got> out;
  town_.registry.read([&](const View& view) {
    const auto* property = view.property(ObservedPropertyId(id));
    if (!property) return;
    if (name == "name" || name == "description") out = {true, property->name.en};
    if (name == "definition") out = {true, property->definition};
  });
  return out;
}

std::optional<TownFacts::Got> TownFacts::of_observation(const Row& row, std::string_view name) const {
  if (name == "phenomenonTime") return Got{true, time_text(row.from, row.to)};
  if (name == "resultTime")
    return row.result_time ? std::optional(Got{true, to_iso({*row.result_time})}) : std::nullopt;
  if (name == "validTime")
    return row.valid_from ? std::optional(Got{true, time_text(*row.valid_from, row.valid_to)}) : std::nullopt;
  if (name == "resultQuality") return row.quality.empty() ? std::nullopt : std::optional(Got{false, row.quality});
  if (name == "parameters") return row.parameters.empty() ? std::nullopt : std::optional(Got{false, row.parameters});
  Got out;
  append_result(out.text, row);
  if (out.text == "null") return std::nullopt;
  return out;
}

std::optional<TownFacts::Got> TownFacts::get(const Ref& entity, const Property& property) const {
  const auto id = static_cast<std::uint32_t>(entity.id);
  const std::string_view name = property.name;
  const auto text_or = [&](const auto& owner) -> std::optional<Got> {
    if (!owner) return std::nullopt;
    if (name == "name") return Got{true, owner->name};
    if (name == "description") return Got{true, owner->description};
    if (name == "encodingType") return Got{true, owner->encoding};
    if (owner->properties.empty()) return std::nullopt;
    return Got{false, owner->properties};
  };
  switch (entity.kind) {
    case Kind::thing: return of_thing(id, name);
    case Kind::datastream: return of_datastream(id, name);
    case Kind::sensor: return of_sensor(id, name);
    case Kind::observed_property: return of_observed_property(id, name);
    case Kind::observation: return entity.row ? of_observation(*entity.row, name) : std::nullopt;
    case Kind::historical_location: {
      const auto historical = town_.book.historical(id);
      if (!historical) return std::nullopt;
      return Got{true, to_iso({historical->time})};
    }
    case Kind::location: {
      const auto location = town_.book.location(id);
      if (location && name == "location") return Got{false, location->location};
      return text_or(location);
    }
    case Kind::feature: {
      const auto feature = town_.book.feature(id);
      if (feature && name == "feature") return Got{false, feature->feature};
      return text_or(feature);
    }
  }
  return std::nullopt;
}

std::optional<std::string> TownFacts::json(const Ref& entity, int property) const {
  auto got = get(entity, info(entity.kind).properties[static_cast<std::size_t>(property)]);
  if (!got) return std::nullopt;
  if (!got->is_text) return std::move(got->text);
  std::string out;
  append_json_string(out, got->text);
  return out;
}

Value TownFacts::value(const Ref& entity, int property) const {
  const Property& what = info(entity.kind).properties[static_cast<std::size_t>(property)];
  if (entity.kind == Kind::observation) {  // of these there are many
    const Row& row = *entity.row;
    if (what.name == "result") return result_value(row);
    if (what.name == "phenomenonTime") return row.to ? Value::interval(row.from, *row.to) : Value::instant(row.from);
    if (what.name == "resultTime") return row.result_time ? Value::instant(*row.result_time) : Value();
    if (what.name == "validTime") return row.valid_from ? Value::interval(*row.valid_from, row.valid_to) : Value();
  }
  if (entity.kind == Kind::datastream && what.holds == Holds::interval) {
    const auto& spans = spans_of(static_cast<std::uint32_t>(entity.id));
    const auto& span = what.name == "resultTime" ? spans.result : spans.phenomenon;
    return span ? Value::interval(span->from, span->to) : Value();
  }
  auto got = get(entity, what);
  if (!got) return {};
  if (!got->is_text) {
    registry::JsonProblem problem;
    return value_of(registry::parse_json(got->text, problem));
  }
  if (what.holds == Holds::instant || what.holds == Holds::time || what.holds == Holds::interval) {
    auto time = parse_time(got->text);
    return time ? std::move(*time) : Value();
  }
  return Value::string(std::move(got->text));
}

const Extra& TownFacts::extra_of(Kind kind, std::uint32_t id) const {
  if (extra_whose_ != std::pair(kind, id)) {
    extra_ = town_.book.extra(kind, id);
    extra_whose_ = {kind, id};
  }
  return extra_;
}

const Spans::Both& TownFacts::spans_of(std::uint32_t datastream) const {
  if (spans_whose_ != datastream) {
    spans_ = town_.spans.of(DatastreamId(datastream));
    spans_whose_ = datastream;
  }
  return spans_;
}

const std::vector<Geometry::Point>& TownFacts::points_of(std::uint32_t feature) const {
  const auto [at, fresh] = points_.try_emplace(feature);
  if (!fresh) return at->second;
  if (const auto found = town_.book.feature(feature)) {
    registry::JsonProblem problem;
    if (const auto shape = geometry_of(registry::parse_json(found->feature, problem)))
      collect_points(*shape, at->second);
  }
  return at->second;
}

/// The hull of all features of its observations.
std::string TownFacts::observed_area(std::uint32_t datastream) const {
  std::set<std::uint32_t> features = town_.book.features_seen_by(datastream);
  const auto span = spans_of(datastream).phenomenon;
  if (!span) return {};
  const std::uint32_t thing = thing_of(datastream);
  for (const std::int64_t time : {span->from, span->to})
    if (const auto feature = town_.book.feature_at(thing, time); feature != 0) features.insert(feature);
  std::vector<Geometry::Point> points;
  for (const std::uint32_t id : features) {
    const auto& some = points_of(id);
    points.insert(points.end(), some.begin(), some.end());
  }
  return points.empty() ? std::string() : hull_json(std::move(points));
}

std::uint32_t TownFacts::thing_of(std::uint32_t datastream) const {
  std::uint32_t out = 0;
  town_.registry.read([&](const View& view) {
    if (const auto* stream = view.datastream(DatastreamId(datastream))) out = stream->thing.value;
  });
  return out;
}

std::uint32_t TownFacts::feature_of(const Row& row) const {
  if (row.feature != 0) return row.feature;
  return town_.book.feature_at(thing_of(row.datastream.value), row.from);
}

std::vector<std::uint32_t> TownFacts::ids(Kind kind) const {
  std::vector<std::uint32_t> out;
  const auto add = [&](const auto& entity) { out.push_back(entity.id.value); };
  switch (kind) {
    case Kind::thing: town_.registry.read([&](const View& view) { view.each_thing(add); }); break;
    case Kind::datastream: town_.registry.read([&](const View& view) { view.each_datastream(add); }); break;
    case Kind::sensor: town_.registry.read([&](const View& view) { view.each_sensor(add); }); break;
    case Kind::observed_property:
      // Of the catalogue that comes with Qala, only what is in use: a client that looks finds what the town observes.
      index_datastreams();
      town_.registry.read([&](const View& view) {
        view.each_property([&](const registry::ObservedProperty& property) {
          if (property.id.value > kCatalogueEnd || of_property_.contains(property.id.value)) add(property);
        });
      });
      break;
    default: return town_.book.ids(kind);
  }
  return out;
}

Result<Ref> TownFacts::find(Kind kind, std::uint64_t id) const {
  if (id == 0) return Ref();
  if (kind != Kind::observation) {
    if (id > kMaxEntityId) return Ref();
    const auto small = static_cast<std::uint32_t>(id);
    bool there = false;
    town_.registry.read([&](const View& view) {
      there = (kind == Kind::thing && view.thing(ThingId(small))) ||
              (kind == Kind::datastream && view.datastream(DatastreamId(small))) ||
              (kind == Kind::sensor && view.sensor(SensorId(small))) ||
              (kind == Kind::observed_property && view.property(ObservedPropertyId(small)));
    });
    there = there || (kind == Kind::location && town_.book.location(small)) ||
            (kind == Kind::historical_location && town_.book.historical(small)) ||
            (kind == Kind::feature && town_.book.feature(small));
    return there ? Ref{kind, id, {}} : Ref();
  }
  const auto wanted = [this](DatastreamId datastream) { return thing_of(datastream.value) != 0; };
  if (const auto moved = town_.book.moved(id)) {
    const DatastreamId datastream(moved->datastream);
    TRY(const auto range, town_.store.range(datastream, {moved->key, moved->key + 1}, 1, true));
    if (!range.batch.rows.empty() && wanted(datastream))
      return Ref{kind, id, std::make_shared<const Row>(row_of(range, 0, town_.book))};
  }
  TRY(const auto range, town_.store.by_id(ObservationId(id), 1, wanted));
  if (range.ids.empty() || range.ids[0].value != id) return Ref();
  return Ref{kind, id, std::make_shared<const Row>(row_of(range, 0, town_.book))};
}

void TownFacts::index_datastreams() const {
  if (std::exchange(indexed_, true)) return;
  town_.registry.read([&](const View& view) {
    view.each_datastream([&](const registry::Datastream& stream) {
      if (stream.sensor) of_sensor_[stream.sensor.value].push_back(stream.id.value);
      if (stream.property) of_property_[stream.property.value].push_back(stream.id.value);
    });
  });
}

std::vector<std::uint32_t> TownFacts::related(const Ref& entity, int relation) const {
  const auto id = static_cast<std::uint32_t>(entity.id);
  const Kind to = info(entity.kind).relations[static_cast<std::size_t>(relation)].to;
  std::vector<std::uint32_t> out;
  const auto one = [&](std::uint32_t found) {
    if (found != 0) out.push_back(found);
  };
  switch (entity.kind) {
    case Kind::thing:
      if (to == Kind::location) return town_.book.locations_of(id);
      if (to == Kind::historical_location) return town_.book.historical_of(id);
      town_.registry.read([&](const View& view) {
        for (const DatastreamId stream : view.datastreams_of(ThingId(id))) out.push_back(stream.value);
      });
      break;
    case Kind::location: return to == Kind::thing ? town_.book.things_at(id) : town_.book.historical_at(id);
    case Kind::historical_location:
      if (const auto historical = town_.book.historical(id)) {
        if (to == Kind::thing) one(historical->thing);
        else out = historical->locations;
        std::ranges::sort(out);
      }
      break;
    case Kind::datastream:
      town_.registry.read([&](const View& view) {
        const auto* stream = view.datastream(DatastreamId(id));
        if (!stream) return;
        one(to == Kind::thing    ? stream->thing.value
            : to == Kind::sensor ? stream->sensor.value
                                 : stream->property.value);
      });
      break;
    case Kind::sensor:
    case Kind::observed_property: {
      index_datastreams();
      const auto& index = entity.kind == Kind::sensor ? of_sensor_ : of_property_;
      if (const auto at = index.find(id); at != index.end()) out = at->second;
      break;
    }
    case Kind::observation:
      if (entity.row) one(to == Kind::datastream ? entity.row->datastream.value : feature_of(*entity.row));
      break;
    case Kind::feature: break;
  }
  return out;
}

std::vector<DatastreamId> TownFacts::datastreams_of_feature(std::uint32_t feature) const {
  std::set<std::uint32_t> all = town_.book.datastreams_seeing(feature);
  for (const std::uint32_t thing : town_.book.things_with_feature(feature)) {
    town_.registry.read([&](const View& view) {
      for (const DatastreamId stream : view.datastreams_of(ThingId(thing))) all.insert(stream.value);
    });
  }
  std::vector<DatastreamId> out;
  for (const std::uint32_t id : all)
    if (thing_of(id) != 0) out.emplace_back(id);
  return out;
}

Result<> TownFacts::each_row(DatastreamId datastream, Window window, bool newest_first,
                             const std::function<Result<bool>(Row&&)>& each) const {
  for (std::size_t piece = 64; window.from < window.to; piece = std::min<std::size_t>(piece * 4, 16'384)) {
    TRY(const auto range, town_.store.range(datastream, window, piece, true, newest_first));
    for (std::size_t i = 0; i < range.batch.rows.size(); i++) {
      TRY(const bool on, each(row_of(range, i, town_.book)));
      if (!on) return {};
    }
    if (!range.more || range.batch.rows.empty()) return {};
    if (newest_first) window.to = range.batch.rows.back().time;
    else window.from = range.batch.rows.back().time + 1;
  }
  return {};
}

Result<> TownFacts::follow(const Ref& entity, int relation, const Each& each) const {
  const Kind to = info(entity.kind).relations[static_cast<std::size_t>(relation)].to;
  if (to != Kind::observation) {
    for (const std::uint32_t id : related(entity, relation))
      if (!each({to, id, {}})) return {};
    return {};
  }
  std::vector<DatastreamId> streams{DatastreamId(static_cast<std::uint32_t>(entity.id))};
  const bool by_feature = entity.kind == Kind::feature;
  if (by_feature) streams = datastreams_of_feature(static_cast<std::uint32_t>(entity.id));
  bool stopped = false;
  for (const DatastreamId stream : streams) {
    TRY_VOID(each_row(stream, kAll, false, [&](Row&& row) -> Result<bool> {
      if (by_feature && feature_of(row) != entity.id) return true;
      const auto id = row.id;
      stopped = !each({to, id, std::make_shared<const Row>(std::move(row))});
      return !stopped;
    }));
    if (stopped) return {};
  }
  return {};
}

}  // namespace qala::sensorthings
