#pragma once

#include <span>
#include <string_view>

#include "registry/model.h"

namespace qala::registry {

/// The observed properties that come with Qala, by ascending id. Ids are for ever: add at the end, never renumber.
std::span<const ObservedProperty> catalogue();

/// The property key that a telemetry key means ("PM2.5", "pm25" -> "pm2_5"), or empty. Letters and digits count, case
/// and separators do not.
std::string_view property_of_alias(std::string_view telemetry_key);

}  // namespace qala::registry
