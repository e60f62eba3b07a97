#include "residents/air.h"

#include <gtest/gtest.h>

#include "residents/picture.h"

namespace qala::residents {
namespace {

TEST(AirBands, EndWhereTheIndexSays) {
  const std::pair<double, std::size_t> expected[] = {{0, 0},     {9.0, 0},   {9.04, 0}, {9.1, 1},   {35.4, 1},
                                                     {35.5, 2},  {55.4, 2},  {55.5, 3}, {125.4, 3}, {125.5, 4},
                                                     {225.4, 4}, {225.5, 5}, {2000, 5}};
  for (const auto& [value, band] : expected) EXPECT_EQ(band_of(value), band) << value;
}

TEST(AirScale, GrowsWithTheValueAndEndsAtItsEnds) {
  EXPECT_EQ(place_on_scale(0), 0);
  EXPECT_EQ(place_on_scale(2000), 100);
  double last = -1;
  for (double value = 0; value < 400; value += 0.7) {
    EXPECT_GE(place_on_scale(value), last) << value;
    last = place_on_scale(value);
  }
}

TEST(Services, AreWhatConcernsResidents) {
  using registry::Kind;
  EXPECT_EQ(service_of(Kind::heat_substation, "supply_temperature"), Service::heat);
  EXPECT_EQ(service_of(Kind::feeder, "current"), Service::light);
  EXPECT_EQ(service_of(Kind::other, "water_pressure"), Service::water);
  EXPECT_EQ(service_of(Kind::pump, "supply_pressure"), Service::heat);
  EXPECT_EQ(service_of(Kind::camera, "bitrate"), std::nullopt);
  EXPECT_EQ(service_of(Kind::gateway, "connected"), std::nullopt);
  EXPECT_EQ(service_of(Kind::vehicle, "speed"), std::nullopt);
}

}  // namespace
}  // namespace qala::residents
