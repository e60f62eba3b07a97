#pragma once

#include "alarms/rules.h"
#include "api/body.h"

namespace qala::api {

/// `base` changed by the fields given. Valid when it returns; `invalid` names the field: "and[0].limit: ...".
Result<alarms::Rule> rule_from(const Body& body, std::string key, alarms::Rule base);

}  // namespace qala::api
