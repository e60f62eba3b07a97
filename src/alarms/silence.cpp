// The clock: who has not spoken for too long, and what has lasted without a further reading.
#include <utility>

#include "alarms/engine_impl.h"
#include "base/log.h"

namespace qala::alarms {

namespace {
/// A longer pause between two ticks is not the town's silence but ours (sleep, a set clock, a stall).
constexpr std::int64_t kLongestPause = 60;
/// So many timers at a tick, the rest at the next: the writer thread has readings to take.
constexpr std::size_t kMostTimers = 10'000;
}  // namespace

void Engine::heard(DatastreamId id, Stream& stream, const RuleSet& set) {
  stream.last_heard = heard_now();
  if (set.silent.bit == 0) return;
  if (stream.active & set.silent.bit) speaks_again(id, stream, set);
  if (!stream.armed) arm(id, stream, set);
}

void Engine::speaks_again(DatastreamId id, Stream& stream, const RuleSet& set) {
  stream.active &= ~set.silent.bit;
  if (const Alarm* alarm = ledger_.find(stream_key(id, set.silent.number))) {
    if (alarm->condition == Condition::active) clear_alarm(alarm->id, now_ns_);
  }
  StreamFacts facts;
  if (!directory_.stream(id, facts)) return;
  // Whoever has no alarm of its own was silent with the thing and gets its time again.
  for (const DatastreamId sibling : directory_.streams_of(facts.thing)) {
    Stream& other = streams_.at(sibling);
    const RuleSet* others = set_of(sibling, other);
    if (!others || (other.active & others->silent.bit) == 0) continue;
    if (ledger_.find(stream_key(sibling, others->silent.number))) continue;
    other.active &= ~others->silent.bit;
    other.last_heard = heard_now();
    if (!other.armed) arm(sibling, other, *others);
  }
  for (const AlarmId on_thing : ledger_.on_thing(facts.thing)) {
    const Alarm* alarm = ledger_.get(on_thing);
    if (!alarm || alarm->comparison != Comparison::silent || alarm->condition != Condition::active) continue;
    if (!alarm->datastream && alarm->exercise == 0) clear_alarm(on_thing, now_ns_);
  }
}

std::int64_t Engine::silence_deadline(const Stream& stream, const RuleSet& set) const {
  return std::max(std::int64_t{stream.last_heard} + set.silent_s, floor_s_ + set.grace_s);
}

void Engine::arm(DatastreamId id, Stream& stream, const RuleSet& set) {
  stream.armed = 1;
  wheel_.insert(id.value, silence_deadline(stream, set));
}

void Engine::forget_due() {
  if (due_.capacity() > 4 * kMostTimers) due_ = {};
  due_.clear();
  due_done_ = 0;
}

void Engine::arm_all() {
  forget_due();
  wheel_.start(now_s());
  streams_.each([&](DatastreamId id, Stream& stream) {
    stream.armed = 0;
    if (stream.last_heard == 0) return;
    stream.last_heard = std::min(stream.last_heard, heard_now());
    const RuleSet* set = set_of(id, stream);
    if (set && set->silent.bit != 0 && (stream.active & set->silent.bit) == 0) arm(id, stream, *set);
  });
  for (const auto& [key, pending] : pending_) wheel_.insert(key | kPendingTimer, now_s() + 1);
}

void Engine::look_at_clock() {
  now_ns_ = clock_.now().ns;
  follow_clock();
}

/// A clock that was set has made nothing older, and nobody is to wait for the time that it showed. Before anything else
/// is given a time.
void Engine::follow_clock() {
  const auto jump = wall_.look();
  if (!jump) return;
  for (auto& [cause, waiting] : releasing_) waiting.deadline_s += *jump / Instant::kSecond;
  for (const AlarmId id : ledger_.all()) {
    if (escalation_due(*ledger_.get(id)) == 0) continue;
    ledger_.edit(id, [&](Alarm& alarm) { alarm.waiting = std::min(alarm.waiting + *jump, now_ns_); });
  }
  forget_future();
  watch_all();
  if (*jump < 0) return;
  for (auto& [key, pending] : pending_) {
    pending.since = std::min(pending.since + *jump, now_ns_);
    unsaved_pending_.insert(key);
  }
}

/// What was read while the clock stood ahead counts as of now: else nothing after it would be in order until then.
void Engine::forget_future() {
  streams_.each([this](DatastreamId, Stream& stream) {
    if (stream.last_time <= now_ns_) return;
    stream.last_time = now_ns_;
    if (stream.memory == 0) return;
    Memory& memory = streams_.memory_of(stream);
    memory.run_since = std::min(memory.run_since, now_ns_);
  });
  for (auto& [key, pending] : pending_) {
    if (pending.since <= now_ns_) continue;
    pending.since = now_ns_;
    unsaved_pending_.insert(key);
  }
  for (auto& [cause, waiting] : releasing_) waiting.cleared = std::min(waiting.cleared, now_ns_);
  for (const AlarmId id : ledger_.all()) {
    if (ledger_.get(id)->waiting > now_ns_) ledger_.edit(id, [this](Alarm& alarm) { alarm.waiting = now_ns_; });
  }
}

void Engine::watch_clock(std::int64_t now) {
  const std::int64_t before = last_tick_s_;
  last_tick_s_ = now;
  if (before == 0 || (now - before <= kLongestPause && before - now <= kLongestPause)) return;
  log::warn("clock leapt, silence is counted anew", {{"seconds", now - before}});
  floor_s_ = now;
  if (now >= before) return;
  forget_future();
  arm_all();
}

Result<> Engine::tick(Instant now) {
  now_ns_ = now.ns;
  follow_clock();
  watch_clock(now_s());
  if (std::exchange(recompiled_, false)) {
    clear_alarms_of_gone_rules();
    arm_all();
  }
  wheel_.advance(now_s(), due_);
  for (const std::size_t until = std::min(due_.size(), due_done_ + kMostTimers); due_done_ < until; due_done_++) {
    const std::uint64_t what = due_[due_done_];
    if (what & kPendingTimer) pending_due(what & ~kPendingTimer);
    else stream_due(DatastreamId(static_cast<std::uint32_t>(what)));
  }
  if (due_done_ == due_.size()) forget_due();
  release_due();
  watched_due();
  exercise_due();
  Result<bool> written = false;
  if (ledger_.has_changes()) written = apply_some();
  finish();
  return written ? Result<>() : Result<>(std::move(written.error()));
}

void Engine::stream_due(DatastreamId id) {
  Stream& stream = streams_.at(id);
  stream.armed = 0;
  const RuleSet* set = set_of(id, stream);
  if (!set || set->silent.bit == 0 || stream.last_heard == 0 || (stream.active & set->silent.bit)) return;
  if (now_s() < silence_deadline(stream, *set)) return arm(id, stream, *set);
  fell_silent(id, stream, *set);
}

/// A sibling of unknown rhythm proves that the thing speaks for as long as `own` may be silent, no longer.
bool Engine::has_speaking_sibling(DatastreamId id, const RuleSet& own, const std::vector<DatastreamId>& siblings) {
  for (const DatastreamId sibling : siblings) {
    Stream& other = streams_.at(sibling);
    const RuleSet* set = set_of(sibling, other);
    if (sibling == id || !set || set->silent.bit == 0 || other.last_heard == 0) continue;
    const RuleSet& measure = set->interval_ns == 0 ? own : *set;
    const std::int64_t overdue = measure.silent_s - measure.interval_ns / Instant::kSecond;
    if (now_s() - other.last_heard < overdue) return true;
  }
  return false;
}

void Engine::mark_silent(const std::vector<DatastreamId>& siblings) {
  for (const DatastreamId sibling : siblings) {
    Stream& other = streams_.at(sibling);
    const RuleSet* set = set_of(sibling, other);
    if (set && other.last_heard != 0) other.active |= set->silent.bit;
  }
}

/// Seconds since 1970 at which to look again, if the rule may raise nothing now; else 0.
std::int64_t Engine::held_until(const Rule& rule) {
  std::int64_t minutes = 0;
  if (rule.schedule && !season_.within(*rule.schedule, now_ns_)) {
    minutes = season_.minutes_until(rule.schedule->from_min, now_ns_);
  } else if (rule.quiet && season_.within(*rule.quiet, now_ns_)) {
    minutes = season_.minutes_until(rule.quiet->until_min, now_ns_);
  }
  return minutes == 0 ? 0 : (now_s() / 60 + minutes) * 60;
}

void Engine::fell_silent(DatastreamId id, Stream& stream, const RuleSet& set) {
  if (const std::int64_t later = held_until(*set.silent.rule)) {
    stream.armed = 1;
    return wheel_.insert(id.value, later);
  }
  StreamFacts facts;
  if (!directory_.stream(id, facts)) return;
  const auto siblings = directory_.streams_of(facts.thing);
  const bool alone = has_speaking_sibling(id, set, siblings);
  // Something said once (an attribute at the start, "online") is no silence as long as its thing speaks.
  if (alone && set.interval_ns == 0) {
    stream.armed = 1;
    return wheel_.insert(id.value, now_s() + set.silent_s);
  }
  stream.active |= set.silent.bit;
  if (!alone) mark_silent(siblings);
  const CompiledRule& rule = set.silent;
  const AlarmId opened = open_alarm({.key = alone ? stream_key(id, rule.number) : thing_key(facts.thing, rule.number),
                                     .rule = rule.rule,
                                     .thing = facts.thing,
                                     .at = now_ns_,
                                     .limit = rule.limit,
                                     .unit = {},
                                     .severity = rule.rule->severity});
  if (!alone) silent_itself_.insert(opened);
  correlate(opened);
}

void Engine::arm_pending(std::uint64_t key, const Pending& pending, const CompiledRule& rule, const RuleSet& set) {
  wheel_.insert(key | kPendingTimer, lasting_from(pending, rule, set) / Instant::kSecond + 1);
}

/// The last value still stands. Should another be on its way it may take one interval, and that we must have been here
/// to hear it: only then it counts as lasting.
std::int64_t Engine::lasting_from(const Pending& pending, const CompiledRule& rule, const RuleSet& set) const {
  return std::max(pending.since + rule.for_ns, floor_s_ * Instant::kSecond) + set.interval_ns;
}

void Engine::pending_due(std::uint64_t key) {
  const auto at = pending_.find(key);
  if (at == pending_.end()) return;
  const DatastreamId id(static_cast<std::uint32_t>(key >> 24));
  Stream& stream = streams_.at(id);
  const RuleSet* set = set_of(id, stream);
  const CompiledRule* rule = set ? set->find(static_cast<std::uint32_t>(key & 0xffffff)) : nullptr;
  if (!rule) return;
  const std::int64_t lasted = at->second.since + rule->for_ns;
  if (rule->for_ns > 0 && now_ns_ < lasting_from(at->second, *rule, *set)) {
    return arm_pending(key, at->second, *rule, *set);
  }
  if (const std::int64_t later = held_until(*rule->rule)) {
    wheel_.insert(key | kPendingTimer, later);
    return;
  }
  // Held back by quiet time, it comes about when that is over; if it ran out while we were away, now.
  const bool held_back = rule->quiet || is_stale(lasted, *set);
  raise(*rule, id, stream, *set, held_back ? std::max(lasted, now_ns_) : lasted, at->second.value);
}

}  // namespace qala::alarms
