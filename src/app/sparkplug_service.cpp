#include "app/sparkplug_service.h"

#include <boost/asio/post.hpp>

namespace qala::app {

namespace {

const char* name_of(sparkplug::NodeState::Is is) {
  switch (is) {
    case sparkplug::NodeState::Is::unborn: return "unborn";
    case sparkplug::NodeState::Is::alive: return "alive";
    case sparkplug::NodeState::Is::dead: return "dead";
  }
  return "";
}

}  // namespace

void SparkplugService::listen(mqtt::ServerOptions& options) {
  options.overheard_below = sparkplug::kNamespace;
  options.overheard = [this](std::string_view topic, std::string_view payload) { host_.overheard(topic, payload); };
}

void SparkplugService::stop() {
  stopping_ = true;
  host_.stop();
}

/// Not while the broker is in the middle of handing on, but for the last word: after it the broker ends.
void SparkplugService::publish(std::string_view topic, std::string_view payload, bool retain, std::uint8_t qos) {
  if (stopping_) return server_->publish(topic, payload, retain, qos);
  boost::asio::post(network_, [this, topic = std::string(topic), payload = std::string(payload), retain, qos] {
    if (!stopping_) server_->publish(topic, payload, retain, qos);
  });
}

void SparkplugService::fill(api::ServiceHealth& into) const {
  into.sparkplug_host = host_.id();
  for (auto& node : host_.nodes()) {
    into.edge_nodes.push_back({.name = std::move(node.name),
                               .state = name_of(node.is),
                               .devices = node.devices,
                               .dead_devices = node.dead_devices,
                               .messages = node.messages,
                               .rebirths = node.rebirths,
                               .gaps = node.gaps,
                               .since = node.since,
                               .heard = node.heard});
  }
}

}  // namespace qala::app
