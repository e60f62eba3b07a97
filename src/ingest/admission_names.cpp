#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/log.h"
#include "ingest/admission.h"

namespace qala::ingest {

using readings::Observation;

ThingId Admission::thing_of(const Submission& submission, const SeriesName& name) const {
  if (name.thing) return name.thing;
  const Source& source = submission.source;
  const ThingId claimed = unclaimed_.claimed_as(scope_of(source), name.thing_key);
  ThingId out;
  registry_.read([&](const registry::Registry::View& view) {
    // A claim ends with the thing, and behind a gateway when the thing goes behind another.
    const auto* thing = claimed ? view.thing(claimed) : nullptr;
    if (thing && (!source.gateway || !thing->gateway || thing->gateway == source.thing)) {
      out = thing->id;
      return;
    }
    if (source.provisioning) return;
    thing = view.thing(name.thing_key);
    // A gateway speaks only for things that are behind it.
    if (thing && (!source.gateway || thing->gateway == source.thing)) out = thing->id;
  });
  return out;
}

Result<> Admission::resolve(Submission& submission, std::vector<DatastreamId>& into) {
  into.assign(submission.names.size(), DatastreamId());
  for (std::size_t i = 0; i < submission.names.size(); i++) {
    auto& name = submission.names[i];
    name.thing = thing_of(submission, name);
    if (!name.thing) continue;
    registry_.read([&](const registry::Registry::View& view) {
      if (!view.thing(name.thing)) name.thing = ThingId();
      else if (const auto* datastream = view.datastream(name.thing, name.key)) into[i] = datastream->id;
    });
  }
  TRY_VOID(create_missing(submission, into));
  for (std::size_t i = 0; i < into.size(); i++) {
    if (into[i] && submission.names[i].hash.slot != 0) index_.insert(submission.names[i].hash, into[i]);
  }
  return {};
}

static registry::Datastream stream_named(const registry::Registry::View& view, ThingId thing, std::string_view key) {
  registry::Datastream stream;
  stream.thing = thing;
  stream.key = stream.name = key;
  if (const auto* property = guess_property(view, key)) stream.property = property->id;
  return stream;
}

/// Puts all at once; if some are not possible (a key of another's, too long), the others on their own. An error is one
/// of the disk, not of a name. What could not be made has the id 0.
template <class Entity, class PutMany>
static Result<> put_possible(std::vector<Entity>& entities, std::string_view what, const PutMany& put_many) {
  const auto of_the_disk = [](const Error& error) {
    return error.kind != ErrorKind::invalid && error.kind != ErrorKind::conflict && error.kind != ErrorKind::not_found;
  };
  if (entities.empty()) return {};
  auto made = put_many(std::span(entities));
  if (made) return {};
  if (of_the_disk(made.error())) return made;
  for (auto& entity : entities) {
    entity.id = {};
    made = put_many(std::span(&entity, 1));
    if (made) continue;
    entity.id = {};
    if (of_the_disk(made.error())) return made;
    log::warn("not created", {{"what", what}, {"why", made.error().message}});
  }
  return {};
}

/// How many datastreams things may still get from what is sent. A device whose keys never repeat must not fill the
/// registry: they stay there, and every table has a place for each.
class Admission::KeysLeft {
 public:
  KeysLeft(const registry::Registry::View& view, std::size_t most) : view_(view), most_(most) {}

  bool take(ThingId thing) {
    const auto [at, fresh] = left_.try_emplace(thing, most_);
    if (fresh) at->second -= std::min(most_, view_.datastreams_of(thing).size());
    if (at->second == 0) return false;
    at->second--;
    return true;
  }

