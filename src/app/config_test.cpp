#include "app/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include "temporary_folder.h"

namespace qala::app {
namespace {

class ConfigFile : public ::testing::Test {
 protected:
  std::string write(const std::string& text) const {
    std::ofstream(folder_.file("q.toml")) << text;
    return folder_.file("q.toml");
  }

  tests::TemporaryFolder folder_;
};

TEST(Config, TheExampleHoldsEveryKeyWithItsDefault) {
  Config changed;
  for (const auto& key : config_keys()) {  // away from the defaults, so that a missing key shows
    if (key.type == ConfigKey::Type::boolean)
      ASSERT_TRUE(key.set(changed, key.get(changed) == "true" ? "false" : "true"));
    if (key.type == ConfigKey::Type::number) ASSERT_TRUE(key.set(changed, "1.25"));
    if (key.type == ConfigKey::Type::texts) ASSERT_TRUE(key.set(changed, "10.0.0.0/8,fd00::/8")) << key.name;
    if (key.type == ConfigKey::Type::integer) ASSERT_TRUE(key.set(changed, "17")) << key.name;
  }
  ASSERT_TRUE(read_config("qala.example.toml", changed));
  const Config defaults;
  for (const auto& key : config_keys()) EXPECT_EQ(key.get(changed), key.get(defaults)) << key.name;
}

TEST_F(ConfigFile, UnknownKeysAreErrorsWithLineAndColumn) {
  Config config;
  const auto path = write("[town]\nzone = \"Asia/Almaty\"\n  zoom = 3\n");
  const auto read = read_config(path, config);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find(":3:3: unknown key town.zoom"), std::string::npos) << read.error().message;
}

TEST_F(ConfigFile, WrongTypesAndValuesAreNamed) {
  Config config;
  for (const char* bad :
       {"[http]\nlisten = 8080\n", "[http]\nlisten = \"8080\"\n", "[town]\nzone = \"Mars/Base\"\n",
        "[store]\nmemory_mb = 1\n", "[notify]\nallow_private = \"10.0.0.0/8\"\n",
        "[notify]\nallow_private = [\"10.0.0/8\"]\n", "[mail]\ntls = \"ssl\"\n", "[sparkplug]\nhost_id = \"a/b\"\n",
        "[nonsense]\na = 1\n", "town = 3\n", "[town\n", "[modbus]\nname = \"a\"\n", "modbus = 3\n"}) {
    const auto read = read_config(write(bad), config);
    ASSERT_FALSE(read) << bad;
    EXPECT_NE(read.error().message.find("q.toml:"), std::string::npos) << read.error().message;
  }
}

TEST_F(ConfigFile, DevicesOfModbusAreReadWithTheirMaps) {
  std::ofstream(folder_.file("heat.toml")) << "address_base = 0\n[[register]]\nkey = \"a\"\naddress = 7\n";
  const std::string one =
      "[[modbus]]\nname = \"one\"\naddress = \"127.0.0.1:502\"\nmap = \"heat.toml\"\nthing = \"HS-1\"\n";
  Config config;
  const auto path = write(
      one + "[[modbus]]\nname = \"two\"\naddress = \"[::1]:1502\"\nunit = 3\nmap = \"heat.toml\"\nthing = \"HS-2\"\n");
  const auto read = read_config(path, config);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(config.modbus.size(), 2U);
  EXPECT_EQ(config.modbus[0].unit, 1);
  EXPECT_EQ(config.modbus[1].port, 1502);
  EXPECT_EQ(config.modbus[1].map->registers[0].address, 7);
  EXPECT_EQ(config.modbus[0].map, config.modbus[1].map) << "a map is read once";

  const std::pair<const char*, const char*> mistakes[] = {
      {"[[modbus]]\nname = \"one\"\n", "q.toml:1:1: modbus.address: is missing"},
      {"[[modbus]]\nname = 3\n", "q.toml:2:8: modbus.name: text"},
      {"[[modbus]]\nname = \"x\"\naddress = \"h\"\nmap = \"heat.toml\"\nthing = \"t\"\n",
       "q.toml:3:11: modbus.address: HOST:PORT"},
      {"[[modbus]]\nname = \"x\"\naddress = \"h:502\"\nmap = \"none.toml\"\nthing = \"t\"\n",
       "q.toml:4:7: modbus.map: "},
      {"[[modbus]]\nname = \"x\"\naddress = \"h:502\"\nunit = 256\n", "q.toml:4:8: modbus.unit: a whole"},
      {"[[modbus]]\nname = \"x\"\naddress = \"h:502\"\nmap = \"heat.toml\"\nthing = \"t\"\npoll = 3\n",
       "q.toml:6:8: modbus.poll: unknown key"},
  };
  for (const auto& [text, said] : mistakes) {
    Config other;
    const auto wrong = read_config(write(text), other);
    ASSERT_FALSE(wrong) << text;
    EXPECT_NE(wrong.error().message.find(said), std::string::npos) << wrong.error().message;
  }
  Config twice;
  EXPECT_NE(read_config(write(one + one), twice).error().message.find("is there twice"), std::string::npos);
}

TEST_F(ConfigFile, BridgesAreReadWithWhatIsLeftOut) {
  for (const char* name : {"secret", "ca.pem", "town.pem", "town.key"}) std::ofstream(folder_.file(name)) << "x";
  Config config;
  const auto read = read_config(
      write("[[bridge]]\nname = \"lns\"\nurl = \"mqtts://lns.example.kz\"\nkind = \"chirpstack\"\nuser = \"town\"\n"
            "password_file = \"secret\"\nca_file = \"ca.pem\"\ncertificate = \"town.pem\"\nkey = \"town.key\"\n"
            "[[bridge]]\nname = \"heat\"\nurl = \"mqtt://10.0.0.7\"\nkind = \"telemetry\"\n"
            "topics = [\"heat/+/state\", \"water/#\"]\nqos = 2\nthing_level = 2\nclient_id = \"town-7\"\n"),
      config);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(config.bridges.size(), 2U);
  const auto& [lns, heat] = std::tie(config.bridges[0], config.bridges[1]);
  EXPECT_EQ(lns.host, "lns.example.kz");
  EXPECT_EQ(lns.port, 8883);
  EXPECT_TRUE(lns.tls);
  EXPECT_EQ(lns.client_id, "qala-lns");
  EXPECT_EQ(lns.qos, 1);
  EXPECT_EQ(lns.topics, std::vector<std::string>{"application/+/device/+/event/+"});
  EXPECT_EQ(lns.password_file, folder_.file("secret")) << "beside the configuration";
  EXPECT_EQ(heat.topics, (std::vector<std::string>{"heat/+/state", "water/#"}));
  EXPECT_EQ(heat.thing_level, 2U);
  EXPECT_EQ(heat.client_id, "town-7");
}

TEST_F(ConfigFile, MistakesOfBridgesAreSaidWithTheirPlace) {
  const std::string head = "[[bridge]]\nname = \"lns\"\nurl = \"mqtt://h\"\nkind = \"chirpstack\"\n";
  const std::pair<std::string, const char*> mistakes[] = {
      {"[[bridge]]\nname = \"x\"\n", "q.toml:1:1: bridge.url: is missing"},
      {"[[bridge]]\nname = \"x\"\nurl = \"http://h\"\nkind = \"tts\"\n", "q.toml:3:7: bridge.url: mqtt://HOST:PORT"},
      {"[[bridge]]\nname = \"x\"\nurl = \"mqtt://u:p@h\"\nkind = \"tts\"\n", "bridge.url: user and password have keys"},
      {"[[bridge]]\nname = \"x\"\nurl = \"mqtt://h\"\nkind = \"lora\"\n",
       "q.toml:4:8: bridge.kind: chirpstack, tts or"},
      {"[[bridge]]\nname = \"x\"\nurl = \"mqtt://h\"\nkind = \"telemetry\"\n", "bridge.topics: is missing"},
      {head + "topics = \"a/#\"\n", "q.toml:5:10: bridge.topics: a list of texts"},
      {head + "topics = [\"a/#/b\"]\n", "bridge.topics: \"a/#/b\" is no topic filter"},
      {head + "qos = 3\n", "q.toml:5:7: bridge.qos: a whole number from 0 to 2"},
      {head + "password = \"p\"\n", "bridge.password: user is missing"},
      {head + "user = \"u\"\npassword_file = \"none\"\n", "q.toml:6:17: bridge.password_file: there is no file"},
      {head + "ca_file = \"q.toml\"\n", "bridge.ca_file: is for mqtts:// only"},
      {"[[bridge]]\nname = \"x\"\nurl = \"mqtts://h\"\nkind = \"tts\"\ncertificate = \"q.toml\"\n", "belong together"},
      {head + "thing_level = 2\n", "bridge.thing_level: is for kind = \"telemetry\" only"},
      {head + "pasword = \"p\"\n", "q.toml:5:11: bridge.pasword: unknown key"},
      {head + head, "bridge.name: \"lns\" is there twice"},
      {head + "[[bridge]]\nname = \"two\"\nurl = \"mqtt://h\"\nkind = \"tts\"\nclient_id = \"qala-lns\"\n",
       "put each other out"},
  };
  for (const auto& [text, said] : mistakes) {
    Config config;
    const auto read = read_config(write(text), config);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().message.find(said), std::string::npos) << read.error().message;
  }
}

TEST(Config, TheEnvironmentOverridesAndUnknownVariablesAreErrors) {
  Config config;
  const char* good[] = {"PATH=/bin", "QALA_TOWN_ZONE=Europe/Berlin", nullptr};
  ASSERT_TRUE(read_environment(good, config));
  EXPECT_EQ(config.town_zone, "Europe/Berlin");
  const char* bad[] = {"QALA_TOWN_ZONN=x", nullptr};
  EXPECT_FALSE(read_environment(bad, config));
}

TEST(HostPort, ReadsBothFamilies) {
  EXPECT_EQ(parse_host_port("127.0.0.1:0")->port, 0);
  EXPECT_EQ(parse_host_port("[::1]:8443")->host, "::1");
  for (const char* bad : {"", "8080", ":8080", "a:", "a:99999", "a:x"}) EXPECT_FALSE(parse_host_port(bad)) << bad;
}

}  // namespace
}  // namespace qala::app
