#include "mqtt/access_rules.h"

#include <algorithm>
#include <initializer_list>

#include "mqtt/topic.h"

namespace qala::mqtt {
namespace {

using Role = Principal::Role;

bool below(std::string_view topic, std::string_view root) {
  return topic.starts_with(root) && (topic.size() == root.size() || topic[root.size()] == '/');
}

bool one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::ranges::find(list, text) != list.end();
}

bool covered(std::string_view filter, std::initializer_list<std::string_view> patterns) {
  return std::ranges::any_of(patterns, [&](auto pattern) { return topic_matches(pattern, filter); });
}

}  // namespace

PublishRight publish_right(Role role, std::string_view topic) {
  if (role == Role::bus) {
    if (topic_matches("$SYS/broker/connection/+/state", topic))
      return PublishRight::routed;  // what a bridge says of itself
    // SensorThings: observations are created, everything else there is Qala's to say.
    if (below(topic, "v1.1")) return topic.ends_with("/Observations") ? PublishRight::telemetry : PublishRight::refused;
    const bool own = below(topic, "v1") || below(topic, "qala") || below(topic, "$SYS") || below(topic, "$share");
    return own || topic.starts_with('\x01') ? PublishRight::refused : PublishRight::routed;
  }
  if (one_of(topic, {"v1/devices/me/telemetry", "v1/devices/me/attributes"})) return PublishRight::telemetry;
  const bool gateway = role == Role::gateway || role == Role::provisioning;
  if (gateway &&
      one_of(topic, {"v1/gateway/telemetry", "v1/gateway/attributes", "v1/gateway/connect", "v1/gateway/disconnect"})) {
    return PublishRight::telemetry;
  }
  return PublishRight::refused;
}

bool may_subscribe(Role role, std::string_view filter) {
  if (role == Role::bus) return !below(filter, "v1") && !filter.starts_with('\x01');
  if (covered(filter, {"v1/devices/me/attributes", "v1/devices/me/attributes/response/+", "v1/devices/me/rpc/request/+",
                       "v1/devices/me/rpc/response/+"})) {
    return true;
  }
  const bool gateway = role == Role::gateway || role == Role::provisioning;
  return gateway && covered(filter, {"v1/gateway/attributes", "v1/gateway/attributes/response", "v1/gateway/rpc"});
}

}  // namespace qala::mqtt
