#include "sim/cameras/junction.h"

#include <algorithm>
#include <cmath>

#include "sim/chance.h"

namespace qala::sim {

namespace {

// Metres: the near street goes ahead at x -7..7, the other crosses it at z 20..34. Lights share the loop in two halves.
constexpr double kFar = 190, kSide = 150, kRoad = 7, kNearEdge = 20, kFarEdge = 34;
constexpr double kGreen = 0.42, kOther = 0.5;  // of the loop
constexpr double kBrake = 2.5, kGo = 2.0;  // m/s2

std::array<Spot, 4> patch(double left, double right, double from, double to) {
  return {Spot{left, from}, {right, from}, {right, to}, {left, to}};
}

}  // namespace

double Junction::Driver::gone(double since) const {
  const double v = way.speed;
  if (stop < 0) return since * v;
  const double braking = v * v / (2 * kBrake), brakes_at = (stop - braking) / v;
  if (since < brakes_at) return since * v;
  const double b = since - brakes_at;
  if (b < v / kBrake) return stop - braking + v * b - kBrake * b * b / 2;
  const double g = since - std::max(goes, brakes_at + v / kBrake);
  if (g <= 0) return stop;
  const double gaining = v / kGo;
  return g < gaining ? stop + kGo * g * g / 2 : stop + kGo * gaining * gaining / 2 + (g - gaining) * v;
}

double Junction::Driver::travels() const {
  if (stop < 0) return way.metres / way.speed;
  return std::max(goes, stop / way.speed + way.speed / kBrake) + way.metres / way.speed + way.speed / kGo;
}

Junction::Junction(int width, int height, double seconds, std::uint64_t seed)
    : seconds_(seconds), seed_(seed), ground_(width, height), view_(ground_, {10.5, -3, 8.5}, -14, 430, 112) {
  air_ = {.light = 0.97, .lamps = false, .shadow = 0.33, .haze_at = 380, .haze = rgb(206, 212, 222)};
  paint_ground();
  for (const double x : {1.8, 5.3}) {
    fill_lane({-x, kFar}, 180, kFar - kFarEdge - 5.5, 0);
    fill_lane({x, 2}, 0, kNearEdge - 5.5 - 2, 0);
  }
  for (const double z : {1.8, 5.3}) {
    fill_lane({-kSide, 27 - z}, 90, kSide - kRoad - 5.5, kOther);
    fill_lane({kSide, 27 + z}, 270, kSide - kRoad - 5.5, kOther);
  }
  Dice dice(seed ^ 0x4A);
  for (int n = 0; n < (seconds < 12 ? 1 : 6); n++) {
    const bool crosses = n < 3;  // on the zebra while the other street has green
    const Spot from = crosses ? Spot{-12, kFarEdge + 3} : Spot{n % 2 == 0 ? -9.5 : 9.5, 60};
    walkers_.push_back({from, crosses ? 90.0 : 180.0, crosses ? 24.0 : 20.0, dice.between(1.1, 1.5),
                        seconds * (crosses ? kOther + 0.06 * n : dice.next()),
                        static_cast<std::uint64_t>(dice.below(1000))});
  }
}

void Junction::fill_lane(Spot from, double heading, double to_line, double green) {
  Dice dice(mix(seed_, static_cast<std::uint64_t>(heading), static_cast<std::uint64_t>(std::abs(from.x + 2 * from.z))));
  const bool along = heading == 0 || heading == 180;
  int queued = 0;
  for (int n = 0; n < (seconds_ < 12 ? 1 : 3); n++) {
    Driver driver;
    const double speed = dice.between(9, 11);
    driver.way = {from, heading, along ? kFar - 2 : 2 * kSide, speed, 0, static_cast<std::uint64_t>(dice.below(1000))};
    driver.to_line = to_line;
    const bool late = n == 2;  // passes while it is green
    const double arrives =
        seconds_ * (green + (late ? kGreen * dice.between(0.6, 0.9) : -0.5 + 0.2 * n + 0.1 * dice.next()));
    driver.way.start = std::fmod(arrives - to_line / speed + 40 * seconds_, seconds_);
    if (!late) {
      driver.stop = std::max(to_line - 3 - 7.5 * queued, speed * speed / (2 * kBrake));
      driver.goes = seconds_ * green + 1.2 + 1.9 * queued - (arrives - to_line / speed);
      queued++;
    }
    drivers_.push_back(driver);
  }
}

void Junction::paint_ground() {
  draw_sky(ground_, rgb(132, 160, 196), rgb(212, 218, 226), 112);
  const auto lay = [&](double left, double right, double from, double to, Colour colour) {
    const double step = std::max(4.0, (to - from) / 60);
    for (double z = from; z < to; z += step)
      view_.ground(ground_, patch(left, right, z, std::min(z + step + 0.1, to)),
                   in_air(air_, colour, std::max(z + 3, 0.0)));
  };
  const Colour asphalt = rgb(88, 90, 95), white = rgb(222, 222, 216);
  lay(-kSide, kSide, -2, kFar, rgb(112, 120, 88));
  lay(-kSide, kSide, kNearEdge - 4, kFarEdge + 4, rgb(152, 148, 142));
  lay(-kRoad - 4, kRoad + 4, -2, kFar, rgb(152, 148, 142));
  lay(-kRoad, kRoad, -2, kFar, asphalt);
  lay(-kSide, kSide, kNearEdge, kFarEdge, asphalt);
  for (const double z : {kNearEdge - 4, kFarEdge + 1})
    for (double x = -kRoad + 0.4; x < kRoad - 0.4; x += 1) lay(x, x + 0.5, z, z + 3, white);
  for (const double x : {-kRoad - 4, kRoad + 1})
    for (double z = kNearEdge + 0.4; z < kFarEdge - 0.4; z += 1) lay(x, x + 3, z, z + 0.5, white);
  lay(-0.12, 0.12, -2, kNearEdge - 5, white);
  lay(-0.12, 0.12, kFarEdge + 5, kFar, white);
  lay(-kSide, -kRoad - 5, 26.9, 27.1, white);
  lay(kRoad + 5, kSide, 26.9, 27.1, white);
  Dice dice(seed_ ^ 0x4B);
  std::vector<House> houses;
  for (const double side : {-1.0, 1.0}) {
    for (double z = 44; z < 170;) {
      const double along = dice.between(24, 40);
      const int tone = static_cast<int>(dice.between(-20, 20));
      houses.push_back({side * dice.between(15, 19), z, z + along, 3.0 * static_cast<double>(3 + dice.below(3)),
                        rgb(190 + tone, 178 + tone, 160 + tone), false});
      z += along + dice.between(8, 16);
    }
  }
  std::sort(houses.begin(), houses.end(), [](const House& a, const House& b) { return a.from > b.from; });
  std::uint64_t n = 0;
  for (const House& house : houses) draw_house(ground_, view_, air_, house, mix(seed_, n++));
  for (const double x : {-30.0, -22.0, 24.0, 33.0, 44.0, -45.0})
    draw_tree(ground_, view_, air_, {x, 42, 0}, 7, false, mix(seed_, static_cast<std::uint64_t>(x + 99)));
  draw_lamp_post(ground_, view_, air_, {-9, 38, 0}, 1.6);
  draw_lamp_post(ground_, view_, air_, {9, 70, 0}, -1.6);
  for (int y = 150 * ground_.width / 640; y < ground_.height; y++) {
    for (int x = 0; x < ground_.width; x++) {
      auto& luma = ground_.y[static_cast<std::size_t>(y * ground_.width + x)];
      const double rough = wobble(mix(seed_, static_cast<std::uint64_t>(x / 2), static_cast<std::uint64_t>(y / 2)));
      luma = static_cast<std::uint8_t>(std::clamp(luma + 6 * rough, 0.0, 255.0));
    }
  }
}

void Junction::lights(Picture& into, double t) const {
  const auto colour = [&](double green) {
    const double phase = std::fmod(t / seconds_ - green + 1, 1.0);
    if (phase < kGreen) return rgb(40, 220, 120);
    return phase < kGreen + 0.05 ? rgb(250, 190, 40) : rgb(240, 40, 30);
  };
  const auto post = [&](Spot foot, double green, bool seen_from_behind) {
    view_.box(into, foot, 0, 0.15, 0.15, 0, 3.4, rgb(96, 98, 104));
    view_.box(into, foot, 0, 0.3, 0.35, 2.5, 3.5, rgb(30, 32, 36));
    Dot dot;
    if (seen_from_behind || !view_.see({foot.x, foot.z - 0.2, 3}, dot)) return;
    glow(into, dot, std::max(view_.scale(foot) * 0.35, 3.0), 1.4, colour(green));
  };
  post({8.2, kFarEdge + 1, 0}, 0, false);
  post({-8.2, kNearEdge - 1, 0}, 0, true);
  post({-8.6, kFarEdge + 1, 0}, kOther, false);
  post({8.6, kNearEdge - 1, 0}, kOther, true);
}

void Junction::draw(double t, std::uint64_t number, Picture& into) const {
  into = ground_;
  struct Thing {
    double away;
    const Walker* who;
    double gone;
    bool car;
  };
  std::vector<Thing> things;
  for (const Driver& driver : drivers_) {
    const int copies = std::max(1, static_cast<int>(std::ceil(driver.travels() / seconds_)));
    for (int copy = 0; copy < copies; copy++) {
      const double since = std::fmod(t - driver.way.start + (2 + copy) * seconds_, copies * seconds_);
      const double gone = driver.gone(since);
      if (gone <= driver.way.metres) things.push_back({view_.depth(driver.way.at(gone)), &driver.way, gone, true});
    }
  }
  for (const Walker& walker : walkers_)
    for (const double gone : walker.gone(t, seconds_))
      things.push_back({view_.depth(walker.at(gone)), &walker, gone, false});
  std::sort(things.begin(), things.end(), [](const Thing& a, const Thing& b) { return a.away > b.away; });
  for (const Thing& thing : things) {
    const std::uint64_t look = thing.who->look;
    if (thing.car) {
      const Body body = look % 11 == 0 ? Body::bus : look % 5 == 0 ? Body::van : Body::car;
      draw_car(into, view_, air_, body, thing.who->at(thing.gone), thing.who->heading, car_paint(look), t);
    } else {
      draw_person(into, view_, air_, thing.who->at(thing.gone), 1.72, coat_colour(look), thing.gone / 0.7);
    }
  }
  lights(into, t);
  finish_picture(into, 1.7, seed_, number);
}

}  // namespace qala::sim
