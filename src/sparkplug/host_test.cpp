#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "sparkplug/host.h"

namespace qala::sparkplug {
namespace {

using ingest::Submission;

/// Payloads as another program would write them: fields by hand, so that the reader is not proved by itself.
class Wire {
 public:
  Wire& varint(int field, std::uint64_t value) { return tag(field, 0).raw(value); }
  Wire& bytes(int field, std::string_view text) {
    tag(field, 2).raw(text.size());
    out_ += text;
    return *this;
  }
  Wire& float32(int field, float value) {
    tag(field, 5);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int i = 0; i < 4; i++) out_ += static_cast<char>(bits >> (8 * i));
    return *this;
  }
  std::string text() const { return out_; }

 private:
  Wire& tag(int field, int type) { return raw(static_cast<std::uint64_t>(field << 3 | type)); }
  Wire& raw(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
    return *this;
  }
  std::string out_;
};

std::string payload(std::optional<std::uint64_t> seq, std::initializer_list<Wire> metrics,
                    std::uint64_t at = 1'795'406'000'000) {
  Wire out;
  out.varint(1, at);
  for (const auto& metric : metrics) out.bytes(2, metric.text());
  if (seq) out.varint(3, *seq);
  return out.text();
}
Wire named(const char* name, int datatype) {
  return Wire().bytes(1, name).varint(4, static_cast<std::uint64_t>(datatype));
}
Wire bd_seq(std::uint64_t number) { return named("bdSeq", 8).varint(11, number); }
Wire aliased(std::uint64_t alias) { return Wire().varint(2, alias); }

class SparkplugHost : public ::testing::Test, protected Publisher, protected Sink {
 protected:
  SparkplugHost() : host_("town", *this, *this, index_, probe_, clock_) { host_.start(); }

  void publish(std::string_view topic, std::string_view text, bool retain, std::uint8_t) override {
    published_.push_back({std::string(topic), std::string(text)});
    retained_ = retain;
  }
  void submit(Submission submission) override {
    for (const auto& row : submission.batch.rows) {
      const auto& name = submission.names.at(row.datastream.value & ~ingest::kUnknownSeries);
      auto& said = readings_.emplace_back(name.thing_key + " " + name.key + " ");
      if (row.type == readings::ValueType::text) said += submission.batch.text_of(row.bits);
      else if (row.type == readings::ValueType::real) said += "real";
      else said += std::to_string(row.bits) + (row.scale ? "e-" + std::to_string(row.scale) : "");
      times_.push_back(row.time);
    }
    submission.done(ingest::Report());
  }
  std::vector<std::string> heard(std::string_view topic, const std::string& text) {
    readings_.clear();
    times_.clear();
    published_.clear();
    host_.overheard(std::string("spBv1.0/") + std::string(topic), text);
    return readings_;
  }
  void birth(std::uint64_t number = 7) {
    heard("Heat/NBIRTH/GW", payload(0, {bd_seq(number), named("Node Control/Rebirth", 11).varint(14, 0),
                                        named("Supply", 9).varint(2, 1).float32(12, 83.6F)}));
  }
  void device_birth(std::uint64_t seq = 1) {
    heard("Heat/DBIRTH/GW/Pump 3", payload(seq, {named("Running", 11).varint(2, 10).varint(14, 1),
                                                 named("Offset", 1).varint(2, 11).varint(10, 0xff)}));
  }
  std::uint64_t refused() const {
    for (const auto& reject : probe_.rejects()) {
      if (reject.reason == "sparkplug") return reject.count;
    }
    return 0;
  }
  bool rebirth_asked() const {
    return std::ranges::any_of(published_, [](const auto& one) { return one.first == "spBv1.0/Heat/NCMD/GW"; });
  }

