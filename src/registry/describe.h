#pragma once

#include <string>

#include "registry/registry.h"

namespace qala::registry {

/// What a batch does, for the audit chain: one change is named ("thing.changed", "thing F-12"), several are counted.
struct Description {
  std::string action;
  std::string object;
  std::string detail;  ///< JSON: the changed fields of every entity, before and after
};
Description describe(const Registry::View& before, const Changes& changes);
Description describe_removal(const Registry::View& before, const Thing& thing);
Description describe_removal(const Registry::View& before, const Datastream& datastream);
Description describe_removal(const Registry::View& before, const Sensor& sensor);
Description describe_removal(const Registry::View& before, const ObservedProperty& property);
Description describe_removal(const ZoneArea& zone);

}  // namespace qala::registry
