#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/random.h"
#include "onvif/address.h"
#include "onvif/answers.h"

namespace qala::onvif {

/// Whom to ask, and how long to listen.
struct Search {
  bool everybody = false;          ///< by multicast, on each network of this machine
  std::vector<Host> hosts = {};    ///< one by one; port 0: 3702
  std::chrono::milliseconds patience{2'500};
};

/// A device that answered.
struct Found {
  Address at = {};  ///< of its device service
  std::string endpoint = {}, name = {}, hardware = {}, location = {};
};
/// `from`: where the answer came from. A device that names another's address is taken at its own: behind an address
/// translation it does not know better, and a hostile one would have us speak to somebody else.
std::optional<Found> found_at(const Match& match, std::string_view from);

/// WS-Discovery: asks, asks again (datagrams get lost), and gives who answered, each once. Sooner than `patience` if
/// all of `hosts` have. A name that is not found, a network that cannot be used: nobody answers there. At most
/// Limits::kDevices devices. Network thread.
boost::asio::awaitable<std::vector<Found>> search(Random& random, Search wanted);

}  // namespace qala::onvif
