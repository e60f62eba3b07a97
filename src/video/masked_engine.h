#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "video/decoder.h"
#include "video/encoder.h"
#include "video/mask.h"

namespace qala::video {

/// Decodes, covers, encodes: one camera, one set of masks. Any one thread at a time. The encoder is given nothing but
/// covered pictures, so that what comes out cannot hold what is behind a mask.
class MaskedEngine {
 public:
  static constexpr std::uint32_t kMostWidth = 704, kMostHeight = 576;
  static constexpr std::int64_t kKeyEvery = 1000,
                                kLeastApart = 55;  ///< ms; the latter keeps it near 15 pictures a second

  MaskedEngine(media::Track source, std::vector<Polygon> masks)
      : source_(std::move(source)), masks_(std::move(masks)) {}

  struct In {
    media::Sample sample;
    Instant at;
    bool show = true;  ///< false: only needed to decode what follows
  };
  struct Out {
    media::Sample sample;  ///< dts in 1/90,000 s since the first picture
    Instant at;
    media::Track track;
  };
  struct Ran {
    std::vector<Out> out;
    std::uint64_t damaged = 0;
    std::string words;  ///< of the newest damage
  };
  /// Pictures are left out between two that lie closer together than kLeastApart.
  Ran run(const std::vector<In>& pictures);
  /// The next picture is a key frame.
  void key_next() { key_next_ = true; }

 private:
  Result<> one(const In& in, std::vector<Out>& out);
  Result<> encode(Picture picture, Instant at, std::vector<Out>& out);
  void cover(Picture& picture, std::optional<Mask>& mask, Size& size) const;

  media::Track source_;
  std::vector<Polygon> masks_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<Encoder> encoder_;
  std::optional<Mask> large_, small_;
  Size large_size_, small_size_, encoder_size_;
  std::optional<Instant> first_, last_, last_key_;
  bool key_next_ = false;
};

}  // namespace qala::video
