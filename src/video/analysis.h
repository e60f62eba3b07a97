#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "video/condition.h"
#include "video/decoder.h"
#include "video/motion.h"

namespace qala::video {

/// Decoders for key frames of many cameras: as cameras of a town are few makes, they share parameter sets, and a
/// decoder per set is enough. One thread.
class KeyFrameDecoders {
 public:
  Result<Picture> decode(const media::Track& track, const media::Sample& key_frame);

 private:
  static constexpr std::size_t kMost = 6;
  struct Made {
    std::string config;
    std::unique_ptr<Decoder> decoder;
  };
  std::deque<Made> made_;  ///< used last in front
};

/// What the pictures of one camera say. Only on the analysis thread.
class Analysis {
 public:
  struct Seen {
    Instant at;
    std::int64_t cost_ns = 0;  ///< processor time
    bool decoded = false;
    std::string words;  ///< why not
    bool motion = false;
    double brightness = 0;
    std::vector<Conditions::Change> changes;
    std::vector<Condition> conditions;
  };
  Seen look(KeyFrameDecoders& decoders, const media::Track& track, const media::Sample& key_frame, Instant at);
  Seen look(const Picture& picture, Instant at);

 private:
  Motion motion_;
  Conditions conditions_;
};

}  // namespace qala::video
