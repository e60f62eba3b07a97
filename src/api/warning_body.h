#pragma once

#include "api/body.h"
#include "registry/registry.h"
#include "warnings/model.h"
#include "warnings/area.h"

namespace qala::api {

/// A message as the body says it. Zones of the registry become names and outlines within `town`, where the body gives
/// none.
Result<warnings::Content> warning_in(const Body& body, const registry::Registry& registry,
                                     const warnings::Envelope& town);

}  // namespace qala::api
