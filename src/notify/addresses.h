#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sockaddr;

namespace qala::notify {

/// An IP address. IPv4 ones and those that carry one inside (::ffff:a.b.c.d) are kept as IPv4: one address has one
/// form.
struct Address {
  std::array<std::uint8_t, 16> bytes{};  ///< network order; of IPv4 the first four
  bool v6 = false;
  friend bool operator==(const Address&, const Address&) = default;

  static std::optional<Address> parse(std::string_view text);
  /// Nothing if it is neither IPv4 nor IPv6.
  static std::optional<Address> from(const sockaddr& address);
  std::string text() const;
};

/// "10.0.0.0/8", "fd00::/8"; without a length: that one address.
struct Network {
  Address address;
  int bits = 0;  ///< so many leading bits count
  static Result<Network> parse(std::string_view text);
  bool holds(const Address& address) const;
};

/// Whom a web-hook or a push may reach. Somebody who may enter an address must not be able to make the server speak to
/// the town's own network: routers, cameras, the cloud's metadata service, the server itself.
class AddressGuard {
 public:
  /// `allowed`: networks that may be reached although they are not public, and by plain HTTP.
  explicit AddressGuard(std::vector<Network> allowed = {}) : allowed_(std::move(allowed)) {}
  /// Asked with the very address that is about to be connected, after the name was resolved: a name that answers
  /// differently the second time gains nothing. `denied` with the reason and what to do.
  Result<> check(const Address& address, bool encrypted) const;

 private:
  std::vector<Network> allowed_;
};

/// What an address is when it is not a public one: "private", "loopback", "link-local" …; nothing: it is public.
std::optional<std::string_view> special_use(const Address& address);
bool is_loopback(const Address& address);

}  // namespace qala::notify
