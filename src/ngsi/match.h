#pragma once

#include "ngsi/entity.h"
#include "ngsi/query.h"

namespace qala::ngsi {

/// Does the entity fit? An attribute that is not there, and a value of another kind, fits nothing; != also wants the
/// attribute to be there.
bool fits(const Query& query, const Entity& entity);

}  // namespace qala::ngsi