  FakeClock clock_;
  ingest::SeriesIndex index_{7};
  ingest::Probe probe_;
  std::vector<std::pair<std::string, std::string>> published_;
  bool retained_ = false;
  std::vector<std::string> readings_;
  std::vector<std::int64_t> times_;
  Host host_;
};

using Said = std::vector<std::string>;

TEST_F(SparkplugHost, SaysThatItIsThereAndThatItGoes) {
  ASSERT_EQ(published_.size(), 1U);
  EXPECT_EQ(published_[0].first, "spBv1.0/STATE/town");
  EXPECT_EQ(published_[0].second, "{\"online\":true,\"timestamp\":" + std::to_string(clock_.now().ms()) + "}");
  EXPECT_TRUE(retained_);
  host_.stop();
  ASSERT_EQ(published_.size(), 2U);
  EXPECT_EQ(published_[1].second.substr(0, 16), "{\"online\":false,");
}

TEST_F(SparkplugHost, DoesNotLeaveItsStateToOthers) {
  heard("STATE/town", R"({"online":false,"timestamp":1})");
  ASSERT_EQ(published_.size(), 1U);
  EXPECT_NE(published_[0].second.find("true"), std::string::npos);
}

TEST_F(SparkplugHost, ABirthBringsNamesTypesAndValues) {
  birth();
  EXPECT_EQ(readings_, (Said{"Heat/GW online 1", "Heat/GW Supply 836e-1"}));
  EXPECT_EQ(times_[1], 1'795'406'000'000'000'000) << "the payload's time";
  device_birth();
  EXPECT_EQ(readings_, (Said{"Heat/GW/Pump 3 online 1", "Heat/GW/Pump 3 Running 1", "Heat/GW/Pump 3 Offset -1"}));
  EXPECT_EQ(host_.nodes()[0].is, NodeState::Is::alive);
  EXPECT_EQ(refused(), 0U);
}

TEST_F(SparkplugHost, DataAreKnownByTheirAliases) {
  birth();
  device_birth();
  EXPECT_EQ(
      heard("Heat/DDATA/GW/Pump 3",
            payload(2, {aliased(10).varint(14, 0), aliased(11).varint(3, 1'795'000'000'000).varint(10, 0xfffffffe)})),
      (Said{"Heat/GW/Pump 3 Running 0", "Heat/GW/Pump 3 Offset -2"}));
  EXPECT_EQ(times_[1], 1'795'000'000'000'000'000) << "the metric's own time";
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(3, {aliased(1).float32(12, 70.25F)})), (Said{"Heat/GW Supply 7025e-2"}));
  EXPECT_FALSE(rebirth_asked());
}

TEST_F(SparkplugHost, NumbersGoRoundAt256) {
  birth();
  for (std::uint64_t i = 1; i < 600; i++)
    EXPECT_EQ(heard("Heat/NDATA/GW", payload(i % 256, {aliased(1).float32(12, 1)})).size(), 1U) << i;
  EXPECT_FALSE(rebirth_asked());
}

TEST_F(SparkplugHost, AGapAsksForARebirthAndNothingIsTakenBefore) {
  birth();
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(2, {aliased(1).float32(12, 1)})), Said{});
  EXPECT_TRUE(rebirth_asked());
  const auto command = parse_payload(published_[0].second);
  ASSERT_TRUE(command);
  ASSERT_EQ(command->metrics.size(), 1U);
  EXPECT_EQ(command->metrics[0].name, "Node Control/Rebirth");
  EXPECT_EQ(std::get<bool>(command->metrics[0].value), true);
  EXPECT_EQ(refused(), 1U);
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(3, {aliased(1).float32(12, 1)})), Said{});
  EXPECT_FALSE(rebirth_asked()) << "it was asked a moment ago";
  clock_.advance(std::chrono::seconds(6));
  heard("Heat/NDATA/GW", payload(4, {aliased(1).float32(12, 1)}));
  EXPECT_TRUE(rebirth_asked());
  EXPECT_EQ(host_.nodes()[0].is, NodeState::Is::unborn);
  birth();
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(1, {aliased(1).float32(12, 1)})), Said{"Heat/GW Supply 1"});
}

TEST_F(SparkplugHost, DataWithoutABirthAskForOne) {
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(5, {named("Supply", 9).float32(12, 1)})), Said{});
  EXPECT_TRUE(rebirth_asked());
}

