#pragma once

#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "api/context.h"
#include "mqtt/server.h"
#include "sparkplug/host.h"

namespace qala::app {

/// Sparkplug's host beside the broker: hears what edge nodes say on the bus, speaks by the broker, hands readings to
/// the intake. Network thread. Everything must outlive it but the server, which is told of before it starts.
class SparkplugService final : public sparkplug::Publisher, public sparkplug::Sink {
 public:
  SparkplugService(std::string id, boost::asio::io_context& network, ingest::Intake& intake,
                   const ingest::SeriesIndex& index, ingest::Probe& probe, const Clock& clock)
      : network_(network), intake_(intake), host_(std::move(id), *this, *this, index, probe, clock) {}

  void listen(mqtt::ServerOptions& options);
  void set_server(mqtt::Server& server) { server_ = &server; }
  void start() { host_.start(); }
  void stop();
  void fill(api::ServiceHealth& into) const;

  void publish(std::string_view topic, std::string_view payload, bool retain, std::uint8_t qos) override;
  void submit(ingest::Submission submission) override { intake_.submit(std::move(submission)); }

 private:
  boost::asio::io_context& network_;
  ingest::Intake& intake_;
  sparkplug::Host host_;
  mqtt::Server* server_ = nullptr;
  bool stopping_ = false;
};

}  // namespace qala::app
