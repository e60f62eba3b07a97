#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "registry/model.h"

namespace qala::warnings {

using Ring = std::vector<registry::Point>;

/// "lat,lon lat,lon ...": CAP's polygon, WGS84 degrees, latitude first. `invalid` if it is not closed (the last point
/// is the first), has less than 4 or 100 and more points, encloses nothing, or a number is none.
Result<Ring> parse_polygon(std::string_view text);
/// The same polygon with one blank between its points and its digits as they are: how it is kept and published.
std::string on_one_line(std::string_view polygon);
/// With five decimals (a metre), in the form above.
std::string polygon_text(std::span<const registry::Point> ring);

/// The smallest rectangle of degrees around points.
struct Envelope {
  double west = 180, south = 90, east = -180, north = -90;
  bool empty() const { return west > east; }
  bool holds(const registry::Point& point) const;
  void add(const registry::Point& point);
};
Envelope envelope_of(std::span<const registry::Point> ring);

/// A polygon of sixteen sides around points, 250 m away from the outermost ones: where a zone lies whose things are
/// known, but no border. Nothing of it lies outside of `within`, if that is not empty. Closed; empty without points.
Ring outline(std::span<const registry::Point> points, const Envelope& within);
constexpr double kMarginMetres = 250;

}  // namespace qala::warnings
