#pragma once

#include "footage/model.h"
#include "video/wire.h"

namespace qala::video {

/// How long footage is kept, as the recorder wants it: one group of cameras for each `keep` of the configuration. The
/// keep with id 0 holds for all other footage, that of removed cameras included.
footage::Retention retention_of(const Configuration& configuration);

}  // namespace qala::video
