#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "modbus/map.h"
#include "modbus/value.h"

namespace qala::modbus {

/// One value of a round.
struct Polled {
  const Register* what = nullptr;
  Value value = {};
};

/// Takes what a round of one device brought, on the network thread. All of it has the time of the round.
class Sink {
 public:
  virtual ~Sink() = default;
  /// `values` are fine ones, those inside their deadband left out. May be empty.
  virtual void polled(const DeviceSetup& device, Instant at, std::span<const Polled> values) = 0;
  /// A value that the map calls impossible.
  virtual void refused(const DeviceSetup& device, const Register& what, const Value& value, Instant at) = 0;
};

/// How it is with one device.
struct DeviceState {
  std::string name = {}, address = {}, thing = {};  ///< address: "10.0.0.7:502 unit 3"
  enum class Is : std::uint8_t { waiting, answers, silent } is = Is::waiting;
  std::string words = {};          ///< why it is silent, or which register it refuses; empty: all is well
  std::size_t refused = 0;         ///< registers of the map that it does not have
  Instant since = {}, heard = {};  ///< since it is so; when it answered last
  std::uint64_t polls = 0, failures = 0, skipped = 0;  ///< rounds, those that failed, those left out for want of time
};

/// Asks all devices, each register as often as its map says. Devices with the same address share a connection and are
/// asked one after another; different addresses do not wait for each other. Network thread.
///
/// Does a device not answer three times in a row it is silent: it is asked once, again after a pause that doubles from
/// 2 s to 60 s, with a chance of a half, so that a hundred that come back together are not asked together.
/// A request that is refused as "illegal data address" is asked register by register from then on: one wrong line of a
/// map costs one value.
class Poller {
 public:
  /// Everything must outlive it.
  Poller(boost::asio::io_context& network, const Clock& clock, Random& random, Sink& sink,
         std::vector<DeviceSetup> devices);
  ~Poller();

  void start();
  /// Returns when nothing of it runs.
  boost::asio::awaitable<void> stop();
  std::vector<DeviceState> states() const;

 private:
  struct Device;
  struct Line;
  struct Round;
  boost::asio::awaitable<void> run(Line& line);
  boost::asio::awaitable<void> poll(Line& line, Device& device);
  boost::asio::awaitable<bool> ask(Line& line, Device& device, Round& round, std::size_t group);
  void take(Device& device, Round& round, std::size_t group, std::span<const std::uint16_t> values);
  void fell_silent(Device& device, const std::string& words);
  void note(Device& device, DeviceState::Is is, std::string words);

  boost::asio::io_context& network_;
  const Clock& clock_;
  Random& random_;
  Sink& sink_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::size_t running_ = 0;
  bool stopping_ = false;
};

}  // namespace qala::modbus
