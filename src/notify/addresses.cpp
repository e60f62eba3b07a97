#include "notify/addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/assert.h"

namespace qala::notify {

namespace {

struct Special {
  Network network;
  std::string_view what;
};

Network network(std::string_view text) {
  auto parsed = Network::parse(text);
  QALA_ASSERT(parsed.has_value(), "the table of special networks is well-formed");
  return *parsed;
}

/// IANA's registries of special-purpose addresses, IPv4 and IPv6: whatever is not globally reachable.
const std::vector<Special>& specials() {
  static const std::vector<Special> table = [] {
    std::vector<Special> out;
    for (const auto& [text, what] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"0.0.0.0/8", "unspecified"},
             {"10.0.0.0/8", "private"},
             {"100.64.0.0/10", "carrier-grade NAT"},
             {"127.0.0.0/8", "loopback"},
             {"169.254.0.0/16", "link-local"},
             {"172.16.0.0/12", "private"},
             {"192.0.0.0/24", "reserved"},
             {"192.0.2.0/24", "documentation"},
             {"192.88.99.0/24", "reserved"},
             {"192.168.0.0/16", "private"},
             {"198.18.0.0/15", "benchmarking"},
             {"198.51.100.0/24", "documentation"},
             {"203.0.113.0/24", "documentation"},
             {"224.0.0.0/4", "multicast"},
             {"240.0.0.0/4", "reserved"},
             {"::1/128", "loopback"},
             {"64:ff9b:1::/48", "private"},
             {"100::/64", "discard"},
             {"2001::/23", "reserved"},
             {"2001:db8::/32", "documentation"},
             {"3fff::/20", "documentation"},
             {"fc00::/7", "private"},
             {"fe80::/10", "link-local"},
             {"fec0::/10", "site-local"},
             {"ff00::/8", "multicast"},
         }) {
      out.push_back({network(text), what});
    }
    return out;
  }();
  return table;
}

/// The IPv4 address inside an IPv6 one, where routers or translators would send it there.
std::optional<Address> embedded(const Address& address) {
  const auto take = [&](std::size_t at) {
    Address inside;
    std::copy_n(address.bytes.begin() + static_cast<std::ptrdiff_t>(at), 4, inside.bytes.begin());
    return inside;
  };
  static const Network nat64 = network("64:ff9b::/96"), six_to_four = network("2002::/16");
  if (nat64.holds(address)) return take(12);
  if (six_to_four.holds(address)) return take(2);
  return std::nullopt;
}

Address make(std::span<const std::uint8_t> bytes) {
  Address out;
  static constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (bytes.size() == 16 && std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) bytes = bytes.subspan(12);
  std::ranges::copy(bytes, out.bytes.begin());
  out.v6 = bytes.size() == 16;
  return out;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  const std::string copy(text);
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) return make(std::span(bytes).first(4));
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return make(bytes);
  return std::nullopt;
}

std::optional<Address> Address::from(const sockaddr& address) {
  std::array<std::uint8_t, 16> bytes{};
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::memcpy(bytes.data(), &v4.sin_addr, 4);
    return make(std::span(bytes).first(4));
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  std::memcpy(bytes.data(), &v6.sin6_addr, 16);
  return make(bytes);
}

std::string Address::text() const {
  char out[INET6_ADDRSTRLEN] = {};
  inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), out, sizeof out);
  return out;
}

Result<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  const auto bad = [&] {
    return fail(ErrorKind::invalid, "\"" + std::string(text) + "\" is not a network such as 10.1.0.0/16 or fd00::/8");
  };
  if (!address) return bad();
  Network out{.address = *address, .bits = address->v6 ? 128 : 32};
  if (slash == std::string_view::npos) return out;
  const auto length = text.substr(slash + 1);
  const auto [end, ec] = std::from_chars(length.data(), length.data() + length.size(), out.bits);
  const int most = address->v6 ? 128 : 32;
  if (ec != std::errc() || end != length.data() + length.size() || out.bits < 0 || out.bits > most) return bad();
  return out;
}

bool Network::holds(const Address& other) const {
  if (other.v6 != address.v6) return false;
  for (int bit = 0; bit < bits; bit += 8) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const int left = std::min(8, bits - bit);
    if ((address.bytes[at] ^ other.bytes[at]) >> (8 - left) != 0) return false;
  }
  return true;
}

std::optional<std::string_view> special_use(const Address& address) {
  if (const auto inside = embedded(address)) return special_use(*inside);
  for (const auto& special : specials()) {
    if (special.network.holds(address)) return special.what;
  }
  // Beyond 2000::/3 nothing is given out: unspecified, IPv4-compatible, whatever comes to be.
  if (address.v6 && address.bytes[0] >> 5 != 1) return "reserved";
  return std::nullopt;
}

bool is_loopback(const Address& address) {
  const auto use = special_use(address);
  return use && *use == "loopback";
}

Result<> AddressGuard::check(const Address& address, bool encrypted) const {
  if (std::ranges::any_of(allowed_, [&](const Network& network) { return network.holds(address); })) return {};
  if (const auto use = special_use(address)) {
    return fail(ErrorKind::denied, address.text() + " is not a public address (" + std::string(*use) +
                                       "): name it in notify.allow_private if it is meant");
  }
  if (!encrypted) return fail(ErrorKind::denied, "plain http to a public address shows alarms to everybody: use https");
  return {};
}

}  // namespace qala::notify
