#pragma once

#include "sim/cameras/street.h"

namespace qala::sim {

/// Two streets that cross, with lights: who comes at red brakes, waits in the queue and goes on at green.
class Junction final : public Scene {
 public:
  Junction(int width, int height, double seconds, std::uint64_t seed);
  void draw(double t, std::uint64_t number, Picture& into) const override;

 private:
  /// A car that comes to its stop line `arrives` seconds into the loop if nothing hinders it.
  struct Driver {
    Walker way;
    double to_line = 0;  ///< metres from the start to the stop line
    double stop = -1;    ///< metres where it waits, behind those before it; below 0: it needs not
    double goes = 0;     ///< seconds after it set out when it may go on
    double travels() const;  ///< seconds
    double gone(double since) const;
  };
  void paint_ground();
  void fill_lane(Spot from, double heading, double to_line, double green);
  void lights(Picture& into, double t) const;

  double seconds_;
  std::uint64_t seed_;
  Picture ground_;
  View view_;
  Air air_;
  std::vector<Driver> drivers_;
  std::vector<Walker> walkers_;
};

}  // namespace qala::sim
