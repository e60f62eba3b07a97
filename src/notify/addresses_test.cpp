#include "notify/addresses.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

namespace qala::notify {
namespace {

Address address(std::string_view text) {
  const auto parsed = Address::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Address());
}

TEST(AddressGuard, RefusesWhatIsNotPublicInEveryFormItCanBeWritten) {
  const AddressGuard guard;
  for (const char* text :
       {"127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1",
        "198.19.255.255", "198.51.100.7", "203.0.113.9", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255",
           // The same in IPv6's clothes, and IPv6's own.
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0:0", "::127.0.0.1", "::a00:1", "::", "::1",
        "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::1",
        "2001::1", "2001:0:53aa:64c::1", "2001:db8::1", "3fff::1", "100::1", "fc00::1", "fd12:3456:789a::1", "fe80::1",
        "febf::1", "fec0::1", "ff02::1", "ff0e::1", "4000::1", "5f00::1"}) {
    const auto checked = guard.check(address(text), true);
    ASSERT_FALSE(checked) << text;
    EXPECT_EQ(checked.error().kind, ErrorKind::denied);
    EXPECT_NE(checked.error().message.find("notify.allow_private"), std::string::npos) << checked.error().message;
  }
}

TEST(AddressGuard, LetsPublicAddressesThroughOverTlsOnly) {
  const AddressGuard guard;
  for (const char* text : {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
                           "126.255.255.255", "128.0.0.1", "172.15.255.255", "172.32.0.0", "192.167.255.255",
                           "192.169.0.0", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450::200e",
                           "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2001:200::1"}) {
    EXPECT_TRUE(guard.check(address(text), true)) << text;
    EXPECT_FALSE(guard.check(address(text), false)) << text;
  }
}

TEST(AddressGuard, AnAllowedNetworkIsReachedHoweverItIsWrittenAndNothingBesideIt) {
  const AddressGuard guard({*Network::parse("127.0.0.1"), *Network::parse("10.1.0.0/16"), *Network::parse("fd00::/8")});
  for (const char* text : {"127.0.0.1", "::ffff:127.0.0.1", "10.1.255.3", "fd00::1"})
    EXPECT_TRUE(guard.check(address(text), false)) << text;
  for (const char* text : {"127.0.0.2", "10.2.0.1", "10.0.255.255", "fc00::1", "::1"})
    EXPECT_FALSE(guard.check(address(text), true)) << text;
}

TEST(Network, NonsenseIsNamed) {
  for (const char* text : {"", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "10.0.0/8", "example.kz", "::/129"}) {
    const auto parsed = Network::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().message.find(text), std::string::npos);
  }
  EXPECT_TRUE(Network::parse("0.0.0.0/0")->holds(address("8.8.8.8")));
  EXPECT_FALSE(Network::parse("0.0.0.0/0")->holds(address("2606::1")));
}

TEST(Address, IsReadFromWhatASocketIsAboutToConnect) {
  sockaddr_in6 mapped{};
  mapped.sin6_family = AF_INET6;
  mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
  mapped.sin6_addr.s6_addr[12] = 192, mapped.sin6_addr.s6_addr[13] = 168, mapped.sin6_addr.s6_addr[15] = 9;
  const auto read = Address::from(reinterpret_cast<const sockaddr&>(mapped));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text(), "192.168.0.9");
  sockaddr unix_socket{};
  unix_socket.sa_family = AF_UNIX;
  EXPECT_FALSE(Address::from(unix_socket));
}

}  // namespace
}  // namespace qala::notify
