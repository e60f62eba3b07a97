#pragma once

#include <memory>
#include <optional>

#include "media/format.h"
#include "video/picture.h"

namespace qala::video {

/// Pictures to H.264 (constrained baseline, one reference, no B-frames, no delay) by OpenH264. Any one thread at a
/// time.
class Encoder {
 public:
  struct Settings {
    std::uint32_t width = 0, height = 0;  ///< even
    double fps = 15;                      ///< about; steers the rate
    std::uint32_t kbit = 0;               ///< 0: by size and fps
  };
  static Result<std::unique_ptr<Encoder>> make(const Settings& settings);
  virtual ~Encoder() = default;
  /// The picture as a sample: `data` and `key` are set. The first one is a key frame by itself.
  virtual Result<media::Sample> encode(const Picture& picture, bool key, std::int64_t at_ms) = 0;
  /// Known after the first encode().
  virtual const std::optional<media::Track>& track() const = 0;
};

}  // namespace qala::video
