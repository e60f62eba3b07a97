#pragma once

#include <cstdint>
#include <vector>

#include "video/picture.h"
#include "video/wire.h"

namespace qala::video {

/// Which pixels of a picture of one size nobody may see. Covered is what lies inside a polygon (non-zero rule), what
/// its outline touches, and one macroblock (16 pixels) around that: so every macroblock and every JPEG block that
/// holds a masked pixel, and each neighbour of it that a deblocking filter could mix in, is flat before it is encoded.
class Mask {
 public:
  static constexpr std::uint32_t kMargin = 16;

  Mask(const std::vector<Polygon>& polygons, std::uint32_t width, std::uint32_t height);
  /// Overwrites what is covered with one flat colour. The picture has the mask's size.
  void fill(Picture& picture) const;
  bool covers(std::uint32_t x, std::uint32_t y) const { return covered_[y * std::size_t{width_} + x] != 0; }
  bool empty() const { return empty_; }

  static constexpr std::uint8_t kY = 96, kU = 128, kV = 128;

 private:
  void inside(const Polygon& polygon);
  void outline(const Polygon& polygon);
  void widen();
  std::uint32_t width_, height_;
  std::vector<std::uint8_t> covered_;
  bool empty_;
};

/// `picture` masked, at most of the given size. Masked before it is made smaller and again after it.
Picture masked(Picture picture, const std::vector<Polygon>& polygons, Size size);

}  // namespace qala::video
