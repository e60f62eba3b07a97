#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "bridge/bridge.h"
#include "bridge/health.h"
#include "ingest/named_telemetry.h"
#include "lorawan/entrance.h"

namespace qala::app {

/// The configuration's bridges: hands what network servers say to LoRaWAN's entrance and takes its downlinks, hands
/// telemetry to the ingest. A training copy connects to nobody: it would take the town's messages away. Network thread.
class BridgeService final : public lorawan::DownlinkSink, public bridge::Bridge::Sink {
 public:
  /// Everything must outlive it.
  BridgeService(const Config& config, boost::asio::io_context& network, const Clock& clock, Random& random,
                lorawan::Entrance& lorawan, ingest::Intake& intake, const ingest::SeriesIndex& index,
                ingest::Probe& probe);

  void start();
  /// Returns when nothing of it runs.
  boost::asio::awaitable<void> stop();
  std::vector<bridge::Health> health() const;

  boost::asio::awaitable<Result<>> publish(std::string source, std::string topic, std::string payload) override;

  void arrived(const bridge::Setup& from, const bridge::Arrival& message, bridge::Link::Done done) override;
  void connected(const bridge::Setup& to) override;
  void changed(const bridge::Setup& of, const bridge::State& state) override;
  void refused(const bridge::Setup& from, std::string_view words) override;

 private:
  const Clock& clock_;
  lorawan::Entrance& lorawan_;
  ingest::Probe& probe_;
  ingest::NamedTelemetry telemetry_;
  std::vector<std::unique_ptr<bridge::Bridge>> bridges_;
  bool is_off_;
};

}  // namespace qala::app
