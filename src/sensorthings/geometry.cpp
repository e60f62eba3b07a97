#include "sensorthings/geometry.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/json_writer.h"

namespace qala::sensorthings {

using Json = registry::JsonValue;
using Point = Geometry::Point;
using Line = Geometry::Line;

namespace {

constexpr int kDeepest = 16;

bool read_point(const Json& json, Point& out) {
  if (json.kind != Json::Kind::array || json.items.size() < 2) return false;
  for (const Json& item : json.items)
    if (item.kind != Json::Kind::number) return false;
  out = {std::strtod(json.items[0].text.c_str(), nullptr), std::strtod(json.items[1].text.c_str(), nullptr)};
  return std::isfinite(out.x) && std::isfinite(out.y);
}

bool read_line(const Json& json, Line& out) {
  if (json.kind != Json::Kind::array) return false;
  for (const Json& item : json.items)
    if (!read_point(item, out.emplace_back())) return false;
  return out.size() >= 2;
}

bool read_polygon(const Json& json, Geometry::Polygon& out) {
  if (json.kind != Json::Kind::array || json.items.empty()) return false;
  for (const Json& ring : json.items) {
    Line& line = out.rings.emplace_back();
    if (!read_line(ring, line) || line.size() < 3) return false;
    if (line.front() != line.back()) line.push_back(line.front());
  }
  return true;
}

template <class Item, class Read>
bool read_many(const Json& json, std::vector<Item>& out, const Read& read) {
  if (json.kind != Json::Kind::array) return false;
  for (const Json& item : json.items)
    if (!read(item, out.emplace_back())) return false;
  return true;
}

bool read_any(const Json& json, Geometry& out, int depth) {
  if (depth > kDeepest || json.kind != Json::Kind::object) return false;
  const Json* type = json.find("type");
  if (!type || type->kind != Json::Kind::string) return false;
  const auto all_of = [&](std::string_view name) {
    const Json* parts = json.find(name);
    if (!parts || parts->kind != Json::Kind::array) return false;
    for (const Json& part : parts->items)
      if (!read_any(part, out, depth + 1)) return false;
    return true;
  };
  if (type->text == "Feature") {
    const Json* geometry = json.find("geometry");
    return geometry && read_any(*geometry, out, depth + 1);
  }
  if (type->text == "GeometryCollection") return all_of("geometries");
  if (type->text == "FeatureCollection") return all_of("features");
  const Json* coordinates = json.find("coordinates");
  if (!coordinates) return false;
  if (type->text == "Point") return read_point(*coordinates, out.points.emplace_back());
  if (type->text == "LineString") return read_line(*coordinates, out.lines.emplace_back());
  if (type->text == "Polygon") return read_polygon(*coordinates, out.polygons.emplace_back());
  if (type->text == "MultiPoint") return read_many(*coordinates, out.points, read_point);
  if (type->text == "MultiLineString") return read_many(*coordinates, out.lines, read_line);
  if (type->text == "MultiPolygon") return read_many(*coordinates, out.polygons, read_polygon);
  return false;
}

/// Well-known text, read from left to right.
class WktReader {
 public:
  explicit WktReader(std::string_view text) : text_(text) {}

  bool read(Geometry& out) {
    if (text_.starts_with("SRID=")) {
      const auto end = text_.find(';');
      if (end == std::string_view::npos) return false;
      at_ = end + 1;
    }
    return shape(out, 0) && (blanks(), at_ == text_.size());
  }

