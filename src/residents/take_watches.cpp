// How much of each service is seen: without that "no fault seen" would be a guess.
#include <algorithm>
#include <unordered_map>

#include "residents/picture.h"

namespace qala::residents {

namespace {

struct Stream {
  DatastreamId id;
  ThingId thing;
  Service service;
  std::int64_t patience;  ///< ns
};

std::vector<Stream> watched_streams(const registry::Registry& registry) {
  std::vector<Stream> streams;
  registry.read([&](const registry::Registry::View& view) {
    view.each_datastream([&](const registry::Datastream& stream) {
      const auto* thing = view.thing(stream.thing);
      if (!thing || thing->kind == registry::Kind::meter) return;
      const auto* property = view.property(stream.property);
      const auto service = service_of(thing->kind, property ? std::string_view(property->key) : std::string_view());
      if (!service) return;
      const auto patience = std::max(kOldest, 3 * stream.interval_ms * (Instant::kSecond / 1000));
      streams.push_back({stream.id, stream.thing, *service, patience});
    });
  });
  return streams;
}

}  // namespace

std::array<Watch, kServices> take_watches(const PageContext& context, Instant now) {
  const auto streams = watched_streams(context.registry);
  std::vector<DatastreamId> ids;
  ids.reserve(streams.size());
  for (const auto& stream : streams) ids.push_back(stream.id);
  std::unordered_map<DatastreamId, std::int64_t> newest;
  for (const auto& latest : context.store.latest(ids)) newest[latest.datastream] = latest.time;

  std::array<Watch, kServices> watches{};
  std::array<std::unordered_map<ThingId, bool>, kServices> things;  // does it report?
  for (const auto& stream : streams) {
    const auto which = static_cast<std::size_t>(stream.service);
    const auto found = newest.find(stream.id);
    const bool reports = found != newest.end() && now.ns - found->second <= stream.patience;
    bool& reporting = things[which][stream.thing];
    reporting = reporting || reports;
    if (found != newest.end()) watches[which].newest = std::max(watches[which].newest, found->second);
  }
  for (std::size_t i = 0; i < kServices; i++) {
    watches[i].things = things[i].size();
    for (const auto& [thing, reports] : things[i]) watches[i].reporting += reports;
  }
  return watches;
}

Picture take_picture(const PageContext& context) {
  const Instant now = context.clock.now();
  return {.now = now,
          .air = take_air(context, now),
          .faults = take_faults(context),
          .watches = take_watches(context, now),
          .warnings = context.warnings ? context.warnings->in_force() : std::vector<warnings::Message>()};
}

}  // namespace qala::residents
