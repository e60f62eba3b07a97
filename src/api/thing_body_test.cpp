#include "api/thing_body.h"

#include <gtest/gtest.h>

namespace qala::api {
namespace {

registry::Thing lamp() {
  return {.key = "L-1",
          .name = "Lamp",
          .kind = registry::Kind::lamp,
          .zone = 3,
          .street = "Abai",
          .parent = ThingId(7),
          .location = registry::Point{70.9, 51.9},
          .calibrated = "2024-10-03"};
}
Result<registry::Thing> with(const char* body) {
  registry::Thing thing = lamp();
  TRY_VOID(read_thing(*Body::parse(body), thing));
  return thing;
}

TEST(ThingBody, WhatItDoesNotSpeakOfStays) {
  const auto thing = with(R"({"owner": "akimat"})");
  auto expected = lamp();
  expected.owner = "akimat";
  EXPECT_EQ(*thing, expected);
}

TEST(ThingBody, NullTakesAway) {
  const auto thing =
      with(R"({"zone": null, "parent": null, "street": null, "calibrated": null, "lon": null, "lat": null})");
  ASSERT_TRUE(thing);
  EXPECT_EQ(thing->zone, 0U);
  EXPECT_FALSE(thing->parent);
  EXPECT_EQ(thing->street, "");
  EXPECT_EQ(thing->calibrated, "");
  EXPECT_FALSE(thing->location);
}

TEST(ThingBody, RefusesHalfAPlaceUnknownKindsAndWrongIds) {
  for (const char* body : {R"({"lon": 70.9})", R"({"kind": "dragon"})", R"({"parent": -1})", R"({"zone": 4294967299})",
                           R"({"gateway": 2147483648})"}) {
    const auto thing = with(body);
    ASSERT_FALSE(thing) << body;
    EXPECT_EQ(thing.error().kind, ErrorKind::invalid) << body;
  }
}

TEST(DatastreamBody, TakesWhatIsGivenAndKnowsTheRetentionClasses) {
  registry::Datastream stream{.key = "power", .name = "Power", .property = ObservedPropertyId(4), .unit = "kW"};
  ASSERT_TRUE(
      read_datastream(*Body::parse(R"({"interval_ms": 60000, "retention": "short", "property": null})"), stream));
  EXPECT_EQ(stream.interval_ms, 60'000);
  EXPECT_EQ(stream.retention, "short");
  EXPECT_FALSE(stream.property);
  EXPECT_EQ(stream.unit, "kW");
  EXPECT_FALSE(read_datastream(*Body::parse(R"({"retention": "eternal"})"), stream));
}

}  // namespace
}  // namespace qala::api
