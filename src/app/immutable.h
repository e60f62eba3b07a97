#pragma once

#include <filesystem>

namespace qala::app {

/// Files of a data folder that are written once and never again, only removed: files of readings and pictures. A second
/// name for the same bytes is as good as a copy.
inline bool is_immutable(const std::filesystem::path& path) {
  const auto kind = path.extension();
  if (kind == ".seg" || kind == ".rows") return true;
  return path.parent_path().filename() == "photos" && (kind == ".jpg" || kind == ".png" || kind == ".webp");
}

}  // namespace qala::app
