#include "rtsp/timeline.h"

#include <algorithm>

namespace qala::rtsp {
namespace {
constexpr std::int64_t kLargestJump_s = 5;
constexpr unsigned kEnough = 3;
}  // namespace

bool Timeline::plausible(std::int64_t step, std::int64_t arrival_ns) const {
  const auto elapsed_s = (arrival_ns - last_arrival_ns_) / 1'000'000'000 + 1;
  const auto most = std::max(kLargestJump_s, elapsed_s) * clock_;
  if (step > 0) return step <= most;
  return depth_ > 0 && step < 0 && step >= -clock_;
}

std::optional<Timeline::Stamp> Timeline::next(std::uint32_t timestamp, std::int64_t arrival_ns, bool bidirectional,
                                              std::int64_t first_dts) {
  if (!begun_) {
    begun_ = true;
    last_timestamp_ = timestamp;
    last_arrival_ns_ = arrival_ns;
    last_pts_ = highest_pts_ = first_dts + static_cast<std::int64_t>(depth_) * usual_;
    last_dts_ = first_dts - 1;
    return place(last_pts_);
  }
  const std::int64_t step = static_cast<std::int32_t>(timestamp - last_timestamp_);
  if (plausible(step, arrival_ns)) {
    agreeing_ = 0;
    const auto pts = last_pts_ + step;
    last_timestamp_ = timestamp;
    last_arrival_ns_ = arrival_ns;
    last_pts_ = pts;
    if (settled_ && depth_ > 0 && pts <= last_dts_ && step < 0) return std::nullopt;
    return place(pts);
  }
  if (bidirectional && step < 0 && step >= -clock_) return std::nullopt;
  const auto pts = restamp(timestamp, arrival_ns);
  auto stamp = place(pts);
  stamp.restamped = true;
  return stamp;
}

std::int64_t Timeline::restamp(std::uint32_t timestamp, std::int64_t arrival_ns) {
  const std::int64_t step = static_cast<std::int32_t>(timestamp - other_timestamp_);
  const bool agrees = agreeing_ > 0 && step != 0 && step <= clock_ && step >= (depth_ > 0 ? -clock_ : 0);
  agreeing_ = agrees ? agreeing_ + 1 : 1;
  other_timestamp_ = timestamp;
  other_pts_ = agrees ? other_pts_ + step : highest_pts_ + usual_;
  if (agreeing_ >= kEnough) {
    agreeing_ = 0;
    last_timestamp_ = timestamp;
    last_arrival_ns_ = arrival_ns;
    last_pts_ = other_pts_;
  }
  return other_pts_;
}

Timeline::Stamp Timeline::place(std::int64_t pts) {
  if (!settled_) {
    settled_ = true;
    sorted_.clear();
    for (unsigned i = depth_; i > 0; i--) sorted_.push_back(pts - static_cast<std::int64_t>(i) * usual_);
  }
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), pts), pts);
  auto dts = sorted_.front();
  sorted_.erase(sorted_.begin());
  dts = std::max(dts, last_dts_ + 1);
  pts = std::max(pts, depth_ == 0 ? dts : pts);
  // How long this one lasts is known when the next one comes. Until then: rather a little too long than too short,
  // because a browser that meets a step of more than twice a frame's duration waits for a key frame.
  const auto step = dts - last_dts_;
  if (step <= clock_ && step >= usual_ / 8) {
    usual_ = step;
    lasting_ = std::max(step, lasting_ - lasting_ / 8);
  }
  last_dts_ = dts;
  highest_pts_ = std::max(highest_pts_, pts);
  return {.dts = dts,
          .composition = static_cast<std::int32_t>(pts - dts),
          .duration = static_cast<std::uint32_t>(lasting_),
          .restamped = false};
}

}  // namespace qala::rtsp
