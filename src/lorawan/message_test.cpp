// Messages of network servers, as recorded and as they are left out.
#include "lorawan/message.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace qala::lorawan {
namespace {

namespace fs = std::filesystem;

std::string recorded_folder() {
  const char* shared = std::getenv("QALA_TEST_SHARED");
  return std::string(shared ? shared : "../shared") + "/testdata/lns-uplinks";
}

std::string recorded(const std::string& name) {
  std::ifstream in(recorded_folder() + "/" + name);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Third-party recordings may not be here; then it is said, loudly.
#define NEEDS_RECORDINGS() \
  if (!fs::exists(recorded_folder())) GTEST_SKIP() << "SKIPPED: no recorded messages in " << recorded_folder()

Message chirpstack(const std::string& event) {
  auto message = parse_chirpstack(event, recorded("chirpstack-v4-" + event + ".json"));
  EXPECT_TRUE(message) << event << ": " << message.error().message;
  return message ? *message : Message{};
}

Message tts(const std::string& name) {
  auto message = parse_tts("", recorded("ttn-v3-" + name + ".json"));
  EXPECT_TRUE(message) << name << ": " << message.error().message;
  return message ? *message : Message{};
}

TEST(Messages, EveryRecordingIsTaken) {
  NEEDS_RECORDINGS();
  std::size_t seen = 0;
  for (const auto& file : fs::directory_iterator(recorded_folder())) {
    const std::string name = file.path().filename().string();
    if (!name.ends_with(".json")) continue;
    seen++;
    const bool chirp = name.starts_with("chirpstack-v4-");
    const std::string event = chirp ? name.substr(14, name.size() - 19) : "";
    const auto message = parse(chirp ? ServerKind::chirpstack : ServerKind::tts, event, recorded(name));
    EXPECT_TRUE(message) << name << ": " << message.error().message;
  }
  EXPECT_GE(seen, 15U);
}

TEST(Messages, AnUplinkOfChirpStackMissesItsDefaults) {
  NEEDS_RECORDINGS();
  const Message up = chirpstack("up");
  EXPECT_EQ(up.event, Event::up);
  EXPECT_EQ(up.device, "0101010101010101");
  EXPECT_EQ(up.session, "00189440");
  EXPECT_EQ(up.f_cnt, 0U) << "absent: proto3 leaves 0 out";
  EXPECT_EQ(up.f_port, 1);
  EXPECT_EQ(up.payload, "\xaa");
  EXPECT_EQ(up.decoded, "");
  EXPECT_EQ(up.spreading_factor, 11);
  EXPECT_EQ(up.rssi(), -36.0);
  EXPECT_EQ(link_margin(up), 10.5 + 17.5);
  EXPECT_EQ(to_iso(event_time(up, {})), "2022-07-18T09:34:15.775023242Z");
  EXPECT_FALSE(up.encrypted);
}

TEST(Messages, TheOtherEventsOfChirpStack) {
  NEEDS_RECORDINGS();
  const Message join = chirpstack("join");
  EXPECT_EQ(join.event, Event::join);
  EXPECT_EQ(join.session, "00189440");
  const Message status = chirpstack("status");
  EXPECT_EQ(status.battery, 88.3);
  EXPECT_EQ(status.margin, 10.0);
  const Message ack = chirpstack("ack");
  EXPECT_EQ(ack.event, Event::ack);
  EXPECT_EQ(ack.downlinks, std::vector<std::string>{"1bbcab1d-6ec6-4136-b3f5-d63be1dc08de"});
  EXPECT_EQ(chirpstack("txack").event, Event::sent);
  const Message log = chirpstack("log");
  EXPECT_EQ(log.event, Event::log);
  EXPECT_EQ(log.level, "ERROR");
  EXPECT_EQ(log.words, "UPLINK_MIC: MIC of join-request is invalid, make sure keys are correct");
  EXPECT_EQ(chirpstack("location").latitude, 37.344214);
  EXPECT_EQ(chirpstack("integration").event, Event::other);
}

TEST(Messages, AnUplinkOfTheThingsStack) {
  NEEDS_RECORDINGS();
  const Message up = tts("uplink-message-example");
  EXPECT_EQ(up.event, Event::up);
  EXPECT_EQ(up.device, "0004a30b001c0530");
  EXPECT_EQ(up.session, "AXA50tHUGUucuzS/bCGMNw==");
  EXPECT_EQ(up.f_cnt, 1U);
  EXPECT_EQ(up.f_port, 0);
  EXPECT_EQ(up.payload, std::string("\x82\x41\xde", 3));
  EXPECT_EQ(up.decoded, R"({"data":{"temperature":1.0,"luminosity":0.64}})");
  EXPECT_EQ(to_iso(event_time(up, {})), "2020-02-12T15:15:45.787Z") << "the gateway's, a moment before the server's";
  EXPECT_EQ(tts("doc-mqtt-1").payload, "Temperature = 0.0");
  const Message stored = tts("doc-storage-1");
  EXPECT_EQ(stored.device, "dev1") << "without a DevEUI the server's name of it";
  EXPECT_EQ(stored.decoded, R"({"data":{"occupied":true,"type":"parking status"}})");
}

TEST(Messages, TheOtherMessagesOfTheThingsStack) {
  NEEDS_RECORDINGS();
  const Message join = tts("join-message-example");
  EXPECT_EQ(join.event, Event::join);
  EXPECT_EQ(join.session, "AXBSH1Pk6Z0G166RlH16CQ==");
  const Message ack = tts("downlink-event-message-example");
  EXPECT_EQ(ack.event, Event::ack);
  EXPECT_EQ(ack.downlinks.front(), "as:downlink:01E19B99501X84X6CV471TVSZ1");
  const Message failed = tts("downlink-failed-event-message-example");
  EXPECT_EQ(failed.event, Event::failed);
  EXPECT_EQ(failed.words, "application downlink payload is too long");
}

TEST(Messages, WhatIsSimulatedOrStillEncryptedIsSaid) {
  const auto simulated = parse_tts(
      "v3/app1@tenant/devices/dev1/up",
      R"({"end_device_ids":{"device_id":"dev1","dev_eui":"0004A30B001C0530"},"uplink_message":{},"simulated":true})");
  ASSERT_TRUE(simulated);
  EXPECT_TRUE(simulated->simulated);
  EXPECT_EQ(simulated->tenant, "tenant");
  EXPECT_EQ(simulated->application, "app1");
  const auto encrypted = parse_chirpstack(
      "up",
      R"({"deviceInfo":{"devEui":"0101010101010101"},"joinServerContext":{"sessionKeyId":"AA=="},"data":"qg=="})");
  ASSERT_TRUE(encrypted);
  EXPECT_TRUE(encrypted->encrypted);
}

TEST(Messages, WhyAMessageIsNoneIsSaid) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"up", "{", "line 1, column 2"},
      {"up", "[]", "a JSON object"},
      {"up", "{}", "deviceInfo"},
      {"up", R"({"deviceInfo":{"devEui":"12"}})", "devEui"},
      {"up", R"({"deviceInfo":{"devEui":"0101010101010101"},"data":"%"})", "base64"},
      {"up", R"({"deviceInfo":{"devEui":"0101010101010101"},"fPort":300})", "fPort"},
      {"up", R"({"deviceInfo":{"devEui":"0101010101010101"},"fCnt":-1})", "fCnt"},
      {"dance", R"({"deviceInfo":{"devEui":"0101010101010101"}})", "\"dance\" is no event"},
  };
  for (const auto& [event, json, words] : cases) {
    const auto message = parse_chirpstack(event, json);
    ASSERT_FALSE(message) << json;
    EXPECT_NE(message.error().message.find(words), std::string::npos) << message.error().message;
  }
  EXPECT_FALSE(parse_tts("", R"({"end_device_ids":{}})"));
  EXPECT_FALSE(parse_tts("", R"({"end_device_ids":{"device_id":"a"}})"));
  EXPECT_FALSE(parse(ServerKind::tts, "", std::string(kMaxMessage + 1, ' ')));
}

TEST(Messages, AGatewayWithAWrongClockIsNotBelieved) {
  Message message;
  message.time = Instant::from_seconds(1'000'000);
  message.receptions = {{.time = Instant::from_seconds(500)},
                        {.time = Instant::from_seconds(999'990)},
                        {.time = Instant::from_seconds(1'000'100)}};
  EXPECT_EQ(event_time(message, {}), Instant::from_seconds(999'990));
  message.receptions.clear();
  EXPECT_EQ(event_time(message, {}), *message.time);
  message.time.reset();
  EXPECT_EQ(event_time(message, Instant::from_seconds(7)), Instant::from_seconds(7));
}

}  // namespace
}  // namespace qala::lorawan