TEST_F(SparkplugHost, AnUnknownAliasAsksForABirthAndTheOthersAreTaken) {
  birth();
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(1, {aliased(1).float32(12, 2), aliased(99).varint(10, 3)})),
            Said{"Heat/GW Supply 2"});
  EXPECT_TRUE(rebirth_asked());
  EXPECT_EQ(refused(), 1U);
}

TEST_F(SparkplugHost, ADeviceThatWasNotBornIsNotHeard) {
  birth();
  EXPECT_EQ(heard("Heat/DDATA/GW/Pump 3", payload(1, {named("Running", 11).varint(14, 1)})), Said{});
  EXPECT_TRUE(rebirth_asked());
}

TEST_F(SparkplugHost, ADeathTakesTheDevicesAlongIfItIsThatOfTheLastBirth) {
  birth(7);
  device_birth();
  EXPECT_EQ(heard("Heat/NDEATH/GW", payload(std::nullopt, {bd_seq(6)})), Said{}) << "an older will";
  EXPECT_EQ(host_.nodes()[0].is, NodeState::Is::alive);
  EXPECT_EQ(heard("Heat/NDEATH/GW", payload(std::nullopt, {bd_seq(7)})),
            (Said{"Heat/GW online 0", "Heat/GW/Pump 3 online 0"}));
  EXPECT_EQ(host_.nodes()[0].is, NodeState::Is::dead);
  EXPECT_EQ(host_.nodes()[0].dead_devices, 1U);
}

TEST_F(SparkplugHost, ADevicesDeathIsItsOwn) {
  birth();
  device_birth();
  EXPECT_EQ(heard("Heat/DDEATH/GW/Pump 3", payload(2, {})), Said{"Heat/GW/Pump 3 online 0"});
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(3, {aliased(1).float32(12, 2)})), Said{"Heat/GW Supply 2"});
  EXPECT_EQ(heard("Heat/DDATA/GW/Pump 3", payload(4, {aliased(10).varint(14, 1)})), Said{});
}

TEST_F(SparkplugHost, ADeathIsBelievedAfterAGapToo) {
  birth(7);
  device_birth();
  heard("Heat/NDATA/GW", payload(9, {aliased(1).float32(12, 1)}));
  ASSERT_EQ(host_.nodes()[0].is, NodeState::Is::unborn);
  EXPECT_EQ(heard("Heat/NDEATH/GW", payload(std::nullopt, {bd_seq(6)})), Said{}) << "an older will";
  EXPECT_EQ(heard("Heat/NDEATH/GW", payload(std::nullopt, {bd_seq(7)})),
            (Said{"Heat/GW online 0", "Heat/GW/Pump 3 online 0"}));
  EXPECT_EQ(host_.nodes()[0].is, NodeState::Is::dead);
  EXPECT_EQ(heard("Heat/NDEATH/GW", payload(std::nullopt, {bd_seq(7)})), Said{}) << "told once";
}

TEST_F(SparkplugHost, ADeathOfANodeThatWasNeverBornIsNone) {
  EXPECT_EQ(heard("Heat/NDEATH/GW", payload(std::nullopt, {})), Said{});
  EXPECT_EQ(host_.nodes()[0].is, NodeState::Is::unborn);
}

TEST_F(SparkplugHost, ADevicesDeathIsBelievedThoughAMessageIsMissing) {
  birth(7);
  device_birth();
  EXPECT_EQ(heard("Heat/DDEATH/GW/Pump 3", payload(5, {})), Said{"Heat/GW/Pump 3 online 0"});
  EXPECT_TRUE(rebirth_asked());
  birth(8);
  EXPECT_EQ(readings_, (Said{"Heat/GW online 1", "Heat/GW Supply 836e-1"})) << "told already";
}

