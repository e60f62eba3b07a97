#include "ngsi/area.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <string>

#include "registry/json_tree.h"

namespace qala::ngsi {

using Json = registry::JsonValue;
using Relation = GeoQuery::Relation;
using Ring = std::vector<Point>;

namespace {

constexpr std::size_t kMostPoints = 10'000;

Error bad(std::string_view where, std::string_view what) {
  return fail(ErrorKind::invalid, std::string(where) + ": " + std::string(what));
}

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

/// > 0: c lies left of the way from a to b.
double side(const Point& a, const Point& b, const Point& c) {
  return (b.lon - a.lon) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lon - a.lon);
}

bool on_way(const Point& a, const Point& b, const Point& c) {
  return side(a, b, c) == 0 && c.lon >= std::min(a.lon, b.lon) && c.lon <= std::max(a.lon, b.lon) &&
         c.lat >= std::min(a.lat, b.lat) && c.lat <= std::max(a.lat, b.lat);
}

enum class Where : std::uint8_t { outside, edge, inside };

/// Counts how often a way from the place to the east crosses the ring.
Where where(const Ring& ring, const Point& place) {
  bool inside = false;
  for (std::size_t i = 0, before = ring.size() - 1; i < ring.size(); before = i++) {
    const Point &a = ring[before], &b = ring[i];
    if (on_way(a, b, place)) return Where::edge;
    if ((a.lat > place.lat) == (b.lat > place.lat)) continue;
    if ((side(a, b, place) > 0) == (b.lat > a.lat)) inside = !inside;
  }
  return inside ? Where::inside : Where::outside;
}

Where where(const std::vector<Ring>& polygon, const Point& place) {
  const Where outer = where(polygon[0], place);
  if (outer != Where::inside) return outer;
  for (std::size_t i = 1; i < polygon.size(); i++) {
    const Where hole = where(polygon[i], place);
    if (hole == Where::edge) return Where::edge;
    if (hole == Where::inside) return Where::outside;
  }
  return Where::inside;
}

class Coordinates {
 public:
  Result<Point> point(const Json& json) {
    if (json.kind != Json::Kind::array || json.items.size() < 2 || json.items.size() > 3)
      return bad("coordinates", "a point is [longitude, latitude]");
    for (const Json& item : json.items)
      if (item.kind != Json::Kind::number) return bad("coordinates", "a point is [longitude, latitude], both numbers");
    const Point out{std::strtod(json.items[0].text.c_str(), nullptr), std::strtod(json.items[1].text.c_str(), nullptr)};
    if (!(std::fabs(out.lon) <= 180) || !(std::fabs(out.lat) <= 90))
      return bad("coordinates",
                 "[" + json.items[0].text + ", " + json.items[1].text +
                     "] is no place: the longitude comes first, -180 to 180, then the latitude, -90 to 90");
    if (++points_ > kMostPoints) return bad("coordinates", "more than 10,000 points");
    return out;
  }
  Result<std::vector<Ring>> polygon(const Json& json) {
    std::vector<Ring> out;
    if (json.kind != Json::Kind::array || json.items.empty())
      return bad("coordinates", "a polygon is a list of rings: [[[lon, lat], …]]");
    for (const Json& ring : json.items) {
      Ring& points = out.emplace_back();
      if (ring.kind != Json::Kind::array) return bad("coordinates", "a ring is a list of points: [[lon, lat], …]");
      for (const Json& one : ring.items) {
        TRY(const auto place, point(one));
        points.push_back(place);
      }
      if (points.size() < 4 || points.front() != points.back())
        return bad("coordinates", "a ring has at least four points, and ends where it began");
    }
    return out;
  }
  Result<Area> area(std::string_view geometry, const Json& json) {
    Area out;
    if (geometry == "Point") {
      TRY(const auto place, point(json));
      out.points.push_back(place);
      return out;
    }
    if (geometry == "Polygon") {
      TRY(auto one, polygon(json));
      out.polygons.push_back(std::move(one));
      return out;
    }
    if (json.kind != Json::Kind::array || json.items.empty()) return bad("coordinates", "a list is expected");
    for (const Json& item : json.items) {
      if (geometry == "MultiPoint") {
        TRY(const auto place, point(item));
        out.points.push_back(place);
      } else {
        TRY(auto one, polygon(item));
        out.polygons.push_back(std::move(one));
      }
    }
    return out;
  }

