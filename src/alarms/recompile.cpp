// Other rules, other registry: what was raised stays raised where its rule still applies, the rest clears.
#include "alarms/engine_impl.h"

namespace qala::alarms {

Engine::Marks Engine::take_marks(DatastreamId id, Stream& stream) {
  Marks marks{id, {}, {}};
  if (stream.rule_set != Stream::kUnknown && (stream.active | stream.pending) != 0) {
    const RuleSet& set = table_.set(stream.rule_set);
    for (const CompiledRule& rule : set.rules) {
      if (stream.active & rule.bit) marks.active.push_back(rule.number);
      if (stream.pending & rule.bit) marks.pending.push_back(rule.number);
    }
    if (stream.active & set.silent.bit) marks.active.push_back(set.silent.number);
  }
  stream.rule_set = Stream::kUnknown;
  stream.active = stream.pending = 0;
  return marks;
}

void Engine::put_marks(const Marks& marks) {
  Stream& stream = streams_.at(marks.id);
  const RuleSet* set = set_of(marks.id, stream);
  for (const std::uint32_t number : marks.active) {
    const CompiledRule* rule = set ? set->find(number) : nullptr;
    if (rule) {
      stream.active |= rule->bit;
      continue;
    }
    const Alarm* alarm = ledger_.find(stream_key(marks.id, number));
    if (alarm && alarm->condition == Condition::active) clear_alarm(alarm->id, now_ns_);
  }
  for (const std::uint32_t number : marks.pending) {
    const CompiledRule* rule = set ? set->find(number) : nullptr;
    if (rule) stream.pending |= rule->bit;
    else drop_pending(marks.id, number);
  }
}

void Engine::drop_pending(DatastreamId id, std::uint32_t rule) {
  const std::uint64_t key = pending_key(id, rule);
  if (pending_.erase(key) > 0) unsaved_pending_.insert(key);
}

/// Some datastream of the thing would end its silence by speaking.
bool Engine::is_waited_for(ThingId thing) {
  for (const DatastreamId id : directory_.streams_of(thing)) {
    Stream& stream = streams_.at(id);
    const RuleSet* set = set_of(id, stream);
    if (set && (stream.active & set->silent.bit)) return true;
  }
  return false;
}

void Engine::clear_alarms_of_gone_rules() {
  for (const AlarmId id : ledger_.all()) {
    const Alarm* alarm = ledger_.get(id);
    if (!alarm || alarm->condition != Condition::active) continue;
    const bool gone = !table_.rule(ledger_.rule_of(id)), real = alarm->exercise == 0;
    if (gone || (real && silent_itself_.contains(id) && !is_waited_for(alarm->thing))) clear_alarm(id, now_ns_);
  }
}

Result<> Engine::set_rules(Rules rules) {
  TRY_VOID(apply());
  look_at_clock();
  forget_combined();
  std::vector<Marks> all;
  streams_.each([&](DatastreamId id, Stream& stream) {
    Marks marks = take_marks(id, stream);
    if (!marks.active.empty() || !marks.pending.empty()) all.push_back(std::move(marks));
  });
  table_.load(std::move(rules));
  for (const Marks& marks : all) put_marks(marks);
  clear_alarms_of_gone_rules();
  streams_.each([this](DatastreamId id, Stream& stream) { forget_unless_kept(id, stream); });
  arm_all();  // a rule may be new, or wait for less
  auto written = apply();
  finish();
  return written;
}

Result<> keep_in_force(const RuleBook& book, RuleEngine& engine) {
  const Rules wanted = book.rules(), judged_by = engine.rules();
  if (wanted == judged_by || *wanted == *judged_by) return {};
  return engine.set_rules(wanted).context("taking other rules");
}

/// Where no rule looks back nothing is noted any more: one that comes later must not take the old value for the last.
void Engine::forget_unless_kept(DatastreamId id, Stream& stream) {
  if (stream.memory == 0) return;
  const RuleSet* set = set_of(id, stream);
  if (!set || !set->looks_back) streams_.memory_of(stream) = Memory();
}

void Engine::clear_all_of(DatastreamId id) {
  std::vector<AlarmId> theirs;
  for (const AlarmId alarm : ledger_.all()) {
    if (ledger_.get(alarm)->datastream == id) theirs.push_back(alarm);
  }
  for (const AlarmId alarm : theirs) {
    const Alarm* open = ledger_.get(alarm);
    if (open && open->condition == Condition::active) clear_alarm(alarm, now_ns_);
  }
}

void Engine::datastream_changed(DatastreamId id) {
  forget_combined();
  look_at_clock();
  Stream& stream = streams_.at(id);
  const std::uint32_t before = stream.rule_set;
  const Marks marks = take_marks(id, stream);
  const bool counted = stream.last_heard != 0 || !marks.active.empty();
  put_marks(marks);
  forget_unless_kept(id, stream);
  const bool there = set_of(id, stream) != nullptr;
  // It may wait for less than its entry in the wheel says, or be what ended the silence of its thing.
  recompiled_ |= counted && stream.rule_set != before;
  if (!there) {
    clear_all_of(id);
    const std::uint32_t armed = stream.armed;  // its entry is still in the wheel
    stream = Stream();
    stream.armed = armed & 1;
  }
  finish();
}

void Engine::thing_changed(ThingId id) {
  look_at_clock();
  for (const DatastreamId datastream : directory_.streams_of(id)) datastream_changed(datastream);
  if (ThingFacts facts; !directory_.thing(id, facts)) {
    for (const AlarmId alarm : ledger_.on_thing(id)) {
      const Alarm* open = ledger_.get(alarm);
      if (open && open->condition == Condition::active) clear_alarm(alarm, now_ns_);
    }
  }
  finish();
}

}  // namespace qala::alarms