TEST_F(SparkplugHost, ADeviceThatIsNotBornAgainAfterAGapIsGone) {
  birth(7);
  device_birth(1);
  heard("Heat/DBIRTH/GW/Pump 4", payload(2, {named("Running", 11).varint(14, 1)}));
  heard("Heat/NDATA/GW", payload(9, {aliased(1).float32(12, 1)}));
  birth(8);
  EXPECT_EQ(readings_, (Said{"Heat/GW online 1", "Heat/GW Supply 836e-1"})) << "its devices are still to be born";
  device_birth(1);
  EXPECT_EQ(readings_[0], "Heat/GW/Pump 3 online 1");
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(2, {aliased(1).float32(12, 2)})),
            (Said{"Heat/GW/Pump 4 online 0", "Heat/GW Supply 2"}));
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(3, {aliased(1).float32(12, 3)})), Said{"Heat/GW Supply 3"}) << "told once";
}

TEST_F(SparkplugHost, ABirthMustBegin) {
  EXPECT_EQ(heard("Heat/NBIRTH/GW", payload(3, {bd_seq(1)})), Said{});
  EXPECT_EQ(heard("Heat/NBIRTH/GW", payload(0, {named("Supply", 9).float32(12, 1)})), Said{}) << "without bdSeq";
  EXPECT_EQ(refused(), 2U);
}

TEST_F(SparkplugHost, ValuesHaveTheWidthOfTheirType) {
  const auto of = [&](int datatype, Wire metric) {
    const auto said =
        heard("Heat/NBIRTH/N",
              payload(0, {bd_seq(1), Wire(metric).bytes(1, "v").varint(4, static_cast<std::uint64_t>(datatype))}));
    return said.size() == 2 ? said[1].substr(9) : std::string();
  };
  EXPECT_EQ(of(1, Wire().varint(10, 0xff)), "-1");
  EXPECT_EQ(of(2, Wire().varint(10, 0x8000)), "-32768");
  EXPECT_EQ(of(3, Wire().varint(10, 0xffffffff)), "-1");
  EXPECT_EQ(of(4, Wire().varint(11, 0xffffffffffffffff)), "-1");
  EXPECT_EQ(of(7, Wire().varint(10, 0xffffffff)), "4294967295");
  EXPECT_EQ(of(7, Wire().varint(11, 0xffffffff)), "4294967295") << "some senders use the wide field";
  EXPECT_EQ(of(8, Wire().varint(11, 0xffffffffffffffff)), "real");
  EXPECT_EQ(of(12, Wire().bytes(15, "open")), "open");
  EXPECT_EQ(of(13, Wire().varint(11, 1'795'406'000'000)), "2026-11-23T03:53:20Z");
  EXPECT_EQ(of(11, Wire().varint(14, 1)), "1");
  EXPECT_EQ(of(9, Wire().varint(7, 1)), "") << "null is no reading";
  EXPECT_EQ(refused(), 0U);
  EXPECT_EQ(of(16, Wire().bytes(17, "set")), "");
  EXPECT_EQ(refused(), 1U) << "a data set is counted";
}

TEST_F(SparkplugHost, ATextThatIsNotUtf8IsCountedAndTheOthersAreTaken) {
  EXPECT_EQ(heard("Heat/NBIRTH/GW",
                  payload(0, {bd_seq(7), named("Mode", 12).bytes(15, "caf\xe9"), named("Door", 12).bytes(15, "ашық")})),
            (Said{"Heat/GW online 1", "Heat/GW Door ашық"}));
  EXPECT_EQ(refused(), 1U);
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(1, {named("Mode", 12).bytes(15, "\xff")})), Said{});
  EXPECT_EQ(refused(), 2U);
  EXPECT_FALSE(rebirth_asked());
}

