#pragma once

#include <functional>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "ingest/intake.h"
#include "mqtt/handler.h"

namespace qala::ingest {

/// Telemetry of a broker of others, whose topics name the things: payloads as devices send them to
/// v1/devices/me/telemetry. A thing that nobody knows waits in the list. Network thread; everything handed in outlives
/// it.
class NamedTelemetry {
 public:
  NamedTelemetry(boost::asio::any_io_executor network, Intake& intake, const SeriesIndex& index, Probe& probe,
                 const Clock& clock)
      : network_(std::move(network)), intake_(intake), index_(index), probe_(probe), clock_(clock) {}

  struct Message {
    std::string_view source = {};  ///< name of the bridge
    std::string_view thing = {};   ///< its key
    std::string_view topic = {}, payload = {};
    std::uint16_t packet_id = 0;
    std::uint8_t qos = 0;
    bool duplicate = false;  ///< sent again: what was committed the first time is not committed twice
  };
  using Done = std::function<void(mqtt::Reason)>;
  /// `done` on the network thread, not from within, when the readings are on the disk: success; payload_format_invalid:
  /// it is no telemetry, and counted; others: nothing is kept.
  void take(const Message& message, Done done);

 private:
  void answer(Done done, mqtt::Reason reason);

  boost::asio::any_io_executor network_;
  Intake& intake_;
  const SeriesIndex& index_;
  Probe& probe_;
  const Clock& clock_;
};

}  // namespace qala::ingest
