#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/json_writer.h"
#include "sensorthings/render.h"
#include "sensorthings/telling.h"
#include "sensorthings/test_town.h"

namespace qala::sensorthings {

namespace {

std::string array_of(const std::string& datastream, int rows, std::int64_t step_s = 60) {
  std::string out;
  JsonWriter json(out);
  json.array().object().key("Datastream").object().key("@iot.id").raw(datastream).end();
  json.key("components").array().string("phenomenonTime").string("result").end().key("dataArray").array();
  const std::int64_t start = parse_iso("2024-01-01T00:00:00Z")->ns;
  for (int i = 0; i < rows; i++) json.array().string(to_iso({start + i * step_s * Instant::kSecond})).integer(i).end();
  json.end().end().end();
  return out;
}

class SensorThings : public ::testing::Test {
 protected:
  void SetUp() override { town_.load(); }
  std::size_t count(const std::string& path) { return town_.count(path); }
  test::TestTown town_;
};

TEST_F(SensorThings, ReadsOneRowForTheLatestValueAndAPageForASpanOfTime) {
  const std::string stream = town_.made["Datastreams"][4];
  const auto lines = town_.run("POST", "/CreateObservations", array_of(stream, 9'000));
  ASSERT_EQ(lines.status, 201u) << lines.body;
  town_.store->rows_read = 0;
  const auto latest =
      town_.get("/Datastreams(" + stream + ")?$expand=Observations($orderby=phenomenonTime desc;$top=1)");
  EXPECT_EQ(latest.find("Observations")->items[0].find("result")->text, "8999");
  EXPECT_LT(town_.store->rows_read, 20u);

  town_.store->rows_read = 0;
  const auto span = town_.get("/Datastreams(" + stream +
                              ")/Observations?$filter=phenomenonTime ge 2024-01-02T00:00:00Z and phenomenonTime lt "
                              "2024-01-02T00:10:00Z&$orderby=phenomenonTime");
  EXPECT_EQ(span.find("value")->items.size(), 10u);
  EXPECT_LT(town_.store->rows_read, 60u);

  town_.store->rows_read = 0;
  const auto newest = town_.get("/Observations?$orderby=phenomenonTime desc&$top=5&$filter=Datastream/id eq " + stream);
  EXPECT_EQ(newest.find("value")->items.size(), 5u);
  EXPECT_LT(town_.store->rows_read, 60u);

  town_.store->rows_read = 0;
  EXPECT_EQ(count("/Datastreams(" + stream + ")/Observations"), 9'000u);
  const auto counted = town_.get("/Datastreams(" + stream +
                                 ")/Observations?$count=true&$top=0&$filter=phenomenonTime lt 2024-01-02T00:00:00Z");
  EXPECT_EQ(counted.find("@iot.count")->text, "1440");
  EXPECT_EQ(town_.store->rows_read, 0u);
}

TEST_F(SensorThings, PagesGiveEveryRowOnceWhereManyShareATime) {
  const std::string stream = town_.made["Datastreams"][4];
  ASSERT_EQ(town_.run("POST", "/CreateObservations", array_of(stream, 50, 0)).status, 201u);
  for (const char* order : {"", "&$orderby=phenomenonTime", "&$orderby=phenomenonTime desc", "&$orderby=result desc",
                            "&$orderby=id desc"}) {
    std::set<std::string> seen;
    std::size_t rows = 0;
    std::string token;
    for (int page = 0; page < 40; page++) {
      const auto json = town_.get("/Datastreams(" + stream + ")/Observations?$top=7" + order + token);
      for (const Json& one : json.find("value")->items) {
        seen.insert(one.find("@iot.id")->text);
        EXPECT_EQ(one.find("phenomenonTime")->text, "2024-01-01T00:00:00Z");
        rows++;
      }
      const Json* next = json.find("@iot.nextLink");
      if (!next) break;
      token = "&$skiptoken=" + next->text.substr(next->text.find("$skiptoken=") + 11);
    }
    EXPECT_EQ(seen.size(), 50u) << order;
    EXPECT_EQ(rows, 50u) << order;
  }
}

TEST_F(SensorThings, PagesGiveEveryRowOnceInTheOrderOfWhatIsAnObject) {
  const std::size_t streams = count("/Datastreams"), places = count("/Locations");
  for (const auto& [path, rows] : {std::pair{"/Datastreams?$top=1&$orderby=unitOfMeasurement", streams},
                                   std::pair{"/Locations?$top=1&$orderby=location desc", places}}) {
    std::set<std::string> seen;
    std::string token;
    std::size_t pages = 0;
    for (; pages < 40; pages++) {
      const auto json = town_.get(path + token);
      for (const Json& one : json.find("value")->items) seen.insert(one.find("@iot.id")->text);
      const Json* next = json.find("@iot.nextLink");
      if (!next) break;
      token = "&$skiptoken=" + next->text.substr(next->text.find("$skiptoken=") + 11);
    }
    EXPECT_EQ(seen.size(), rows) << path;
    EXPECT_EQ(pages + 1, rows) << path;
  }
  for (const char* forged : {R"([1,[10,"0","0"]])", R"([1,[10,"0"]])", "[1,[10]]", R"([1,[10,"{"]])",
                             R"([1,[9,"0","0"]])", R"([1,[11,"0","0"]])"}) {
    const auto answer = town_.run(
        "GET", "/Datastreams?$orderby=unitOfMeasurement&$skiptoken=" + to_base64url(std::string_view(forged)));
    EXPECT_EQ(answer.status, 400u) << forged << answer.body;
  }
}

TEST_F(SensorThings, AnswersNothingThatIsNotOnTheDisk) {
  town_.store->full = true;
  const auto refused =
      town_.run("POST", "/Datastreams(" + town_.made["Datastreams"][0] + ")/Observations", R"({"result":1})");
  EXPECT_EQ(refused.status, 507u) << refused.body;
  const std::size_t things = count("/Things");
  const auto deep = town_.run(
      "POST", "/Things",
      R"({"name":"X","description":"X","Locations":[{"name":"L","description":"L","encodingType":"application/geo+json","location":{"type":"Point","coordinates":[1,2]}}],"Datastreams":[{"name":"D","description":"D","observationType":"x","unitOfMeasurement":{},"Sensor":{"name":"S","description":"S","encodingType":"x","metadata":"x"},"ObservedProperty":{"name":"P","definition":"x","description":"x"},"Observations":[{"result":1},{"result":2}]}]})");
  EXPECT_EQ(deep.status, 507u) << deep.body;
  EXPECT_EQ(count("/Things"), things);
  town_.store->full = false;
  EXPECT_EQ(town_.run("POST", "/CreateObservations", array_of(town_.made["Datastreams"][4], 3)).status, 201u);
}

TEST_F(SensorThings, TakesAwayWhatHangsFromWhatGoes) {
  EXPECT_EQ(town_.run("DELETE", "/Things(" + town_.made["Things"][1] + ")").status, 200u);
  EXPECT_EQ(count("/Datastreams"), 3u);
  EXPECT_EQ(count("/Observations"), 8u);
  EXPECT_EQ(count("/HistoricalLocations"), 3u);
  EXPECT_EQ(count("/Locations"), 6u) << "places stay";
  EXPECT_EQ(town_.run("GET", "/Observations(" + town_.made["Observations"][9] + ")").status, 404u);
  EXPECT_EQ(town_.run("DELETE", "/Sensors(" + town_.made["Sensors"][1] + ")").status, 200u);
  EXPECT_EQ(count("/Datastreams"), 1u);
  EXPECT_EQ(town_.run("DELETE", "/Locations(" + town_.made["Locations"][0] + ")").status, 200u);
  EXPECT_EQ(count("/HistoricalLocations"), 2u);
  const auto feature = town_.get("/Observations(" + town_.made["Observations"][0] + ")/FeatureOfInterest");
  EXPECT_EQ(town_.run("DELETE", "/FeaturesOfInterest(" + feature.find("@iot.id")->text + ")").status, 200u);
  EXPECT_EQ(count("/Observations"), 0u);
}

TEST_F(SensorThings, KeepsTheIdOfAnObservationThatChanges) {
  const std::string id = town_.made["Observations"][9];
  EXPECT_EQ(
      town_.run("PATCH", "/Observations(" + id + ")", R"({"result":7.0,"resultTime":"2024-03-01T00:00:00Z"})").status,
      200u);
  for (int again = 0; again < 2; again++) {
    const auto changed = town_.get("/Observations(" + id + ")");
    EXPECT_EQ(changed.find("result")->text, "7.0");
    EXPECT_EQ(changed.find("@iot.id")->text, id);
    EXPECT_EQ(changed.find("phenomenonTime")->text, "2024-02-29T12:30:15Z");
    EXPECT_EQ(changed.find("parameters")->find("by")->text, "hand");
    EXPECT_EQ(count("/Observations"), 16u);
    const auto found = town_.ids("/Observations?$filter=id eq " + id);
    EXPECT_EQ(found, std::vector<std::string>{id});
    town_.open();  // after a restart, the same
  }
  EXPECT_EQ(town_.run("PATCH", "/Observations(" + id + ")", R"({"phenomenonTime":"2024-02-01T00:00:00Z"})").status,
            200u);
  EXPECT_EQ(town_.get("/Observations(" + id + ")").find("phenomenonTime")->text, "2024-02-01T00:00:00Z");
  EXPECT_EQ(count("/Observations"), 16u);
}

TEST_F(SensorThings, TheSameObservationSentTwiceIsOne) {
  const std::string body = R"({"phenomenonTime":"2024-05-01T00:00:00Z","result":1.50})";
  const std::string path = "/Datastreams(" + town_.made["Datastreams"][4] + ")/Observations";
  const std::string first = town_.post(path, body);
  EXPECT_EQ(town_.post(path, body), first);
  EXPECT_NE(town_.post(path, R"({"phenomenonTime":"2024-05-01T00:00:00Z","result":1.51})"), first);
  EXPECT_EQ(count(path), 2u);
}

TEST_F(SensorThings, AGroupThatFailsTakesBackWhatItMadeAndNothingElse) {
  const std::string stream = town_.made["Datastreams"][4];
  const std::string path = "/Datastreams(" + stream + ")/Observations";
  const std::string old = R"({"phenomenonTime":"2024-05-01T00:00:00Z","result":1.50})";
  town_.post(path, old);
  const std::string fresh = R"({"phenomenonTime":"2024-05-02T00:00:00Z","result":2})";
  const std::string rows = R"([{"Datastream":{"@iot.id":)" + stream +
                           R"(},"components":["phenomenonTime","result"],"dataArray":[["2024-05-03T00:00:00Z",3]]}])";
  const auto request = [](std::string_view id, std::string_view url, const std::string& body) {
    return fmt::format(R"({{"id":"{}","atomicityGroup":"g","method":"post","url":"{}","body":{}}})", id, url, body);
  };
  auto ask =
      town_.ask("POST", "/$batch",
                R"({"requests":[)" + request("1", path.substr(1), old) + ',' + request("2", path.substr(1), fresh) +
                    ',' + request("3", "CreateObservations", rows) + ',' + request("4", "Things", "{}") + "]}");
  ask.may_observe = true;
  ask.may_edit = false;  // a token that sends readings
  const auto answer = town_.batch(ask);
  EXPECT_EQ(answer.status, 200u);
  EXPECT_NE(answer.body.find(R"("status":403)"), std::string::npos) << answer.body;
  EXPECT_EQ(count(path), 1u);
  EXPECT_EQ(town_.ids(path).size(), 1u);
  // What has no address of its own cannot be built upon.
  ask.body =
      R"({"requests":[)" + request("1", "CreateObservations", rows) + ',' + request("2", "$1/Things", "{}") + "]}";
  EXPECT_NE(town_.batch(ask).body.find(R"("status":404)"), std::string::npos);
  EXPECT_EQ(count(path), 1u);
}

TEST_F(SensorThings, TellsSubscribersOfMoreThanOneAnswerHolds) {
  const Changed thing{.kind = Kind::thing, .id = std::stoul(town_.made["Things"][0])};
  const std::vector<Changed> changes(Renderer::kMostEntities + 1, thing);
  const auto told = messages_for(town_.service->writer().town(), town_.clock.now(), "http://town/v1.1",
                                 {"v1.1/Things?$select=name"}, changes);
  ASSERT_EQ(told.size(), changes.size());
  EXPECT_EQ(told.back().payload, told.front().payload);
}

TEST_F(SensorThings, AThingThatMovesOnTheMapMovesHereToo) {
  const ThingId id(static_cast<std::uint32_t>(std::stoul(town_.made["Things"][0])));
  registry::Thing thing;
  town_.registry->read([&](const registry::Registry::View& view) { thing = *view.thing(id); });
  EXPECT_EQ(thing.location, (registry::Point{76.90, 43.20})) << "and the other way round";
  thing.location = registry::Point{70, 50};
  ASSERT_TRUE(town_.registry->put_thing(thing, {"user", "aigul"}));
  town_.service->settle();
  const std::string path = "/Things(" + std::to_string(id.value) + ")";
  EXPECT_EQ(json_text(*town_.get(path + "/Locations").find("value")->items[0].find("location")),
            R"({"type":"Point","coordinates":[70,50]})");
  EXPECT_EQ(count(path + "/HistoricalLocations"), 2u);
}

}  // namespace

}  // namespace qala::sensorthings
