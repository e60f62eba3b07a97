// From sketches to entities: the newest readings, and what is worked out of them.
#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "ngsi/town.h"

namespace qala::ngsi {

using readings::Latest;

namespace {

using Newest = std::unordered_map<DatastreamId, const Latest*>;

/// A container that leans so far has fallen.
constexpr double kFallenDegrees = 45;

enum class Fault : std::uint8_t { none, lamp, column };

/// What active alarms say of lamps themselves: not that they are silent, nor that their feeder is dead.
std::map<ThingId, Fault> lamp_faults(const Town& town) {
  std::map<std::string_view, std::string_view> property_of;
  const auto rules = town.rules.rules();
  for (const auto& rule : *rules) property_of.emplace(rule.key, rule.property);
  std::map<ThingId, Fault> out;
  const auto open = town.board.snapshot();
  for (const auto& alarm : open->open) {
    if (alarm->condition != alarms::Condition::active || alarm->cause || alarm->exercise != 0 || alarm->out_of_service)
      continue;
    if (alarm->comparison == alarms::Comparison::silent || alarm->comparison == alarms::Comparison::frozen) continue;
    const auto rule = property_of.find(alarm->rule);
    const auto property = rule == property_of.end() ? std::string_view() : rule->second;
    if (property == "tilt") out[alarm->thing] = Fault::column;
    constexpr std::string_view kOfTheLamp[] = {"power", "lamp_power", "lamp_state", "current", "dimming"};
    const bool dark = alarm->comparison == alarms::Comparison::below &&
                      std::ranges::find(kOfTheLamp, property) != std::end(kOfTheLamp);
    if (dark) out.try_emplace(alarm->thing, Fault::lamp);
  }
  return out;
}

class Maker {
 public:
  Maker(const Town& town, const Newest& newest)
      : town_(town), newest_(newest), now_(town.clock.now().ns), faults_(lamp_faults(town)) {}

  Made make(const Sketch& from) {
    Made out{.heard = heard(from)};
    Entity entity{.model = from.model, .id = from.id, .place = from.place};
    std::int64_t observed = 0;
    for (const Source& source : from.sources) {
      auto attribute = measure(source);
      if (!attribute) continue;
      if (source.measure->defines) observed = std::max(observed, *attribute->observed);
      entity.attributes.push_back(std::move(*attribute));
    }
    if (from.model->observation) {
      if (observed == 0) return out;
      date(entity, from, observed);
    } else if (from.model->kind == registry::Kind::lamp) {
      if (!lamp_status(entity, from, out.heard)) return out;
    } else {
      container_status(entity, from);
    }
    entity.attributes.insert(entity.attributes.end(), from.known.begin(), from.known.end());
    out.entity = std::move(entity);
    return out;
  }

 private:
  const Latest* newest(DatastreamId id) const {
    const auto found = newest_.find(id);
    return found == newest_.end() ? nullptr : found->second;
  }
  std::int64_t heard(const Sketch& from) const {
    std::int64_t out = 0;
    for (const DatastreamId id : from.all)
      if (const auto* latest = newest(id)) out = std::max(out, latest->time);
    return out;
  }

  const Latest* believable(const Source& source) const {
    const auto* latest = newest(source.datastream);
    const bool is = latest && !is_suspect(latest->flags) && now_ - latest->time <= patience_ns(source.interval_ms);
    return is ? latest : nullptr;
  }

  std::optional<Attribute> measure(const Source& source) const {
    const auto* latest = believable(source);
    if (!latest) return std::nullopt;
    auto value =
        measured(source.measure->quantity, source.unit, source.interval_ms, latest->type, latest->scale, latest->bits);
    if (!value) return std::nullopt;
    return Attribute{
        .name = source.measure->name, .value = std::move(value->value), .unit = value->unit, .observed = latest->time};
  }

  /// When it was observed; of a count also from when to when was counted.
  void date(Entity& entity, const Sketch& from, std::int64_t observed) const {
    entity.attributes.push_back({.name = "dateObserved", .value = Value::of_time(observed)});
    const auto count =
        std::ranges::find_if(from.sources, [](const Source& s) { return s.measure->quantity == Quantity::count; });
    const auto* said = count == from.sources.end() ? nullptr : entity.find(count->measure->name);
    if (!said) return;
    std::int64_t start = *said->observed - count->interval_ms * 1'000'000, end = *said->observed;
    // SensorThings may have told the interval with the reading.
    const auto row = town_.store.range(count->datastream, {end, end + 1}, 1);
    if (row && !row->batch.extras.empty() && row->batch.extras[0].interval_end > end) {
      start = end;
      end = row->batch.extras[0].interval_end;
    } else if (count->interval_ms <= 0) {
      return;
    }
    entity.attributes.push_back({.name = "dateObservedFrom", .value = Value::of_time(start)});
    entity.attributes.push_back({.name = "dateObservedTo", .value = Value::of_time(end)});
  }

  /// False: it has never been heard of, so nobody knows.
  bool lamp_status(Entity& entity, const Sketch& from, std::int64_t heard) const {
    const auto fault = faults_.find(from.thing);
    if (fault == faults_.end() && heard == 0) return false;
    const auto what = fault == faults_.end() ? Fault::none : fault->second;
    const char* word = what == Fault::column ? "columnIssue" : what == Fault::lamp ? "defectiveLamp" : "ok";
    Attribute status{.name = "status", .value = Value::of_text(word)};
    if (heard != 0) status.observed = heard;
    entity.attributes.push_back(std::move(status));
    return true;
  }

  /// The newest believable number of the datastreams, if it is not old.
  std::optional<double> now_of(const std::vector<Source>& sources) const {
    for (const Source& source : sources) {
      const auto* latest = believable(source);
      if (latest) return readings::as_number(latest->type, latest->scale, latest->bits);
    }
    return std::nullopt;
  }

  void container_status(Entity& entity, const Sketch& from) const {
    const auto lid = now_of(from.lid), tilt = now_of(from.tilt);
    std::optional<std::int64_t> observed;
    for (const Attribute& one : entity.attributes)
      if (one.observed) observed = std::max(observed.value_or(0), *one.observed);
    const bool fallen = tilt && std::abs(*tilt) >= kFallenDegrees, open = lid && *lid > 0;
    const char* word = fallen ? "dropped" : open ? "lidOpen" : observed || lid || tilt ? "ok" : "unknown";
    entity.attributes.push_back({.name = "status", .value = Value::of_text(word), .observed = observed});
  }

  const Town& town_;
  const Newest& newest_;
  std::int64_t now_;
  std::map<ThingId, Fault> faults_;
};

}  // namespace

std::vector<Made> make(const Town& town, std::span<const Sketch> sketches) {
  std::vector<DatastreamId> ids;
  for (const Sketch& sketch : sketches) ids.insert(ids.end(), sketch.all.begin(), sketch.all.end());
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  const auto latest = town.store.latest(ids);
  Newest newest;
  for (const Latest& one : latest) newest[one.datastream] = &one;
  Maker maker(town, newest);
  std::vector<Made> out;
  out.reserve(sketches.size());
  for (const Sketch& sketch : sketches) out.push_back(maker.make(sketch));
  return out;
}

}  // namespace qala::ngsi
