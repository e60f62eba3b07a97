#include "video/load.h"

namespace qala::video {

int Load::feed(const Second& second) {
  const bool disk = second.disk_queue > kLongQueue;
  if (disk || second.loop_lag_ms > late_ms_) {
    disk_ = disk;
    quiet_ = 0;
    if (++late_ >= kUp && level_ < kMost) {
      level_++;
      late_ = 0;
    }
    return level_;
  }
  late_ = 0;
  if (second.loop_lag_ms > late_ms_ / 4 || second.disk_queue > kShortQueue) {
    quiet_ = 0;
    return level_;
  }
  if (level_ > 0 && ++quiet_ >= kDown) {
    level_--;
    quiet_ = 0;
  }
  return level_;
}

std::string_view Load::words() const {
  switch (level_) {
    case 0: return "";
    case 1: return disk_ ? "the disk is slow: pictures are not analysed" : "too much to do: pictures are not analysed";
    case 2: return "too much to do: pictures are not analysed, no stills";
    default: return "too much to do: pictures are not analysed, no stills, no live sub-streams";
  }
}

}  // namespace qala::video
