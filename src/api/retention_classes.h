#pragma once

#include <vector>

#include "base/ids.h"
#include "readings/store.h"
#include "registry/registry.h"

namespace qala::api {

/// Whose readings are kept for how long.
struct RetentionClasses {
  std::vector<DatastreamId> standard, brief;
};

/// What the registry has, by its class; of the standard class is also what was removed from it while its readings stay.
/// Any thread.
RetentionClasses retention_classes(const registry::Registry& registry, const readings::ReadingStore& store);

}  // namespace qala::api
