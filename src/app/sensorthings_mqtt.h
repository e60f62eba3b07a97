#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/threads.h"
#include "ingest/probe.h"
#include "mqtt/server.h"
#include "sensorthings/service.h"
#include "sensorthings/telling.h"

namespace qala::app {

/// SensorThings over MQTT, beside what devices say: publishing to v1.1/…/Observations creates one, who subscribes to
/// v1.1/… is told of what is made and changed, once it is on the disk. As a Handler on the network thread; as a
/// listener on the writer. At most kMostWaiting changes wait to be told; more are counted and left out.
class SensorThingsMqtt final : public mqtt::Handler,
                               public sensorthings::EntityListener,
                               public ingest::CommitListener {
 public:
  static constexpr std::size_t kMostWaiting = 200'000;
  static constexpr std::size_t kMostCreating = 10'000;

  SensorThingsMqtt(boost::asio::io_context& network, mqtt::Handler& devices, sensorthings::Service& service,
                   Worker& writer, Worker& pool, ingest::Probe& probe, const Clock& clock)
      : network_(network),
        devices_(devices),
        service_(service),
        writer_(writer),
        pool_(pool),
        probe_(probe),
        clock_(clock) {}
  /// Before the server starts. `root`: what links begin with.
  void set_server(mqtt::Server& server) { server_ = &server; }
  void set_root(std::string root) { root_ = std::move(root); }

  void authenticate(const mqtt::Credentials& credentials, std::function<void(Result<mqtt::Principal>)> done) override {
    devices_.authenticate(credentials, std::move(done));
  }
  void telemetry(const mqtt::Principal& principal, const mqtt::Telemetry& message,
                 std::function<void(mqtt::Reason)> done) override;
  void disconnected(const mqtt::Principal& principal, std::string_view client_id) override {
    devices_.disconnected(principal, client_id);
  }

  void entity_changed(sensorthings::Kind kind, std::uint64_t id) override;
  void committed(std::uint64_t sequence, std::span<const readings::Batch* const> batches,
                 std::span<const readings::Outcome> outcomes, Instant now) override;

 private:
  void tell_soon();
  void tell();

  boost::asio::io_context& network_;
  mqtt::Handler& devices_;
  sensorthings::Service& service_;
  Worker& writer_;
  Worker& pool_;
  ingest::Probe& probe_;
  const Clock& clock_;
  mqtt::Server* server_ = nullptr;
  std::string root_;
  std::atomic<std::size_t> creating_ = 0;
  std::mutex lock_;
  std::vector<sensorthings::Changed> waiting_;  ///< under lock_
  bool telling_ = false;                        ///< under lock_
};

}  // namespace qala::app
