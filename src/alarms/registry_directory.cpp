#include "alarms/registry_directory.h"

namespace qala::alarms {

namespace {

bool describe(const registry::Registry::View& view, const registry::Datastream& datastream, StreamFacts& out) {
  const auto* thing = view.thing(datastream.thing);
  if (!thing) return false;
  const auto* zone = view.zone(thing->zone);
  const auto* property = view.property(datastream.property);
  out.datastream = datastream.id;
  out.thing = thing->id;
  out.kind = thing->kind;
  out.zone = thing->zone;
  out.zone_key = zone ? zone->key : std::string();
  out.property = property ? property->key : std::string();
  out.key = thing->key + '/' + datastream.key;
  out.unit = datastream.unit.empty() && property ? property->unit : datastream.unit;
  out.interval_ms = datastream.interval_ms;
  return true;
}

}  // namespace

RegistryDirectory::RegistryDirectory(const registry::Registry& registry) : registry_(registry) {
  registry_.read([&](const registry::Registry::View& view) {
    view.each_thing([&](const registry::Thing& thing) { link(thing.id, {thing.parent, thing.gateway}); });
  });
}

void RegistryDirectory::link(ThingId thing, Links links) {
  if (!links.parent && !links.gateway) return;
  links_[thing] = links;
  if (links.parent) dependants_[links.parent]++;
  if (links.gateway && links.gateway != links.parent) dependants_[links.gateway]++;
}

void RegistryDirectory::unlink(ThingId thing) {
  const auto at = links_.find(thing);
  if (at == links_.end()) return;
  const Links links = at->second;
  links_.erase(at);
  if (links.parent) dependants_[links.parent]--;
  if (links.gateway && links.gateway != links.parent) dependants_[links.gateway]--;
}

bool RegistryDirectory::stream(DatastreamId id, StreamFacts& out) const {
  bool found = false;
  registry_.read([&](const registry::Registry::View& view) {
    const auto* datastream = view.datastream(id);
    found = datastream && describe(view, *datastream, out);
  });
  return found;
}

bool RegistryDirectory::thing(ThingId id, ThingFacts& out) const {
  bool found = false;
  registry_.read([&](const registry::Registry::View& view) {
    const auto* thing = view.thing(id);
    if (!thing) return;
    found = true;
    out = {thing->id, thing->kind, thing->zone, thing->parent, thing->gateway};
  });
  return found;
}

std::vector<DatastreamId> RegistryDirectory::streams_of(ThingId thing) const {
  std::vector<DatastreamId> streams;
  registry_.read([&](const registry::Registry::View& view) { streams = view.datastreams_of(thing); });
  return streams;
}

std::size_t RegistryDirectory::dependants(ThingId thing) const {
  const auto at = dependants_.find(thing);
  return at == dependants_.end() ? 0 : at->second;
}

void RegistryDirectory::thing_changed(const registry::Thing& thing) {
  unlink(thing.id);
  link(thing.id, {thing.parent, thing.gateway});
  if (engine_) engine_->thing_changed(thing.id);
}

void RegistryDirectory::thing_removed(ThingId thing) {
  unlink(thing);
  if (engine_) engine_->thing_changed(thing);
}

void RegistryDirectory::datastream_changed(const registry::Datastream& datastream) {
  if (engine_) engine_->datastream_changed(datastream.id);
}

void RegistryDirectory::datastream_removed(DatastreamId datastream) {
  if (engine_) engine_->datastream_changed(datastream);
}

}  // namespace qala::alarms
