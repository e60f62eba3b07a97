#include <gtest/gtest.h>

#include <fstream>

#include "bridge/backoff.h"
#include "bridge/setup.h"
#include "mqtt/topic.h"
#include "temporary_folder.h"

namespace qala::bridge {
namespace {

TEST(BridgeUrl, HasHostPortAndWhetherItIsTls) {
  struct Case {
    const char* url;
    const char* host;
    std::uint16_t port;
    bool tls;
  };
  for (const auto& [url, host, port, tls] :
       {Case{"mqtt://lns.example.kz", "lns.example.kz", 1883, false},
        Case{"mqtts://lns.example.kz", "lns.example.kz", 8883, true},
        Case{"mqtt://10.0.0.7:11883/", "10.0.0.7", 11883, false}, Case{"mqtts://[fd00::7]:8884", "fd00::7", 8884, true},
        Case{"mqtt://[::1]", "::1", 1883, false}}) {
    const auto address = parse_url(url);
    ASSERT_TRUE(address) << url << ": " << address.error().message;
    EXPECT_EQ(address->host, host) << url;
    EXPECT_EQ(address->port, port) << url;
    EXPECT_EQ(address->tls, tls) << url;
  }
}

TEST(BridgeUrl, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {{"", "is expected"},
                                                       {"http://a", "is expected"},
                                                       {"mqtt://", "host is missing"},
                                                       {"mqtt://:1883", "host"},
                                                       {"mqtt://a:0", "1 to 65535"},
                                                       {"mqtt://a:x", "1 to 65535"},
                                                       {"mqtt://a:70000", "65535"},
                                                       {"mqtt://a:", "1 to 65535"},
                                                       {"mqtt://a/b", "only HOST and PORT"},
                                                       {"mqtt://[::1", "]"},
                                                       {"mqtt://fd00::7:1883", "in [ ]"},
                                                       {"mqtt://[::1]1883", "colon"},
                                                       {"mqtt://u:secret@a", "keys of their own"}};
  for (const auto& [url, said] : cases) {
    const auto address = parse_url(url);
    ASSERT_FALSE(address) << url;
    EXPECT_NE(address.error().message.find(said), std::string::npos) << url << ": " << address.error().message;
    EXPECT_EQ(address.error().message.find("secret"), std::string::npos);
  }
}

TEST(BridgeTopics, TakeEventsAndNeverOurOwnDownlinks) {
  const auto covers = [](Kind kind, const char* topic) {
    for (const auto& filter : default_topics(kind)) {
      if (mqtt::topic_matches(filter, topic)) return true;
    }
    return false;
  };
  EXPECT_TRUE(covers(Kind::chirpstack, "application/7/device/0102030405060708/event/up"));
  EXPECT_FALSE(covers(Kind::chirpstack, "application/7/device/0102030405060708/command/down"));
  for (const char* event : {"up", "join", "down/queued", "down/sent", "down/ack", "down/nack", "down/failed"})
    EXPECT_TRUE(covers(Kind::tts, (std::string("v3/app@ttn/devices/one/") + event).c_str())) << event;
  for (const char* ours : {"down/push", "down/replace"})
    EXPECT_FALSE(covers(Kind::tts, (std::string("v3/app@ttn/devices/one/") + ours).c_str())) << ours;
}

TEST(BridgeTopics, ALevelNamesTheThing) {
  EXPECT_EQ(thing_of("town/meter/W-7/state", 3), "W-7");
  EXPECT_EQ(thing_of("town/meter/W-7", 0), "W-7");
  EXPECT_EQ(thing_of("town", 2), "");
  EXPECT_EQ(thing_of("town//x", 2), "");
}

TEST(BridgePassword, IsReadFromItsFileEachTime) {
  const tests::TemporaryFolder folder;
  bridge::Setup setup{.password_file = folder.file("secret")};
  EXPECT_FALSE(password_of(setup));
  std::ofstream(setup.password_file) << "one\n";
  EXPECT_EQ(password_of(setup), "one");
  std::ofstream(setup.password_file) << "two\r\n";
  EXPECT_EQ(password_of(setup), "two");
  std::ofstream(setup.password_file) << "\n";
  EXPECT_FALSE(password_of(setup)) << "an empty one is a mistake";
}

TEST(BridgeBackoff, WaitsEverLongerUpToAMinuteAndNeverTheSame) {
  SeededRandom random(3);
  Backoff one(random), other(random);
  std::int64_t most = Backoff::kFirst;
  int alike = 0;
  for (int i = 0; i < 20; i++) {
    const std::int64_t a = one.next_ns(), b = other.next_ns();
    for (const std::int64_t pause : {a, b}) {
      EXPECT_GE(pause, most / 2);
      EXPECT_LE(pause, most);
      EXPECT_GE(pause, Instant::kSecond);
    }
    alike += a == b;
    most = std::min(most * 2, 60 * Instant::kSecond);
  }
  EXPECT_EQ(alike, 0);
  one.reset();
  EXPECT_LE(one.next_ns(), 2 * Instant::kSecond);
}

}  // namespace
}  // namespace qala::bridge
