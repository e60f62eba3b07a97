#include "mqtt/topic.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "mqtt/access_rules.h"
#include "mqtt/subscription_tree.h"

namespace qala::mqtt {
namespace {

TEST(Topics, FiltersCoverWhatTheSpecificationSays) {
  struct Case {
    const char *filter, *topic;
    bool covers;
  };
  for (const auto& c : std::vector<Case>{{"sport/tennis/player1/#", "sport/tennis/player1", true},
                                         {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
                                         {"sport/#", "sport", true},
                                         {"#", "sport/tennis", true},
                                         {"sport/tennis/+", "sport/tennis/player1", true},
                                         {"sport/tennis/+", "sport/tennis/player1/ranking", false},
                                         {"sport/+", "sport", false},
                                         {"sport/+", "sport/", true},
                                         {"+/+", "/finance", true},
                                         {"/+", "/finance", true},
                                         {"+", "/finance", false},
                                         {"#", "$SYS/x", false},
                                         {"+/monitor", "$SYS/monitor", false},
                                         {"$SYS/#", "$SYS/monitor", true},
                                         {"a", "a/b", false},
                                         {"a/b", "a", false},
                                         {"a/+/c", "a//c", true},
                                         {"a/b/#", "a", false}}) {
    EXPECT_EQ(topic_matches(c.filter, c.topic), c.covers) << c.filter << " " << c.topic;
  }
}

TEST(Topics, MisplacedWildcardsAreNoFilters) {
  for (const char* good : {"#", "+", "a/#", "+/a/+", "/", "$share/g/a/#", "a//b"})
    EXPECT_TRUE(valid_topic_filter(good)) << good;
  for (const char* bad : {"", "a#", "#/a", "a/#/b", "a+", "+a/b", "$share/g", "$share//a", "$share/g/", "$share/+/a"}) {
    EXPECT_FALSE(valid_topic_filter(bad)) << bad;
  }
  EXPECT_FALSE(valid_topic_name("a/+"));
  EXPECT_FALSE(valid_topic_name(""));
  EXPECT_FALSE(valid_topic_name(std::string(300, '/')));
}

TEST(Topics, OnlyWellFormedTextIsText) {
  for (const char* good : {"", "plain ascii text", "Үшөзек", "\xf0\x9f\x8c\xa1", "\xef\xbf\xbf", "\xef\xbb\xbf"}) {
    EXPECT_TRUE(valid_utf8(good)) << good;
  }
  for (const char* bad :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "12345678\x80", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(valid_utf8(bad)) << bad;
  }
  EXPECT_FALSE(valid_utf8(std::string_view("a\0b", 3)));
  EXPECT_FALSE(valid_utf8(std::string_view("12345678\0abcdefg", 16)));
}

std::string random_levels(std::vector<std::string> alphabet, int depth) {
  std::string out;
  for (int i = 0; i <= depth; i++) out += (i ? "/" : "") + *rc::gen::elementOf(alphabet);
  return out;
}

TEST(SubscriptionTree, FindsExactlyWhoseFiltersCoverTheTopic) {
  EXPECT_TRUE(rc::check([] {
    std::vector<Session> sessions(6);
    std::vector<std::string> filters;
    SubscriptionTree tree;
    for (auto& session : sessions) {
      auto filter = random_levels({"a", "b", "+", "$x", ""}, *rc::gen::inRange(0, 3));
      if (*rc::gen::arbitrary<bool>()) filter += "/#";
      filters.push_back(filter);
      tree.put(filter, "", {.session = &session, .options = {}});
    }
    const auto removed = *rc::gen::inRange<std::size_t>(0, sessions.size());
    tree.remove(filters[removed], "", &sessions[removed]);
    RC_ASSERT(tree.size() == sessions.size() - 1);
    const auto topic = random_levels({"a", "b", "c", "$x", ""}, *rc::gen::inRange(0, 3));
    std::set<const Session*> expected, found;
    for (std::size_t i = 0; i < sessions.size(); i++) {
      if (i != removed && topic_matches(filters[i], topic)) expected.insert(&sessions[i]);
    }
    std::vector<Subscriber> out;
    tree.match(topic, out);
    for (const auto& subscriber : out) found.insert(subscriber.session);
    RC_ASSERT(found == expected);
  }));
}

TEST(AccessRules, EachRoleHasItsTopics) {
  using enum Principal::Role;
  EXPECT_EQ(publish_right(device, "v1/devices/me/telemetry"), PublishRight::telemetry);
  EXPECT_EQ(publish_right(device, "v1/gateway/telemetry"), PublishRight::refused);
  EXPECT_EQ(publish_right(gateway, "v1/gateway/connect"), PublishRight::telemetry);
  EXPECT_EQ(publish_right(provisioning, "v1/devices/me/attributes"), PublishRight::telemetry);
  EXPECT_EQ(publish_right(bus, "v1/devices/me/telemetry"), PublishRight::refused);
  EXPECT_EQ(publish_right(bus, "qala/things/1"), PublishRight::refused);
  EXPECT_EQ(publish_right(bus, "qalamqan/x"), PublishRight::routed);
  EXPECT_EQ(publish_right(bus, "v10/x"), PublishRight::routed);
  EXPECT_TRUE(may_subscribe(bus, "#"));
  EXPECT_TRUE(may_subscribe(bus, "qala/#"));
  EXPECT_FALSE(may_subscribe(bus, "v1/#"));
  EXPECT_FALSE(may_subscribe(device, "#"));
  EXPECT_FALSE(may_subscribe(device, "qala/#"));
  EXPECT_TRUE(may_subscribe(gateway, "v1/gateway/rpc"));
}

}  // namespace
}  // namespace qala::mqtt
