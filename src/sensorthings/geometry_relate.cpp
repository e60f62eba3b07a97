// The one file with Boost.Geometry, whose templates take long to compile. Everything is a multi geometry here: nine
// pairs instead of thirty-six.
#include <boost/geometry.hpp>
#include <boost/geometry/geometries/multi_linestring.hpp>
#include <boost/geometry/geometries/multi_point.hpp>
#include <boost/geometry/geometries/multi_polygon.hpp>
#include <boost/geometry/geometries/point_xy.hpp>

#include <algorithm>

#include "sensorthings/geometry.h"

namespace qala::sensorthings {

namespace bg = boost::geometry;

namespace {

using P = bg::model::d2::point_xy<double>;
using Points = bg::model::multi_point<P>;
using Lines = bg::model::multi_linestring<bg::model::linestring<P>>;
using Polygons = bg::model::multi_polygon<bg::model::polygon<P>>;

P to(const Geometry::Point& p) { return {p.x, p.y}; }

Points points_of(const Geometry& shape) {
  Points out;
  for (const auto& p : shape.points) out.push_back(to(p));
  return out;
}

Lines lines_of(const Geometry& shape) {
  Lines out;
  for (const auto& line : shape.lines) {
    auto& l = out.emplace_back();
    for (const auto& p : line) l.push_back(to(p));
  }
  return out;
}

Polygons polygons_of(const Geometry& shape) {
  Polygons out;
  for (const auto& polygon : shape.polygons) {
    auto& p = out.emplace_back();
    for (std::size_t i = 0; i < polygon.rings.size(); i++) {
      if (i != 0) p.inners().emplace_back();
      auto& ring = i == 0 ? p.outer() : p.inners().back();
      for (const auto& point : polygon.rings[i]) ring.push_back(to(point));
    }
  }
  bg::correct(out);
  return out;
}

/// Calls `with(part)` for each kind of shape that is there.
template <class With>
void each_part(const Geometry& shape, const With& with) {
  if (!shape.points.empty()) with(points_of(shape));
  if (!shape.lines.empty()) with(lines_of(shape));
  if (!shape.polygons.empty()) with(polygons_of(shape));
}

bool mixed(const Geometry& shape) {
  return (!shape.points.empty() + !shape.lines.empty() + !shape.polygons.empty()) != 1;
}

std::string matrix_of(const Geometry& a, const Geometry& b) {
  std::string out;
  each_part(a, [&](const auto& x) { each_part(b, [&](const auto& y) { out = bg::relation(x, y).str(); }); });
  return out;
}

}  // namespace

double distance(const Geometry& a, const Geometry& b) {
  double nearest = std::numeric_limits<double>::infinity();
  try {
    each_part(a, [&](const auto& x) {
      each_part(b, [&](const auto& y) { nearest = std::min(nearest, static_cast<double>(bg::distance(x, y))); });
    });
  } catch (const bg::exception&) {  // a shape that crosses itself
    return std::numeric_limits<double>::quiet_NaN();
  }
  return nearest;
}

std::optional<std::string> relation(const Geometry& a, const Geometry& b) {
  if (mixed(a) || mixed(b)) return std::nullopt;
  try {
    auto matrix = matrix_of(a, b);
    if (matrix.size() != 9) return std::nullopt;
    return matrix;
  } catch (const bg::exception&) {
    return std::nullopt;
  }
}

bool intersects(const Geometry& a, const Geometry& b) {
  bool any = false;
  try {
    each_part(a, [&](const auto& x) {
      each_part(b, [&](const auto& y) {
        if (any) return;
        const auto matrix = bg::relation(x, y).str();
        any = matrix[0] != 'F' || matrix[1] != 'F' || matrix[3] != 'F' || matrix[4] != 'F';
      });
    });
  } catch (const bg::exception&) {
    return false;
  }
  return any;
}

}  // namespace qala::sensorthings
