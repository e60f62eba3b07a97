#include "warnings/area.h"

#include <gtest/gtest.h>

#include <cmath>

#include <rapidcheck/gtest.h>

namespace qala::warnings {
namespace {

using registry::Point;

TEST(Polygon, IsReadLatitudeFirst) {
  const auto ring = parse_polygon(" 51.98,70.93 51.98,70.97\n52.01,70.97  51.98,70.93 ");
  ASSERT_TRUE(ring) << ring.error().message;
  ASSERT_EQ(ring->size(), 4u);
  EXPECT_EQ((*ring)[2], (Point{70.97, 52.01}));
  EXPECT_EQ(polygon_text(*ring), "51.98000,70.93000 51.98000,70.97000 52.01000,70.97000 51.98000,70.93000");
}

TEST(Polygon, IsRefusedIfItIsNone) {
  for (const char* text : {"", "51.98,70.93", "51.98,70.93 51.98,70.97 51.98,70.93", "1,1 1,2 2,2 2,1",
                           "91,1 1,2 2,2 91,1", "1,181 1,2 2,2 1,181", "1 1,2 2,2 1", "1,1 2,2 3,3 1,1",
                           "1,1;1,2;2,2;1,1", "nan,1 1,2 2,2 nan,1", "1e1,1 1,2 2,2 1e1,1", "1,1 1,2 x,2 1,1"}) {
    EXPECT_FALSE(parse_polygon(text)) << text;
  }
}

TEST(Polygon, HasLessThanAHundredPoints) {
  const auto of = [](int n) {
    Ring ring;
    for (int i = 0; i < n - 1; i++) ring.push_back({std::cos(6.28 * i / n), std::sin(6.28 * i / n)});
    ring.push_back(ring.front());
    return parse_polygon(polygon_text(ring)).has_value();
  };
  EXPECT_TRUE(of(99));
  EXPECT_FALSE(of(100));
}

/// Is a point within a convex ring that turns left?
bool encloses(const Ring& ring, const Point& point) {
  for (std::size_t i = 0; i + 1 < ring.size(); i++) {
    const double cross = (ring[i + 1].lon - ring[i].lon) * (point.lat - ring[i].lat) -
                         (ring[i + 1].lat - ring[i].lat) * (point.lon - ring[i].lon);
    if (cross < 0) return false;
  }
  return true;
}

RC_GTEST_PROP(Outline, EnclosesAllPointsAndIsAPolygon, ()) {
  const auto raw = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(-1000, 1000), rc::gen::inRange(-1000, 1000))));
  std::vector<Point> points;
  for (const auto& [x, y] : raw) points.push_back({70.95 + x / 10'000., 51.99 + y / 10'000.});
  const Ring ring = outline(points, {});
  for (const Point& point : points) RC_ASSERT(encloses(ring, point));
  RC_ASSERT(parse_polygon(polygon_text(ring)).has_value());
}

TEST(Outline, StaysWithinTheTown) {
  const Envelope town{.west = 70.9, .south = 51.97, .east = 71, .north = 52};
  const Point corner[] = {{70.9, 51.97}};
  const Ring ring = outline(corner, town);
  for (const Point& point : ring) EXPECT_TRUE(town.holds(point));
  EXPECT_TRUE(parse_polygon(polygon_text(ring)));
  EXPECT_TRUE(outline({}, town).empty());
}

TEST(Outline, StaysWithinTheTownAsItIsWritten) {
  const Envelope town{.west = 70.900004, .south = 51.970003, .east = 70.999996, .north = 51.999997};
  const Point corners[] = {{70.900004, 51.970003}, {70.999996, 51.999997}};
  const auto ring = parse_polygon(polygon_text(outline(corners, town)));
  ASSERT_TRUE(ring) << ring.error().message;
  for (const Point& point : *ring) EXPECT_TRUE(town.holds(point)) << polygon_text({{point}});
}

}  // namespace
}  // namespace qala::warnings
