// One alarm per cause. An alarm that another explains is attached to it: kept, but neither shown nor counted.
#include "alarms/engine_impl.h"

namespace qala::alarms {

namespace {

struct Above {
  ThingId thing;
  bool by_gateway = false;
};

/// The thing itself, then what it speaks through and hangs on, nearest first.
std::vector<Above> line_of(const StreamDirectory& directory, ThingId thing) {
  constexpr std::size_t kMost = 8;
  std::vector<Above> line{{thing, false}};
  for (std::size_t i = 0; i < line.size() && line.size() < kMost; i++) {
    ThingFacts facts;
    if (!directory.thing(line[i].thing, facts)) continue;
    for (const Above next : {Above{facts.gateway, true}, Above{facts.parent, line[i].by_gateway}}) {
      const bool known = std::ranges::any_of(line, [&](const Above& seen) { return seen.thing == next.thing; });
      if (next.thing && !known) line.push_back(next);
    }
  }
  return line;
}

}  // namespace

bool Engine::explains(const Alarm& cause, const Alarm& alarm, const Rule& rule, bool by_gateway,
                      bool same_thing) const {
  if (std::ranges::find(rule.explained_by, cause.rule) != rule.explained_by.end()) return true;
  if (cause.datastream) return false;
  if (alarm.comparison == Comparison::silent && cause.comparison == Comparison::silent) {
    return same_thing ? static_cast<bool>(alarm.datastream) : by_gateway || cause.covers > 0;
  }
  return !same_thing && cause.rule == alarm.rule && cause.covers > 0;
}

AlarmId Engine::find_cause(AlarmId id) const {
  const Alarm* alarm = ledger_.get(id);
  const Rule* rule = table_.rule(ledger_.rule_of(id));
  if (!rule) return {};
  for (const Above& above : line_of(directory_, alarm->thing)) {
    for (const AlarmId candidate : ledger_.on_thing(above.thing)) {
      const Alarm* cause = ledger_.get(candidate);
      if (candidate == id || cause->cause == id || cause->condition != Condition::active) continue;
      if ((cause->exercise != 0) != (alarm->exercise != 0)) continue;  // neither explains the other
      if (explains(*cause, *alarm, *rule, above.by_gateway, above.thing == alarm->thing)) return candidate;
    }
  }
  return {};
}

void Engine::correlate(AlarmId id) {
  if (ledger_.get(id)->cause) return;
  if (const AlarmId cause = find_cause(id)) attach(id, cause);
  if (!ledger_.get(id)) return;  // a group that another alarm explains leaves at once
  adopt(id);
  if (!ledger_.get(id)->cause) count_in_groups(id);
}

/// Attaches what is open already and explained by `id`.
void Engine::adopt(AlarmId id) {
  const ThingId thing = ledger_.get(id)->thing;
  const bool has_dependants = directory_.dependants(thing) > 0;
  for (const AlarmId other : has_dependants ? ledger_.all() : ledger_.on_thing(thing)) {
    const Alarm* alarm = ledger_.get(other);
    if (!alarm || other == id || alarm->condition != Condition::active) continue;
    const Alarm* cause = alarm->cause ? ledger_.get(alarm->cause) : nullptr;
    if (cause && cause->condition == Condition::active) continue;
    if (find_cause(other) == id) attach(other, id);
  }
}

void Engine::attach(AlarmId id, AlarmId cause) {
  const Alarm* direct = ledger_.get(cause);
  const AlarmId root = direct->cause ? direct->cause : cause;
  const Alarm* at_root = ledger_.get(root);
  if (root == id || !at_root || at_root->cause) return;
  const bool group = is_group(*ledger_.get(id));
  probe_.attached++;
  ledger_.note({.alarm = id, .kind = StepKind::explained, .at = now_ns_});
  ledger_.edit(id, [&](Alarm& alarm) { alarm.cause = root; });
  for (const AlarmId child : ledger_.attached_to(id)) {
    ledger_.edit(child, [&](Alarm& alarm) { alarm.cause = root; });
  }
  cover(root);
  // What a group stood for hangs on the root now: nothing is left of it.
  if (group) clear_alarm(id, now_ns_);
}

/// Things, not alarms; as many as there were at once.
void Engine::cover(AlarmId root) {
  const Alarm* cause = ledger_.get(root);
  const auto covers = static_cast<std::uint32_t>(ledger_.things_attached_to(root, cause->thing));
  if (covers > cause->covers) ledger_.edit(root, [&](Alarm& alarm) { alarm.covers = covers; });
}

void Engine::detach(AlarmId id) {
  ledger_.note({.alarm = id, .kind = StepKind::unexplained, .at = now_ns_});
  ledger_.edit(id, [](Alarm& alarm) { alarm.cause = AlarmId(); });
  await_acknowledgement(id);
}

void Engine::count_in_groups(AlarmId id) {
  const Alarm* alarm = ledger_.get(id);
  const bool silence = alarm->comparison == Comparison::silent;
  if (alarm->covers > 0 || (silence && alarm->datastream)) return;
  ThingFacts facts;
  if (!directory_.thing(alarm->thing, facts)) return;
  // Only silence comes through a gateway: bins behind one antenna fill up each for itself.
  if (silence && facts.gateway) count_in_group(id, facts.gateway);
  alarm = ledger_.get(id);
  if (facts.parent && !alarm->cause) count_in_group(id, facts.parent);
}

void Engine::count_in_group(AlarmId id, ThingId above) {
  const Rule* rule = table_.rule(ledger_.rule_of(id));
  if (!rule) return;
  const GroupKey key{above, ledger_.rule_of(id), ledger_.get(id)->exercise != 0};
  auto& members = groups_[key];
  if (std::ranges::find(members, id) == members.end()) members.push_back(id);  // it may chatter
  // Fewer entries than a group needs things are looked through later: a thousand at once must not cost a million looks.
  const std::size_t share = (std::size_t{options_.group_percent} * directory_.dependants(above) + 99) / 100;
  if (members.size() < std::max<std::size_t>(options_.group_least, share)) return;
  const std::int64_t oldest = ledger_.get(id)->raised - options_.group_window_s * Instant::kSecond;
  std::erase_if(members, [&](AlarmId member) {
    const Alarm* alarm = ledger_.get(member);
    return !alarm || alarm->cause || alarm->condition != Condition::active || alarm->raised < oldest;
  });
  std::unordered_set<ThingId> things;
  for (const AlarmId member : members) things.insert(ledger_.get(member)->thing);
  if (things.size() < options_.group_least) return;
  if (things.size() * 100 < std::size_t{options_.group_percent} * directory_.dependants(above)) return;
  const auto together = std::move(members);
  groups_.erase(key);
  raise_group(above, *rule, together);
}

void Engine::raise_group(ThingId above, const Rule& rule, const std::vector<AlarmId>& members) {
  ThingFacts facts;
  if (!directory_.thing(above, facts)) return;
  const bool silence = rule.comparison == Comparison::silent;
  const Rule* its_own = silence ? table_.silence_rule(facts.kind) : nullptr;
  const Rule& raised = its_own ? *its_own : rule;
  // Many at once weigh more than one: a step up, but not to critical.
  const int step = static_cast<int>(rule.severity) > 2 ? 1 : 0;
  const auto severity = its_own ? its_own->severity : static_cast<Severity>(static_cast<int>(rule.severity) - step);
  const Alarm* last = ledger_.get(members.back());
  AlarmKey key = thing_key(above, table_.number_of(raised.key));
  key.exercise = last->exercise != 0;
  const AlarmId group = open_alarm({.key = key,
                                    .rule = &raised,
                                    .thing = above,
                                    .at = last->raised,
                                    .limit = last->limit,
                                    .unit = last->unit,
                                    .severity = std::min(severity, last->severity)});
  for (const AlarmId member : members) attach(member, group);
  correlate(group);
}

/// Raised for its children, not for what the thing itself said or left unsaid.
bool Engine::is_group(const Alarm& alarm) const {
  return !alarm.datastream && alarm.covers > 0 && !silent_itself_.contains(alarm.id);
}

void Engine::check_group(AlarmId id, std::int64_t time) {
  const Alarm* alarm = ledger_.get(id);
  if (!alarm || alarm->condition != Condition::active || !is_group(*alarm)) return;
  if (ledger_.attached_to(id).size() <= options_.group_least / 2) clear_alarm(id, time);
}

void Engine::release(AlarmId cause) {
  releasing_.erase(cause);
  for (const AlarmId id : ledger_.attached_to(cause)) {
    detach(id);
    if (const AlarmId other = find_cause(id)) attach(id, other);
    if (const Alarm* alarm = ledger_.get(id); alarm && !alarm->cause) count_in_groups(id);
  }
}

void Engine::release_due() {
  std::vector<AlarmId> due;
  for (const auto& [cause, waiting] : releasing_) {
    if (waiting.deadline_s <= now_s() || ledger_.attached_to(cause).empty()) due.push_back(cause);
  }
  for (const AlarmId cause : due) release(cause);
}

void Engine::still_bad(AlarmId id, std::int64_t time) {
  const auto at = releasing_.find(ledger_.get(id)->cause);
  if (at == releasing_.end() || time <= at->second.cleared) return;
  detach(id);
  if (const AlarmId other = find_cause(id)) attach(id, other);
  if (const Alarm* alarm = ledger_.get(id); alarm && !alarm->cause) count_in_groups(id);
}

}  // namespace qala::alarms
