#include "api/trend.h"

#include <algorithm>
#include <ranges>

namespace qala::api {

namespace {
constexpr std::int64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond;
}

void CounterTrend::add(std::int64_t now_ns, std::uint64_t value) {
  const Sample sample{.at = now_ns, .value = value};
  if (minutes_.empty() || now_ns - minutes_.back().at >= kMinute) {
    minutes_.push_back(sample);
    if (minutes_.size() > kMinutes + 1) minutes_.pop_front();
  }
  seconds_.push_back(sample);
  while (seconds_.size() > 1 && now_ns - seconds_[1].at >= kMinute) seconds_.pop_front();
}

/// The newest sample not after `at`, or the oldest there is.
const CounterTrend::Sample& CounterTrend::before(std::int64_t at) const {
  for (const auto* samples : {&seconds_, &minutes_}) {
    for (const Sample& sample : std::views::reverse(*samples)) {
      if (sample.at <= at) return sample;
    }
  }
  return minutes_.front();
}

double CounterTrend::rate(std::int64_t seconds) const {
  if (seconds_.empty()) return 0;
  const Sample& last = seconds_.back();
  const Sample& first = before(last.at - seconds * kSecond);
  if (last.at <= first.at) return 0;
  return static_cast<double>(last.value - first.value) * 1e9 / static_cast<double>(last.at - first.at);
}

std::uint64_t CounterTrend::grown(std::int64_t seconds) const {
  if (seconds_.empty()) return 0;
  return seconds_.back().value - before(seconds_.back().at - seconds * kSecond).value;
}

std::vector<std::uint64_t> CounterTrend::minutes() const {
  std::vector<std::uint64_t> out;
  for (std::size_t i = 1; i < minutes_.size(); i++) out.push_back(minutes_[i].value - minutes_[i - 1].value);
  return out;
}

void GaugeTrend::add(std::int64_t now_ns, double value) {
  const std::int64_t minute = now_ns / kMinute;
  if (highest_.empty() || minute != minute_) {
    const auto missed = highest_.empty() ? 1 : std::min<std::int64_t>(minute - minute_, CounterTrend::kMinutes + 1);
    for (std::int64_t i = 0; i < missed; i++) highest_.push_back(0);
    while (highest_.size() > CounterTrend::kMinutes + 1) highest_.pop_front();
    minute_ = minute;
  }
  highest_.back() = std::max(highest_.back(), value);
}

std::vector<double> GaugeTrend::minutes() const {
  if (highest_.empty()) return {};
  return {highest_.begin(), std::prev(highest_.end())};
}

}  // namespace qala::api
