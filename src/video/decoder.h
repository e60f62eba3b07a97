#pragma once

#include <memory>
#include <optional>

#include "media/format.h"
#include "video/picture.h"

namespace qala::video {

/// H.264 pictures by OpenH264 (BSD-2-Clause). Nothing is guessed: a picture that cannot be decoded whole is left out,
/// and so is everything after it until a key frame. Any one thread at a time. The decoder is C++ of others that eats
/// what cameras send, one more reason why all this lives in a program of its own.
class Decoder {
 public:
  /// `unavailable` for H.265, which OpenH264 cannot.
  static Result<std::unique_ptr<Decoder>> make(const media::Track& track);
  virtual ~Decoder() = default;
  /// The picture that is ready after this sample, if one is. An error: this sample is damaged.
  virtual Result<std::optional<Picture>> decode(const media::Sample& sample) = 0;
};

/// A picture of a key frame by itself.
Result<Picture> decode_key_frame(const media::Track& track, const media::Sample& sample);

}  // namespace qala::video
