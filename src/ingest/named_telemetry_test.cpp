#include "ingest/named_telemetry.h"

#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <optional>

#include <boost/asio/io_context.hpp>

#include "ingest/test_entrance.h"

namespace qala::ingest {
namespace {

using mqtt::Reason;

class Named : public ::testing::Test {
 protected:
  Named()
      : intake_(*town_.admission, writer_, town_.clock),
        telemetry_(network_.get_executor(), intake_, town_.index, town_.probe, town_.clock) {}
  ~Named() override { writer_.stop(); }

  Reason take(NamedTelemetry::Message message) {
    std::optional<Reason> answer;
    message.source = "heat";
    message.topic = "heat/x/state";
    message.qos = 1;
    telemetry_.take(message, [&](Reason reason) { answer = reason; });
    EXPECT_FALSE(answer) << "not from within";
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!answer && std::chrono::steady_clock::now() < end) {
      network_.restart();
      network_.run_one_for(std::chrono::milliseconds(2));
    }
    EXPECT_TRUE(answer);
    return answer.value_or(Reason::unspecified);
  }
  std::size_t kept(const char* thing, const char* key) {
    return town_.readings_of(town_.stream(town_.thing(thing), key)).rows.size();
  }

  boost::asio::io_context network_{1};
  test::Entrance town_;
  Worker writer_{1, "writer"};
  Intake intake_;
  NamedTelemetry telemetry_;
};

TEST_F(Named, GoesToTheThingThatItsTopicNames) {
  town_.add("HS-7");
  town_.add("HS-8");
  EXPECT_EQ(take({.thing = "HS-7", .payload = R"({"supply":83.6})", .packet_id = 1}), Reason::success);
  EXPECT_EQ(take({.thing = "HS-8", .payload = R"({"supply":70})", .packet_id = 2}), Reason::success);
  EXPECT_EQ(kept("HS-7", "supply"), 1U);
  EXPECT_EQ(kept("HS-8", "supply"), 1U);
}

TEST_F(Named, AThingThatNobodyKnowsWaitsInTheList) {
  EXPECT_EQ(take({.thing = "HS-9", .payload = R"({"supply":1})", .packet_id = 1}), Reason::success);
  EXPECT_FALSE(town_.thing("HS-9"));
  const auto waiting = town_.unclaimed->list();
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].key, "HS-9");
}

TEST_F(Named, WhatIsSentAgainIsNotCommittedAgain) {
  town_.add("HS-7");
  EXPECT_EQ(take({.thing = "HS-7", .payload = R"({"supply":84})", .packet_id = 5}), Reason::success);
  town_.clock.advance(std::chrono::seconds(30));  // it has no time of its own
  EXPECT_EQ(take({.thing = "HS-7", .payload = R"({"supply":84})", .packet_id = 5, .duplicate = true}), Reason::success);
  EXPECT_EQ(kept("HS-7", "supply"), 1U);
  EXPECT_EQ(take({.thing = "HS-7", .payload = R"({"supply":84})", .packet_id = 6}), Reason::success);
  EXPECT_EQ(kept("HS-7", "supply"), 2U) << "a new message may say the same";
}

TEST_F(Named, WhatIsNoTelemetryIsCountedAndSaidToBeNone) {
  for (const char* bad : {"", "21.5", "no JSON", "[[]]"})
    EXPECT_EQ(take({.thing = "HS-7", .payload = bad, .packet_id = 1}), Reason::payload_format_invalid) << bad;
  EXPECT_EQ(take({.thing = "", .payload = "{}", .packet_id = 1}), Reason::payload_format_invalid)
      << "no thing is named";
}

}  // namespace
}  // namespace qala::ingest
