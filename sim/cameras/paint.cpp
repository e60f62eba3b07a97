#include "sim/cameras/paint.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/chance.h"

namespace qala::sim {

namespace {

constexpr double kNear = 0.8;  // metres before the lens
constexpr int kTile = 256;

std::uint8_t byte_of(double value) { return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5); }
std::uint8_t mixed(std::uint8_t a, std::uint8_t b, double cover) { return byte_of(a + (b - a) * cover); }

void put(Picture& into, int x, int y, Colour colour, double cover) {
  const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(into.width) + static_cast<std::size_t>(x);
  into.y[at] = mixed(into.y[at], colour.y, cover);
  if ((x & 1) != 0 || (y & 1) != 0) return;
  const auto half = static_cast<std::size_t>(y / 2 * (into.width / 2) + x / 2);
  into.u[half] = mixed(into.u[half], colour.u, cover);
  into.v[half] = mixed(into.v[half], colour.v, cover);
}

/// One line of a shape from `from` to `to`, both fractional.
void span_line(Picture& into, int y, double from, double to, Colour colour, double cover) {
  from = std::max(from, 0.0);
  to = std::min(to, static_cast<double>(into.width));
  for (int x = static_cast<int>(from); x < into.width && x < to; x++) {
    const double part = std::min(to, x + 1.0) - std::max(from, static_cast<double>(x));
    if (part > 0) put(into, x, y, colour, cover * part);
  }
}

const std::vector<std::int8_t>& grain_tile() {
  static const std::vector<std::int8_t> tile = [] {
    std::vector<std::int8_t> out(kTile * kTile);
    for (std::size_t i = 0; i < out.size(); i++) {
      double sum = 0;
      for (std::uint64_t die = 0; die < 4; die++) sum += 2 * unit(mix(0x6721, i, die)) - 1;
      out[i] = static_cast<std::int8_t>(std::lround(sum * 0.866 * 32));  // sigma 32
    }
    return out;
  }();
  return tile;
}

}  // namespace

Picture::Picture(int w, int h)
    : width(w),
      height(h),
      y(static_cast<std::size_t>(w * h), 16),
      u(static_cast<std::size_t>(w * h / 4), 128),
      v(static_cast<std::size_t>(w * h / 4), 128) {}

Colour rgb(int r, int g, int b) {
  return {byte_of(16 + 0.257 * r + 0.504 * g + 0.098 * b), byte_of(128 - 0.148 * r - 0.291 * g + 0.439 * b),
          byte_of(128 + 0.439 * r - 0.368 * g - 0.071 * b)};
}

Colour blend(Colour a, Colour b, double how_much) {
  return {mixed(a.y, b.y, how_much), mixed(a.u, b.u, how_much), mixed(a.v, b.v, how_much)};
}

Colour shade(Colour c, double light) {
  return {byte_of(16 + (c.y - 16) * light), byte_of(128 + (c.u - 128) * std::min(light, 1.2)),
          byte_of(128 + (c.v - 128) * std::min(light, 1.2))};
}

void fill(Picture& into, std::span<const Dot> ring, Colour colour, double cover) {
  if (ring.size() < 3) return;
  double top = 1e9, bottom = -1e9;
  for (const Dot& d : ring) top = std::min(top, d.y), bottom = std::max(bottom, d.y);
  std::vector<double> crossings;
  const int last = std::min(into.height - 1, static_cast<int>(std::floor(bottom)));
  for (int y = std::max(0, static_cast<int>(std::floor(top))); y <= last; y++) {
    const double part = std::min(bottom, y + 1.0) - std::max(top, static_cast<double>(y));
    const double line = std::clamp(y + 0.5, top, bottom);
    crossings.clear();
    for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
      if ((ring[i].y > line) == (ring[j].y > line)) continue;
      crossings.push_back(ring[i].x + (ring[j].x - ring[i].x) * (line - ring[i].y) / (ring[j].y - ring[i].y));
    }
    std::sort(crossings.begin(), crossings.end());
    for (std::size_t i = 0; i + 1 < crossings.size(); i += 2)
      span_line(into, y, crossings[i], crossings[i + 1], colour, cover * std::min(part, 1.0));
  }
}

void disc(Picture& into, Dot middle, double rx, double ry, Colour colour, double cover) {
  const int last = std::min(into.height - 1, static_cast<int>(middle.y + ry));
  for (int y = std::max(0, static_cast<int>(middle.y - ry)); y <= last; y++) {
    const double off = (y + 0.5 - middle.y) / ry;
    if (off * off >= 1) continue;
    const double half = rx * std::sqrt(1 - off * off);
    span_line(into, y, middle.x - half, middle.x + half, colour, cover);
  }
}

