#include "sim/geometry.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace qala::sim {

namespace {

constexpr double kMetresPerDegree = 111'320;

double catmull_rom(double a, double b, double c, double d, double t) {
  return 0.5 * (2 * b + t * ((c - a) + t * ((2 * a - 5 * b + 4 * c - d) + t * (3 * b - a - 3 * c + d))));
}

}  // namespace

double distance(Metres a, Metres b) { return std::hypot(a.x - b.x, a.y - b.y); }

Metres bend(Metres straight) {
  static const double cosine = std::cos(11 * std::numbers::pi / 180);
  static const double sine = -std::sin(11 * std::numbers::pi / 180);
  const double u = straight.x + 26 * std::sin(straight.y / 420 + 0.6);
  const double v = straight.y + 30 * std::sin(straight.x / 560 + 0.4);
  return {u * cosine - v * sine, u * sine + v * cosine};
}

LonLat to_lon_lat(Metres ground) {
  static const double per_lon = kMetresPerDegree * std::cos(kMiddle.lat * std::numbers::pi / 180);
  return {kMiddle.lon + ground.x / per_lon, kMiddle.lat - ground.y / kMetresPerDegree};
}

Metres turned(Metres point, Metres around, double angle) {
  const double dx = point.x - around.x;
  const double dy = point.y - around.y;
  return {around.x + dx * std::cos(angle) - dy * std::sin(angle),
          around.y + dx * std::sin(angle) + dy * std::cos(angle)};
}

Line curve(const Line& through, int steps) {
  Line out;
  const auto at = [&](std::ptrdiff_t i) {
    return through[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i, 0, std::ssize(through) - 1))];
  };
  for (std::ptrdiff_t i = 0; i + 1 < std::ssize(through); i++) {
    const Metres a = at(i - 1), b = at(i), c = at(i + 1), d = at(i + 2);
    for (int k = 0; k < steps; k++) {
      const double t = static_cast<double>(k) / steps;
      out.push_back({catmull_rom(a.x, b.x, c.x, d.x, t), catmull_rom(a.y, b.y, c.y, d.y, t)});
    }
  }
  out.push_back(through.back());
  return out;
}

double distance_to(const Line& line, Metres point) {
  double best = 1e18;
  for (std::size_t i = 0; i + 1 < line.size(); i++) {
    const double dx = line[i + 1].x - line[i].x;
    const double dy = line[i + 1].y - line[i].y;
    const double square = dx * dx + dy * dy;
    const double t = square == 0 ? 0 : ((point.x - line[i].x) * dx + (point.y - line[i].y) * dy) / square;
    const double c = std::clamp(t, 0.0, 1.0);
    best = std::min(best, distance(point, {line[i].x + c * dx, line[i].y + c * dy}));
  }
  return best;
}

bool inside(const Line& ring, Metres point) {
  bool in = false;
  for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
    if ((ring[i].y > point.y) == (ring[j].y > point.y)) continue;
    const double crossing = ring[i].x + (ring[j].x - ring[i].x) * (point.y - ring[i].y) / (ring[j].y - ring[i].y);
    if (point.x < crossing) in = !in;
  }
  return in;
}

Line band(const Line& middle, double width) {
  Line left, right;
  for (std::size_t i = 0; i < middle.size(); i++) {
    const Metres a = middle[i == 0 ? 0 : i - 1];
    const Metres b = middle[std::min(i + 1, middle.size() - 1)];
    const double reach = std::max(distance(a, b), 1e-9);
    const double nx = -(b.y - a.y) / reach * width / 2;
    const double ny = (b.x - a.x) / reach * width / 2;
    left.push_back({middle[i].x + nx, middle[i].y + ny});
    right.push_back({middle[i].x - nx, middle[i].y - ny});
  }
  left.insert(left.end(), right.rbegin(), right.rend());
  return left;
}

double length(const Line& line) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < line.size(); i++) sum += distance(line[i], line[i + 1]);
  return sum;
}

Place along(const Line& line, double metres) {
  for (std::size_t i = 0; i + 1 < line.size(); i++) {
    const Metres a = line[i], b = line[i + 1];
    const double reach = distance(a, b);
    if (metres > reach && i + 2 < line.size()) {
      metres -= reach;
      continue;
    }
    const double t = reach == 0 ? 0 : std::clamp(metres / reach, 0.0, 1.0);
    const double heading = std::atan2(b.x - a.x, a.y - b.y) * 180 / std::numbers::pi;
    return {{a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)}, heading < 0 ? heading + 360 : heading};
  }
  return {line.empty() ? Metres{} : line.front(), 0};
}

Line bent(const Line& straight, double step) {
  Line out;
  for (std::size_t i = 0; i + 1 < straight.size(); i++) {
    const int pieces = std::max(1, static_cast<int>(std::ceil(distance(straight[i], straight[i + 1]) / step)));
    for (int k = 0; k < pieces; k++) {
      const double t = static_cast<double>(k) / pieces;
      out.push_back(bend({straight[i].x + t * (straight[i + 1].x - straight[i].x),
                          straight[i].y + t * (straight[i + 1].y - straight[i].y)}));
    }
  }
  if (!straight.empty()) out.push_back(bend(straight.back()));
  return out;
}

}  // namespace qala::sim
