#include "sim/cameras/scene.h"

#include <algorithm>
#include <array>

#include "sim/cameras/junction.h"
#include "sim/cameras/street.h"

namespace qala::sim {

namespace {

constexpr std::array<std::string_view, 4> kNames{"street", "junction", "dusk", "snow"};

}  // namespace

std::span<const std::string_view> scene_names() { return kNames; }

Result<std::unique_ptr<Scene>> make_scene(std::string_view name, int width, int height, double seconds,
                                          std::uint64_t seed) {
  if (name == "street") return std::make_unique<StreetScene>(StreetScene::Mood::day, width, height, seconds, seed);
  if (name == "dusk") return std::make_unique<StreetScene>(StreetScene::Mood::dusk, width, height, seconds, seed);
  if (name == "snow") return std::make_unique<StreetScene>(StreetScene::Mood::snow, width, height, seconds, seed);
  if (name == "junction") return std::make_unique<Junction>(width, height, seconds, seed);
  return fail(ErrorKind::not_found,
              "there is no scene \"" + std::string(name) + "\"; there are street, junction, dusk, snow");
}

std::vector<Dot> private_windows(std::string_view name) {
  if (name == "junction") return {};
  const StreetScene street(StreetScene::Mood::day, 640, 360, 1, kSceneSeed);
  // The front of the nearest house on the left.
  std::vector<Dot> ring;
  for (const House& house : street.houses()) {
    if (house.x > 0) continue;
    const double from = house.from, to = house.to;
    ring.clear();
    for (const Spot& spot : {Spot{house.x, from, 0.6}, Spot{house.x, to, 0.6}, Spot{house.x, to, house.high},
                             Spot{house.x, from, house.high}}) {
      Dot dot;
      if (!street.view().see(spot, dot)) return {};
      ring.push_back({std::clamp(dot.x / 640, 0.0, 1.0), std::clamp(dot.y / 360, 0.05, 1.0)});
    }
  }
  return ring;  // houses are sorted from far to near
}

}  // namespace qala::sim
