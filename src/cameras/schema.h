#pragma once

#include <span>
#include <string_view>

namespace qala::cameras {

/// Tables camera, camera_mask, camera_group and look of town.db, step by step (base/schema.h).
std::span<const std::string_view> schema_steps();

}  // namespace qala::cameras
