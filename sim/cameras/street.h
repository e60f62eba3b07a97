#pragma once

#include <array>
#include <span>
#include <vector>

#include "sim/cameras/actors.h"
#include "sim/cameras/scene.h"

namespace qala::sim {

struct House {
  double x;         ///< the wall at the street: metres right of its middle
  double from, to;  ///< along the street
  double high;
  Colour wall;
  bool snow;
};

// What streets and junctions are drawn with.
Colour car_paint(std::uint64_t look);
Colour coat_colour(std::uint64_t look);
void draw_sky(Picture& into, Colour high, Colour low, double horizon);
void draw_house(Picture& into, const View& view, const Air& air, const House& house, std::uint64_t seed);
void draw_tree(Picture& into, const View& view, const Air& air, Spot foot, double height, bool bare,
               std::uint64_t seed);
void draw_lamp_post(Picture& into, const View& view, const Air& air, Spot foot, double arm);
void draw_snow(Picture& into, double t, double seconds, std::uint64_t seed);
/// The upper rows that stand still: the clock and a margin under it.
double still_rows(const Picture& picture);
/// The sensor's grain, and the dark edge that stands still.
void finish_picture(Picture& into, double sigma, std::uint64_t seed, std::uint64_t number);

/// A straight street seen from a pole, with houses, lamps, trees, cars and people.
class StreetScene final : public Scene {
 public:
  enum class Mood : std::uint8_t { day, dusk, snow };
  StreetScene(Mood mood, int width, int height, double seconds, std::uint64_t seed);
  void draw(double t, std::uint64_t number, Picture& into) const override;
  const View& view() const { return view_; }
  std::vector<House> houses() const;

 private:
  void paint_ground();
  void build_houses();
  void people_the_street();

  Mood mood_;
  double seconds_;
  std::uint64_t seed_;
  Picture ground_;
  View view_;
  Air air_;
  std::vector<Walker> cars_, walkers_;
};

}  // namespace qala::sim
