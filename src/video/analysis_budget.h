#pragma once

#include <cstdint>
#include <map>

namespace qala::video {

/// How often pictures are looked at, so that all looks together cost no more than their share of one core: recording
/// and whoever watches come first. Cameras that record only what moves are looked at each second whatever it costs. One
/// thread.
class AnalysisBudget {
 public:
  static constexpr std::int64_t kLeast = 900'000'000;  ///< ns between two looks at a camera: each key frame of a second
  static constexpr std::int64_t kMost =
      10'000'000'000;  ///< and never longer, or motion would be missed: cameras are then too many

  /// Of one core, 1 to 100 %.
  void share(int percent) { percent_ = percent; }
  /// A look at `camera` took so many ns of processor time. `urgent`: it records only what moves.
  void spent(std::uint32_t camera, std::int64_t ns, bool urgent);
  void forget(std::uint32_t camera);
  /// ns from one look to the next at a camera of which everything is recorded.
  std::int64_t interval() const;

 private:
  struct Cost {
    double ns = 0;
    bool urgent = false;
  };
  void add(const Cost& cost, double sign);

  int percent_ = 15;
  std::map<std::uint32_t, Cost> costs_;  ///< of one look, smoothed
  double urgent_ = 0, others_ = 0;  ///< sums of those
};

}  // namespace qala::video
