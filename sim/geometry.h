#pragma once

#include <vector>

namespace qala::sim {

/// Metres in the town. `Town` coordinates are straight (streets run along u and v); bend() lays them on the ground as
/// x east, y south of the town's middle.
struct Metres {
  double x = 0, y = 0;
};
struct LonLat {
  double lon = 0, lat = 0;
};
using Line = std::vector<Metres>;

/// The town's middle: 100 km north of Astana.
constexpr LonLat kMiddle{70.95, 51.99};

double distance(Metres a, Metres b);
/// No town is a chessboard: turns the grid by eleven degrees and lets long streets sway.
Metres bend(Metres straight);
LonLat to_lon_lat(Metres ground);
/// Turned by `angle` radians around `around`.
Metres turned(Metres point, Metres around, double angle);
/// A soft curve through the points, `steps` pieces between two of them (Catmull and Rom's).
Line curve(const Line& through, int steps);
double distance_to(const Line& line, Metres point);
bool inside(const Line& ring, Metres point);
/// The band of `width` around a line, as a ring.
Line band(const Line& middle, double width);
double length(const Line& line);
/// The point `along` metres from the start, and the direction there in degrees clockwise from north.
struct Place {
  Metres at;
  double heading = 0;
};
Place along(const Line& line, double metres);
/// Bends every point, with enough points in between that straight pieces sway too.
Line bent(const Line& straight, double step);

}  // namespace qala::sim