 private:
  std::size_t points_ = 0;
};

Result<double> metres(std::string_view text, std::size_t at) {
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || !(out >= 0) || !std::isfinite(out))
    return bad("georel at " + std::to_string(at + 1), "metres are expected, as in near;maxDistance==500");
  return out;
}

Result<> read_relation(std::string_view georel, GeoQuery& out) {
  const auto end = std::min(georel.find(';'), georel.size());
  const auto name = georel.substr(0, end);
  if (name == "within") out.relation = Relation::within;
  else if (name == "intersects") out.relation = Relation::intersects;
  else if (name == "disjoint") out.relation = Relation::disjoint;
  else if (name != "near")
    return bad("georel at 1",
               "\"" + std::string(name) + "\" is not known here; near, within, intersects, disjoint are");
  bool any = false;
  for (std::size_t at = end; at < georel.size();) {
    const auto from = at + 1;
    at = std::min(georel.find(';', from), georel.size());
    const auto part = georel.substr(from, at - from);
    const auto equals = part.find("==");
    const auto key = part.substr(0, std::min(equals, part.size()));
    if (out.relation != Relation::near || equals == std::string_view::npos ||
        (key != "maxDistance" && key != "minDistance"))
      return bad("georel at " + std::to_string(from + 1),
                 "only near is followed by something: near;maxDistance==METRES or near;minDistance==METRES");
    TRY((key == "maxDistance" ? out.most_m : out.least_m), metres(part.substr(equals + 2), from + equals + 2));
    if (key == "maxDistance" && out.most_m == 0) out.most_m = 1e-9;  // there, and nowhere else
    any = true;
  }
  if (out.relation == Relation::near && !any)
    return bad("georel at " + std::to_string(georel.size() + 1), "how near is missing: near;maxDistance==METRES");
  return {};
}

}  // namespace

double metres_between(const Point& a, const Point& b) {
  constexpr double kRadius = 6'371'008.8;
  const double up = std::sin(radians(b.lat - a.lat) / 2), along = std::sin(radians(b.lon - a.lon) / 2);
  const double h = up * up + std::cos(radians(a.lat)) * std::cos(radians(b.lat)) * along * along;
  return 2 * kRadius * std::asin(std::min(1.0, std::sqrt(h)));
}

bool lies_in(const Area& area, const Point& place, bool edge) {
  if (std::ranges::find(area.points, place) != area.points.end()) return true;
  return std::ranges::any_of(area.polygons, [&](const auto& polygon) {
    const Where at = where(polygon, place);
    return at == Where::inside || (edge && at == Where::edge);
  });
}

bool GeoQuery::holds(const Point& place) const {
  switch (relation) {
    case Relation::near: {
      const double away = metres_between(area.points[0], place);
      return away >= least_m && (most_m == 0 || away <= most_m);
    }
    case Relation::within: return lies_in(area, place, false);
    case Relation::intersects: return lies_in(area, place, true);
    case Relation::disjoint: return !lies_in(area, place, true);
  }
  return false;
}

Result<GeoQuery> parse_geo_query(std::string_view georel, std::string_view geometry, std::string_view coordinates) {
  GeoQuery out;
  TRY_VOID(read_relation(georel, out));
  if (geometry != "Point" && geometry != "MultiPoint" && geometry != "Polygon" && geometry != "MultiPolygon")
    return bad("geometry",
               "\"" + std::string(geometry) + "\" is not known here; Point, MultiPoint, Polygon, MultiPolygon are");
  if (out.relation == Relation::near && geometry != "Point")
    return bad("geometry", "near goes with Point; within and intersects with polygons");
  registry::JsonProblem problem;
  const Json json = registry::parse_json(coordinates, problem);
  if (!problem.what.empty()) return bad("coordinates at " + std::to_string(problem.column), "no JSON: " + problem.what);
  TRY(out.area, Coordinates().area(geometry, json));
  return out;
}

}  // namespace qala::ngsi
