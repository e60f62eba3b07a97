#pragma once

#include <string>
#include <vector>

#include "sim/cameras/loop.h"

namespace qala::sim {

/// The H.264 track of an MP4 file as a loop: the encoder's own bytes and times, without a clock of ours.
Result<LoopPtr> read_clip(const std::string& path);

/// All *.mp4 of a folder, by name. `not_found` if there is none.
Result<std::vector<LoopPtr>> read_clips(const std::string& folder);

}  // namespace qala::sim