TEST_F(SparkplugHost, WhatIsNotReadDoesNotKeepOutWhatFollows) {
  birth();
  device_birth(1);
  const auto compressed = [](std::optional<std::uint64_t> seq) {
    Wire out;
    out.varint(1, 1'795'406'000'000);
    if (seq) out.varint(3, *seq);
    return out.bytes(4, "SPBV1.0_COMPRESSED").bytes(5, "deflated").text();
  };
  EXPECT_EQ(heard("Heat/DDATA/GW/Pump 3", compressed(2)), Said{});
  EXPECT_EQ(refused(), 1U);
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(3, {aliased(1).float32(12, 2)})), Said{"Heat/GW Supply 2"});
  EXPECT_EQ(heard("Heat/DDATA/GW/Pump 3", compressed(std::nullopt)), Said{}) << "its number is within";
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(5, {aliased(1).float32(12, 3)})), Said{"Heat/GW Supply 3"});
  Wire many;
  for (std::size_t i = 0; i <= kMostMetrics; i++) many.bytes(2, aliased(10).varint(14, 1).text());
  EXPECT_EQ(heard("Heat/DDATA/GW/Pump 3", many.varint(3, 6).text()), Said{});
  EXPECT_EQ(heard("Heat/DDATA/GW/Pump 3", payload(7, {aliased(10).varint(14, 0)})), Said{"Heat/GW/Pump 3 Running 0"});
  EXPECT_FALSE(rebirth_asked());
  EXPECT_EQ(refused(), 3U);
  EXPECT_EQ(heard("Heat/NDATA/GW", compressed(9)), Said{});
  EXPECT_EQ(host_.nodes()[0].is, NodeState::Is::unborn) << "a gap is one, whoever has it";
  EXPECT_TRUE(rebirth_asked());
}

TEST_F(SparkplugHost, WhoseBirthIsNotReadIsNotAskedForAnother) {
  birth();
  const auto compressed = [](std::uint64_t seq) {
    return Wire().varint(3, seq).bytes(4, "SPBV1.0_COMPRESSED").bytes(5, "deflated").text();
  };
  heard("Heat/DBIRTH/GW/Pump 3", compressed(1));
  EXPECT_EQ(heard("Heat/DDATA/GW/Pump 3", payload(2, {aliased(10).varint(14, 1)})), Said{});
  EXPECT_FALSE(rebirth_asked());
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(3, {aliased(1).float32(12, 2)})), Said{"Heat/GW Supply 2"});
  heard("Heat/NBIRTH/GW", compressed(0));
  EXPECT_EQ(host_.nodes()[0].is, NodeState::Is::unborn);
  EXPECT_EQ(heard("Heat/NDATA/GW", payload(1, {aliased(1).float32(12, 2)})), Said{});
  EXPECT_FALSE(rebirth_asked());
}

TEST_F(SparkplugHost, ADeviceTooManyIsRefusedAndTheOthersGoOn) {
  birth();
  std::uint64_t seq = 1;
  const auto next = [&] { return std::exchange(seq, (seq + 1) % 256); };
  const auto running = [&] { return payload(next(), {named("Running", 11).varint(14, 1)}); };
  const auto device = [](std::size_t i) { return "/GW/D" + std::to_string(i); };
  for (std::size_t i = 0; i < Host::kMostDevices; i++)
    ASSERT_EQ(heard("Heat/DBIRTH" + device(i), running()).size(), 2U) << i;
  EXPECT_EQ(heard("Heat/DBIRTH/GW/More", running()), Said{});
  EXPECT_EQ(heard("Heat/DDATA/GW/More", running()), Said{});
  EXPECT_EQ(refused(), 2U);
  EXPECT_EQ(heard("Heat/DDATA" + device(7), running()), Said{"Heat/GW/D7 Running 1"});
  EXPECT_FALSE(rebirth_asked());
  EXPECT_EQ(heard("Heat/DDEATH" + device(7), payload(next(), {})), Said{"Heat/GW/D7 online 0"});
  EXPECT_EQ(heard("Heat/DBIRTH/GW/More", running()).size(), 2U) << "in the place of the dead one";
}

TEST_F(SparkplugHost, WhatIsNotSparkplugIsRefused) {
  heard("Heat/NBIRTH/GW", "no payload");
  EXPECT_EQ(refused(), 1U);
  heard("Heat/NCMD/GW", "not ours");
  heard("Heat/NBIRTH/GW/too/many", "not ours");
  heard("nonsense", "not ours");
  EXPECT_EQ(refused(), 1U);
}

}  // namespace
}  // namespace qala::sparkplug
