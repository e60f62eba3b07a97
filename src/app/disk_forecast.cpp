#include "app/disk_forecast.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "base/file.h"

namespace qala::app {

DiskForecast::DiskForecast(std::string path) : path_(std::move(path)) { load(); }

bool DiskForecast::due(Instant now) const {
  return samples_.empty() || now.ns - samples_.back().at.ns >= kEvery || now < samples_.back().at;
}

Result<> DiskForecast::sample(Instant now, std::uint64_t free) {
  // After the clock was set back, what lies ahead of it says nothing.
  std::erase_if(samples_, [&](const Sample& s) { return s.at >= now || now.ns - s.at.ns > kWindow; });
  samples_.push_back({.at = now, .free = free});
  return save();
}

std::optional<double> DiskForecast::days_left(std::uint64_t free) const {
  if (samples_.size() < 2 || samples_.back().at.ns - samples_.front().at.ns < kLeast) return std::nullopt;
  // Least squares, in days and bytes from the first sample on, so that the numbers stay small.
  const auto day = [&](const Sample& s) { return static_cast<double>(s.at.ns - samples_.front().at.ns) / 86.4e12; };
  const auto bytes = [&](const Sample& s) {
    return static_cast<double>(s.free) - static_cast<double>(samples_.front().free);
  };
  double x = 0, y = 0, xx = 0, xy = 0;
  for (const auto& s : samples_) {
    x += day(s);
    y += bytes(s);
    xx += day(s) * day(s);
    xy += day(s) * bytes(s);
  }
  const auto n = static_cast<double>(samples_.size());
  const double spread = n * xx - x * x;
  const double a_day = spread > 0 ? (n * xy - x * y) / spread : 0;
  if (a_day >= 0) return std::nullopt;
  return static_cast<double>(free) / -a_day;
}

/// A line a sample: seconds since 1970, bytes. A damaged file costs a week of forecasts, nothing else.
void DiskForecast::load() {
  const auto bytes = read_file(path_);
  if (!bytes) return;
  std::istringstream in(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  std::int64_t seconds = 0;
  Sample sample;
  while (in >> seconds >> sample.free) {
    sample.at = Instant::from_seconds(seconds);
    if (!samples_.empty() && sample.at <= samples_.back().at) break;
    samples_.push_back(sample);
  }
}

Result<> DiskForecast::save() const {
  std::string text;
  for (const auto& s : samples_) text += fmt::format("{} {}\n", s.at.ns / Instant::kSecond, s.free);
  return write_file_atomically(path_, std::as_bytes(std::span(text)));
}

}  // namespace qala::app
