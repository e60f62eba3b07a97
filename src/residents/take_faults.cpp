// What is out of order: open alarms that concern residents, those of one kind in one street put together.
#include <algorithm>
#include <map>
#include <tuple>

#include "residents/picture.h"

namespace qala::residents {

using registry::Kind;

namespace {

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> heads) {
  return std::ranges::any_of(heads, [text](std::string_view head) { return text.starts_with(head); });
}

/// The rule an alarm came from, and what it looks at.
struct Origin {
  const alarms::Alarm* alarm;
  std::string property;
  registry::LocalText rule;
};

Trouble trouble_of(Service service, const Origin& origin) {
  const auto comparison = origin.alarm->comparison;
  const bool below = comparison == alarms::Comparison::below;
  const std::string_view property = origin.property;
  switch (service) {
    case Service::heat:
      if (comparison == alarms::Comparison::rate && origin.alarm->limit < 0) return Trouble::heat_fades;
      return below && property == "supply_temperature" ? Trouble::heat_weak : Trouble::by_rule;
    case Service::light:
      if (!below) return Trouble::by_rule;
      return origin.alarm->kind == Kind::feeder && property == "current" ? Trouble::light_gone
             : starts_with_any(property, {"power", "lamp_", "current"})  ? Trouble::lamps_dark
                                                                         : Trouble::by_rule;
    case Service::water:
      if (property == "water_leak") return Trouble::water_leaks;
      return below && property == "water_pressure" ? Trouble::water_weak : Trouble::by_rule;
    case Service::stop: return below && property == "temperature" ? Trouble::stop_cold : Trouble::by_rule;
    case Service::bin: return property == "fill_level" ? Trouble::bin_full : Trouble::by_rule;
    case Service::air:
    case Service::weather: return Trouble::by_rule;
  }
  return Trouble::by_rule;
}

/// What an exercise raises is not so, and what is out of service is not to be believed. A device that does not speak,
/// stands still or runs out of battery is no disturbance of what it watches.
bool concerns_residents(const Origin& origin) {
  const alarms::Alarm& alarm = *origin.alarm;
  if (alarm.condition != alarms::Condition::active || alarm.cause) return false;
  if (alarm.exercise != 0) return false;
  if (alarm.out_of_service) return false;
  if (alarm.comparison == alarms::Comparison::silent || alarm.comparison == alarms::Comparison::frozen) return false;
  return !starts_with_any(origin.property, {"battery", "rssi", "snr", "connected"});
}

std::uint64_t lamps_behind(const registry::Registry::View& view, ThingId feeder) {
  std::uint64_t lamps = 0;
  for (const ThingId child : view.children_of(feeder)) {
    const auto* thing = view.thing(child);
    lamps += thing && thing->kind == Kind::lamp;
  }
  return lamps;
}

std::vector<Origin> origins_of(const alarms::Snapshot& open, const alarms::RuleBook& rules) {
  std::map<std::string_view, const alarms::Rule*> by_key;
  const auto all = rules.rules();
  for (const auto& rule : *all) by_key.emplace(rule.key, &rule);
  std::vector<Origin> origins;
  for (const auto& alarm : open.open) {
    Origin origin{.alarm = alarm.get(), .property = {}, .rule = {}};
    if (const auto rule = by_key.find(alarm->rule); rule != by_key.end()) {
      origin.property = rule->second->property;
      origin.rule = rule->second->name;
    }
    origins.push_back(std::move(origin));
  }
  return origins;
}

Fault fault_of(const registry::Registry::View& view, Service service, const Origin& origin) {
  const alarms::Alarm& alarm = *origin.alarm;
  Fault fault;
  fault.service = service;
  fault.trouble = trouble_of(service, origin);
  fault.severity = alarm.severity;
  fault.rule = origin.rule;
  fault.since = alarm.raised;
  fault.known = alarm.handling == alarms::Handling::acknowledged;
  if (const auto* thing = view.thing(alarm.thing)) {
    fault.street = thing->street;
    fault.name = thing->name.empty() ? thing->key : thing->name;
    if (const auto* zone = view.zone(thing->zone)) fault.zone = zone->name;
  }
  if (service == Service::light && alarm.kind == Kind::feeder) {
    fault.things = fault.trouble == Trouble::light_gone ? lamps_behind(view, alarm.thing) : alarm.covers;
    fault.things = std::max<std::uint64_t>(fault.things, alarm.covers);
  }
  return fault;
}

bool is_put_together(const Fault& fault) {
  return fault.trouble == Trouble::lamps_dark || fault.trouble == Trouble::bin_full;
}

std::vector<Fault> put_together(std::vector<Fault> faults) {
  std::map<std::tuple<Trouble, std::string, std::string>, std::size_t> at;
  std::vector<Fault> out;
  for (auto& fault : faults) {
    if (!is_put_together(fault)) {
      out.push_back(std::move(fault));
      continue;
    }
    fault.name.clear();
    const auto [known, is_new] =
        at.try_emplace({fault.trouble, fault.zone.kk + fault.zone.ru + fault.zone.en, fault.street}, out.size());
    if (is_new) {
      out.push_back(std::move(fault));
      continue;
    }
    Fault& sum = out[known->second];
    sum.things += fault.things;
    sum.since = std::min(sum.since, fault.since);
    sum.severity = std::min(sum.severity, fault.severity);
    sum.known = sum.known && fault.known;
  }
  return out;
}

}  // namespace

std::optional<Service> service_of(Kind kind, std::string_view property) {
  if (property.starts_with("water_")) return Service::water;
  switch (kind) {
    case Kind::heat_substation: return Service::heat;
    case Kind::lamp:
    case Kind::feeder: return Service::light;
    case Kind::bus_stop: return Service::stop;
    case Kind::bin: return Service::bin;
    case Kind::air_station: return Service::air;
    case Kind::weather_station: return Service::weather;
    case Kind::pump:
      if (starts_with_any(property, {"supply_", "return_", "heat_"})) return Service::heat;
      return std::nullopt;
    case Kind::other:
    case Kind::meter:
    case Kind::bench:
    case Kind::camera:
    case Kind::vehicle:
    case Kind::gateway:
    case Kind::traffic_counter: return std::nullopt;
  }
  return std::nullopt;
}

std::vector<Fault> take_faults(const PageContext& context) {
  const auto open = context.board.snapshot();
  const auto origins = origins_of(*open, context.rules);
  std::vector<Fault> faults;
  context.registry.read([&](const registry::Registry::View& view) {
    for (const Origin& origin : origins) {
      const auto service = service_of(origin.alarm->kind, origin.property);
      // Water meters of private houses are their owners' matter.
      if (!service || origin.alarm->kind == Kind::meter || !concerns_residents(origin)) continue;
      faults.push_back(fault_of(view, *service, origin));
    }
  });
  std::ranges::sort(faults, [](const Fault& a, const Fault& b) {
    return std::tie(a.severity, b.since, a.name) < std::tie(b.severity, a.since, b.name);
  });
  return put_together(std::move(faults));
}

}  // namespace qala::residents
