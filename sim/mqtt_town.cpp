#include "sim/mqtt_town.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <poll.h>

#include "base/json_writer.h"
#include "sim/chance.h"

namespace qala::sim {

namespace {

constexpr Seconds kAtOnce = 5 * kMinute;  // of backlog in one round
constexpr std::size_t kReportsPerMessage = 100;
constexpr Seconds kNewcomerEvery = 30;
constexpr std::string_view kOwnTopic = "v1/devices/me/telemetry";
constexpr std::string_view kGatewayTopic = "v1/gateway/telemetry";

}  // namespace

MqttTown::MqttTown(const Options& options, const Town& town, const Frame& frame, const Access& access, Seconds from)
    : town_(town), life_(town, options.seed, options.faults, frame), reporter_(town, life_, frame.timeline) {
  for (std::uint32_t d = 0; d < town.devices.size(); d++) {
    const Device& device = town.devices[d];
    const auto token = access.devices.find(device.key);
    if (device.voice != Voice::mqtt || token == access.devices.end()) continue;
    speakers_.push_back({MqttLink(options.mqtt, {"sim-" + device.key, token->second}), d, {}, from});
    if (device.model != Model::gateway) continue;
    for (std::uint32_t b = 0; b < town.devices.size(); b++) {
      if (town.devices[b].gateway == static_cast<std::int32_t>(d)) speakers_.back().behind.push_back(b);
    }
  }
  if (access.provisioning.empty()) return;
  for (const auto& [name, offset] : {std::pair{"70B3D57ED00612A4", -0.8}, {"70B3D57ED00612B7", 1.1}}) {
    newcomers_.push_back({MqttLink(options.mqtt, {name, access.provisioning}), offset, from});
  }
}

void MqttTown::step(Seconds now) {
  const auto clock = MqttLink::Time::clock::now();
  for (Speaker& speaker : speakers_) {
    const bool lost = life_.faults().gateway_lost(town_.devices[speaker.self], now).has_value();
    if (lost && town_.devices[speaker.self].model == Model::gateway) {
      speaker.link.hold();
      continue;
    }
    speaker.link.release();
    speaker.link.advance(clock);
    speak(speaker, now);
  }
  for (Newcomer& newcomer : newcomers_) {
    newcomer.link.advance(clock);
    introduce(newcomer, now);
  }
}

void MqttTown::speak(Speaker& speaker, Seconds now) {
  while (speaker.link.ready() && speaker.reported < now) {
    const Seconds until = std::min(now, speaker.reported + kAtOnce);
    if (!speaker.behind.empty()) pass_on(speaker, until);
    speak_for_self(speaker, until);
    speaker.reported = until;
  }
}

void MqttTown::pass_on(Speaker& gateway, Seconds until) {
  reports_.clear();
  reporter_.report(turns(town_, gateway.behind, gateway.reported, until), true, reports_);
  const bool twice = life_.faults().repeats(town_.devices[gateway.self], until);
  for (std::size_t i = 0; i < reports_.size(); i += kReportsPerMessage) {
    const auto part = std::span(reports_).subspan(i, std::min(kReportsPerMessage, reports_.size() - i));
    publish(gateway.link, kGatewayTopic, gateway_payload(town_, part), twice);
  }
}

void MqttTown::speak_for_self(Speaker& speaker, Seconds until) {
  reports_.clear();
  reporter_.report(turns(town_, std::span(&speaker.self, 1), speaker.reported, until), true, reports_);
  if (reports_.empty()) return;
  const bool twice = life_.faults().repeats(town_.devices[speaker.self], until);
  publish(speaker.link, kOwnTopic, device_payload(town_, reports_), twice);
}

void MqttTown::publish(MqttLink& link, std::string_view topic, const std::string& payload, bool twice) {
  link.publish(topic, payload);
  if (twice) link.publish(topic, payload);
}

/// A sensor from a shop: no clock, no name but its number, a few values.
void MqttTown::introduce(Newcomer& newcomer, Seconds now) {
  if (!newcomer.link.ready() || now - newcomer.reported < kNewcomerEvery) return;
  const Minute& minute = life_.minute(now);
  std::string payload;
  JsonWriter json(payload);
  json.object();
  json.key("temperature").decimal(std::llround(10 * (minute.weather.temperature + newcomer.offset)), 1);
  json.key("humidity").integer(std::llround(minute.weather.humidity));
  json.key("pm2_5").decimal(
      std::llround(10 * minute.pm2_5[static_cast<std::size_t>(Area::koktem)] * (1 + 0.05 * newcomer.offset)), 1);
  json.end();
  newcomer.link.publish(kOwnTopic, payload);
  newcomer.reported = now;
}

void MqttTown::wait(std::chrono::milliseconds longest) {
  std::vector<pollfd> sockets;
  std::vector<MqttLink*> links;
  const auto watch = [&](MqttLink& link) {
    if (link.descriptor() < 0) return;
    sockets.push_back({link.descriptor(), POLLIN, 0});
    links.push_back(&link);
  };
  for (Speaker& speaker : speakers_) watch(speaker.link);
  for (Newcomer& newcomer : newcomers_) watch(newcomer.link);
  if (::poll(sockets.data(), sockets.size(), static_cast<int>(longest.count())) <= 0) return;
  const auto now = MqttLink::Time::clock::now();
  for (std::size_t i = 0; i < sockets.size(); i++) {
    if (sockets[i].revents != 0) links[i]->received(now);
  }
}

MqttTown::State MqttTown::state() const {
  State out;
  out.slowest = speakers_.empty() ? 0 : speakers_.front().reported;
  const auto add = [&](const MqttLink& link) {
    out.connections++;
    out.up += link.up() ? 1 : 0;
    out.waiting += link.unacknowledged();
    out.acknowledged += link.acknowledged();
    out.repeated += link.repeated();
    out.refused += link.refused();
    out.given_up += link.given_up();
  };
  for (const Speaker& speaker : speakers_) {
    add(speaker.link);
    out.slowest = std::min(out.slowest, speaker.reported);
  }
  for (const Newcomer& newcomer : newcomers_) add(newcomer.link);
  return out;
}

}  // namespace qala::sim
