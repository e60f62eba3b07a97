#include "sim/cameras/actors.h"

#include <cmath>
#include <numbers>

namespace qala::sim {

namespace {

constexpr double kDegree = std::numbers::pi / 180;

Spot moved(Spot from, double heading, double ahead, double right, double up = 0) {
  const double sine = std::sin(heading * kDegree), cosine = std::cos(heading * kDegree);
  return {from.x + ahead * sine + right * cosine, from.z + ahead * cosine - right * sine, from.up + up};
}

struct Shape {
  double length, width, low, waist, roof;
  double cabin_from, cabin_to;  // of the length, from the middle
};

Shape shape_of(Body body) {
  switch (body) {
    case Body::van: return {5.2, 2.0, 0.3, 1.2, 2.1, -0.48, 0.30};
    case Body::bus: return {11.5, 2.5, 0.35, 1.3, 3.0, -0.49, 0.49};
    case Body::plough: return {7.5, 2.5, 0.5, 1.7, 2.9, 0.1, 0.45};
    default: return {4.4, 1.8, 0.25, 0.85, 1.42, -0.36, 0.18};
  }
}

void shadow_of(Picture& into, const View& view, const Air& air, Spot at, double heading, const Shape& shape) {
  const std::array ring{moved(at, heading, shape.length * 0.53, -shape.width * 0.6),
                        moved(at, heading, shape.length * 0.53, shape.width * 0.9),
                        moved(at, heading, -shape.length * 0.53, shape.width * 0.9),
                        moved(at, heading, -shape.length * 0.53, -shape.width * 0.6)};
  view.ground(into, ring, {16, 128, 128}, air.shadow);
}

void lamp(Picture& into, const View& view, Spot at, double radius, double light, Colour tint) {
  Dot dot;
  if (!view.see(at, dot)) return;
  const double size = view.scale(at) * radius;
  glow(into, dot, std::max(size, 2.0), light, tint);
}

void lamps_of(Picture& into, const View& view, Spot at, double heading, const Shape& shape) {
  const Spot eye_side = moved(at, heading, 50, 0);
  const bool towards = view.depth(eye_side) < view.depth(at);
  for (const double side : {-0.38, 0.38}) {
    if (towards) {
      const Spot front = moved(at, heading, shape.length / 2, side * shape.width, shape.low + 0.4);
      lamp(into, view, front, 1.6, 0.85, rgb(255, 246, 220));
      lamp(into, view, front, 0.35, 1.4, rgb(255, 255, 250));
    } else {
      const Spot back = moved(at, heading, -shape.length / 2, side * shape.width, shape.low + 0.5);
      lamp(into, view, back, 0.5, 0.9, rgb(220, 30, 20));
    }
  }
  // The road in the light.
  const std::array pool{moved(at, heading, shape.length / 2, -1), moved(at, heading, 13, -2.2),
                        moved(at, heading, 13, 2.2), moved(at, heading, shape.length / 2, 1)};
  view.ground(into, pool, rgb(210, 200, 170), 0.22);
}

}  // namespace

Colour in_air(const Air& air, Colour colour, double metres) {
  return blend(shade(colour, air.light), air.haze, 1 - std::exp2(-metres / air.haze_at));
}

void draw_car(Picture& into, const View& view, const Air& air, Body body, Spot at, double heading, Colour paint,
              double t) {
  const double away = view.depth(at);
  if (away < 3) return;
  const Shape shape = shape_of(body);
  shadow_of(into, view, air, at, heading, shape);
  const Colour hull = in_air(air, paint, away), dark = in_air(air, rgb(38, 42, 48), away);
  const Colour glass = air.lamps && body == Body::bus ? rgb(235, 215, 160) : in_air(air, rgb(70, 82, 96), away);
  view.box(into, at, heading, shape.length * 0.96, shape.width * 0.9, 0.02, shape.low + 0.1, dark);
  view.box(into, at, heading, shape.length, shape.width, shape.low, shape.waist, hull);
  const double middle = (shape.cabin_from + shape.cabin_to) / 2, long_part = shape.cabin_to - shape.cabin_from;
  const Spot cabin = moved(at, heading, middle * shape.length, 0);
  const double sill = shape.waist + (shape.roof - shape.waist) * 0.72;
  view.box(into, cabin, heading, long_part * shape.length, shape.width * 0.88, shape.waist, sill, glass);
  view.box(into, cabin, heading, long_part * shape.length * 0.94, shape.width * 0.86, sill, shape.roof, hull);
  if (body == Body::plough) {
    view.box(into, moved(at, heading, shape.length / 2 + 0.5, 0), heading + 20, 0.4, 3.2, 0.05, 1.0,
             in_air(air, rgb(230, 130, 30), away));
    if (std::fmod(t, 1.0) < 0.5)
      lamp(into, view, moved(at, heading, 1.8, 0, shape.roof + 0.2), 1.4, 1.2, rgb(255, 170, 30));
  }
  if (air.lamps) lamps_of(into, view, at, heading, shape);
}

void draw_person(Picture& into, const View& view, const Air& air, Spot at, double height, Colour coat, double step) {
  Dot foot;
  const double away = view.depth(at);
  if (away < 3 || !view.see(at, foot)) return;
  const double m = view.scale(at) * height / 1.72;
  disc(into, {foot.x + 0.25 * m, foot.y}, 0.45 * m, 0.1 * m, {16, 128, 128}, air.shadow);
  const double swing = std::sin(step * std::numbers::pi) * 0.28 * m;
  const Colour cloth = in_air(air, coat, away), trousers = in_air(air, rgb(45, 48, 60), away);
  for (const double leg : {swing, -swing}) {
    const std::array ring{Dot{foot.x - 0.09 * m, foot.y - 0.82 * m}, Dot{foot.x + 0.09 * m, foot.y - 0.82 * m},
                          Dot{foot.x + leg + 0.07 * m, foot.y}, Dot{foot.x + leg - 0.07 * m, foot.y}};
    fill(into, ring, trousers);
  }
  for (const double arm : {-0.24, 0.24}) {
    const double hand = (arm < 0 ? swing : -swing) * 0.7;
    const std::array ring{Dot{foot.x + arm * m - 0.05 * m, foot.y - 1.4 * m},
                          Dot{foot.x + arm * m + 0.05 * m, foot.y - 1.4 * m},
                          Dot{foot.x + arm * m + hand + 0.05 * m, foot.y - 0.8 * m},
                          Dot{foot.x + arm * m + hand - 0.05 * m, foot.y - 0.8 * m}};
    fill(into, ring, shade(cloth, 0.85));
  }
  const std::array torso{Dot{foot.x - 0.2 * m, foot.y - 1.45 * m}, Dot{foot.x + 0.2 * m, foot.y - 1.45 * m},
                         Dot{foot.x + 0.17 * m, foot.y - 0.75 * m}, Dot{foot.x - 0.17 * m, foot.y - 0.75 * m}};
  fill(into, torso, cloth);
  disc(into, {foot.x, foot.y - 1.6 * m}, 0.11 * m, 0.13 * m, in_air(air, rgb(190, 150, 120), away));
  disc(into, {foot.x, foot.y - 1.67 * m}, 0.12 * m, 0.08 * m, shade(cloth, 0.6));
}

std::vector<double> Walker::gone(double t, double seconds) const {
  const double takes = metres / speed;
  const int copies = std::max(1, static_cast<int>(std::ceil(takes / seconds)));
  std::vector<double> out;
  for (int copy = 0; copy < copies; copy++) {
    const double since = std::fmod(t - start + 2 * seconds + copy * seconds, copies * seconds);
    if (since <= takes) out.push_back(since * speed);
  }
  return out;
}

Spot Walker::at(double metres_gone) const { return moved(from, heading, metres_gone, 0); }

}  // namespace qala::sim
