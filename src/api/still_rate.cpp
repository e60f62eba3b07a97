#include "api/still_rate.h"

#include <algorithm>

namespace qala::api {

bool StillRate::take(const audit::Actor& who) {
  constexpr std::size_t kMany = 200;
  const std::int64_t now = clock_.monotonic_ns();
  const auto filled = [now](const Left& left) {
    const double since = static_cast<double>(now - left.at_ns) / static_cast<double>(Instant::kSecond);
    return std::min(kAtOnce, left.stills + since * kPerSecond);
  };
  if (left_.size() > kMany) std::erase_if(left_, [&](const auto& one) { return filled(one.second) >= kAtOnce; });
  Left& left = left_.try_emplace(who.kind + " " + who.subject, Left{.at_ns = now}).first->second;
  left = {.stills = filled(left), .at_ns = now};
  if (left.stills < 1) return false;
  left.stills -= 1;
  return true;
}

}  // namespace qala::api
