#pragma once

#include <optional>
#include <string_view>

namespace qala::ngsi {

/// application/ld+json rather than application/json? By the header Accept (RFC 9110, 12.5.1); application/json if both
/// are as welcome or there is no header. Nothing: neither is.
std::optional<bool> wants_ld(std::string_view accept);

/// May an @context that the header Link names be read as ours? Nothing is fetched: ours, the core context and those of
/// the Smart Data Models are known; any other would give names a meaning that we do not know.
bool is_known_context(std::string_view link, std::string_view own);

}  // namespace qala::ngsi
