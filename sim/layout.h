#pragma once

#include <cstdint>
#include <vector>

#include "sim/geometry.h"
#include "sim/names.h"

namespace qala::sim {

/// What stands where in Үшөзек: the ground on which the plan is drawn and the devices are hung. Always the same town;
/// the seed of a run changes what happens in it, not its streets. All points are on the ground (bent).

struct Street {
  Text name;
  Area area;
  Line line;
  bool avenue = false;
};

/// One side of a block: where lamps, stops and counters stand. `lit` as in life: the centre is, the new quarter is not.
struct Side {
  Area area;
  std::uint32_t street;
  bool lit;
  Metres from, to;  ///< straight coordinates
  Metres at(double t) const;  ///< on the ground, t in 0..1
  double metres() const { return distance(from, to); }
};

enum class Build : std::uint8_t { house, flat, hall };
struct Building {
  Area area;
  Build build;
  std::uint32_t street;
  Line ring;
  Metres middle;
};

struct Block {
  Area area;
  bool park;
  Line ring;
};

struct Label {
  Text name;
  Metres at;
};

struct Layout {
  std::vector<Street> streets;
  std::vector<Side> sides;
  std::vector<Building> buildings;
  std::vector<Block> blocks;
  std::vector<Line> roads;  ///< country roads and bridges
  std::vector<Line> railway;  ///< main line first
  std::vector<Line> pipes;  ///< heat mains from the boiler house
  std::vector<Line> fields, parks, water;
  std::vector<Label> area_names, place_names;
  Metres heat_station[6];
  Metres air_station[5];
  Metres boiler_house;
  std::vector<Metres> school_feeder;  ///< the 38 lamps of F-12 round the school
};

Layout build_layout();
Metres middle_of(Area area);
Metres middle_of(const Line& ring);

}  // namespace qala::sim
