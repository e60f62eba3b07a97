#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "sim/cameras/loop.h"

namespace qala::sim {

/// What a loop of a drawn scene is made of.
struct LoopOrder {
  std::string scene;
  int width = 1280, height = 720;
  double fps = 12.5;
  int kbit = 1500;
  double key_interval = 1;  ///< seconds at most between two key frames
  double seconds = 24;      ///< about; whole key intervals
  std::uint64_t seed = 1;
  int key_every() const;  ///< pictures
  int pictures() const;
  std::string key() const;
};

/// Draws and encodes. The loop has a clock if the size is one with room for it (ClockStrip::scale_of). Some seconds of
/// work; `cancelled` if `stop` says so.
Result<LoopPtr> encode_loop(const LoopOrder& order, const std::function<bool()>& stop);

/// Decodes the loop with two different clocks and compares everything below them: `internal` if a picture ever looked
/// at the rows of the clock, which would smear it.
Result<> prove_clock_apart(const Loop& loop);

/// Makes each loop once, and keeps it in a folder for the next start. Thread-safe.
class LoopStore {
 public:
  /// `folder` empty: nothing is kept.
  explicit LoopStore(std::string folder) : folder_(std::move(folder)) {}
  Result<LoopPtr> get(const LoopOrder& order, const std::function<bool()>& stop);

 private:
  std::string folder_;
  std::mutex mutex_;
  std::map<std::string, LoopPtr> loops_;
};

}  // namespace qala::sim
