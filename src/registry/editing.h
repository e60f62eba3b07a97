#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "registry/registry.h"

namespace qala::registry {

/// A short text that changes with every field of the thing and of its datastreams, and is the same after a restart:
/// what two who edit the same thing notice each other by. Pure.
std::string version_of(const Registry::View& view, const Thing& thing);

/// The thing as it is now, to be changed and put back without anybody in between: on the writer thread only. `seen` is
/// the version that the change was made from; given, and another by now: `conflict`. `not_found`: no such thing.
Result<Thing> thing_to_edit(const Registry& registry, ThingId id, std::optional<std::string_view> seen);
/// The same for one datastream; `seen` is the version of its thing.
Result<Datastream> datastream_to_edit(const Registry& registry, DatastreamId id, std::optional<std::string_view> seen);

/// `conflict` while a thing lies in it. Writer thread.
Result<> remove_zone(Registry& registry, std::uint32_t id, const Actor& actor);

/// Would put_all() take these? The same error if not; changes nothing.
Result<> try_all(const Registry& registry, const Changes& changes);

/// What carry_out() would answer; changes nothing.
Result<ImportReport> try_out(const Registry& registry, ImportPlan plan);

}  // namespace qala::registry
