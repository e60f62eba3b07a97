// Start-up: what town.db knows, what the store knows, then the rest of the log, judged as it was the first time.
#include <cmath>

#include "alarms/engine_impl.h"
#include "base/log.h"

namespace qala::alarms {

/// The log rows that town.db does not know yet: times by datastream.
struct Engine::Tail {
  std::unordered_map<DatastreamId, std::unordered_set<std::int64_t>> times;
  bool whole = false;  ///< the log reaches back to what was applied

  const std::unordered_set<std::int64_t>* of(DatastreamId id) const {
    const auto at = times.find(id);
    return at == times.end() ? nullptr : &at->second;
  }
};

Result<> Engine::load() {
  TRY(auto loaded, journal_->load());
  position_ = loaded.position;
  sequence_ = position_.sequence;
  ledger_ = Ledger(position_.next_id);
  for (auto& alarm : loaded.open) {
    const std::uint32_t rule = table_.number_of(alarm.rule);
    AlarmKey key = alarm.datastream ? stream_key(alarm.datastream, rule) : thing_key(alarm.thing, rule);
    key.exercise = alarm.exercise != 0;
    if (key.exercise) exercised_.insert(alarm.id);
    ledger_.restore(key, std::move(alarm));
  }
  for (const auto& change : loaded.pending) {
    pending_[pending_key(change.datastream, table_.number_of(change.rule))] = change.pending;
  }
  for (auto& entry : loaded.out_of_service) out_of_service_[{entry.rule, entry.thing}] = std::move(entry);
  publish_out_of_service();
  exercise_ = std::move(loaded.exercise);
  last_exercise_ = loaded.last_exercise;
  publish_exercise();
  board_->publish(ledger_.snapshot());
  return {};
}

Result<> Engine::recover(readings::ReadingStore& store) {
  now_ns_ = clock_.now().ns;
  floor_s_ = now_s();
  replaying_ = true;
  wheel_.start(now_s());
  TRY(const Tail tail, read_tail(store).context("reading the log for alarms"));
  TRY_VOID(seed(store, tail).context("reading the latest values for alarms"));
  restore_marks();
  restore_causes();
  TRY_VOID(replay(store, tail).context("replaying the log for alarms"));
  now_ns_ = clock_.now().ns;
  streams_.each([&](DatastreamId, Stream& stream) {
    if (stream.last_heard == 0 || stream.last_time <= 0) return;
    const std::int64_t spoke = std::min(now_s(), stream.last_time / Instant::kSecond);
    stream.last_heard = static_cast<std::uint32_t>(std::max<std::int64_t>(spoke, 1));
  });
  forget_future();
  arm_all();
  watch_all();
  clear_alarms_of_gone_rules();
  sequence_ = store.last_sequence();
  auto written = apply();
  finish();
  board_->publish(ledger_.snapshot());
  replaying_ = false;
  return written;
}

Result<Engine::Tail> Engine::read_tail(readings::ReadingStore& store) {
  Tail tail;
  const bool first_start = position_.clock_ns == 0;
  if (first_start) return tail;
  auto read = store.replay(position_.sequence, [&](std::uint64_t, const readings::Batch& batch, std::string_view) {
    for (const auto& row : batch.rows) tail.times[row.datastream].insert(row.time);
    return Result<>();
  });
  tail.whole = read.has_value();
  if (read) return tail;
  if (read.error().kind != ErrorKind::invalid) return std::move(read.error());
  log::warn("log does not reach back to the last alarms, judging the latest values", {{"after", position_.sequence}});
  return Tail();
}

Result<> Engine::seed(readings::ReadingStore& store, const Tail& tail) {
  for (const auto& latest : store.latest_all()) TRY_VOID(seed_stream(store, latest, tail));
  return {};
}

Result<> Engine::seed_stream(readings::ReadingStore& store, const readings::Latest& latest, const Tail& tail) {
  const DatastreamId id = latest.datastream;
  Stream& stream = streams_.at(id);
  const RuleSet* set = set_of(id, stream);
  if (!set || set->empty()) return {};
  stream.last_time = latest.time;
  if (const auto* replayed = tail.of(id)) {
    // What the datastream had said before the rows that are judged again.
    const std::int64_t oldest = *std::ranges::min_element(*replayed);
    const readings::Window window{oldest - 40 * Instant::kDay, latest.time + 1};
    TRY(const auto range, store.range(id, window, replayed->size() + 1, false, true));
    stream.last_time = Stream().last_time;
    for (const auto& row : range.batch.rows) {
      if (!replayed->contains(row.time)) stream.last_time = std::max(stream.last_time, row.time);
    }
    if (stream.last_time == Stream().last_time) return {};
  }
  const std::int64_t spoke = std::clamp<std::int64_t>(stream.last_time / Instant::kSecond, 1, heard_now());
  stream.last_heard = static_cast<std::uint32_t>(spoke);
  return set->looks_back ? seed_memory(store, id, stream, *set) : Result<>();
}

/// Walks the readings as far back as a run may have to last.
Result<> Engine::seed_memory(readings::ReadingStore& store, DatastreamId id, Stream& stream, const RuleSet& set) {
  std::int64_t longest = 2 * set.interval_ns;
  for (const CompiledRule& rule : set.rules) {
    if (rule.comparison == Comparison::frozen) longest = std::max(longest, rule.for_ns + 2 * set.interval_ns);
  }
  const readings::Window window{stream.last_time - longest, stream.last_time + 1};
  TRY(auto range, store.range(id, window, 100'000, false, true));
  std::ranges::sort(range.batch.rows, {}, &readings::Observation::time);
  for (const auto& row : range.batch.rows) {
    const double value = readings::as_number(row.type, row.scale, row.bits);
    if (std::isnan(value)) continue;
    note_run(id, stream, set, row.time, value);
    streams_.memory_of(stream).last = value;
  }
  return {};
}

void Engine::restore_marks() {
  for (const AlarmId id : ledger_.all()) {
    const Alarm* alarm = ledger_.get(id);
    if (!alarm || alarm->condition != Condition::active) continue;
    if (alarm->exercise != 0) silent_itself_.insert(id);  // no reading made it, none ends it
    else if (alarm->datastream) put_marks({alarm->datastream, {ledger_.rule_of(id)}, {}});
    else if (alarm->comparison == Comparison::silent) restore_silence(*alarm);
  }
  const auto pending = pending_;
  for (const auto& [key, value] : pending) {
    put_marks({DatastreamId(static_cast<std::uint32_t>(key >> 24)), {}, {static_cast<std::uint32_t>(key & 0xffffff)}});
  }
}

/// A thing as a whole fell silent: by itself, if what it said last was long ago when the alarm was raised.
void Engine::restore_silence(const Alarm& alarm) {
  const auto streams = directory_.streams_of(alarm.thing);
  bool itself = alarm.covers == 0;
  for (const DatastreamId id : streams) {
    Stream& stream = streams_.at(id);
    const RuleSet* set = set_of(id, stream);
    if (!set || stream.last_heard == 0) continue;
    itself |= stream.last_heard + set->silent_s <= alarm.raised / Instant::kSecond + 1;
  }
  if (!itself) return;
  silent_itself_.insert(alarm.id);
  for (const DatastreamId id : streams) {
    Stream& stream = streams_.at(id);
    if (const RuleSet* set = set_of(id, stream)) stream.active |= set->silent.bit;
  }
}

void Engine::restore_causes() {
  for (const AlarmId id : ledger_.all()) {
    const Alarm* alarm = ledger_.get(id);
    if (!alarm || alarm->condition != Condition::active) continue;
    if (!alarm->cause) {
      ThingFacts facts;
      if (!directory_.thing(alarm->thing, facts)) continue;
      const std::uint32_t rule = ledger_.rule_of(id);
      const bool silence = alarm->comparison == Comparison::silent;
      const bool exercise = alarm->exercise != 0;
      if (silence && facts.gateway) groups_[{facts.gateway, rule, exercise}].push_back(id);
      if (facts.parent) groups_[{facts.parent, rule, exercise}].push_back(id);
      continue;
    }
    const Alarm* cause = ledger_.get(alarm->cause);
    if (cause && cause->condition == Condition::active) continue;
    releasing_[alarm->cause] = {now_s() + options_.release_s, cause ? cause->cleared : now_ns_};
  }
}

Result<> Engine::replay(readings::ReadingStore& store, const Tail& tail) {
  if (tail.whole) {
    if (tail.times.empty()) return {};
    now_ns_ = position_.clock_ns;  // what was news then is news now
    return store.replay(position_.sequence,
                        [&](std::uint64_t sequence, const readings::Batch& batch, std::string_view) {
                          evaluate(sequence, batch.rows, {});
                          return Result<>();
                        });
  }
  readings::Batch latest;
  for (const auto& newest : store.latest_all()) {
    latest.rows.push_back({newest.datastream, newest.flags, newest.type, newest.scale, newest.time, newest.bits});
  }
  evaluate(store.last_sequence(), latest.rows, {});
  return {};
}

}  // namespace qala::alarms
