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
