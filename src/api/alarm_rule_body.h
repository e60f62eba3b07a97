#pragma once

#include "alarms/rules.h"
#include "api/body.h"
#include "audit/audit.h"
#include "base/json_writer.h"

namespace qala::api {

/// `base` changed by the fields given. Valid when it returns; `invalid` names the field: "and[0].limit: ...".
Result<alarms::Rule> rule_from(const Body& body, std::string key, alarms::Rule base);

/// R of docs/design/api.md, with its origin.
void render_rule(JsonWriter& json, const alarms::Rule& rule, const alarms::RuleBook& book);
/// Changes with the rule: whoever edited one that is not there any more is told.
std::string revision_of(const alarms::Rule& rule);
/// For the audit chain: the rule's text before and after; nullptr: there was, or is, none.
audit::Event rule_event(const audit::Actor& actor, const char* action, const std::string& key,
                        const alarms::Rule* before, const alarms::Rule* after);
/// `{from:"18:00", to:"08:00", days:["mon"…]}`; no days: all. `invalid` begins with `field`.
Result<alarms::Hours> hours_from(const Body& body, const std::string& field);

}  // namespace qala::api
