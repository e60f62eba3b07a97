#pragma once

#include "sensorthings/service.h"

namespace qala::sensorthings {

/// POST /$batch: JSON ({"requests":[…]}) or multipart/mixed. Requests in order, answers in the same order; what fails
/// does not stop the others, but those of its own atomicity group or changeset. Writer thread. `may_read`: of who asks.
Answer run_batch(Service& service, const Ask& ask, bool may_read);

}  // namespace qala::sensorthings
