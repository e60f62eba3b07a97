#include "registry/editing.h"

#include <sodium.h>

#include <array>

#include "base/json_writer.h"
#include "registry/checks.h"
#include "registry/document.h"
#include "registry/town_registry.h"

namespace qala::registry {

namespace {

std::string short_hash(std::string_view text) {
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     nullptr, 0);
  std::array<char, 33> hex{};
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  return {hex.data(), 32};
}

Error changed_meanwhile(const Thing& thing) {
  return fail(ErrorKind::conflict, "thing \"" + thing.key + "\" was changed meanwhile: look at it again");
}

}  // namespace

std::string version_of(const Registry::View& view, const Thing& thing) {
  std::string all;
  JsonWriter out(all);
  out.array().integer(thing.id.value).string(thing.key).string(thing.name).string(thing.description);
  out.string(name_of(thing.kind)).integer(thing.zone).string(thing.street).string(thing.owner);
  out.integer(thing.parent.value).integer(thing.gateway.value);
  if (thing.location) out.number(thing.location->lon).number(thing.location->lat);
  out.string(thing.installed).string(thing.calibrated).string(thing.photo).string(thing.properties);
  for (const DatastreamId id : view.datastreams_of(thing.id)) {
    const Datastream& stream = *view.datastream(id);
    out.array().integer(stream.id.value).string(stream.key).string(stream.name).integer(stream.property.value);
    out.integer(stream.sensor.value).string(stream.unit).integer(stream.interval_ms).string(stream.retention).end();
  }
  out.end();
  return short_hash(all);
}

Result<Thing> thing_to_edit(const Registry& registry, ThingId id, std::optional<std::string_view> seen) {
  Result<Thing> out = fail(ErrorKind::not_found, "there is no thing " + std::to_string(id.value));
  registry.read([&](const Registry::View& view) {
    const Thing* thing = view.thing(id);
    if (!thing) return;
    if (seen && *seen != version_of(view, *thing)) out = changed_meanwhile(*thing);
    else out = *thing;
  });
  return out;
}

Result<Datastream> datastream_to_edit(const Registry& registry, DatastreamId id, std::optional<std::string_view> seen) {
  Result<Datastream> out = fail(ErrorKind::not_found, "there is no datastream " + std::to_string(id.value));
  registry.read([&](const Registry::View& view) {
    const Datastream* stream = view.datastream(id);
    if (!stream) return;
    const Thing& thing = *view.thing(stream->thing);
    if (seen && *seen != version_of(view, thing)) out = changed_meanwhile(thing);
    else out = *stream;
  });
  return out;
}

Result<> remove_zone(Registry& registry, std::uint32_t id, const Actor& actor) {
  return static_cast<TownRegistry&>(registry).remove_zone(id, actor);  // open() makes no other kind
}

Result<> try_all(const Registry& registry, const Changes& changes) {
  Changes work = changes;
  Result<> out;
  registry.read([&](const Registry::View& view) { out = check(view, work); });
  return out;
}

Result<ImportReport> try_out(const Registry& registry, ImportPlan plan) {
  return finish(std::move(plan), [&](Changes& changes) { return try_all(registry, changes); });
}

}  // namespace qala::registry
