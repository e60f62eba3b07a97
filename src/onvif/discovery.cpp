#include "onvif/discovery.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "onvif/limits.h"
#include "onvif/soap.h"

namespace qala::onvif {

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

constexpr std::uint16_t kPort = 3702;
constexpr auto kAgain = std::chrono::milliseconds(400);
constexpr int kTimes = 3;
constexpr std::size_t kDatagrams = 4000;  ///< more is a flood
constexpr std::array kTypes{"dn:NetworkVideoTransmitter", "tds:Device"};

/// The addresses of this machine in networks that know multicast.
std::vector<asio::ip::address_v4> networks() {
  std::vector<asio::ip::address_v4> out;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return out;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(all, &::freeifaddrs);
  constexpr unsigned kWanted = IFF_UP | IFF_MULTICAST;
  for (const ifaddrs* one = all; one; one = one->ifa_next) {
    if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET || (one->ifa_flags & kWanted) != kWanted) continue;
    const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    out.emplace_back(ntohl(address->sin_addr.s_addr));
  }
  return out;
}

/// One search: what it asks with, and who answered so far. Held by its coroutines.
struct Asking {
  explicit Asking(const asio::any_io_executor& executor) : four(executor), six(executor), over(executor) {}
  udp::socket four, six;
  asio::steady_timer over;
  std::string id = {};
  std::vector<udp::endpoint> hosts = {};
  bool everybody = false;
  std::vector<Found> found = {};
  std::vector<udp::endpoint> answered = {};
  std::size_t datagrams = 0;

  void hear(std::string_view datagram, const udp::endpoint& from) {
    auto matches = parse_probe_matches(datagram, id);
    if (!matches || matches->empty()) return;
    if (std::ranges::find(answered, from) == answered.end()) answered.push_back(from);
    for (const Match& match : *matches) {
      auto one = found_at(match, from.address().to_string());
      const auto same = [&](const Found& known) { return known.at.text() == one->at.text(); };
      if (one && found.size() < Limits::kDevices && std::ranges::none_of(found, same)) found.push_back(std::move(*one));
    }
  }
  /// Simulated ones answer many from one place: only silence afterwards says that all have.
  bool all_answered() const {
    return !everybody && std::ranges::all_of(hosts, [&](const udp::endpoint& host) {
      return std::ranges::find(answered, host) != answered.end();
    });
  }
};

asio::awaitable<void> listen(std::shared_ptr<Asking> asking, udp::socket& socket) {
  std::string buffer(Limits::kDatagram, '\0');
  while (asking->datagrams++ < kDatagrams) {
    udp::endpoint from;
    auto [ec, size] =
        co_await socket.async_receive_from(asio::buffer(buffer), from, asio::as_tuple(asio::use_awaitable));
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
    if (!ec) asking->hear(std::string_view(buffer).substr(0, size), from);
  }
}

void send(udp::socket& socket, const std::string& text, const udp::endpoint& to) {
  boost::system::error_code ignored;  // who is not reached does not answer
  if (socket.is_open()) socket.send_to(asio::buffer(text), to, 0, ignored);
}

void ask_all(Asking& asking) {
  for (const char* type : kTypes) {
    const std::string text = probe(asking.id, type);
    for (const udp::endpoint& host : asking.hosts) send(host.address().is_v6() ? asking.six : asking.four, text, host);
    if (!asking.everybody) continue;
    const udp::endpoint group(asio::ip::address_v4({239, 255, 255, 250}), kPort);
    for (const auto& network : networks()) {
      boost::system::error_code ec;
      asking.four.set_option(asio::ip::multicast::outbound_interface(network), ec);
      if (!ec) send(asking.four, text, group);
    }
  }
}

void open(udp::socket& socket, const udp& protocol) {
  boost::system::error_code ec;
  socket.open(protocol, ec);
  if (!ec) socket.bind(udp::endpoint(protocol, 0), ec);
  if (!ec) socket.non_blocking(true, ec);
  if (ec) socket.close(ec);
}

asio::awaitable<std::vector<udp::endpoint>> resolve(std::vector<Host> hosts) {
  std::vector<udp::endpoint> out;
  udp::resolver resolver(co_await asio::this_coro::executor);
  for (const Host& host : hosts) {
    const std::string port = std::to_string(host.port == 0 ? kPort : host.port);
    auto [ec, found] = co_await resolver.async_resolve(host.name, port, asio::as_tuple(asio::use_awaitable));
    if (!ec && !found.empty()) out.push_back(found.begin()->endpoint());
  }
  co_return out;
}

}  // namespace

std::optional<Found> found_at(const Match& match, std::string_view from) {
  std::optional<Address> best;
  for (const std::string& text : match.addresses) {
    auto address = Address::parse(text);
    if (!address || address->scheme == "rtsp") continue;
    const bool own = address->host == from;
    address->host = from;
    if (own || !best) best = std::move(*address);
    if (own) break;
  }
  if (!best) return std::nullopt;
  return Found{.at = std::move(*best),
               .endpoint = match.endpoint,
               .name = match.name,
               .hardware = match.hardware,
               .location = match.location};
}

asio::awaitable<std::vector<Found>> search(Random& random, Search wanted) {
  const auto executor = co_await asio::this_coro::executor;
  const auto asking = std::make_shared<Asking>(executor);
  asking->id = "urn:uuid:" + random.uuid();
  asking->everybody = wanted.everybody;
  asking->hosts = co_await resolve(wanted.hosts);
  open(asking->four, udp::v4());
  open(asking->six, udp::v6());
  if (asking->four.is_open()) asio::co_spawn(executor, listen(asking, asking->four), asio::detached);
  if (asking->six.is_open()) asio::co_spawn(executor, listen(asking, asking->six), asio::detached);
  auto left = wanted.patience;
  for (int time = 0; left.count() > 0; time++) {
    if (time < kTimes) ask_all(*asking);
    const auto step = std::min(left, std::chrono::duration_cast<std::chrono::milliseconds>(kAgain));
    left -= step;
    const std::size_t before = asking->found.size();
    asking->over.expires_after(step);
    co_await asking->over.async_wait(asio::as_tuple(asio::use_awaitable));
    if (asking->all_answered() && asking->found.size() == before) break;
  }
  boost::system::error_code ignored;
  asking->four.close(ignored);
  asking->six.close(ignored);
  co_return std::move(asking->found);
}

}  // namespace qala::onvif
