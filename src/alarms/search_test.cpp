#include "alarms/search.h"

#include <gtest/gtest.h>

#include "alarms/testbed.h"

namespace qala::alarms::testing {
namespace {

using registry::Kind;

/// Two stations, each raised, acknowledged and cleared an hour after the other; a third alarm is open.
struct Searched : ::testing::Test {
  void SetUp() override {
    town.options.escalate_s = {};
    for (const char* key : {"AB-1", "AB-2", "AB-3"}) {
      stations.push_back(town.directory.add_thing(key, Kind::air_station));
      streams.push_back(town.directory.add_stream(stations.back(), "pm2_5", "pm2_5", 600, "µg/m³"));
    }
    town.open();
    for (int i = 0; i < 3; i++) {
      raised.push_back(town.clock.now().ns);
      town.read(streams[static_cast<std::size_t>(i)], 186 + i);
      if (i == 2) break;
      const AlarmId id = town.tray().at(0).id;
      EXPECT_TRUE(town.engine->apply());
      EXPECT_TRUE(town.engine->acknowledge(id, {"user", "aigul"}, i == 0 ? "сүзгі ауыстырылды" : ""));
      town.clock.advance(std::chrono::seconds(60));
      town.read(streams[static_cast<std::size_t>(i)], 20);
      EXPECT_TRUE(town.engine->apply());
      town.clock.advance(std::chrono::hours(1));
    }
    EXPECT_TRUE(town.engine->apply());
  }
  std::vector<ThingId> found(const ClosedSearch& search) const {
    const auto alarms = search_closed(town.folder_.file("town.db"), search);
    EXPECT_TRUE(alarms) << alarms.error().message;
    std::vector<ThingId> things;
    for (const auto& alarm : *alarms) things.push_back(alarm.thing);
    return things;
  }
  std::vector<ThingId> listed(const Query& query, const Period& period) const {
    const auto alarms = list_raised(town.engine->board(), town.folder_.file("town.db"), query, period);
    EXPECT_TRUE(alarms) << alarms.error().message;
    std::vector<ThingId> things;
    for (const auto& alarm : *alarms) things.push_back(alarm.thing);
    return things;
  }
  static bool never(const std::string&) { return false; }

  Town town;
  std::vector<ThingId> stations;
  std::vector<DatastreamId> streams;
  std::vector<std::int64_t> raised;
};

TEST_F(Searched, ClosedAlarmsAreFoundByWhatTheyAreAboutNewestFirst) {
  const auto any = [](const std::string& rule, ThingId) { return rule == "pm2_5_high"; };
  EXPECT_EQ(found({.about = any, .says = never}), (std::vector{stations[1], stations[0]}));
  EXPECT_EQ(found({.about = any, .says = never, .limit = 1}), std::vector{stations[1]});
  const auto first = [&](const std::string&, ThingId thing) { return thing == stations[0]; };
  EXPECT_EQ(found({.about = first, .says = never}), std::vector{stations[0]});
}

TEST_F(Searched, ClosedAlarmsAreFoundByWhatWasSaidAboutThem) {
  const auto nothing = [](const std::string&, ThingId) { return false; };
  const auto filter = [](const std::string& text) { return text.find("сүзгі") != std::string::npos; };
  EXPECT_EQ(found({.about = nothing, .says = filter}), std::vector{stations[0]});
}

TEST_F(Searched, APeriodHoldsWhatWasRaisedInIt) {
  EXPECT_EQ(listed({.state = State::all, .thing = {}}, {}).size(), 3u);
  EXPECT_EQ(listed({.state = State::all, .thing = {}}, {raised[1], raised[2]}), std::vector{stations[1]});
  EXPECT_EQ(listed({.state = State::all, .thing = {}}, {raised[1], raised[2] + 1}),
            (std::vector{stations[2], stations[1]}));
  EXPECT_EQ(listed({.state = State::open, .thing = {}}, {raised[0], raised[2]}), std::vector<ThingId>{});
  EXPECT_EQ(listed({.state = State::closed, .thing = {}}, {}), (std::vector{stations[1], stations[0]}));
  EXPECT_EQ(listed({.state = State::all, .thing = stations[0]}, {}), std::vector{stations[0]});
}

}  // namespace
}  // namespace qala::alarms::testing
