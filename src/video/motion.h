#pragma once

#include <cstdint>
#include <vector>

#include "video/picture.h"

namespace qala::video {

/// Something moves: compares each small grey picture with the one before. A cell has changed when it differs by more
/// than its own usual noise (a running mean of what it differs by; waving trees and falling snow raise it), after a
/// change of the whole picture's brightness is taken away. Single cells do not count, so that noise needs neighbours.
/// Pure; any one thread at a time.
class Motion {
 public:
  static constexpr std::uint32_t kWidth = 80, kHeight = 45;
  static constexpr int kLearn = 3;            ///< pictures before it says anything
  static constexpr std::uint32_t kLeast = 6;  ///< changed cells: a person in a 640 x 360 picture of a street has 20
  static constexpr float kFloor = 9;          ///< levels a cell must differ by at least
  static constexpr float kOverNoise = 4;      ///< times its usual noise

  /// Changed cells; 0 while it learns. A picture of another size begins anew.
  std::uint32_t feed(const Grey& grey);
  static bool is_motion(std::uint32_t changed) { return changed >= kLeast; }

 private:
  int usual_difference(const Grey& grey) const;
  Grey before_;
  std::vector<float> noise_;
  int seen_ = 0;
};

}  // namespace qala::video
