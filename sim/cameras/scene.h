#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/cameras/paint.h"

namespace qala::sim {

/// A place of the town as a camera sees it: drawn by us, the same for the same seed, and seamless when it begins anew
/// after `seconds`. The top of the picture stands still (there is the clock).
class Scene {
 public:
  virtual ~Scene() = default;
  /// Draws the moment `t` (0 <= t < seconds); `number` counts the pictures, for the grain.
  virtual void draw(double t, std::uint64_t number, Picture& into) const = 0;
};

/// "street", "junction", "dusk", "snow".
constexpr std::uint64_t kSceneSeed = 1;  ///< of the town that everybody sees
std::span<const std::string_view> scene_names();
/// The windows of a house that are nobody's business, as a ring in 0..1 of the picture: for a mask. Some scenes have
/// none.
std::vector<Dot> private_windows(std::string_view name);

/// `not_found` if there is no such scene.
Result<std::unique_ptr<Scene>> make_scene(std::string_view name, int width, int height, double seconds,
                                          std::uint64_t seed);

}  // namespace qala::sim
