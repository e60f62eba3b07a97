#include "sim/cameras/ptz.h"

#include <algorithm>

namespace qala::sim {

PanTiltZoom::Spot PanTiltZoom::spot(std::int64_t now_ns) const {
  const std::int64_t end = velocity_set_ ? std::min(now_ns, until_ns_) : since_ns_;
  const double seconds = static_cast<double>(std::max<std::int64_t>(0, end - since_ns_)) / 1e9;
  const auto go = [&](double at, double velocity, double least) {
    return std::clamp(at + velocity * kSpeed * seconds, least, 1.0);
  };
  return {go(from_.pan, velocity_.pan, -1), go(from_.tilt, velocity_.tilt, -1), go(from_.zoom, velocity_.zoom, 0)};
}

bool PanTiltZoom::moving(std::int64_t now_ns) const { return velocity_set_ && now_ns < until_ns_; }

void PanTiltZoom::settle(std::int64_t now_ns) {
  ran_out_ = ran_out(now_ns);
  from_ = spot(now_ns);
  since_ns_ = now_ns;
  velocity_ = {};
  velocity_set_ = false;
}

void PanTiltZoom::move(Spot velocity, double seconds, std::int64_t now_ns) {
  settle(now_ns);
  moves_++;
  velocity_ = velocity;
  velocity_set_ = true;
  until_ns_ = now_ns + static_cast<std::int64_t>(std::clamp(seconds, 0.0, 3600.0) * 1e9);
}

void PanTiltZoom::stop(std::int64_t now_ns) {
  settle(now_ns);
  stops_++;
}

bool PanTiltZoom::go_to(const std::string& token, std::int64_t now_ns) {
  const auto found = presets_.find(token);
  if (found == presets_.end()) return false;
  settle(now_ns);
  from_ = found->second.spot;
  return true;
}

std::string PanTiltZoom::save(const std::string& token, const std::string& name, std::int64_t now_ns) {
  if (!token.empty() && !presets_.contains(token)) return {};
  const std::string key = token.empty() ? "preset_" + std::to_string(++last_preset_) : token;
  presets_[key] = {name.empty() ? key : name, spot(now_ns)};
  return key;
}

}  // namespace qala::sim
