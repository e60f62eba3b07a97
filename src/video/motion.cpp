#include "video/motion.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace qala::video {

namespace {
constexpr float kAdapt = 0.08F;
}

/// The median: what a lamp, the sun or the camera's exposure changed everywhere.
int Motion::usual_difference(const Grey& grey) const {
  std::array<std::uint32_t, 511> counts{};
  for (std::size_t i = 0; i < grey.cells.size(); i++) {
    counts[static_cast<std::size_t>(int{grey.cells[i]} - int{before_.cells[i]} + 255)]++;
  }
  std::size_t sum = 0;
  for (std::size_t i = 0; i < counts.size(); i++) {
    sum += counts[i];
    if (sum * 2 >= grey.cells.size()) return static_cast<int>(i) - 255;
  }
  return 0;
}

std::uint32_t Motion::feed(const Grey& grey) {
  if (grey.width != before_.width || grey.height != before_.height) {
    before_ = grey;
    noise_.assign(grey.cells.size(), 2.0F);
    seen_ = 1;
    return 0;
  }
  const int shift = usual_difference(grey);
  std::vector<std::uint8_t> changed(grey.cells.size(), 0);
  for (std::size_t i = 0; i < grey.cells.size(); i++) {
    const auto difference = static_cast<float>(std::abs(int{grey.cells[i]} - int{before_.cells[i]} - shift));
    const float limit = std::max(kFloor, kOverNoise * noise_[i]);
    changed[i] = difference > limit;
    // What is far out counts as far out only, or one car would make the street blind.
    noise_[i] += kAdapt * (std::min(difference, limit * 1.5F) - noise_[i]);
  }
  before_ = grey;
  if (++seen_ <= kLearn) return 0;
  std::uint32_t count = 0;
  for (std::uint32_t y = 0; y < grey.height; y++) {
    for (std::uint32_t x = 0; x < grey.width; x++) {
      const std::size_t i = y * std::size_t{grey.width} + x;
      if (!changed[i]) continue;
      const bool neighbour = (x > 0 && changed[i - 1]) || (x + 1 < grey.width && changed[i + 1]) ||
                             (y > 0 && changed[i - grey.width]) || (y + 1 < grey.height && changed[i + grey.width]);
      if (neighbour) count++;
    }
  }
  return count;
}

}  // namespace qala::video
