// Readings against limits. The loop of judge() runs for every reading and rule of the town: no allocation, no lookup
// by name until something is raised or cleared.
#include <cmath>

#include "alarms/engine_impl.h"

namespace qala::alarms {

using readings::Observation;
using readings::Outcome;

namespace {
constexpr std::int64_t kLate = 3600 * Instant::kSecond;
}

void Engine::evaluate(std::uint64_t sequence, std::span<const Observation> rows, std::span<const Outcome> outcomes) {
  if (!replaying_) look_at_clock();
  sequence_ = sequence;
  for (std::size_t i = 0; i < rows.size(); i++) {
    take(rows[i], i < outcomes.size() ? outcomes[i] : Outcome::stored);
  }
  finish();
}

void Engine::take(const Observation& row, Outcome outcome) {
  Stream& stream = streams_.at(row.datastream);
  const RuleSet* set = set_of(row.datastream, stream);
  if (!set || set->empty()) return;
  heard(row.datastream, stream, *set);
  if (outcome == Outcome::duplicate) return;
  // To the store a reading is late, too, that comes long after one of a clock that stood ahead.
  const bool late = outcome == Outcome::late && row.time < now_ns_ - kLate;
  if (row.time < stream.last_time || late) {
    probe_.out_of_order++;
    return;
  }
  probe_.readings++;
  const double value = readings::as_number(row.type, row.scale, row.bits);
  if (!std::isnan(value)) judge(row.datastream, stream, *set, row.time, value);
  stream.last_time = row.time;
  if (set->informs && !std::isnan(value)) inform(row.datastream, row.time);
}

void Engine::judge(DatastreamId id, Stream& stream, const RuleSet& set, std::int64_t time, double value) {
  if (set.looks_back) note_run(id, stream, set, time, value);
  probe_.evaluations += set.rules.size();
  for (const CompiledRule& rule : set.rules) judge_rule(rule, id, stream, set, time, value);
  if (set.looks_back) streams_.memory_of(stream).last = value;
}

void Engine::judge_rule(const CompiledRule& rule, DatastreamId id, Stream& stream, const RuleSet& set,
                        std::int64_t time, double value) {
  if (rule.when != When::always && !season_.is(rule.when, time)) return not_over(rule, id, stream);
  Verdict verdict = look(rule, id, stream, set, time, value);
  if (rule.combined) verdict = look_at_all(rule, id, verdict);
  // Outside its hours nothing is bad, but what is good again clears.
  if (rule.scheduled && verdict == Verdict::bad && !season_.within(*rule.rule->schedule, time)) {
    verdict = Verdict::between;
  }
  if ((stream.active & rule.bit) == 0) {
    if (verdict == Verdict::bad) over(rule, id, stream, set, time, value);
    else not_over(rule, id, stream);
    return;
  }
  if (verdict == Verdict::good) clear(rule, id, stream, time);
  else if (verdict == Verdict::bad && !releasing_.empty()) {
    if (const Alarm* alarm = ledger_.find(stream_key(id, rule.number))) still_bad(alarm->id, time);
  }
}

Engine::Verdict Engine::look(const CompiledRule& rule, DatastreamId id, Stream& stream, const RuleSet& set,
                             std::int64_t time, double value) {
  switch (rule.comparison) {
    case Comparison::above:
      return value > rule.limit ? Verdict::bad : value <= rule.clear ? Verdict::good : Verdict::between;
    case Comparison::below:
      return value < rule.limit ? Verdict::bad : value >= rule.clear ? Verdict::good : Verdict::between;
    case Comparison::rate: return look_at_rate(rule, stream, time, value);
    case Comparison::frozen: return look_at_run(rule, id, stream, set, time);
    case Comparison::silent: break;
  }
  return Verdict::between;
}

Engine::Verdict Engine::look_at_rate(const CompiledRule& rule, Stream& stream, std::int64_t time, double value) {
  const double before = streams_.memory_of(stream).last;
  if (std::isnan(before) || time <= stream.last_time) return Verdict::between;
  // A change in less than per_s is held against the whole limit: two readings a second apart are not a slope.
  const double span = std::max(static_cast<double>(time - stream.last_time), rule.per_ns);
  const double change = (value - before) * rule.per_ns / span;
  const double sign = rule.limit < 0 ? -1 : 1;
  if (change * sign > rule.limit * sign) return Verdict::bad;
  return change * sign <= rule.clear * sign ? Verdict::good : Verdict::between;
}

void Engine::note_run(DatastreamId id, Stream& stream, const RuleSet& set, std::int64_t time, double value) {
  Memory& memory = streams_.memory_of(stream);
  if (std::abs(value - memory.run_value) <= set.tolerance) return;
  const bool first = std::isnan(memory.run_value);
  memory.run_value = value;
  memory.run_since = time;
  if (!first) moved(id, set.movers, time);
}

void Engine::moved(DatastreamId id, std::uint32_t group, std::int64_t time) {
  auto& [newest, other] = movers_[group];
  if (newest.who == id) {
    newest.at = std::max(newest.at, time);
  } else if (time >= newest.at) {
    other = newest;
    newest = {id, time};
  } else if (time > other.at) {
    other = {id, time};
  }
}

bool Engine::others_moved(DatastreamId id, std::uint32_t group, std::int64_t since) const {
  for (const Mover& mover : movers_[group]) {
    if (mover.who && mover.who != id && mover.at > since) return true;
  }
  return false;
}

Engine::Verdict Engine::look_at_run(const CompiledRule& rule, DatastreamId id, Stream& stream, const RuleSet& set,
                                    std::int64_t time) {
  const std::int64_t since = streams_.memory_of(stream).run_since;
  if (since == time) return Verdict::good;
  if (time - since < rule.for_ns) return Verdict::between;
  return others_moved(id, set.movers, since) ? Verdict::bad : Verdict::between;
}

void Engine::over(const CompiledRule& rule, DatastreamId id, Stream& stream, const RuleSet& set, std::int64_t time,
                  double value) {
  const bool quiet = rule.quiet && season_.within(*rule.rule->quiet, time);
  if (quiet && rule.comparison == Comparison::frozen) return;  // stands still after it as well
  if (!quiet && (rule.for_ns == 0 || rule.comparison == Comparison::frozen)) {
    raise(rule, id, stream, set, time, value);
    return;
  }
  const std::uint64_t key = pending_key(id, rule.number);
  // Imported history begins nothing: what is pending stands until now.
  if ((stream.pending & rule.bit) == 0 && is_stale(time + rule.for_ns, set)) return;
  const auto [at, fresh] = pending_.try_emplace(key, Pending{time, value});
  if (fresh) {
    stream.pending |= rule.bit;
    unsaved_pending_.insert(key);
    arm_pending(key, at->second, rule, set);
  }
  if (!quiet && time - at->second.since >= rule.for_ns) raise(rule, id, stream, set, time, value);
}

void Engine::not_over(const CompiledRule& rule, DatastreamId id, Stream& stream) {
  if ((stream.pending & rule.bit) == 0) return;
  stream.pending &= ~rule.bit;
  drop_pending(id, rule.number);
}

bool Engine::is_stale(std::int64_t time, const RuleSet& set) const {
  return time < now_ns_ - std::max(options_.stale_s * Instant::kSecond, 3 * set.interval_ns);
}

bool Engine::raise(const CompiledRule& rule, DatastreamId id, Stream& stream, const RuleSet& set, std::int64_t time,
                   double value) {
  StreamFacts facts;
  if (!directory_.stream(id, facts)) return false;
  if (is_stale(time, set)) {
    probe_.stale++;
    return false;
  }
  not_over(rule, id, stream);
  stream.active |= rule.bit;
  correlate(open_alarm({.key = stream_key(id, rule.number),
                        .rule = rule.rule,
                        .thing = facts.thing,
                        .at = time,
                        .value = value,
                        .limit = rule.limit,
                        .unit = facts.unit,
                        .severity = rule.rule->severity}));
  return true;
}

void Engine::clear(const CompiledRule& rule, DatastreamId id, Stream& stream, std::int64_t time) {
  stream.active &= ~rule.bit;
  const Alarm* alarm = ledger_.find(stream_key(id, rule.number));
  if (alarm && alarm->condition == Condition::active) clear_alarm(alarm->id, time);
}

AlarmId Engine::open_alarm(const Finding& finding) {
  if (const Alarm* open = ledger_.find(finding.key)) {
    if (open->condition == Condition::active) return open->id;
    const AlarmId id = open->id;
    probe_.reraised++;
    releasing_.erase(id);
    ledger_.note({.alarm = id, .kind = StepKind::raised_again, .at = finding.at, .value = finding.value});
    ledger_.edit(id, [&](Alarm& alarm) {
      alarm.condition = Condition::active;
      // What was acknowledged (and is here only because it is shelved) is a new occurrence.
      alarm.handling = Handling::unacknowledged;
      alarm.acknowledged = 0;
      alarm.acknowledged_by.clear();
      alarm.waiting = now_ns_;
      alarm.severity = finding.severity;
      alarm.raised = finding.at;
      alarm.cleared = 0;
      alarm.value = finding.value;
      alarm.limit = finding.limit;
      alarm.count++;
      alarm.sequence = sequence_;
    });
    watch(id);
    return id;
  }
  Alarm alarm;
  alarm.rule = finding.rule->key;
  alarm.severity = finding.severity;
  alarm.thing = finding.thing;
  alarm.datastream = finding.key.datastream;
  if (ThingFacts thing; directory_.thing(finding.thing, thing)) {
    alarm.kind = thing.kind;
    alarm.zone = thing.zone;
  }
  alarm.raised = finding.at;
  alarm.value = finding.value;
  alarm.limit = finding.limit;
  alarm.comparison = finding.rule->comparison;
  alarm.unit = finding.unit;
  alarm.sequence = sequence_;
  alarm.waiting = now_ns_;
  if (finding.key.exercise && exercise_) alarm.exercise = exercise_->id;
  if (const auto away = out_of_service_.find({alarm.rule, alarm.thing}); away != out_of_service_.end()) {
    alarm.out_of_service = away->second;
  }
  probe_.raised++;
  const AlarmId id = ledger_.add(finding.key, std::move(alarm));
  ledger_.note({.alarm = id, .kind = StepKind::raised, .at = finding.at, .value = finding.value});
  if (finding.key.exercise) exercised_.insert(id);
  watch(id);
  return id;
}

void Engine::clear_alarm(AlarmId id, std::int64_t time) {
  const AlarmId cause = ledger_.get(id)->cause;
  silent_itself_.erase(id);
  probe_.cleared++;
  ledger_.note({.alarm = id, .kind = StepKind::cleared, .at = std::max(time, ledger_.get(id)->raised)});
  ledger_.edit(id, [&](Alarm& alarm) {
    alarm.condition = Condition::cleared;
    alarm.cleared = std::max(time, alarm.raised);
    alarm.sequence = sequence_;
  });
  if (!ledger_.attached_to(id).empty()) releasing_[id] = {now_s() + options_.release_s, time};
  if (cause) check_group(cause, time);
}

}  // namespace qala::alarms
