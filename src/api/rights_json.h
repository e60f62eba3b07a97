#pragma once

#include <optional>
#include <vector>

#include "access/access.h"
#include "api/body.h"
#include "api/context.h"
#include "base/json_writer.h"

namespace qala::api {

/// `[{"role":"operator","zone":3,"kind":"lamp"}…]`; zone and kind are absent where they are not given.
void render(JsonWriter& json, const std::vector<access::RoleGrant>& grants);
/// The body's "grants"; absent: none. `invalid` names what is wrong, also of zones and kinds that are not there.
Result<std::vector<access::RoleGrant>> grants_in(const Body& body, const Context& context);
void time_or_null(JsonWriter& json, std::optional<Instant> at);

}  // namespace qala::api
