#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "video/picture.h"

namespace qala::video {

/// What is wrong with a camera's picture. Levels are luma of the limited range: 16 black, 235 white (BT.601).
enum class Condition : std::uint8_t {
  covered,  ///< flat (deviation under kFlat) though not dark, or dark from one picture to the next: dusk is slower
  moved,  ///< sharp, but its edges are no longer where they were (correlation under kSameView)
  blurred,  ///< sharpness under a quarter of this camera's usual
  dark,  ///< mean under kDark and flat: nothing can be seen
  frozen,  ///< picture after picture equal in every cell, which a sensor's noise never allows
  overexposed,  ///< more than half of the picture white
};
constexpr std::size_t kConditions = 6;
std::string_view name_of(Condition condition);

/// Judges the small grey pictures of one camera, one a second or so. Sharpness is the variance of the Laplacian
/// (Pech-Pacheco and others, "Diatom autofocusing in brightfield microscopy", 2000) over the variance of the picture,
/// so that dusk does not count as blur. The usual view is learnt slowly while nothing is wrong. A condition must hold
/// for kHold to begin and be gone for kHold to end; a moved camera's new view becomes the usual one after kNewView.
/// Pure; any one thread at a time.
class Conditions {
 public:
  static constexpr std::uint32_t kWidth = 160, kHeight = 90;
  static constexpr double kFlat = 7, kDark = 32, kWhite = 235, kSameView = 0.3, kSharp = 0.25;
  static constexpr Duration kHold = std::chrono::seconds(20), kNewView = std::chrono::minutes(10);
  static constexpr int kLearn = 10;  ///< pictures before moved and blurred are judged
  static constexpr int kLeast = 3;  ///< pictures within kHold, at least

  struct Change {
    Condition condition;
    bool on;
  };
  /// What begins or ends with this picture, of kWidth x kHeight or smaller.
  std::vector<Change> feed(const Grey& grey, Instant at);
  bool on(Condition condition) const { return state_[static_cast<std::size_t>(condition)].on; }
  /// Mean of the newest picture, 0 (black) to 100 (white).
  double brightness() const { return brightness_; }

 private:
  struct State {
    bool on = false;
    int count = 0;  ///< pictures in a row that say the opposite of `on`
    std::optional<Instant> since = {};  ///< of these the first
  };
  struct Measures;
  using Found = std::array<bool, kConditions>;
  Found judge(const Grey& grey, const Measures& measures);
  void learn(const Measures& measures, const Found& found, Instant at);

  std::array<State, kConditions> state_;
  Grey before_;
  double brightness_ = 0, mean_before_ = -1;
  bool sudden_dark_ = false;
  int learnt_ = 0;
  double usual_sharpness_ = 0;
  std::vector<float> usual_edges_;
  std::optional<Instant> moved_since_;
};

}  // namespace qala::video
