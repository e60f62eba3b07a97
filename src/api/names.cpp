#include "api/names.h"

#include <algorithm>

namespace qala::api {

std::string name_of_thing(const Context& context, ThingId id, words::Language language) {
  std::string text;
  context.registry.read([&](const registry::Registry::View& view) {
    const auto* thing = view.thing(id);
    if (!thing) return;
    text = thing->name.empty() ? thing->key : thing->name;
    if (const auto* zone = view.zone(thing->zone)) text += " · " + words::pick(zone->name, language);
  });
  return text.empty() ? "№" + std::to_string(id.value) : text;
}

std::string name_of_rule(const alarms::Rules& rules, std::string_view key, words::Language language) {
  const auto rule = std::ranges::find(*rules, key, &alarms::Rule::key);
  return rule == rules->end() ? std::string(key) : words::pick(rule->name, language);
}

}  // namespace qala::api
