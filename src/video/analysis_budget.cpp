#include "video/analysis_budget.h"

#include <algorithm>

namespace qala::video {

namespace {
constexpr double kAdapt = 0.2;
}

void AnalysisBudget::add(const Cost& cost, double sign) { (cost.urgent ? urgent_ : others_) += sign * cost.ns; }

void AnalysisBudget::spent(std::uint32_t camera, std::int64_t ns, bool urgent) {
  const auto took = static_cast<double>(std::max<std::int64_t>(ns, 0));
  const auto [at, fresh] = costs_.try_emplace(camera, Cost{.ns = took, .urgent = urgent});
  if (!fresh) {
    add(at->second, -1);
    at->second = {.ns = at->second.ns + kAdapt * (took - at->second.ns), .urgent = urgent};
  }
  add(at->second, 1);
}

void AnalysisBudget::forget(std::uint32_t camera) {
  const auto at = costs_.find(camera);
  if (at == costs_.end()) return;
  add(at->second, -1);
  costs_.erase(at);
}

std::int64_t AnalysisBudget::interval() const {
  const double share = percent_ / 100.0;
  // The urgent ones take a second's looks each second; a tenth of the share is always left for the others.
  const double left = std::max(share / 10, share - urgent_ / 1e9);
  const double wanted = others_ / left;
  return static_cast<std::int64_t>(std::clamp(wanted, static_cast<double>(kLeast), static_cast<double>(kMost)));
}

}  // namespace qala::video
