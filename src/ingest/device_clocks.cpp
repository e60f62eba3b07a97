#include "ingest/device_clocks.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace qala::ingest {

namespace {
constexpr std::int64_t kWindowNs = 600'000'000'000;
constexpr double kSpreadS = 30;
constexpr double kHistoryS = 2.0 * 86400;  ///< what is further away is history being sent, or a clock never set
}  // namespace

void DeviceClocks::add(std::uint64_t source, std::int64_t ahead_ns, std::int64_t now_ns) {
  const double ahead_s = static_cast<double>(ahead_ns) / 1e9;
  if (std::abs(ahead_s) > kHistoryS) return;
  const Entry entry{.at = now_ns, .source = source, .ahead_s = ahead_s};
  if (entries_.size() < kKept) {
    entries_.push_back(entry);
    return;
  }
  entries_[next_] = entry;
  next_ = (next_ + 1) % kKept;
}

std::optional<double> DeviceClocks::offset_s(std::int64_t now_ns) const {
  std::vector<double> told;
  std::set<std::uint64_t> sources;
  for (const Entry& entry : entries_) {
    if (entry.at < now_ns - kWindowNs) continue;
    told.push_back(entry.ahead_s);
    sources.insert(entry.source);
  }
  if (told.size() < kLeastTold || sources.size() < kLeastSources) return std::nullopt;
  std::ranges::sort(told);
  const std::size_t n = told.size();
  if (told[n * 3 / 4] - told[n / 4] > kSpreadS) return std::nullopt;
  return told[n / 2];
}

}  // namespace qala::ingest
