#pragma once

#include <string_view>

#include "mqtt/handler.h"

namespace qala::mqtt {

/// What becomes of a PUBLISH.
enum class PublishRight {
  telemetry,  ///< goes to Handler::telemetry
  routed,     ///< goes to the subscribers
  refused,
};
PublishRight publish_right(Principal::Role role, std::string_view topic);
/// `filter` without its `$share/NAME/`. Devices and gateways have a few exact filters, and what is routed on them is
/// kept apart per principal: 'me' is whoever is connected.
bool may_subscribe(Principal::Role role, std::string_view filter);

}  // namespace qala::mqtt
