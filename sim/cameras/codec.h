#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/cameras/paint.h"

namespace qala::sim {

/// OpenH264 as an encoder: Constrained Baseline, one slice for the top rows of macroblocks and one for the rest.
class Encoder {
 public:
  struct Settings {
    int width = 640, height = 360;
    double fps = 12.5;
    int kbit = 500;
    int key_every = 12;                 ///< pictures
    unsigned first_slice_macroblocks = 0;  ///< 0: one slice
  };
  struct Encoded {
    bool key = false;
    std::vector<std::string> units;  ///< NAL units without start codes, parameter sets among them
  };
  static Result<Encoder> make(const Settings& settings);
  Encoder(Encoder&&) noexcept;
  ~Encoder();
  Result<Encoded> encode(const Picture& picture, std::int64_t ms);

 private:
  struct Inside;
  explicit Encoder(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

/// OpenH264 as a decoder, for proofs and tests.
class Decoder {
 public:
  Decoder();
  Decoder(Decoder&&) noexcept;
  ~Decoder();
  /// One picture's NAL units. Nothing if no picture came of it; an error if the decoder complains.
  Result<std::optional<Picture>> decode(const std::vector<std::string>& units);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// NAL units with start codes.
std::string annex_b(const std::vector<std::string>& units);

}  // namespace qala::sim
