#pragma once

#include <cstdint>
#include <string_view>

namespace qala::video {

/// What gives way when the machine cannot do everything: first analysis, then stills, then live sub-streams; recording
/// never. One step up when the event loop was late, or the disk's queue long, for kUp seconds in a row; one step down
/// after kDown quiet seconds. Pure.
class Load {
 public:
  static constexpr double kLateMs = 250;  ///< and a quarter of it is quiet
  static constexpr std::size_t kLongQueue = 48u << 20, kShortQueue = 8u << 20;
  static constexpr int kUp = 3, kDown = 20, kMost = 3;

  struct Second {
    double loop_lag_ms = 0;      ///< the worst of this second
    std::size_t disk_queue = 0;  ///< bytes
  };
  void late_from(double ms) { late_ms_ = ms; }
  /// Once a second; the level from now on.
  int feed(const Second& second);
  int level() const { return level_; }
  /// In words, for people; empty at level 0.
  std::string_view words() const;

 private:
  double late_ms_ = kLateMs;
  int level_ = 0, late_ = 0, quiet_ = 0;
  bool disk_ = false;
};

}  // namespace qala::video
