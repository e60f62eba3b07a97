#include <gtest/gtest.h>

#include <algorithm>

#include "mqtt/access_rules.h"
#include "mqtt/subscription_tree.h"

namespace qala::mqtt {
namespace {

using Role = Principal::Role;

TEST(SensorThingsTopics, TakeObservationsOfTheBusAndNothingElse) {
  EXPECT_EQ(publish_right(Role::bus, "v1.1/Datastreams(1)/Observations"), PublishRight::telemetry);
  EXPECT_EQ(publish_right(Role::bus, "v1.1/Observations"), PublishRight::telemetry);
  EXPECT_EQ(publish_right(Role::bus, "v1.1/Things(1)"), PublishRight::refused);
  EXPECT_EQ(publish_right(Role::bus, "v1.1"), PublishRight::refused);
  for (const Role role : {Role::device, Role::gateway, Role::provisioning}) {
    EXPECT_EQ(publish_right(role, "v1.1/Datastreams(1)/Observations"), PublishRight::refused);
    EXPECT_FALSE(may_subscribe(role, "v1.1/Observations"));
  }
  EXPECT_TRUE(may_subscribe(Role::bus, "v1.1/Datastreams(1)/Observations?$select=result"));
}

TEST(SensorThingsTopics, AreKnownWhileSomebodyListens) {
  SubscriptionTree tree;
  Session one, two;
  tree.put("qala/things/a/b", "", {&one, {}, 0});
  EXPECT_EQ(tree.sensorthings(), 0u);
  EXPECT_TRUE(tree.sensorthings_filters().empty());
  tree.put("v1.1/Things(1)", "", {&one, {}, 0});
  tree.put("v1.1/Observations?$filter=Datastream/id eq 1", "", {&one, {}, 0});
  tree.put("v1.1/Things(1)", "", {&two, {}, 0});
  tree.put("v1.1/#", "", {&two, {}, 0});  // covers what others ask for, asks for nothing by itself
  EXPECT_EQ(tree.sensorthings(), 4u);
  auto filters = tree.sensorthings_filters();
  std::ranges::sort(filters);
  EXPECT_EQ(filters, (std::vector<std::string>{"v1.1/Observations?$filter=Datastream/id eq 1", "v1.1/Things(1)"}));
  tree.remove("v1.1/Things(1)", "", &one);
  tree.remove("v1.1/Observations?$filter=Datastream/id eq 1", "", &one);
  EXPECT_EQ(tree.sensorthings_filters(), std::vector<std::string>{"v1.1/Things(1)"});
  tree.remove("v1.1/Things(1)", "", &two);
  tree.remove("v1.1/#", "", &two);
  EXPECT_EQ(tree.sensorthings(), 0u);
}

}  // namespace
}  // namespace qala::mqtt
