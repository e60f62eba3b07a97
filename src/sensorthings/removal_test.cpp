#include "sensorthings/removal.h"

#include "sensorthings/test_town.h"

namespace qala::sensorthings {

namespace {

class SensorThingsRemoval : public ::testing::Test {
 protected:
  void SetUp() override {
    town_.load();
    stream_ = town_.made["Datastreams"][4];
    path_ = "/Datastreams(" + stream_ + ")/Observations";
  }
  void load(std::size_t rows) {
    ASSERT_EQ(town_.run("POST", "/CreateObservations", town_.many(stream_, rows)).status, 201U);
    town_.audit.appends = town_.audit.entries = 0;
    town_.store->erasures = 0;
  }
  /// Somebody else's, of another time each.
  void post_another(int result) {
    town_.post(path_, fmt::format(R"({{"phenomenonTime":"2023-01-01T00:00:{:02}Z","result":{}}})", others_++, result));
  }
  static constexpr std::size_t kStep = Removal::kStep;
  test::TestTown town_;
  std::string stream_, path_;
  int others_ = 0;
};

TEST_F(SensorThingsRemoval, OfManyObservationsGoesInStepsOfOneRecordAndOneChangeOfTheStore) {
  load(10'000 + kStep);  // more than are found at once
  const Ask ask = town_.ask("DELETE", path_ + "?$filter=phenomenonTime ge 2024-01-01T00:00:00Z");
  Removal steps(town_.service->writer(), ask);
  EXPECT_EQ(town_.take(steps, [&] { post_another(1); }), 10'000 / kStep + 2) << "one to begin with";
  EXPECT_EQ(steps.answer().status, 200U);
  EXPECT_EQ(town_.audit.entries, 10'000 + kStep);
  EXPECT_EQ(town_.audit.appends, 10'000 / kStep + 1);
  EXPECT_EQ(town_.store->erasures, 10'000 / static_cast<int>(kStep) + 1);
  EXPECT_EQ(town_.count(path_), static_cast<std::size_t>(others_)) << "what others stored meanwhile is there";
}

TEST_F(SensorThingsRemoval, OfAFeatureTakesItsObservationsInSteps) {
  load(3 * kStep);
  const auto feature = town_.get(path_ + "?$top=1&$expand=FeatureOfInterest");
  const std::string id = feature.find("value")->items[0].find("FeatureOfInterest")->find("@iot.id")->text;
  const std::string all = "/FeaturesOfInterest(" + id + ")/Observations";
  const std::size_t of_it = town_.count(all), in_all = town_.count("/Observations");
  ASSERT_GE(of_it, 3 * kStep);
  const Ask ask = town_.ask("DELETE", "/FeaturesOfInterest(" + id + ")");
  Removal steps(town_.service->writer(), ask);
  EXPECT_EQ(town_.take(steps), (of_it + kStep - 1) / kStep + 2) << "one to begin with, one for itself";
  EXPECT_EQ(steps.answer().status, 200U);
  EXPECT_EQ(town_.store->erasures, static_cast<int>((of_it + kStep - 1) / kStep));
  EXPECT_EQ(town_.run("GET", "/FeaturesOfInterest(" + id + ")").status, 404U);
  EXPECT_EQ(town_.count("/Observations"), in_all - of_it);
}

TEST_F(SensorThingsRemoval, LeavesWhatChangedMeanwhile) {
  load(2 * kStep);
  const auto last = town_.get(path_ + "?$orderby=id desc&$top=1").find("value")->items[0];
  const std::string changed = "/Observations(" + last.find("@iot.id")->text + ")";
  const Ask ask = town_.ask("DELETE", path_ + "?$filter=result lt 100000");
  Removal steps(town_.service->writer(), ask);
  int step = 0;
  town_.take(steps, [&] {
    if (++step == 3) EXPECT_EQ(town_.run("PATCH", changed, R"({"result":200000})").status, 200U);
  });
  EXPECT_EQ(steps.answer().status, 200U);
  EXPECT_EQ(town_.get(changed).find("result")->text, "200000");
  EXPECT_EQ(town_.count(path_), 1U);
  EXPECT_EQ(town_.audit.entries, 2 * kStep - 1) << "nothing is recorded of it";
}

TEST_F(SensorThingsRemoval, OfEntitiesThatAFilterNamesGoesOneByOne) {
  const std::size_t places = town_.count("/Locations");
  for (int i = 0; i < 3; i++)
    town_.post("/Locations", R"({"name":"gone","description":"x","encodingType":"application/geo+json","location":)"
                             R"({"type":"Point","coordinates":[70,50]}})");
  const Ask ask = town_.ask("DELETE", "/Locations?$filter=name eq 'gone'");
  Removal steps(town_.service->writer(), ask);
  EXPECT_EQ(town_.take(steps), 4U);
  EXPECT_EQ(steps.answer().status, 200U);
  EXPECT_EQ(town_.count("/Locations"), places);
  EXPECT_EQ(town_.run("DELETE", "/Locations").status, 405U) << "not all of them at once";
  EXPECT_EQ(town_.run("DELETE", "/Locations?$filter=nothing eq 1").status, 400U);
}

}  // namespace

}  // namespace qala::sensorthings
