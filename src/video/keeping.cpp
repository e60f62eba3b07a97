#include "video/keeping.h"

#include <utility>

#include <fmt/core.h>

namespace qala::video {

footage::Retention retention_of(const Configuration& configuration) {
  footage::Retention out;
  for (const Keep& keep : configuration.keep) {
    if (keep.id == 0) {
      out.others = {.days = keep.days, .bytes = keep.bytes};
      continue;
    }
    footage::Group group{
        .name = fmt::format("group {}", keep.id), .cameras = {}, .keep = {.days = keep.days, .bytes = keep.bytes}};
    for (const CameraSetup& camera : configuration.cameras) {
      if (camera.keep == keep.id) group.cameras.push_back(camera.id);
    }
    out.groups.push_back(std::move(group));
  }
  return out;
}

}  // namespace qala::video
