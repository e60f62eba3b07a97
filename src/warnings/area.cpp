#include "warnings/area.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace qala::warnings {

using registry::Point;

namespace {

constexpr std::string_view kWhite = " \t\r\n";
constexpr std::size_t kFewest = 4, kMost = 99;
constexpr double kMetresPerDegree = 111'320;  // of latitude
constexpr int kSides = 16;
constexpr double kSteps = 1e5;  // of a degree: what is written

Error wrong(std::string what) { return fail(ErrorKind::invalid, std::move(what)); }

std::optional<double> degrees(std::string_view text, double most) {
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (ec != std::errc() || end != text.data() + text.size() || !(std::abs(value) <= most)) return std::nullopt;
  return value;
}

/// Twice what a ring encloses, in square degrees.
double enclosed(std::span<const Point> ring) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < ring.size(); i++)
    sum += ring[i].lon * ring[i + 1].lat - ring[i + 1].lon * ring[i].lat;
  return std::abs(sum);
}

/// The number with the five decimals of polygon_text() that is nearest to `value` and not outside of low to high.
double written_within(double value, double low, double high) {
  const double step = std::round(std::clamp(value, low, high) * kSteps);
  if (step / kSteps < low) return (step + 1) / kSteps;
  return step / kSteps > high ? (step - 1) / kSteps : step / kSteps;
}

}  // namespace

Result<Ring> parse_polygon(std::string_view text) {
  Ring ring;
  while (!text.empty()) {
    const auto start = text.find_first_not_of(kWhite);
    if (start == std::string_view::npos) break;
    text.remove_prefix(start);
    const auto pair = text.substr(0, text.find_first_of(kWhite));
    text.remove_prefix(pair.size());
    const auto comma = pair.find(',');
    const auto lat = comma == std::string_view::npos ? std::nullopt : degrees(pair.substr(0, comma), 90);
    const auto lon = comma == std::string_view::npos ? std::nullopt : degrees(pair.substr(comma + 1), 180);
    if (!lat || !lon)
      return wrong("point " + std::to_string(ring.size() + 1) + " is not latitude,longitude in degrees: 51.98,70.93");
    if (ring.size() == kMost) return wrong("a polygon has at most 99 points");
    ring.push_back({*lon, *lat});
  }
  if (ring.size() < kFewest) return wrong("a polygon has at least 4 points, the last of which is the first again");
  if (!(ring.front() == ring.back())) return wrong("the polygon is not closed: its last point must be the first again");
  if (enclosed(ring) == 0) return wrong("the polygon encloses nothing");
  return ring;
}

std::string on_one_line(std::string_view polygon) {
  std::string out;
  for (auto at = polygon.find_first_not_of(kWhite); at != std::string_view::npos;) {
    const auto end = std::min(polygon.find_first_of(kWhite, at), polygon.size());
    if (!out.empty()) out += ' ';
    out += polygon.substr(at, end - at);
    at = polygon.find_first_not_of(kWhite, end);
  }
  return out;
}

std::string polygon_text(std::span<const Point> ring) {
  std::string out;
  for (const Point& point : ring) out += fmt::format("{}{:.5f},{:.5f}", out.empty() ? "" : " ", point.lat, point.lon);
  return out;
}

bool Envelope::holds(const Point& point) const {
  return point.lon >= west && point.lon <= east && point.lat >= south && point.lat <= north;
}

void Envelope::add(const Point& point) {
  west = std::min(west, point.lon);
  east = std::max(east, point.lon);
  south = std::min(south, point.lat);
  north = std::max(north, point.lat);
}

Envelope envelope_of(std::span<const Point> ring) {
  Envelope envelope;
  for (const Point& point : ring) envelope.add(point);
  return envelope;
}

// In each of sixteen directions the line that touches the points from outside, moved out by the margin; two
// neighbouring lines meet in a corner. Every line touches, so the corners come in order.
Ring outline(std::span<const Point> points, const Envelope& within) {
  if (points.empty()) return {};
  const Point origin = points.front();
  const double per_lon = kMetresPerDegree * std::max(0.01, std::cos(origin.lat * std::numbers::pi / 180));
  std::vector<double> reach(kSides, -1e12);
  const auto direction = [](int side) { return 2 * std::numbers::pi * side / kSides; };
  for (const Point& point : points) {
    const double x = (point.lon - origin.lon) * per_lon, y = (point.lat - origin.lat) * kMetresPerDegree;
    for (int i = 0; i < kSides; i++)
      reach[static_cast<std::size_t>(i)] =
          std::max(reach[static_cast<std::size_t>(i)], x * std::cos(direction(i)) + y * std::sin(direction(i)));
  }
  Ring ring;
  const double turn = std::sin(direction(1));
  for (int i = 0; i < kSides; i++) {
    const double a = direction(i), b = direction(i + 1);
    const double p = reach[static_cast<std::size_t>(i)] + kMarginMetres;
    const double q = reach[static_cast<std::size_t>((i + 1) % kSides)] + kMarginMetres;
    const double x = (p * std::sin(b) - q * std::sin(a)) / turn, y = (q * std::cos(a) - p * std::cos(b)) / turn;
    Point corner{origin.lon + x / per_lon, origin.lat + y / kMetresPerDegree};
    if (!within.empty()) {
      corner.lon = written_within(corner.lon, within.west, within.east);
      corner.lat = written_within(corner.lat, within.south, within.north);
    }
    ring.push_back(corner);
  }
  ring.push_back(ring.front());
  return ring;
}

}  // namespace qala::warnings
