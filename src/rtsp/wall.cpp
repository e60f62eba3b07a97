#include "rtsp/wall.h"

#include <algorithm>

namespace qala::rtsp {
namespace {
constexpr std::int64_t kWindow = 5 * Instant::kSecond;
constexpr std::int64_t kApart = 2 * Instant::kSecond;
constexpr std::int64_t kMostPerMillion = 500;
}  // namespace

Instant Wall::at(std::int64_t dts, Instant now) {
  const auto ticks = dts - first_dts_;
  const auto elapsed = ticks / clock_ * Instant::kSecond + ticks % clock_ * Instant::kSecond / clock_;
  // Slowly towards the target.
  const auto most = std::max<std::int64_t>(elapsed - corrected_at_ns_, 0) * kMostPerMillion / 1'000'000;
  correction_ns_ += std::clamp(target_ns_ - correction_ns_, -most, most);
  corrected_at_ns_ = std::max(corrected_at_ns_, elapsed);

  const auto late = now.ns - start_.ns - elapsed;  // against the dts alone
  if (!window_open_) {
    window_open_ = true;
    window_ns_ = elapsed;
    least_ns_ = late;
  }
  least_ns_ = std::min(least_ns_, late);
  if (late - correction_ns_ < -kApart) apart_ = true;  // nothing comes early
  if (elapsed - window_ns_ >= kWindow) {
    target_ns_ = least_ns_;
    if (least_ns_ - correction_ns_ > kApart) apart_ = true;
    window_open_ = false;
  }
  last_ = std::max(last_, Instant{start_.ns + elapsed + correction_ns_});
  return last_;
}

}  // namespace qala::rtsp
