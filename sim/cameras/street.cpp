// A street with houses: by day, at dusk, in snow.
#include "sim/cameras/street.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/chance.h"

namespace qala::sim {

namespace {

constexpr std::array kPaints{std::array{205, 205, 208}, std::array{40, 42, 46},    std::array{150, 30, 28},
                             std::array{35, 70, 130},   std::array{120, 122, 126}, std::array{228, 226, 220},
                             std::array{70, 90, 70},    std::array{190, 160, 60}};
constexpr std::array kCoats{std::array{60, 60, 70},   std::array{150, 40, 50}, std::array{40, 90, 140},
                            std::array{200, 180, 60}, std::array{90, 70, 110}, std::array{30, 110, 90}};
constexpr double kFar = 190;  // metres to the end of the street

Colour one_of(std::span<const std::array<int, 3>> palette, std::uint64_t look) {
  const auto& c = palette[look % palette.size()];
  return rgb(c[0], c[1], c[2]);
}

/// Ring of a strip of ground along the street.
std::array<Spot, 4> strip(double left, double right, double from, double to, double up = 0) {
  return {Spot{left, from, up}, {right, from, up}, {right, to, up}, {left, to, up}};
}

}  // namespace

Colour car_paint(std::uint64_t look) { return one_of(kPaints, look); }
Colour coat_colour(std::uint64_t look) { return one_of(kCoats, look); }

void draw_sky(Picture& into, Colour high, Colour low, double horizon) {
  const int bottom = std::min(into.height, static_cast<int>((horizon + 24) * into.width / 640));
  for (int y = 0; y < bottom; y++) {
    const Colour c = blend(high, low, static_cast<double>(y) / bottom);
    std::fill_n(into.y.begin() + static_cast<std::ptrdiff_t>(y) * into.width, into.width, c.y);
    if (y % 2 != 0) continue;
    std::fill_n(into.u.begin() + static_cast<std::ptrdiff_t>(y / 2) * (into.width / 2), into.width / 2, c.u);
    std::fill_n(into.v.begin() + static_cast<std::ptrdiff_t>(y / 2) * (into.width / 2), into.width / 2, c.v);
  }
}

void draw_house(Picture& into, const View& view, const Air& air, const House& house, std::uint64_t seed) {
  const double along = house.to - house.from;
  const double away = view.depth({house.x, house.from, 0});
  const Spot middle{house.x + (house.x < 0 ? -6.0 : 6.0), (house.from + house.to) / 2, 0};
  view.box(into, middle, 0, along, 12, 0, house.high, in_air(air, house.wall, away));
  const int floors = std::max(1, static_cast<int>(house.high / 3));
  const int windows = std::max(1, static_cast<int>(along / 3.2));
  for (int f = 0; f < floors; f++) {
    for (int w = 0; w < windows; w++) {
      const double z0 = house.from + (w + 0.3) * along / windows, z1 = house.from + (w + 0.7) * along / windows;
      const double low = f * 3.0 + 1.0, high = low + 1.5;
      const bool lit = air.lamps && unit(mix(seed, static_cast<std::uint64_t>(f * 97 + w))) < 0.45;
      const std::array ring{Spot{house.x, z0, low}, Spot{house.x, z1, low}, Spot{house.x, z1, high},
                            Spot{house.x, z0, high}};
      view.ground(into, ring, lit ? rgb(250, 214, 130) : in_air(air, rgb(62, 74, 88), away));
    }
  }
  if (!house.snow) return;
  view.box(into, middle, 0, along + 0.6, 12.6, house.high, house.high + 0.4, in_air(air, rgb(238, 242, 248), away));
}

void draw_tree(Picture& into, const View& view, const Air& air, Spot foot, double height, bool bare,
               std::uint64_t seed) {
  Dot base, top;
  if (!view.see(foot, base) || !view.see({foot.x, foot.z, height}, top)) return;
  const double away = view.depth(foot), m = view.scale(foot);
  const Colour wood = in_air(air, rgb(74, 60, 50), away), leaves = in_air(air, rgb(66, 92, 54), away);
  const std::array trunk{Dot{base.x - 0.16 * m, base.y}, Dot{base.x + 0.16 * m, base.y}, Dot{top.x + 0.05 * m, top.y},
                         Dot{top.x - 0.05 * m, top.y}};
  fill(into, trunk, wood);
  for (std::uint64_t i = 0; i < 14; i++) {
    const double up = 0.35 + 0.65 * unit(mix(seed, i)), side = 2 * unit(mix(seed, i, 1)) - 1;
    const Dot at{base.x + side * m * height * 0.22, base.y - up * m * height};
    if (bare) {
      const Dot fork{base.x, base.y - (up - 0.15) * m * height};
      const std::array twig{Dot{fork.x, fork.y - 0.04 * m}, Dot{at.x, at.y}, Dot{fork.x, fork.y + 0.05 * m}};
      fill(into, twig, wood);
    } else {
      const Colour leaf = shade(leaves, 0.8 + 0.4 * unit(mix(seed, i, 2)));
      disc(into, at, m * height * 0.16, m * height * 0.12, leaf, 0.9);
    }
  }
}

void draw_lamp_post(Picture& into, const View& view, const Air& air, Spot foot, double arm) {
  const double away = view.depth(foot);
  if (away < 4) return;
  const Colour iron = in_air(air, rgb(90, 94, 100), away);
  view.box(into, foot, 0, 0.16, 0.16, 0, 8, iron);
  const Spot head{foot.x + arm, foot.z, 8};
  view.box(into, {foot.x + arm / 2, foot.z, 0}, 90, std::abs(arm), 0.12, 7.9, 8.05, iron);
  Dot dot;
  if (!air.lamps || !view.see(head, dot)) return;
  const double m = view.scale(head);
  glow(into, dot, 3.2 * m, 0.8, rgb(255, 206, 130));
  glow(into, dot, 0.6 * m, 1.5, rgb(255, 244, 214));
  std::vector<Spot> pool;
  for (int i = 0; i < 20; i++)
    pool.push_back(
        {head.x + 4.6 * std::cos(i * std::numbers::pi / 10), foot.z + 5.5 * std::sin(i * std::numbers::pi / 10)});
  view.ground(into, pool, rgb(230, 190, 120), 0.13);
}

StreetScene::StreetScene(Mood mood, int width, int height, double seconds, std::uint64_t seed)
    : mood_(mood),
      seconds_(seconds),
      seed_(seed),
      ground_(width, height),
      view_(ground_, {3.2, 0, 6.2}, -2.5, 520, 128) {
  if (mood == Mood::dusk)
    air_ = {.light = 0.33, .lamps = true, .shadow = 0.25, .haze_at = 260, .haze = rgb(52, 54, 82)};
  else if (mood == Mood::snow)
    air_ = {.light = 0.92, .lamps = true, .shadow = 0.16, .haze_at = 75, .haze = rgb(204, 210, 218)};
  else air_ = {.light = 1, .lamps = false, .shadow = 0.38, .haze_at = 420, .haze = rgb(200, 212, 226)};
  paint_ground();
  people_the_street();
}

void StreetScene::paint_ground() {
  const bool snow = mood_ == Mood::snow;
  if (mood_ == Mood::day) draw_sky(ground_, rgb(96, 142, 206), rgb(206, 220, 234), 128);
  if (mood_ == Mood::dusk) draw_sky(ground_, rgb(24, 28, 58), rgb(176, 110, 92), 128);
  if (snow) draw_sky(ground_, rgb(176, 184, 196), rgb(206, 212, 220), 128);
  const auto lay = [&](double left, double right, Colour colour) {
    for (double z = 0; z < kFar; z += 4)
      view_.ground(ground_, strip(left, right, z, z + 4.05), in_air(air_, colour, z + 2));
  };
  const Colour verge = snow ? rgb(232, 237, 244) : rgb(104, 116, 78);
  lay(-60, 60, verge);
  lay(-7.2, 7.2, snow ? rgb(186, 190, 198) : rgb(92, 94, 98));
  for (const double side : {-1.0, 1.0}) {
    lay(std::min(side * 7.4, side * 11.0), std::max(side * 7.4, side * 11.0),
        snow ? rgb(214, 219, 228) : rgb(150, 146, 140));
    lay(std::min(side * 7.2, side * 7.45), std::max(side * 7.2, side * 7.45), rgb(176, 174, 170));
    for (double z = 2; z < kFar; z += snow ? 1e9 : 9)
      view_.ground(ground_, strip(side * 3.5 - 0.08, side * 3.5 + 0.08, z, z + 3), in_air(air_, rgb(222, 222, 218), z));
    if (snow) lay(side * 2 - 0.35, side * 2 + 0.35, rgb(150, 152, 158));  // where wheels go
  }
  if (!snow) lay(-0.15, 0.15, rgb(226, 226, 220));
  // The grain of the ground: the same in every picture.
  const int from = 140 * ground_.width / 640;
  for (int y = from; y < ground_.height; y++) {
    for (int x = 0; x < ground_.width; x++) {
      auto& luma =
          ground_
              .y[static_cast<std::size_t>(y) * static_cast<std::size_t>(ground_.width) + static_cast<std::size_t>(x)];
      const double rough = wobble(mix(seed_, static_cast<std::uint64_t>(x / 2), static_cast<std::uint64_t>(y / 2)));
      luma = static_cast<std::uint8_t>(std::clamp(luma + 7 * rough, 0.0, 255.0));
    }
  }
  build_houses();
}

std::vector<House> StreetScene::houses() const {
  Dice dice(seed_ ^ 0x48);
  std::vector<House> out;
  for (const double side : {-1.0, 1.0}) {
    for (double z = side < 0 ? 14 : 34; z < kFar;) {
      const bool small = dice.next() < 0.4;
      const double along = small ? dice.between(10, 14) : dice.between(26, 44);
      const int tone = static_cast<int>(dice.between(-24, 24));
      const Colour wall = small ? rgb(176 + tone, 150 + tone, 118) : rgb(188 + tone, 182 + tone, 170 + tone);
      out.push_back({side * dice.between(15, 18), z, z + along,
                     small ? 4.2 : 3.0 * static_cast<double>(3 + dice.below(3)), wall, mood_ == Mood::snow});
      z += along + dice.between(6, 14);
    }
  }
  std::sort(out.begin(), out.end(), [](const House& a, const House& b) { return a.from > b.from; });
  return out;
}

void StreetScene::build_houses() {
  std::uint64_t n = 0;
  for (const House& house : houses()) draw_house(ground_, view_, air_, house, mix(seed_, n++));
  for (double z = 170; z > 15; z -= 17) {
    draw_tree(ground_, view_, air_, {-12.6, z, 0}, 6.5, mood_ != Mood::day,
              mix(seed_, 7, static_cast<std::uint64_t>(z)));
    draw_tree(ground_, view_, air_, {12.6, z + 6, 0}, 6, mood_ != Mood::day,
              mix(seed_, 8, static_cast<std::uint64_t>(z)));
    draw_lamp_post(ground_, view_, air_, {-7.8, z - 4, 0}, 1.6);
    draw_lamp_post(ground_, view_, air_, {7.8, z + 4, 0}, -1.6);
  }
}

void StreetScene::people_the_street() {
  Dice dice(seed_ ^ 0x50);
  const bool slow = mood_ == Mood::snow;
  for (int lane = 0; lane < 4; lane++) {  // two each way, right-hand traffic
    const bool towards = lane < 2;
    const double x = (towards ? -1 : 1) * (lane % 2 == 0 ? 1.8 : 5.3);
    const double speed = (slow ? 6.5 : lane % 2 == 0 ? 12.5 : 10.5) + dice.between(-1, 1);
    const int most = mood_ == Mood::day ? 3 : 2;
    const int cars = std::clamp(static_cast<int>(seconds_ / 8), 1, most);
    for (int n = 0; n < cars; n++) {
      const double start = seconds_ * (n + dice.between(0.1, 0.8)) / cars;
      const auto look = static_cast<std::uint64_t>(dice.below(1000));
      cars_.push_back({{x, towards ? kFar : 3.0, 0}, towards ? 180.0 : 0.0, kFar - 3, speed, start, look});
    }
  }
  for (int n = 0; n < (seconds_ < 12 ? 1 : 8); n++) {
    const double side = n % 2 == 0 ? -1 : 1;
    const bool towards = dice.next() < 0.5;
    walkers_.push_back({{side * dice.between(8.2, 10.4), towards ? 90.0 : 6.0, 0},
                        towards ? 180.0 : 0.0,
                        84,
                        dice.between(1.1, 1.6),
                        dice.between(0, seconds_),
                        static_cast<std::uint64_t>(dice.below(1000))});
  }
  for (int n = 0; n < (seconds_ < 12 ? 1 : 2); n++) {  // across the street
    walkers_.push_back({{-11, 24.0 + 16 * n, 0},
                        90,
                        22,
                        1.3,
                        dice.between(0, seconds_),
                        static_cast<std::uint64_t>(dice.below(1000))});
  }
}

void StreetScene::draw(double t, std::uint64_t number, Picture& into) const {
  into = ground_;
  struct Thing {
    double away;
    const Walker* who;
    double gone;
    bool car;
  };
  std::vector<Thing> things;
  for (const Walker& car : cars_)
    for (const double gone : car.gone(t, seconds_)) things.push_back({view_.depth(car.at(gone)), &car, gone, true});
  for (const Walker& walker : walkers_)
    for (const double gone : walker.gone(t, seconds_))
      things.push_back({view_.depth(walker.at(gone)), &walker, gone, false});
  std::sort(things.begin(), things.end(), [](const Thing& a, const Thing& b) { return a.away > b.away; });
  for (const Thing& thing : things) {
    const std::uint64_t look = thing.who->look;
    if (!thing.car) {
      draw_person(into, view_, air_, thing.who->at(thing.gone), 1.6 + 0.02 * static_cast<double>(look % 10),
                  coat_colour(look), thing.gone / 0.7);
      continue;
    }
    const bool works = mood_ == Mood::snow && thing.who == &cars_.back();
    const Body body = works ? Body::plough : look % 9 == 0 ? Body::bus : look % 5 == 0 ? Body::van : Body::car;
    draw_car(into, view_, air_, body, thing.who->at(thing.gone), thing.who->heading,
             works ? rgb(235, 150, 40) : car_paint(look), t);
  }
  if (mood_ == Mood::snow) draw_snow(into, t, seconds_, seed_);
  finish_picture(into, mood_ == Mood::dusk ? 2.6 : 1.6, seed_, number);
}

void draw_snow(Picture& into, double t, double seconds, std::uint64_t seed) {
  const double scale = into.width / 640.0;
  const double top = still_rows(into);
  for (std::uint64_t i = 0; i < 420; i++) {
    const double size = 0.6 + 1.6 * unit(mix(seed, i, 31));
    const double turns = std::max(1.0, std::round(seconds * (0.12 + 0.1 * size)));  // falls whole times in a loop
    const double fall = std::fmod(unit(mix(seed, i, 32)) + turns * t / seconds, 1.0);
    const double sway = std::sin(2 * std::numbers::pi * (fall + unit(mix(seed, i, 33)))) * 9;
    const double x = std::fmod(unit(mix(seed, i, 34)) * 680 + fall * 40, 680) - 20 + sway;
    const double y = top + fall * (into.height - top);
    if (y - size * scale < top) continue;
    disc(into, {x * scale, y}, size * scale, size * 1.25 * scale, rgb(246, 248, 252), 0.75);
  }
}

double still_rows(const Picture& picture) { return 56.0 * picture.width / 640; }

void finish_picture(Picture& into, double sigma, std::uint64_t seed, std::uint64_t number) {
  // The upper edge is the shield of the housing: it never moves, so nothing is ever foretold from the clock above it.
  const auto still = static_cast<std::ptrdiff_t>(still_rows(into));
  const auto width = static_cast<std::ptrdiff_t>(into.width);
  std::vector<std::uint8_t> edge(into.y.begin(), into.y.begin() + still * width);
  grain(into, sigma, seed, number);
  for (std::ptrdiff_t y = 0; y < still; y++) {
    const double light = std::clamp(static_cast<double>(y) / static_cast<double>(still), 0.0, 1.0);
    for (std::ptrdiff_t x = 0; x < width; x++) {
      const auto at = static_cast<std::size_t>(y * width + x);
      into.y[at] = static_cast<std::uint8_t>(16 + (edge[at] - 16) * (0.15 + 0.85 * light * light));
    }
  }
}

}  // namespace qala::sim
