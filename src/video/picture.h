#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace qala::video {

/// A decoded picture: three planes without gaps between the rows, 4:2:0, limited range (black 16, white 235).
struct Picture {
  std::uint32_t width = 0, height = 0;
  std::vector<std::uint8_t> y, u, v;

  static Picture flat(std::uint32_t width, std::uint32_t height, std::uint8_t y = 16, std::uint8_t u = 128,
                      std::uint8_t v = 128);
  std::uint32_t chroma_width() const { return (width + 1) / 2; }
  std::uint32_t chroma_height() const { return (height + 1) / 2; }
};

/// Its brightness alone, each cell the mean of what it covers.
struct Grey {
  std::uint32_t width = 0, height = 0;
  std::vector<std::uint8_t> cells;
  std::uint8_t at(std::uint32_t x, std::uint32_t y) const { return cells[y * std::size_t{width} + x]; }
};

Grey to_grey(const Picture& picture, std::uint32_t width, std::uint32_t height);
/// Smaller, each pixel the mean of what it covers.
Picture scaled(const Picture& picture, std::uint32_t width, std::uint32_t height);
struct Size {
  std::uint32_t width = 0, height = 0;
};
/// The largest even size of the same shape within the limits; never larger than it is.
Size fit(Size picture, std::uint32_t most_width, std::uint32_t most_height);
Result<std::string> to_jpeg(const Picture& picture, int quality = 80);

}  // namespace qala::video
