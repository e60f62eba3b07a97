#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "access/access.h"
#include "ingest/intake.h"
#include "mqtt/handler.h"

namespace qala::ingest {

struct MqttEntranceOptions {
  std::uint32_t messages_per_second = 100;  ///< of one device
  std::uint32_t gateway_messages_per_second = 2000;
};

/// Devices' MQTT messages to submissions: what mqtt::Server asks of Qala. Network thread only. Everything handed in
/// must outlive it. The messages of one round of the event loop whose series are known travel as one submission; a
/// message with a name nobody knows or something refused, or a resend, travels alone, after those that came before it.
class MqttEntrance final : public mqtt::Handler {
 public:
  MqttEntrance(boost::asio::any_io_executor network, access::Access& access, Intake& intake, const SeriesIndex& index,
               Probe& probe, const Clock& clock, MqttEntranceOptions options);
  ~MqttEntrance() override;

  void authenticate(const mqtt::Credentials& credentials, std::function<void(Result<mqtt::Principal>)> done) override;
  void telemetry(const mqtt::Principal& principal, const mqtt::Telemetry& message,
                 std::function<void(mqtt::Reason)> done) override;
  void disconnected(const mqtt::Principal& principal, std::string_view client_id) override;

 private:
  using Done = std::function<void(mqtt::Reason)>;
  struct Round {
    Submission submission;
    std::vector<Done> waiting;
  };
  Result<bool> parse(const mqtt::Principal& principal, const mqtt::Telemetry& message, Submission& into);
  void submit_alone(Submission submission, Done done);
  void flush();
  void send(Round round);

  boost::asio::any_io_executor network_;
  access::Access& access_;
  Intake& intake_;
  const SeriesIndex& index_;
  Probe& probe_;
  const Clock& clock_;
  MqttEntranceOptions options_;
  std::array<Round, 2> rounds_;  ///< devices', gateways': counted apart
  bool flush_posted_ = false;
};

}  // namespace qala::ingest
