#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "registry/model.h"

namespace qala::ngsi {

using registry::Point;

/// A shape to look in: a point, or polygons with holes (the outer ring first, closed or not).
struct Area {
  std::vector<Point> points = {};
  std::vector<std::vector<std::vector<Point>>> polygons = {};
};

/// Parameters `georel`, `geometry` and `coordinates` of NGSI-LD (ETSI GS CIM 009, 4.10) about entities that are points.
struct GeoQuery {
  enum class Relation : std::uint8_t { near, within, intersects, disjoint };
  Relation relation = Relation::near;
  double least_m = 0, most_m = 0;  ///< of near; most_m 0: no limit
  Area area = {};
  bool holds(const Point& place) const;
};

/// `invalid`: names the parameter and the position in it: "georel at 6: …".
/// near: with geometry=Point; within, intersects, disjoint: with Point, MultiPoint, Polygon, MultiPolygon.
Result<GeoQuery> parse_geo_query(std::string_view georel, std::string_view geometry, std::string_view coordinates);

/// Metres between two places on a sphere of the Earth's mean radius, 6,371,008.8 m (IUGG): within 0.6 % of the
/// ellipsoid.
double metres_between(const Point& a, const Point& b);

/// On its edge: only if `edge`.
bool lies_in(const Area& area, const Point& place, bool edge);

}  // namespace qala::ngsi
