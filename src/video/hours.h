#pragma once

#include <memory>
#include <string>
#include <vector>

#include "video/wire.h"

namespace qala::video {

/// Is `minute` (0..1439) of `weekday` (0 Monday) within one of these? None: always.
bool within(const std::vector<Hours>& hours, int weekday, int minute);

}  // namespace qala::video
