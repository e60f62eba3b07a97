// What happens when nobody does anything: shelving ends, and what is not acknowledged in time is escalated.
//
// Escalation does not touch the severity. Severity is what the alarm means for the town (ISA-18.2 6.5, EEMUA 191 on
// prioritisation: consequence and time to respond), and operators rely on it; that nobody has reacted is a fact of its
// own. So it is marked, once, and told: screens bring it to the front, notification goes to the next person.
#include "alarms/engine_impl.h"

namespace qala::alarms {

namespace {
/// So many at a tick: each is two rows of a small write.
constexpr std::size_t kMostPerTick = RuleEngine::kMostAtOnce / 2;

std::int64_t whole_seconds(std::int64_t ns) { return (ns + Instant::kSecond - 1) / Instant::kSecond; }
}  // namespace

/// Seconds since 1970 at which it is to be escalated; 0: it is not.
std::int64_t Engine::escalation_due(const Alarm& alarm) const {
  const std::int64_t wait = options_.escalate_s[static_cast<std::size_t>(alarm.severity)];
  if (wait == 0 || alarm.escalated != 0 || !alarm.in_tray()) return 0;
  if (alarm.condition != Condition::active || alarm.handling == Handling::acknowledged) return 0;
  return whole_seconds(alarm.waiting) + wait;
}

void Engine::watch(AlarmId id) {
  const Alarm* alarm = ledger_.get(id);
  if (!alarm) return;
  const std::int64_t due = alarm->shelved ? whole_seconds(alarm->shelved->until) : escalation_due(*alarm);
  if (due != 0) watched_.insert({due, id});
}

void Engine::watch_all() {
  watched_.clear();
  for (const AlarmId id : ledger_.all()) watch(id);
}

/// From now on it asks to be acknowledged.
void Engine::await_acknowledgement(AlarmId id) {
  if (!ledger_.get(id)) return;
  ledger_.edit(id, [this](Alarm& alarm) { alarm.waiting = now_ns_; });
  watch(id);
}

void Engine::watched_due() {
  for (std::size_t n = 0; n < kMostPerTick && !watched_.empty() && watched_.begin()->first <= now_s(); n++) {
    const AlarmId id = watched_.begin()->second;
    watched_.erase(watched_.begin());
    look_at_watched(id);
  }
}

/// An entry may be left from an earlier time: the alarm itself says what is due.
void Engine::look_at_watched(AlarmId id) {
  const Alarm* alarm = ledger_.get(id);
  if (!alarm) return;
  if (alarm->shelved) {
    if (alarm->shelved->until > now_ns_) return watch(id);
    ledger_.note({.alarm = id, .kind = StepKind::shelving_over, .at = now_ns_});
    ledger_.edit(id, [this](Alarm& over) {
      over.shelved.reset();
      over.dismissed = over.condition == Condition::cleared;
      over.waiting = now_ns_;
    });
    return watch(id);
  }
  const std::int64_t due = escalation_due(*alarm);
  if (due == 0) return;
  if (due > now_s()) return watch(id);
  probe_.escalated++;
  ledger_.note({.alarm = id, .kind = StepKind::escalated, .at = now_ns_});
  ledger_.edit(id, [this](Alarm& late) { late.escalated = now_ns_; });
}

}  // namespace qala::alarms
