#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/json_tree.h"

namespace qala::sensorthings {

/// A shape on the plane of degrees (x: longitude, y: latitude), as points, lines and polygons. Distances and lengths
/// are in degrees, as PostGIS' geometry and so FROST has them.
struct Geometry {
  struct Point {
    double x = 0, y = 0;
    friend bool operator==(const Point&, const Point&) = default;
    friend auto operator<=>(const Point&, const Point&) = default;
  };
  using Line = std::vector<Point>;
  struct Polygon {
    std::vector<Line> rings;  ///< the outer one first, closed
  };
  std::vector<Point> points;
  std::vector<Line> lines;
  std::vector<Polygon> polygons;

  bool empty() const { return points.empty() && lines.empty() && polygons.empty(); }
  /// 0, 1 or 2; -1: empty.
  int dimension() const { return !polygons.empty() ? 2 : !lines.empty() ? 1 : points.empty() ? -1 : 0; }
};

/// From GeoJSON: a geometry or a Feature; GeometryCollections and FeatureCollections as all of their parts.
std::optional<Geometry> geometry_of(const registry::JsonValue& json);
/// From WKT, with or without "SRID=4326;" and Z values: "POLYGON ((30 10, 40 40, 20 40, 30 10))".
std::optional<Geometry> geometry_of_wkt(std::string_view text);

double distance(const Geometry& a, const Geometry& b);
double length(const Geometry& shape);  ///< of lines; points and polygons have none
/// DE-9IM, nine characters of "F012"; nothing if it cannot be told (mixed collections).
std::optional<std::string> relation(const Geometry& a, const Geometry& b);
bool intersects(const Geometry& a, const Geometry& b);

/// The names of the st_ functions without the prefix: "within", "touches" …
std::optional<bool> spatial(std::string_view name, const Geometry& a, const Geometry& b);
/// Does the matrix fit "T*****FF*"? nullopt: that is no pattern.
std::optional<bool> matches(std::string_view matrix, std::string_view pattern);

/// GeoJSON of the convex hull of all points: a Point, a LineString or a Polygon.
std::string hull_json(std::vector<Geometry::Point> points);
void collect_points(const Geometry& shape, std::vector<Geometry::Point>& into);

}  // namespace qala::sensorthings
