#pragma once

#include <cstdint>
#include <vector>

#include "sim/cameras/paint.h"

namespace qala::sim {

enum class Body : std::uint8_t { car, van, bus, plough };

/// Light and weather that things are drawn in.
struct Air {
  double light = 1;       ///< of what has no lamp of its own
  bool lamps = false;     ///< headlights, lit windows
  double shadow = 0.3;    ///< how dark shadows are
  double haze_at = 1e9;   ///< metres at which half the colour is gone
  Colour haze{};
};

/// Colours as far away things have them.
Colour in_air(const Air& air, Colour colour, double metres);

void draw_car(Picture& into, const View& view, const Air& air, Body body, Spot at, double heading, Colour paint,
              double t);
/// `step` counts paces: legs and arms swing with it.
void draw_person(Picture& into, const View& view, const Air& air, Spot at, double height, Colour coat, double step);

/// Something that goes along a straight way and comes again, so that a loop has no seam: it starts at `from`, walks
/// `metres` at `speed` and is gone. Several of it are on the way at once if one loop is too short for it.
struct Walker {
  Spot from;
  double heading = 0;
  double metres = 0, speed = 1;
  double start = 0;  ///< seconds into the loop
  std::uint64_t look = 0;
  /// Metres gone, one for each that is on the way at `t`.
  std::vector<double> gone(double t, double seconds) const;
  Spot at(double metres_gone) const;
};

}  // namespace qala::sim
