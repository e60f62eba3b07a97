#include "video/mask.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace qala::video {

Mask::Mask(const std::vector<Polygon>& polygons, std::uint32_t width, std::uint32_t height)
    : width_(width), height_(height), covered_(std::size_t{width} * height, 0), empty_(polygons.empty()) {
  for (const Polygon& polygon : polygons) {
    inside(polygon);
    outline(polygon);
  }
  if (!empty_) widen();
}

/// For each row the crossings of its middle, from left to right, with their winding.
void Mask::inside(const Polygon& polygon) {
  struct Crossing {
    double x;
    int turn;
  };
  std::vector<Crossing> crossings;
  for (std::uint32_t row = 0; row < height_; row++) {
    const double y = (row + 0.5) / height_;
    crossings.clear();
    for (std::size_t i = 0; i < polygon.size(); i++) {
      const Point& a = polygon[i];
      const Point& b = polygon[(i + 1) % polygon.size()];
      if ((a.y <= y) == (b.y <= y)) continue;
      crossings.push_back({(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x)) * width_, a.y <= y ? 1 : -1});
    }
    std::ranges::sort(crossings, {}, &Crossing::x);
    int winding = 0;
    for (std::size_t i = 0; i + 1 < crossings.size(); i++) {
      winding += crossings[i].turn;
      if (winding == 0) continue;
      const auto from = static_cast<std::size_t>(std::clamp(std::floor(crossings[i].x), 0.0, double(width_)));
      const auto to = static_cast<std::size_t>(std::clamp(std::ceil(crossings[i + 1].x), 0.0, double(width_)));
      std::fill_n(covered_.begin() + static_cast<std::ptrdiff_t>(std::size_t{row} * width_ + from),
                  to - std::min(from, to), 1);
    }
  }
}

/// Thin polygons fall between the middles of pixels; their outline does not.
void Mask::outline(const Polygon& polygon) {
  for (std::size_t i = 0; i < polygon.size(); i++) {
    const Point& a = polygon[i];
    const Point& b = polygon[(i + 1) % polygon.size()];
    const double length = std::max(std::abs(b.x - a.x) * width_, std::abs(b.y - a.y) * height_);
    const int steps = static_cast<int>(length * 2) + 1;
    for (int step = 0; step <= steps; step++) {
      const double part = static_cast<double>(step) / steps;
      const auto x = static_cast<std::uint32_t>(std::clamp((a.x + part * (b.x - a.x)) * width_, 0.0, width_ - 1.0));
      const auto y = static_cast<std::uint32_t>(std::clamp((a.y + part * (b.y - a.y)) * height_, 0.0, height_ - 1.0));
      covered_[y * std::size_t{width_} + x] = 1;
    }
  }
}

/// A square of kMargin around each covered pixel, first along the rows, then along the columns.
void Mask::widen() {
  const auto spread = [](std::vector<std::uint8_t>& cells, std::size_t from, std::size_t step, std::size_t count) {
    std::vector<std::uint8_t> before(count);
    for (std::size_t i = 0; i < count; i++) before[i] = cells[from + i * step];
    std::size_t until = 0;  // one behind the last that is covered by what was seen on the left
    for (std::size_t i = 0; i < count; i++) {
      if (before[i]) until = i + kMargin + 1;
      if (i < until) cells[from + i * step] = 1;
    }
    until = 0;
    for (std::size_t i = 0; i < count; i++) {
      if (before[count - 1 - i]) until = i + kMargin + 1;
      if (i < until) cells[from + (count - 1 - i) * step] = 1;
    }
  };
  for (std::uint32_t y = 0; y < height_; y++) spread(covered_, std::size_t{y} * width_, 1, width_);
  for (std::uint32_t x = 0; x < width_; x++) spread(covered_, x, width_, height_);
}

void Mask::fill(Picture& picture) const {
  QALA_ASSERT(picture.width == width_ && picture.height == height_, "a mask is made for one size");
  if (empty_) return;
  const std::uint32_t chroma_width = picture.chroma_width();
  for (std::uint32_t y = 0; y < height_; y++) {
    for (std::uint32_t x = 0; x < width_; x++) {
      if (!covers(x, y)) continue;
      picture.y[y * std::size_t{width_} + x] = kY;
      picture.u[(y / 2) * std::size_t{chroma_width} + x / 2] = kU;
      picture.v[(y / 2) * std::size_t{chroma_width} + x / 2] = kV;
    }
  }
}

Picture masked(Picture picture, const std::vector<Polygon>& polygons, Size size) {
  Mask(polygons, picture.width, picture.height).fill(picture);
  if (size.width >= picture.width && size.height >= picture.height) return picture;
  Picture small = scaled(picture, std::min(size.width, picture.width), std::min(size.height, picture.height));
  Mask(polygons, small.width, small.height).fill(small);
  return small;
}

}  // namespace qala::video
