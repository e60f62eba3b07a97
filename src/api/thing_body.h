#pragma once

#include <optional>
#include <string>

#include "api/authorize.h"
#include "api/body.h"
#include "http/message.h"

namespace qala::api {

// The fields that a body speaks of go into the entity, the others stay; null takes away what may be absent. `invalid`
// names the field. Pure.
Result<> read_thing(const Body& body, registry::Thing& thing);
Result<> read_datastream(const Body& body, registry::Datastream& datastream);

/// Where it is now, and where it would be: nobody moves a thing out of another's part, nor into it. Writer thread.
bool may_put(const Context& context, const Caller& caller, const registry::Thing& thing);

/// The version in `If-Match: "…"`; none: the header is absent or `*`.
std::optional<std::string> seen_version(const http::Request& request);

/// T with everything, its version also as ETag; 404 `thing.not_found`.
http::Response show_thing(const Context& context, ThingId id, unsigned status = 200);
/// `thing.changed_meanwhile` (412) if a version was asked for, else `thing.key_taken`; `thing.not_found`; else by kind.
http::Response refuse_edit(const Error& error, bool changed_meanwhile);

/// The thing in the path, or `not_found`.
Result<ThingId> thing_in_path(const http::Request& request);

}  // namespace qala::api
