#include "app/sensorthings_mqtt.h"

#include <boost/asio/post.hpp>

#include "base/log.h"

namespace qala::app {

namespace asio = boost::asio;
using mqtt::Reason;
using sensorthings::Changed;
using sensorthings::Kind;

namespace {

constexpr std::string_view kPrefix = "v1.1";

Reason reason_of(const sensorthings::Answer& answer) {
  if (answer.status < 300) return Reason::success;
  if (answer.status == 507) return Reason::quota_exceeded;
  if (answer.status >= 500) return Reason::server_busy;
  return answer.status == 404 ? Reason::topic_name_invalid : Reason::payload_format_invalid;
}

}  // namespace

void SensorThingsMqtt::telemetry(const mqtt::Principal& principal, const mqtt::Telemetry& message,
                                 std::function<void(Reason)> done) {
  if (!message.topic.starts_with("v1.1/")) return devices_.telemetry(principal, message, std::move(done));
  if (creating_ >= kMostCreating) {
    probe_.reject("busy", 1, "more SensorThings observations wait than the writer takes", clock_.now());
    if (done) done(Reason::server_busy);
    return;
  }
  sensorthings::Ask ask;
  ask.method = "POST";
  ask.path = message.topic.substr(kPrefix.size());
  ask.body = message.payload;
  ask.content_type = "application/json";
  ask.root = root_;
  ask.actor = {"token", principal.name};
  ask.source = principal.name;
  ask.may_observe = true;
  creating_++;
  writer_.post(
      [this, ask = std::move(ask), done = std::move(done)] {
        const auto answer = service_.writer().run(ask);
        creating_--;
        // There is no answer to a PUBLISH: what is refused is counted, and seen on the health page.
        if (answer.status >= 300) probe_.reject("malformed", 1, ask.source + ": " + answer.body, clock_.now());
        if (!done) return;
        asio::post(network_, [done, reason = reason_of(answer)] { done(reason); });
      },
      "sensorthings");
}

void SensorThingsMqtt::entity_changed(Kind kind, std::uint64_t id) {
  if (!server_ || !server_->has_sensorthings_subscriptions()) return;
  {
    const std::lock_guard guard(lock_);
    waiting_.push_back({.kind = kind, .id = id});
  }
  tell_soon();
}

void SensorThingsMqtt::committed(std::uint64_t, std::span<const readings::Batch* const> batches,
                                 std::span<const readings::Outcome> outcomes, Instant) {
  if (!server_ || !server_->has_sensorthings_subscriptions()) return;
  {
    const std::lock_guard guard(lock_);
    std::size_t at = 0, dropped = 0;
    for (const auto* batch : batches) {
      for (const auto& row : batch->rows) {
        if (outcomes[at++] == readings::Outcome::duplicate) continue;
        if (waiting_.size() >= kMostWaiting) dropped++;
        else waiting_.push_back({.kind = Kind::observation, .datastream = row.datastream, .key = row.time});
      }
    }
    if (dropped != 0) log::warn("SensorThings subscribers are not told of everything", {{"left_out", dropped}});
  }
  tell_soon();
}

void SensorThingsMqtt::tell_soon() {
  {
    const std::lock_guard guard(lock_);
    if (telling_ || waiting_.empty()) return;
    telling_ = true;
  }
  asio::post(network_, [this] { tell(); });
}

/// One after another, so that the order is that of the commits.
void SensorThingsMqtt::tell() {
  auto topics = server_->sensorthings_filters();
  std::vector<Changed> changes;
  {
    const std::lock_guard guard(lock_);
    changes = std::exchange(waiting_, {});
    if (changes.empty() || topics.empty()) {
      telling_ = false;
      return;
    }
  }
  pool_.post([this, topics = std::move(topics), changes = std::move(changes)] {
    auto messages = std::make_shared<std::vector<sensorthings::Message>>(
        sensorthings::messages_for(service_.writer().town(), clock_.now(), root_, topics, changes));
    asio::post(network_, [this, messages] {
      for (const auto& message : *messages) server_->publish(message.topic, message.payload, false, 1);
      tell();
    });
  });
}

}  // namespace qala::app
