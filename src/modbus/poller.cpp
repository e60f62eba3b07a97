#include "modbus/poller.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include "base/log.h"
#include "modbus/client.h"
#include "modbus/plan.h"

namespace qala::modbus {

namespace asio = boost::asio;
using asio::awaitable;
using Is = DeviceState::Is;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr int kAttempts = 3;
constexpr std::int64_t kFirstPause = 2 * Instant::kSecond, kLongestPause = 60 * Instant::kSecond;
/// A busy device is left alone for a moment.
constexpr std::chrono::milliseconds kBreath{200};

}  // namespace

struct Poller::Device {
  explicit Device(DeviceSetup with) : setup(std::move(with)), groups(plan(*setup.map)), due(groups.size(), 0) {
    told.resize(setup.map->registers.size());
    state.name = setup.name;
    state.thing = setup.thing;
    state.address = fmt::format("{}:{} unit {}", setup.host, setup.port, setup.unit);
  }
  std::int64_t next() const { return *std::ranges::min_element(due); }
  void drop_empty_groups() {
    for (std::size_t i = groups.size(); i-- > 0;) {
      if (!groups[i].registers.empty()) continue;
      groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(i));
      due.erase(due.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  struct Told {
    double value = std::numeric_limits<double>::quiet_NaN();
    std::int64_t at_ns = 0;
  };
  DeviceSetup setup;
  std::vector<Group> groups;
  std::vector<std::int64_t> due;  ///< of each group, monotonic
  std::vector<Told> told;         ///< of each register, for its deadband
  std::map<std::size_t, std::string> refusals;  ///< registers that the device does not have, and what it says
  std::int64_t pause = kFirstPause;
  DeviceState state;
};

struct Poller::Line {
  Line(asio::io_context& network, const std::string& host, std::uint16_t port)
      : client(network.get_executor(), host, port), timer(network) {}
  Client client;
  asio::steady_timer timer;
  std::vector<std::unique_ptr<Device>> devices;
};

struct Poller::Round {
  Instant at = {};
  std::int64_t now_ns = 0;
  std::vector<Polled> values = {};
  bool any = false;        ///< the device said something
  std::string words = {};  ///< why it did not
};

Poller::Poller(asio::io_context& network, const Clock& clock, Random& random, Sink& sink,
               std::vector<DeviceSetup> devices)
    : network_(network), clock_(clock), random_(random), sink_(sink) {
  std::map<std::pair<std::string, std::uint16_t>, Line*> at;
  for (auto& setup : devices) {
    auto& line = at[{setup.host, setup.port}];
    if (!line) line = lines_.emplace_back(std::make_unique<Line>(network, setup.host, setup.port)).get();
    auto& device = *line->devices.emplace_back(std::make_unique<Device>(std::move(setup)));
    device.state.since = clock.now();
  }
}

Poller::~Poller() = default;

void Poller::start() {
  for (auto& line : lines_) {
    for (auto& device : line->devices) std::ranges::fill(device->due, clock_.monotonic_ns());
    running_++;
    asio::co_spawn(network_, run(*line), asio::detached);
  }
}

awaitable<void> Poller::stop() {
  stopping_ = true;
  for (auto& line : lines_) {
    line->timer.cancel();
    line->client.stop();
  }
  asio::steady_timer moment(network_);
  while (running_ > 0) {
    moment.expires_after(std::chrono::milliseconds(5));
    co_await moment.async_wait(kTuple);
  }
}

std::vector<DeviceState> Poller::states() const {
  std::vector<DeviceState> out;
  for (const auto& line : lines_) {
    for (const auto& device : line->devices) out.push_back(device->state);
  }
  std::ranges::sort(out, {}, &DeviceState::name);
  return out;
}

awaitable<void> Poller::run(Line& line) {
  while (!stopping_) {
    auto& next = **std::ranges::min_element(line.devices, {}, [](const auto& device) { return device->next(); });
    const std::int64_t wait = next.next() - clock_.monotonic_ns();
    if (wait > 0) {
      line.timer.expires_after(std::chrono::nanoseconds(wait));
      co_await line.timer.async_wait(kTuple);
      continue;
    }
    co_await poll(line, next);
  }
  running_--;
}

/// Everything of one device that is due.
awaitable<void> Poller::poll(Line& line, Device& device) {
  Round round{.at = Instant::from_ms(clock_.now().ms()), .now_ns = clock_.monotonic_ns()};
  device.state.polls++;
  std::vector<std::size_t> due;
  for (std::size_t i = 0; i < device.groups.size(); i++) {
    if (device.due[i] <= round.now_ns) due.push_back(i);
  }
  bool whole = true;
  for (const std::size_t group : due) {
    whole = whole && co_await ask(line, device, round, group);
    if (stopping_) co_return;
    if (!whole) break;
  }
  const std::int64_t now_ns = clock_.monotonic_ns();
  if (!whole) {
    device.state.failures++;
    fell_silent(device, round.words);
  } else {
    for (const std::size_t group : due) {
      const std::int64_t every = device.groups[group].every_s * Instant::kSecond;
      device.due[group] += every;
      if (device.due[group] > now_ns) continue;
      // Asking took longer than the map allows: what was missed is not made up for.
      const std::int64_t missed = (now_ns - device.due[group]) / every + 1;
      device.state.skipped += static_cast<std::uint64_t>(missed);
      device.due[group] += missed * every;
    }
    device.pause = kFirstPause;
    device.state.heard = clock_.now();
    device.state.refused = device.refusals.size();
    note(device, Is::answers, device.refusals.empty() ? std::string() : device.refusals.begin()->second);
  }
  device.drop_empty_groups();
  if (!round.values.empty()) sink_.polled(device.setup, round.at, round.values);
}

/// False: the device does not answer.
awaitable<bool> Poller::ask(Line& line, Device& device, Round& round, std::size_t group) {
  const int attempts = device.state.is == Is::silent ? 1 : kAttempts;
  for (int attempt = 1;; attempt++) {
    const auto answer = co_await line.client.ask(device.groups[group].request(device.setup.unit),
                                                 std::chrono::milliseconds(device.setup.timeout_ms));
    if (stopping_) co_return false;
    if (answer && !answer->exception) {
      take(device, round, group, answer->values);
      co_return true;
    }
    if (answer && !may_pass(*answer->exception)) {
      const Group refused = device.groups[group];
      if (refused.registers.size() == 1) {
        const Register& one = device.setup.map->registers[refused.registers[0]];
        device.refusals[refused.registers[0]] =
            fmt::format("{} at {}: {}", one.key, one.number, words_of(*answer->exception));
        co_return true;
      }
      for (auto& single : alone(*device.setup.map, refused)) {
        device.groups.push_back(std::move(single));
        device.due.push_back(round.now_ns);
      }
      device.groups[group].registers.clear();  // it goes at the end of the round
      log::info("a modbus device is asked register by register",
                {{"device", device.setup.name}, {"why", words_of(*answer->exception)}});
      co_return true;
    }
    round.words = answer ? words_of(*answer->exception) : answer.error().message;
    if (attempt >= attempts) break;
    line.timer.expires_after(kBreath);
    co_await line.timer.async_wait(kTuple);
    if (stopping_) co_return false;
  }
  // Others behind the same gateway may well be there; but a connection over which nobody speaks is of no use.
  const bool any = std::ranges::any_of(line.devices, [](const auto& one) { return one->state.is == Is::answers; });
  if (!any || line.devices.size() == 1) line.client.close();
  co_return false;
}

void Poller::take(Device& device, Round& round, std::size_t group, std::span<const std::uint16_t> values) {
  const Group& asked = device.groups[group];
  for (const std::size_t index : asked.registers) {
    const Register& one = device.setup.map->registers[index];
    device.refusals.erase(index);
    const auto value = value_of(one, values.subspan(one.address - asked.address, one.count()));
    if (value.fate == Fate::absent) continue;
    if (value.fate != Fate::fine) {
      sink_.refused(device.setup, one, value, round.at);
      continue;
    }
    auto& told = device.told[index];
    const bool still = std::abs(value.real - told.value) <= one.deadband;  // false as long as nothing was told
    if (one.deadband > 0 && still && round.now_ns - told.at_ns < one.at_least_s * Instant::kSecond) continue;
    told = {value.real, round.now_ns};
    round.values.push_back({&one, value});
  }
}

void Poller::fell_silent(Device& device, const std::string& words) {
  note(device, Is::silent, words);
  const auto half = static_cast<std::uint64_t>(device.pause / 2);
  const std::int64_t pause = device.pause / 2 + static_cast<std::int64_t>(random_.next() % half);
  std::ranges::fill(device.due, clock_.monotonic_ns() + pause);
  for (auto& told : device.told) told = {};  // when it is back everything is told
  device.pause = std::min(device.pause * 2, kLongestPause);
}

void Poller::note(Device& device, Is is, std::string words) {
  auto& state = device.state;
  state.words = std::move(words);
  if (state.is == is) return;
  state.is = is;
  state.since = clock_.now();
  if (is == Is::silent)
    log::warn("a modbus device does not answer", {{"device", state.name}, {"at", state.address}, {"why", state.words}});
  else log::info("a modbus device answers", {{"device", state.name}, {"at", state.address}});
}

}  // namespace qala::modbus
