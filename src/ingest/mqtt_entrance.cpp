#include "ingest/mqtt_entrance.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "base/json_writer.h"
#include "ingest/device_rows.h"

namespace qala::ingest {

namespace asio = boost::asio;
using mqtt::Principal;
using mqtt::Reason;
using mqtt::Telemetry;

namespace {

constexpr std::string_view kGateway = "v1/gateway/";
constexpr std::string_view kComes = "v1/gateway/connect";
constexpr std::string_view kGoes = "v1/gateway/disconnect";

std::optional<Principal::Role> role_of(access::Scope scope) {
  switch (scope) {
    case access::Scope::device: return Principal::Role::device;
    case access::Scope::gateway: return Principal::Role::gateway;
    case access::Scope::provisioning: return Principal::Role::provisioning;
    case access::Scope::bus: return Principal::Role::bus;
    default: return std::nullopt;
  }
}

Reason reason_of(const Result<Report>& report) {
  if (report) return Reason::success;
  switch (report.error().kind) {
    case ErrorKind::full: return Reason::quota_exceeded;
    case ErrorKind::unavailable: return Reason::server_busy;
    default: return Reason::implementation_error;
  }
}

Source source_of(const Principal& principal, bool gateway_topic) {
  const bool gateway = gateway_topic && principal.role == Principal::Role::gateway;
  return {.transport = gateway ? Transport::gateway : Transport::mqtt,
          .name = principal.name,
          .thing = principal.thing,
          .gateway = gateway,
          .provisioning = principal.role == Principal::Role::provisioning};
}

/// A device behind a gateway comes or goes: kept as its reading "online", so that it has an age and a history.
Result<std::string> online_of(const Telemetry& message) {
  TRY(const auto device, parse_gateway_device(message.payload));
  std::string telemetry;
  JsonWriter(telemetry).object().key(device).object().field("online", message.topic == kComes).end().end();
  return telemetry;
}

}  // namespace

MqttEntrance::MqttEntrance(asio::any_io_executor network, access::Access& access, Intake& intake,
                           const SeriesIndex& index, Probe& probe, const Clock& clock, MqttEntranceOptions options)
    : network_(std::move(network)),
      access_(access),
      intake_(intake),
      index_(index),
      probe_(probe),
      clock_(clock),
      options_(options) {}

MqttEntrance::~MqttEntrance() = default;

void MqttEntrance::authenticate(const mqtt::Credentials& credentials, std::function<void(Result<Principal>)> done) {
  if (credentials.anonymous_listener) {
    done(Principal{.role = Principal::Role::bus, .token = {}, .thing = {}, .name = "anonymous"});
    return;
  }
  std::optional<access::Grant> grant;
  if (!credentials.certificate_fingerprint.empty())
    grant = access_.find_certificate(credentials.certificate_fingerprint);
  if (!grant && !credentials.password.empty()) grant = access_.find_login(credentials.user_name, credentials.password);
  if (!grant && !credentials.user_name.empty()) grant = access_.find_token(credentials.user_name);
  if (!grant && !credentials.password.empty()) grant = access_.find_token(credentials.password);
  const auto role = grant ? role_of(grant->scope) : std::nullopt;
  if (!role) {
    probe_.reject(grant ? "scope" : "credentials", 1, "mqtt client from " + credentials.peer, clock_.now());
    done(fail(ErrorKind::denied, grant ? "this token is not for MQTT" : "wrong credentials"));
    return;
  }
  Principal principal{.role = *role, .token = grant->token, .thing = grant->thing, .name = grant->name};
  if (*role == Principal::Role::device) principal.messages_per_second = options_.messages_per_second;
  if (*role == Principal::Role::provisioning) principal.messages_per_second = options_.messages_per_second;
  if (*role == Principal::Role::gateway) principal.messages_per_second = options_.gateway_messages_per_second;
  done(std::move(principal));
}

/// True: some series is not known yet.
Result<bool> MqttEntrance::parse(const Principal& principal, const Telemetry& message, Submission& into) {
  DeviceRows rows(index_, into, clock_.now());
  if (message.topic == kComes || message.topic == kGoes) {
    TRY(const auto telemetry, online_of(message));
    TRY_VOID(rows.gateway(telemetry));
  } else if (message.topic.starts_with(kGateway)) {
    TRY_VOID(rows.gateway(message.payload));
  } else {
    const bool nameless = principal.role == Principal::Role::provisioning;
    TRY_VOID(rows.device(message.payload, nameless ? message.client_id : std::string_view()));
  }
  return rows.any_unknown();
}

void MqttEntrance::telemetry(const Principal& principal, const Telemetry& message, Done done) {
  const bool gateway_topic = message.topic.starts_with(kGateway);
  Submission own;
  own.source = source_of(principal, gateway_topic);
  Round& round = rounds_[own.source.gateway ? 1 : 0];
  auto& shared = round.submission;
  const bool resend = message.duplicate && message.persistent_session && message.qos >= 1;
  // Into the round first, the usual case; moved out of it if it must travel alone.
  const std::size_t rows = shared.batch.rows.size();
  const std::size_t text = shared.batch.text.size();
  shared.source = own.source;
  auto parsed = parse(principal, message, shared);
  const bool alone = !parsed || *parsed || resend || shared.rejected > 0;
  if (alone) {
    shared.batch.rows.resize(rows);
    shared.batch.text.resize(text);
    shared.names.clear();
    shared.problems.clear();
    shared.refused.clear();
    shared.rejected = 0;
  }
  if (!parsed) {
    probe_.reject("malformed", 1, principal.name + ": " + parsed.error().message, clock_.now());
    if (done) done(Reason::payload_format_invalid);
    return;
  }
  Receipt receipt;
  if (message.persistent_session && message.qos >= 1) {
    receipt.high =
        hash_bytes(message.client_id, 0x716f7331ULL + message.packet_id + (std::uint64_t{principal.token.value} << 32));
    receipt.low = hash_bytes(message.payload, 0x716f7332ULL);
  }
  if (alone) {
    flush();  // what came before is stored before
    const auto again = parse(principal, message, own);
    if (receipt.high) own.receipts.push_back(receipt);
    own.check_receipts = resend;
    own.receipts_since = message.unanswered_since;
    if (again) submit_alone(std::move(own), std::move(done));
    return;
  }
  if (receipt.high) shared.receipts.push_back(receipt);
  if (done) round.waiting.push_back(std::move(done));
  if (std::exchange(flush_posted_, true)) return;
  asio::post(network_, [this] {
    flush_posted_ = false;
    flush();
  });
}

void MqttEntrance::submit_alone(Submission submission, Done done) {
  Round round{.submission = std::move(submission), .waiting = {}};
  if (done) round.waiting.push_back(std::move(done));
  send(std::move(round));
}

void MqttEntrance::flush() {
  for (Round& round : rounds_) {
    const std::size_t rows = round.submission.batch.rows.size();
    const std::size_t waiting = round.waiting.size();
    if (rows == 0 && waiting == 0) continue;
    round.submission.source.name.clear();  // of many devices
    round.submission.source.thing = {};
    send(std::exchange(round, {}));
    round.submission.batch.rows.reserve(rows);
    round.waiting.reserve(waiting);
  }
}

void MqttEntrance::send(Round round) {
  round.submission.done = [network = network_,
                           waiting = std::move(round.waiting)](const Result<Report>& report) mutable {
    if (waiting.empty()) return;
    asio::post(network, [waiting = std::move(waiting), reason = reason_of(report)] {
      for (const auto& done : waiting) done(reason);
    });
  };
  intake_.submit(std::move(round.submission));
}

void MqttEntrance::disconnected(const Principal&, std::string_view) {}

}  // namespace qala::ingest
