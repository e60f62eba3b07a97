#pragma once

#include <string>
#include <vector>

#include "sim/cameras/slices.h"
#include "sim/clock_code.h"

namespace qala::sim {

/// Writes the clock (clock_code.h) of one stream as a slice of its own: the top rows of macroblocks of each picture, a
/// few hundred bytes, while the rest of the picture was encoded long ago. It can, because the loops are encoded so that
/// nothing below ever looks at these rows (encode.h). Digits that stay as they were are skipped between key frames.
class ClockStrip {
 public:
  /// `scale`: how many macroblocks a cell is wide and high, 1 for 640 x 360.
  explicit ClockStrip(int scale);

  /// A NAL unit to send just before the one whose head is `body`.
  std::string draw(const ParameterSets& sets, const SliceHead& body, const BurntClock& clock);

  /// 1 for 640 x 360, 2 for 1280 x 720, 3 for 1920 x 1080; 0: no room for a clock.
  static int scale_of(int width, int height);

 private:
  void paint(const std::string& text);

  int scale_;
  std::string shown_;  ///< as in the last picture
  std::vector<std::uint8_t> luma_;  ///< of the cells with the digits
};

}  // namespace qala::sim
