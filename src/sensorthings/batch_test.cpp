#include "sensorthings/batch.h"

#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "base/threads.h"
#include "sensorthings/data_array.h"
#include "sensorthings/removal.h"
#include "sensorthings/test_town.h"

namespace qala::sensorthings {

namespace {

std::string request(std::string_view id, std::string_view method, std::string_view url, std::string_view group = {},
                    const std::string& body = {}) {
  std::string out = fmt::format(R"({{"id":"{}","method":"{}","url":"{}")", id, method, url);
  if (!group.empty()) out += fmt::format(R"(,"atomicityGroup":"{}")", group);
  if (!body.empty()) out += R"(,"body":)" + body;
  return out + "}";
}

std::string location(std::string_view name) {
  return fmt::format(R"({{"name":"{0}","description":"{0}","encodingType":"application/geo+json",)"
                     R"("location":{{"type":"Point","coordinates":[70,50]}}}})",
                     name);
}

class SensorThingsBatch : public ::testing::Test {
 protected:
  void SetUp() override { town_.load(); }
  Ask batch(const std::vector<std::string>& requests) const {
    std::string body = R"({"requests":[)";
    for (const std::string& one : requests) body += (body.ends_with('[') ? "" : ",") + one;
    return town_.ask("POST", "/$batch", body + "]}");
  }
  static std::vector<std::string> statuses(const Answer& answer) {
    registry::JsonProblem problem;
    const Json json = registry::parse_json(answer.body, problem);
    EXPECT_EQ(problem.what, "") << answer.body;
    std::vector<std::string> out;
    for (const Json& one : json.find("responses")->items) out.push_back(one.find("status")->text);
    return out;
  }
  using Texts = std::vector<std::string>;
  test::TestTown town_;
};

TEST_F(SensorThingsBatch, OfWhoMayOnlyReadIsAnsweredWhileTheWriterIsBusy) {
  Ask ask = batch({request("1", "get", "Things"), request("2", "get", "Datastreams?$top=1", "g"),
                   request("3", "get", "Observations", "g"), request("4", "delete", "Things(1)"),
                   request("5", "post", "Things", "h", location("T")), request("6", "get", "Things", "h")});
  ask.may_edit = ask.may_observe = false;
  Batch steps(*town_.service, ask, true);
  Worker pool(2, "pool"), writer(1, "writer");
  std::promise<void> release;
  writer.post([&] { release.get_future().wait(); });
  boost::asio::io_context network;
  std::optional<Answer> answer;
  const auto ask_all = [&]() -> boost::asio::awaitable<void> { answer = co_await take_steps(steps, pool, writer); };
  boost::asio::co_spawn(network, ask_all(), [](const std::exception_ptr&) {});
  network.run_for(std::chrono::seconds(30));
  EXPECT_TRUE(answer) << "waits for the writer";
  release.set_value();
  network.run();
  EXPECT_EQ(statuses(*answer), (Texts{"200", "200", "200", "403", "403", "424"}));
}

TEST_F(SensorThingsBatch, KeepsNoMoreOfItsAnswersThanItsBound) {
  const std::string things = request("1", "get", "Things");
  const std::size_t one = town_.run("GET", "/Things").body.size();
  const Ask ask = batch({things, request("2", "get", "Things"), request("3", "get", "Things"),
                         request("4", "get", "Things?$top=1"), request("5", "post", "Locations", {}, location("L"))});
  Batch steps(*town_.service, ask, true, one * 2 + one / 2);
  const Answer answer = run_at_once(steps);
  EXPECT_EQ(statuses(answer), (Texts{"200", "200", "413", "413", "201"})) << "a smaller one is refused, too";
  EXPECT_LT(answer.body.size(), one * 2 + 2'000);
  Ask mixed = town_.ask("POST", "/$batch",
                        "--b\r\nContent-Type: application/http\r\n\r\nGET Things HTTP/1.1\r\n\r\n\r\n--b--\r\n");
  mixed.content_type = "multipart/mixed; boundary=b";
  Batch large(*town_.service, mixed, true, one - 1);
  EXPECT_NE(run_at_once(large).body.find("HTTP/1.1 413 Content Too Large"), std::string::npos);
  EXPECT_LE(Batch::kMostBytes, 64U << 20);
}

TEST_F(SensorThingsBatch, AsksTheWriterOnceForAGroupAndOnceForEachOfTheOthers) {
  const Ask ask =
      batch({request("1", "post", "Locations", "g", location("A")), request("2", "patch", "$1", "g", R"({"name":"B"})"),
             request("3", "post", "Locations", "g", location("C")), request("4", "get", "Locations"),
             request("5", "post", "Locations", {}, location("D")), request("6", "get", "$5/name"),
             request("7", "patch", "$5", {}, R"({"name":"E"})")});
  Batch steps(*town_.service, ask, true);
  EXPECT_EQ(town_.take(steps), 3U);
  const Answer answer = steps.answer();
  EXPECT_EQ(statuses(answer), (Texts{"201", "200", "201", "200", "201", "200", "200"})) << answer.body;
  EXPECT_NE(answer.body.find(R"("body":{"name":"D"})"), std::string::npos) << answer.body;
  EXPECT_EQ(town_.count("/Locations"), 9U);
}

TEST_F(SensorThingsBatch, AGroupIsTakenBackThoughItsReadingFailed) {
  const std::size_t before = town_.count("/Locations");
  const Ask ask = batch(
      {request("1", "post", "Locations", "g", location("A")), request("2", "get", "Things(9999)", "g"),
       request("3", "post", "Locations", "g", location("B")), request("4", "post", "Locations", {}, location("C"))});
  Batch steps(*town_.service, ask, true);
  EXPECT_EQ(town_.take(steps), 3U) << "the first, taking it back, the last";
  EXPECT_EQ(statuses(steps.answer()), (Texts{"424", "404", "424", "201"}));
  EXPECT_EQ(town_.count("/Locations"), before + 1);
}

TEST_F(SensorThingsBatch, LetsOthersInWhileItStoresManyObservations) {
  const std::string stream = town_.made["Datastreams"][4], path = "/Datastreams(" + stream + ")/Observations";
  const std::size_t all = 2 * ObservationsUpload::kStep + 1;
  const Ask ask = batch({request("1", "post", "CreateObservations", {}, town_.many(stream, all))});
  Batch steps(*town_.service, ask, true);
  std::size_t others = 0;
  const auto other = [&] {
    town_.post(path, fmt::format(R"({{"phenomenonTime":"2023-01-0{}T00:00:00Z","result":1}})", ++others));
  };
  EXPECT_EQ(town_.take(steps, other), 3U);
  EXPECT_EQ(statuses(steps.answer()), Texts{"201"});
  EXPECT_EQ(town_.count(path), all + others);
}

TEST_F(SensorThingsBatch, ALongRemovalTakesStepsInAGroupAsWell) {
  const std::string stream = town_.made["Datastreams"][4], path = "Datastreams(" + stream + ")/Observations";
  ASSERT_EQ(town_.run("POST", "/CreateObservations", town_.many(stream, 2 * Removal::kStep)).status, 201U);
  const Ask ask = batch({request("1", "post", "Locations", "g", location("A")), request("2", "delete", "$1", "g"),
                         request("3", "delete", path + "?$filter=result ge 0", "g"),
                         request("4", "post", "Locations", "g", location("B"))});
  Batch steps(*town_.service, ask, true);
  EXPECT_EQ(town_.take(steps), 4U) << "what comes before it, two pieces, what comes after it";
  EXPECT_EQ(statuses(steps.answer()), (Texts{"201", "200", "200", "201"}));
  EXPECT_EQ(town_.count("/" + path), 0U);
}

TEST_F(SensorThingsBatch, ManyObservationsOfAGroupAreTakenBackSomeAtATime) {
  const std::string stream = town_.made["Datastreams"][4], path = "/Datastreams(" + stream + ")/Observations";
  const Ask ask = batch({request("1", "post", "CreateObservations", "g", town_.many(stream, 2 * Removal::kStep)),
                         request("2", "post", "Things", "g", "{}")});
  Batch steps(*town_.service, ask, true);
  town_.store->erasures = 0;
  run_at_once(steps);
  EXPECT_EQ(town_.count(path), 0U);
  EXPECT_EQ(town_.store->erasures, 2);
}

}  // namespace

}  // namespace qala::sensorthings
