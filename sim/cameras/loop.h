#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/cameras/slices.h"

namespace qala::sim {

/// One encoded picture.
struct LoopPicture {
  std::int64_t at = 0;           ///< when it is sent, in 1/90,000 s from the start of the loop
  std::int64_t composition = 0;  ///< how much later it is shown
  bool key = false;
  SliceHead head;                  ///< of its first slice, if the loop has a clock
  std::vector<std::string> units;  ///< NAL units without start codes and parameter sets
};

/// Pictures that were encoded once and are sent again and again, to all cameras that show them. Begins with a key
/// frame. Never changed once made.
struct Loop {
  std::string name;  ///< "street", "car-detection"
  int width = 0, height = 0;
  double fps = 0;
  std::int64_t length = 0;  ///< in 1/90,000 s
  std::string sps, pps;
  ParameterSets sets;  ///< only if clock_scale > 0
  /// Above 0: the top rows of macroblocks are left out and are the clock's (clock_strip.h).
  int clock_scale = 0;
  std::vector<LoopPicture> pictures;

  std::uint32_t clock_macroblocks() const { return static_cast<std::uint32_t>(clock_scale * clock_scale) * 40; }
  std::size_t bytes() const;
  /// The picture that is due at `position`, or the next one.
  std::size_t picture_at(std::int64_t position) const;
};
using LoopPtr = std::shared_ptr<const Loop>;

/// To and from a file of one's own cache; `key` says what it was made of. `not_found` if there is none for this key,
/// `corrupt` if it is damaged.
Result<> save_loop(const Loop& loop, const std::string& path, const std::string& key);
Result<LoopPtr> load_loop(const std::string& path, const std::string& key);

}  // namespace qala::sim
