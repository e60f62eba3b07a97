#pragma once

#include "registry/registry.h"

namespace qala::registry {

/// Is this a thinkable change of the town in `view`? Looks at every entity by itself (lengths, ranges, dates, JSON), at
/// references (also among the new), at keys (`conflict`) and at circles of parents or gateways. Names the entity and
/// the field. Also brings Thing::properties into the one form in which they are stored. Pure.
Result<> check(const Registry::View& view, Changes& changes);

/// A field of one entity that will not do, in words that stand after "line 17, column lat: ". Empty: fine.
struct FieldProblem {
  std::string_view field;
  std::string problem;
  explicit operator bool() const { return !problem.empty(); }
};
FieldProblem check_fields(const Thing& thing);
FieldProblem check_fields(const Datastream& datastream);
FieldProblem check_fields(const ObservedProperty& property);
FieldProblem check_fields(const Sensor& sensor);
FieldProblem check_fields(const ZoneArea& zone);

}  // namespace qala::registry
