#pragma once

#include <cstdint>

#include "base/time.h"

namespace qala::rtsp {

/// Wall clock of a run's frames. Begins at the local clock when the first frame came; then goes by the dts, pulled
/// towards the local clock by at most 500 ppm. Frames come late but never early, so that of each five seconds the
/// earliest counts. Never goes back. Pure: the local clock is handed in.
class Wall {
 public:
  /// `dts` of the first frame, at `now`.
  Wall(std::uint32_t clock, std::int64_t dts, Instant now) : clock_(clock), first_dts_(dts), start_(now), last_(now) {}

  Instant at(std::int64_t dts, Instant now);
  /// The two are more than 2 s apart: a step of one of the clocks, or a camera that left time out. Begin anew.
  bool apart() const { return apart_; }

 private:
  const std::int64_t clock_;
  const std::int64_t first_dts_;
  const Instant start_;
  Instant last_;
  std::int64_t correction_ns_ = 0, target_ns_ = 0;  // to be added to what the dts say
  std::int64_t corrected_at_ns_ = 0;
  std::int64_t window_ns_ = 0, least_ns_ = 0;
  bool window_open_ = false;
  bool apart_ = false;
};

}  // namespace qala::rtsp
