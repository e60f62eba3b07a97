#pragma once

#include <algorithm>
#include <cstdint>

namespace qala::mqtt {

/// Token bucket of one principal: `per_second` messages, bursts of as many as two seconds allow.
class RateLimit {
 public:
  bool take(std::uint32_t per_second, std::int64_t now_ns) {
    if (per_second == 0) return true;
    const double burst = 2.0 * per_second;
    tokens_ = started_ ? std::min(burst, tokens_ + static_cast<double>(now_ns - last_ns_) * 1e-9 * per_second) : burst;
    started_ = true;
    last_ns_ = now_ns;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double tokens_ = 0;
  std::int64_t last_ns_ = 0;
  bool started_ = false;
};

}  // namespace qala::mqtt