void glow(Picture& into, Dot middle, double radius, double light, Colour tint) {
  const int right = std::min(into.width - 1, static_cast<int>(middle.x + radius));
  const int bottom = std::min(into.height - 1, static_cast<int>(middle.y + radius));
  for (int y = std::max(0, static_cast<int>(middle.y - radius)); y <= bottom; y++) {
    for (int x = std::max(0, static_cast<int>(middle.x - radius)); x <= right; x++) {
      const double far = std::hypot(x - middle.x, y - middle.y) / radius;
      if (far >= 1) continue;
      const double cover = light * (1 - far) * (1 - far);
      put(into, x, y, tint, std::min(cover, 1.0));
    }
  }
}

void grain(Picture& into, double sigma, std::uint64_t seed, std::uint64_t moment) {
  const auto& tile = grain_tile();
  const int strength = static_cast<int>(sigma * 8);  // of 256, on a tile of sigma 32
  for (int y = 0; y < into.height; y++) {
    const std::uint64_t dice = mix(seed, moment, static_cast<std::uint64_t>(y));
    const std::size_t row = (dice >> 8 & 0xFF) * kTile;
    const auto shift = static_cast<std::size_t>(dice & 0xFF);
    std::uint8_t* line = into.y.data() + static_cast<std::ptrdiff_t>(y) * into.width;
    for (int x = 0; x < into.width; x++) {
      const int value = line[x] + (tile[row + ((static_cast<std::size_t>(x) + shift) & 0xFF)] * strength + 128) / 256;
      line[x] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
    }
  }
}

View::View(const Picture& picture, Spot eye, double yaw_degrees, double focal, double horizon)
    : eye_(eye),
      sine_(std::sin(yaw_degrees * std::numbers::pi / 180)),
      cosine_(std::cos(yaw_degrees * std::numbers::pi / 180)),
      focal_(focal * picture.width / 640),
      horizon_(horizon * picture.width / 640),
      middle_(picture.width / 2.0) {}

View::Seen View::turn(Spot spot) const {
  const double dx = spot.x - eye_.x, dz = spot.z - eye_.z;
  return {dx * cosine_ - dz * sine_, dx * sine_ + dz * cosine_, spot.up - eye_.up};
}

Dot View::project(const Seen& seen) const {
  return {middle_ + focal_ * seen.x / seen.z, horizon_ - focal_ * seen.up / seen.z};
}

bool View::see(Spot spot, Dot& at) const {
  const Seen seen = turn(spot);
  if (seen.z < kNear) return false;
  at = project(seen);
  return true;
}

double View::depth(Spot spot) const { return turn(spot).z; }
double View::scale(Spot spot) const { return focal_ / std::max(depth(spot), kNear); }

void View::ground(Picture& into, std::span<const Spot> ring, Colour colour, double cover) const {
  std::vector<Dot> dots;
  for (std::size_t i = 0; i < ring.size(); i++) {
    const Seen a = turn(ring[i]), b = turn(ring[(i + 1) % ring.size()]);
    if (a.z >= kNear) dots.push_back(project(a));
    if ((a.z >= kNear) == (b.z >= kNear)) continue;
    const double t = (kNear - a.z) / (b.z - a.z);
    dots.push_back(project({a.x + t * (b.x - a.x), kNear, a.up + t * (b.up - a.up)}));
  }
  fill(into, dots, colour, cover);
}

void View::box(Picture& into, Spot middle, double heading, double length, double width, double low, double high,
               Colour colour, double light) const {
  const double sine = std::sin(heading * std::numbers::pi / 180), cosine = std::cos(heading * std::numbers::pi / 180);
  std::array<Spot, 4> foot;
  constexpr std::array<std::array<double, 2>, 4> kCorners{{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}}};  // right, ahead
  for (std::size_t i = 0; i < 4; i++) {
    const double right = kCorners[i][0] * width / 2, ahead = kCorners[i][1] * length / 2;
    foot[i] = {middle.x + right * cosine + ahead * sine, middle.z - right * sine + ahead * cosine, low};
  }
  constexpr std::array<double, 4> kLight{0.72, 0.84, 0.78, 0.62};  // by side: the sun stands somewhere
  for (std::size_t i = 0; i < 4; i++) {
    const Spot a = foot[i], b = foot[(i + 1) % 4];
    // A side is seen if the camera stands on its outer half plane.
    const double out_x = (a.x + b.x) / 2 - middle.x, out_z = (a.z + b.z) / 2 - middle.z;
    if (out_x * (eye_.x - a.x) + out_z * (eye_.z - a.z) <= 0) continue;
    const std::array<Spot, 4> side{a, b, Spot{b.x, b.z, high}, Spot{a.x, a.z, high}};
    ground(into, side, shade(colour, kLight[i] * light));
  }
  if (eye_.up <= high) return;
  std::array<Spot, 4> top = foot;
  for (Spot& spot : top) spot.up = high;
  ground(into, top, shade(colour, light));
}

}  // namespace qala::sim
