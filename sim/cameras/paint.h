#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace qala::sim {

/// A picture in Y'CbCr 4:2:0, video range.
struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> y, u, v;
  Picture() = default;
  Picture(int w, int h);
};

struct Colour {
  std::uint8_t y = 16, u = 128, v = 128;
};
/// From everyday red, green and blue.
Colour rgb(int r, int g, int b);
/// `how_much` of `b` in `a`.
Colour blend(Colour a, Colour b, double how_much);
/// Lighter or darker.
Colour shade(Colour c, double light);

struct Dot {
  double x = 0, y = 0;
};
/// A place in the scene: metres to the right, metres ahead, metres up.
struct Spot {
  double x = 0, z = 0, up = 0;
};

/// Fills a polygon (even-odd), its left and right edges soft.
void fill(Picture& into, std::span<const Dot> ring, Colour colour, double cover = 1);
void disc(Picture& into, Dot middle, double rx, double ry, Colour colour, double cover = 1);
/// Adds light that fades towards `radius`.
void glow(Picture& into, Dot middle, double radius, double light, Colour tint);
/// Grain as sensors have it: another one for every `moment`, the same for the same.
void grain(Picture& into, double sigma, std::uint64_t seed, std::uint64_t moment);

/// A camera on a pole. Sizes are of a picture 640 wide and are scaled to the real one.
class View {
 public:
  View(const Picture& picture, Spot eye, double yaw_degrees, double focal, double horizon);
  /// Nothing in front of the camera: an empty ring.
  void ground(Picture& into, std::span<const Spot> ring, Colour colour, double cover = 1) const;
  /// False if it is behind the camera.
  bool see(Spot spot, Dot& at) const;
  /// Pixels that a metre takes there.
  double scale(Spot spot) const;
  double depth(Spot spot) const;
  /// A box on the ground or above it: `heading` in degrees from ahead, clockwise; sides darker than the top.
  void box(Picture& into, Spot middle, double heading, double length, double width, double low, double high,
           Colour colour, double light = 1) const;

 private:
  struct Seen {
    double x, z, up;
  };
  Seen turn(Spot spot) const;
  Dot project(const Seen& seen) const;

  Spot eye_;
  double sine_, cosine_, focal_, horizon_, middle_;
};

}  // namespace qala::sim