 private:
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) at_++;
  }
  bool take(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    at_++;
    return true;
  }
  std::string word() {
    blanks();
    std::string out;
    while (at_ < text_.size() && ((text_[at_] | 32) >= 'a' && (text_[at_] | 32) <= 'z'))
      out += static_cast<char>(text_[at_++] & ~32);
    return out;
  }
  bool number(double& out) {
    blanks();
    if (at_ < text_.size() && text_[at_] == '+') at_++;
    const auto [end, ec] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), out);
    if (ec != std::errc() || !std::isfinite(out)) return false;
    at_ = static_cast<std::size_t>(end - text_.data());
    return true;
  }
  bool point(Point& out) {
    if (!number(out.x) || !number(out.y)) return false;
    for (double ignored = 0; number(ignored);) {
    }
    return true;
  }
  template <class Item, class Read>
  bool list(std::vector<Item>& out, const Read& read) {
    if (!take('(')) return false;
    do {
      if (!read(out.emplace_back())) return false;
    } while (take(','));
    return take(')');
  }
  bool bracketed(Point& out) { return take('(') && point(out) && take(')'); }
  bool line(Line& out) {
    return list(out, [this](Point& p) { return point(p); }) && out.size() >= 2;
  }
  bool polygon(Geometry::Polygon& out) {
    return list(out.rings, [this](Line& ring) {
      if (!line(ring) || ring.size() < 3) return false;
      if (ring.front() != ring.back()) ring.push_back(ring.front());
      return true;
    });
  }
  bool shape(Geometry& out, int depth) {
    if (depth > kDeepest) return false;
    const std::string name = word();
    const auto before = at_;
    if (const std::string more = word(); more != "Z" && more != "M" && more != "ZM") at_ = before;
    if (name == "POINT") return bracketed(out.points.emplace_back());
    if (name == "LINESTRING") return line(out.lines.emplace_back());
    if (name == "POLYGON") return polygon(out.polygons.emplace_back());
    if (name == "MULTIPOINT") {
      return list(out.points, [this](Point& p) {
        blanks();
        return at_ < text_.size() && text_[at_] == '(' ? bracketed(p) : point(p);
      });
    }
    if (name == "MULTILINESTRING") return list(out.lines, [this](Line& l) { return line(l); });
    if (name == "MULTIPOLYGON") return list(out.polygons, [this](Geometry::Polygon& p) { return polygon(p); });
    if (name != "GEOMETRYCOLLECTION" || !take('(')) return false;
    do {
      if (!shape(out, depth + 1)) return false;
    } while (take(','));
    return take(')');
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

double cross(const Point& o, const Point& a, const Point& b) {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

/// One half of the hull (Andrew's monotone chain).
template <class Range>
Line half_hull(const Range& points) {
  Line hull;
  for (const Point& p : points) {
    while (hull.size() >= 2 && cross(hull[hull.size() - 2], hull.back(), p) <= 0) hull.pop_back();
    hull.push_back(p);
  }
  return hull;
}

void write_points(JsonWriter& json, const Line& points) {
  json.array();
  for (const Point& p : points) json.array().number(p.x).number(p.y).end();
  json.end();
}

}  // namespace

std::optional<Geometry> geometry_of(const Json& json) {
  Geometry out;
  if (!read_any(json, out, 0) || out.empty()) return std::nullopt;
  return out;
}

std::optional<Geometry> geometry_of_wkt(std::string_view text) {
  Geometry out;
  if (!WktReader(text).read(out) || out.empty()) return std::nullopt;
  return out;
}

double length(const Geometry& shape) {
  double sum = 0;
  for (const Line& line : shape.lines)
    for (std::size_t i = 1; i < line.size(); i++)
      sum += std::hypot(line[i].x - line[i - 1].x, line[i].y - line[i - 1].y);
  return sum;
}

std::optional<bool> matches(std::string_view matrix, std::string_view pattern) {
  if (pattern.size() != 9) return std::nullopt;
  bool all = true;
  for (std::size_t i = 0; i < 9; i++) {
    switch (pattern[i]) {
      case '*': break;
      case 'T':
      case 't': all = all && matrix[i] != 'F'; break;
      case 'F':
      case 'f': all = all && matrix[i] == 'F'; break;
      case '0':
      case '1':
      case '2': all = all && matrix[i] == pattern[i]; break;
      default: return std::nullopt;
    }
  }
  return all;
}

std::optional<bool> spatial(std::string_view name, const Geometry& a, const Geometry& b) {
  if (name == "intersects") return intersects(a, b);
  if (name == "disjoint") return !intersects(a, b);
  const auto matrix = relation(a, b);
  if (!matrix) return std::nullopt;
  const auto fits = [&](std::string_view pattern) { return *matches(*matrix, pattern); };
  const int da = a.dimension(), db = b.dimension();
  if (name == "equals") return fits("T*F**FFF*");
  if (name == "within") return fits("T*F**F***");
  if (name == "contains") return fits("T*****FF*");
  if (name == "touches") return fits("FT*******") || fits("F**T*****") || fits("F***T****");
  if (name == "overlaps") {
    if (da != db) return false;
    return da == 1 ? fits("1*T***T**") : fits("T*T***T**");
  }
  if (name == "crosses") {
    if (da < db) return fits("T*T******");
    if (da > db) return fits("T*****T**");
    return da == 1 && fits("0********");
  }
  return std::nullopt;
}

void collect_points(const Geometry& shape, std::vector<Point>& into) {
  into.insert(into.end(), shape.points.begin(), shape.points.end());
  for (const Line& line : shape.lines) into.insert(into.end(), line.begin(), line.end());
  for (const auto& polygon : shape.polygons) into.insert(into.end(), polygon.rings[0].begin(), polygon.rings[0].end());
}

std::string hull_json(std::vector<Point> points) {
  std::ranges::sort(points);
  points.erase(std::ranges::unique(points).begin(), points.end());
  Line hull;
  if (points.size() < 3) {
    hull = points;
  } else {
    hull = half_hull(points);
    std::ranges::reverse(points);
    const Line upper = half_hull(points);
    hull.insert(hull.end(), upper.begin() + 1, upper.end());  // closed: ends where it began
    if (hull.size() == 3) hull.pop_back();                    // all on one line
  }
  std::string out;
  JsonWriter json(out);
  json.object().field("type", hull.size() == 1 ? "Point" : hull.size() == 2 ? "LineString" : "Polygon");
  json.key("coordinates");
  if (hull.size() == 1) {
    json.array().number(hull[0].x).number(hull[0].y).end();
  } else if (hull.size() == 2) {
    write_points(json, hull);
  } else {
    json.array();
    write_points(json, hull);
    json.end();
  }
  json.end();
  return out;
}

}  // namespace qala::sensorthings