 private:
  const registry::Registry::View& view_;
  const std::size_t most_;
  std::map<ThingId, std::size_t> left_;
};

Result<> Admission::create_missing(Submission& submission, std::vector<DatastreamId>& resolved) {
  std::vector<registry::Thing> things;
  std::map<std::string, std::size_t, std::less<>> thing_at;
  std::vector<std::size_t> missing;
  const bool create_things = (options_.auto_claim || submission.source.may_create) && !submission.source.provisioning;
  for (std::size_t i = 0; i < resolved.size(); i++) {
    auto& name = submission.names[i];
    if (resolved[i]) continue;
    if (!name.thing && (!create_things || name.thing_key.empty())) continue;
    missing.push_back(i);
    if (name.thing || thing_at.contains(name.thing_key)) continue;
    thing_at[name.thing_key] = things.size();
    registry::Thing thing;
    thing.key = thing.name = name.thing_key;
    if (submission.source.gateway) thing.gateway = submission.source.thing;
    things.push_back(std::move(thing));
  }
  if (missing.empty()) return {};
  const registry::Actor actor{"token", submission.source.name};
  TRY_VOID(put_possible(things, "thing",
                        [&](std::span<registry::Thing> some) { return registry_.put_many(some, {}, actor); }));
  std::map<std::pair<std::uint32_t, std::string>, std::optional<std::size_t>> stream_at;  ///< none: one too many
  std::vector<registry::Datastream> streams;
  registry_.read([&](const registry::Registry::View& view) {
    KeysLeft left(view, options_.keys_of_thing);
    for (const std::size_t i : missing) {
      auto& name = submission.names[i];
      if (!name.thing) name.thing = things[thing_at.find(name.thing_key)->second].id;
      if (!name.thing) continue;
      const auto [at, fresh] = stream_at.try_emplace({name.thing.value, name.key});
      if (fresh && (submission.source.any_keys || left.take(name.thing))) {
        at->second = streams.size();
        streams.push_back(stream_named(view, name.thing, name.key));
      }
      name.one_too_many = !at->second;
    }
  });
  TRY_VOID(put_possible(streams, "datastream",
                        [&](std::span<registry::Datastream> some) { return registry_.put_many({}, some, actor); }));
  for (const std::size_t i : missing) {
    const auto& name = submission.names[i];
    if (!name.thing) continue;
    if (const auto at = stream_at[{name.thing.value, name.key}]) resolved[i] = streams[*at].id;
  }
  return {};
}

/// The first words of many devices at once (after a start, say) would be a transaction each: new keys of known things
/// of the whole group are made together. What does not work here is tried, and told, per submission.
void Admission::prepare_streams(std::span<Submission> group) {
  std::set<std::pair<ThingId, std::string_view>> missing;
  std::vector<registry::Datastream> streams;
  std::size_t senders = 0;
  registry_.read([&](const registry::Registry::View& view) {
    KeysLeft left(view, options_.keys_of_thing);
    for (const auto& submission : group) {
      const std::size_t before = streams.size();
      for (const auto& name : submission.names) {
        if (!name.thing || !view.thing(name.thing) || view.datastream(name.thing, name.key)) continue;
        if (!missing.emplace(name.thing, name.key).second || !left.take(name.thing)) continue;
        streams.push_back(stream_named(view, name.thing, name.key));
      }
      senders += streams.size() > before;
    }
  });
  if (senders < 2) return;
  const auto made = registry_.put_many({}, streams, {"token", std::to_string(senders) + " devices"});
  if (!made) log::warn("datastreams not created together", {{"count", streams.size()}, {"why", made.error().message}});
}

namespace {

/// The devices of one submission that nobody knows, with what they sent. However many it names, few are new to the
/// list: each costs the writer a row, and some other device its place.
class Strangers {
 public:
  explicit Strangers(std::set<std::string_view> waiting) : waiting_(std::move(waiting)) {}

  /// Null: too many new ones.
  std::vector<HeldValue>* values_of(const std::string& device) {
    const auto known = held_.find(device);
    if (known != held_.end()) return &known->second;
    if (!waiting_.contains(device) && ++fresh_ > Unclaimed::kNewAtOnce) return nullptr;
    return &held_[device];
  }
  const Unclaimed::Held& held() const { return held_; }

 private:
  std::set<std::string_view> waiting_;
  Unclaimed::Held held_;
  std::size_t fresh_ = 0;
};

}  // namespace

/// Moves the rows of devices nobody knows into the list; the others get their datastream. Returns how many wait.
Result<std::uint32_t> Admission::hold_unknown(Submission& submission, const std::vector<DatastreamId>& resolved) {
  auto& batch = submission.batch;
  const std::string scope = scope_of(submission.source);
  std::optional<Strangers> strangers;
  std::uint32_t held = 0;
  std::size_t kept = 0;
  submission.number_lines();
  const bool has_lines = !submission.lines.empty();
  for (std::size_t i = 0; i < batch.rows.size(); i++) {
    Observation row = batch.rows[i];
    if (row.datastream.value & kUnknownSeries) {
      const std::size_t at = row.datastream.value & ~kUnknownSeries;
      row.datastream = resolved[at];
      if (!row.datastream) {
        const auto& name = submission.names[at];
        if (name.one_too_many) {
          submission.reject(submission.line_of(i), "too_many_keys",
                            "\"" + name.key + "\" would be one datastream too many: devices make at most " +
                                std::to_string(options_.keys_of_thing) +
                                " of a thing (ingest.keys_of_thing); check how its keys are named, or make it by hand");
          continue;
        }
        if (name.thing || name.thing_key.empty()) {
          submission.reject(submission.line_of(i), "name",
                            name.thing ? "\"" + name.key + "\" cannot be the key of a datastream"
                                       : std::string("the thing of this token is no longer in the registry"));
          continue;
        }
        if (!strangers) strangers.emplace(unclaimed_.names(scope));
        auto* const values = strangers->values_of(name.thing_key);
        if (!values) {
          submission.reject(submission.line_of(i), "too_many_devices",
                            "device \"" + name.thing_key + "\" is unknown, and so are " +
                                std::to_string(Unclaimed::kNewAtOnce) +
                                " before it: more than that are not put on the list at once; import the things first");
          continue;
        }
        const bool textual = row.type >= readings::ValueType::text;
        values->push_back({name.key, row, textual ? batch.text_of(row.bits) : std::string_view()});
        held++;
        continue;
      }
    }
    if (has_lines) submission.lines[kept] = submission.lines[i];
    batch.rows[kept++] = row;
  }
  batch.rows.resize(kept);
  if (has_lines) submission.lines.resize(kept);
  if (!strangers) return held;
  const ThingId gateway = submission.source.gateway ? submission.source.thing : ThingId();
  TRY_VOID(unclaimed_.hold(scope, gateway, strangers->held()));
  return held;
}

Result<std::uint32_t> Admission::place(Submission& submission, std::vector<DatastreamId>& resolved) {
  TRY_VOID(resolve(submission, resolved));
  return hold_unknown(submission, resolved);
}

}  // namespace qala::ingest
