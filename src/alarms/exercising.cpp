// Exercises: begun, played, ended. What is raised here has keys of its own (AlarmKey::exercise), so that readings never
// meet it; whatever is open of an exercise that does not run any more is cleared, also after a kill.
#include <cmath>

#include "alarms/engine_impl.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace qala::alarms {

namespace {

constexpr std::size_t kLongestReason = 4000;
constexpr std::size_t kMostScope = 1000;
/// So many of an exercise that is over are cleared at a tick: more would hold up readings.
constexpr std::size_t kMostOver = 512;

std::string named(const Exercise& exercise) { return "exercise " + std::to_string(exercise.id); }

Error refuse(const std::string& code, const std::string& what) { return fail(ErrorKind::conflict, code + ": " + what); }

/// A tenth beyond the limit: what a person would expect to see who asked for no certain value.
double value_beyond(const CompiledRule& rule) {
  const double step = rule.limit == 0 ? 1 : std::abs(rule.limit) / 10;
  return rule.comparison == Comparison::below || rule.limit < 0 ? rule.limit - step : rule.limit + step;
}

bool is_beyond(const CompiledRule& rule, double value) {
  switch (rule.comparison) {
    case Comparison::above: return value > rule.limit;
    case Comparison::below: return value < rule.limit;
    default: return true;
  }
}

}  // namespace

void Engine::publish_exercise() { board_->publish(exercise_ ? std::make_shared<const Exercise>(*exercise_) : nullptr); }

Result<Exercise> Engine::begin_exercise(Exercise wanted, const audit::Actor& by) {
  if (wanted.reason.empty()) return fail(ErrorKind::invalid, "reason: must not be empty");
  if (wanted.reason.size() > kLongestReason)
    return fail(ErrorKind::invalid, "reason: must not be longer than 4000 bytes");
  if (wanted.zones.size() + wanted.things.size() > kMostScope) {
    return fail(ErrorKind::invalid, "things: at most 1000 zones and things, or none for the town");
  }
  for (const ThingId thing : wanted.things) {
    if (ThingFacts facts; !directory_.thing(thing, facts)) {
      return fail(ErrorKind::invalid, "things: there is no thing " + std::to_string(thing.value));
    }
  }
  if (exercise_) return refuse("running", named(*exercise_) + " runs already");
  TRY_VOID(flush());
  look_at_clock();
  if (wanted.until <= now_ns_) return fail(ErrorKind::invalid, "until: must be in the future");
  if (wanted.until - now_ns_ > kLongestExercise) return fail(ErrorKind::invalid, "too_long: at most 24 hours at once");
  wanted.id = last_exercise_ + 1;
  wanted.by = by.subject;
  wanted.started = now_ns_;
  wanted.ended = 0;
  std::string detail;
  JsonWriter(detail).object().key("until").time(Instant{wanted.until}).field("reason", wanted.reason).end();
  TRY_VOID(record(by, "exercise.started", named(wanted), detail));
  TRY_VOID(write_all(
      [&](const Part& part, const Position& position) { return journal_->put_exercise(wanted, part, position); }));
  last_exercise_ = wanted.id;
  exercise_ = wanted;
  publish_exercise();
  log::warn("exercise begins", {{"exercise", wanted.id}, {"minutes", (wanted.until - now_ns_) / Instant::kMinute}});
  finish();
  return wanted;
}

Result<> Engine::end_exercise(const audit::Actor& by) {
  if (!exercise_) return fail(ErrorKind::not_found, "no exercise runs");
  TRY_VOID(flush());
  look_at_clock();
  TRY_VOID(record(by, "exercise.ended", named(*exercise_), {}));
  TRY_VOID(close_exercise(by.subject));
  clear_what_is_over();
  finish();
  return {};
}

Result<> Engine::close_exercise(const std::string& by) {
  Exercise over = *exercise_;
  over.ended = now_ns_;
  over.ended_by = by;
  TRY_VOID(write_all(
      [&](const Part& part, const Position& position) { return journal_->put_exercise(over, part, position); }));
  exercise_.reset();
  publish_exercise();
  log::info("exercise over", {{"exercise", over.id}, {"alarms", exercised_.size()}});
  return {};
}

void Engine::clear_what_is_over() {
  for (std::size_t n = 0; n < kMostOver && !exercised_.empty(); n++) {
    const AlarmId id = *exercised_.begin();
    const Alarm* alarm = ledger_.get(id);
    if (alarm && exercise_ && alarm->exercise == exercise_->id) return;  // they come in order: all others, too
    exercised_.erase(exercised_.begin());
    if (!alarm) continue;
    silent_itself_.erase(id);
    releasing_.erase(id);
    ledger_.note({.alarm = id, .kind = StepKind::exercise_over, .at = now_ns_});
    ledger_.edit(id, [this](Alarm& over) {
      over.condition = Condition::cleared;
      if (over.cleared == 0) over.cleared = std::max(now_ns_, over.raised);
      over.shelved.reset();
      over.dismissed = true;
    });
  }
}

void Engine::exercise_due() {
  // Not in the middle of a large write: at the next tick then.
  const bool room = writing_.parts.empty() && ledger_.unsaved().size() <= kMostAtOnce;
  if (exercise_ && exercise_->until <= now_ns_ && room) {
    const auto ended = close_exercise({});
    if (!ended) log::error("exercise not ended", {{"why", ended.error().message}});
  }
  clear_what_is_over();
}

/// The rule as it is judged on a datastream of the thing: the one that was asked for, or the first it reaches.
Result<std::pair<DatastreamId, CompiledRule>> Engine::rule_on(std::uint32_t number, ThingId thing,
                                                              DatastreamId wanted) {
  for (const DatastreamId id : directory_.streams_of(thing)) {
    if (wanted && id != wanted) continue;
    const RuleSet* set = set_of(id, streams_.at(id));
    if (const CompiledRule* rule = set ? set->find(number) : nullptr) return std::pair(id, *rule);
  }
  return refuse("rule_not_here", "the rule does not reach thing " + std::to_string(thing.value));
}

Result<Alarm> Engine::raise_in_exercise(const Staged& staged, const audit::Actor& by) {
  if (!exercise_) return fail(ErrorKind::not_found, "no exercise runs");
  ThingFacts facts;
  if (!directory_.thing(staged.thing, facts)) {
    return fail(ErrorKind::not_found, "there is no thing " + std::to_string(staged.thing.value));
  }
  if (!exercise_->includes(staged.thing, facts.zone)) {
    return refuse("out_of_scope", "thing " + std::to_string(staged.thing.value) + " is not part of the exercise");
  }
  const std::uint32_t number = table_.knows(staged.rule) ? table_.number_of(staged.rule) : 0;
  const Rule* rule = table_.knows(staged.rule) ? table_.rule(number) : nullptr;
  if (!rule) return refuse("rule_not_here", "there is no rule \"" + staged.rule + "\", or it is disabled");
  TRY(const auto place, rule_on(number, staged.thing, staged.datastream));
  const auto& [datastream, compiled] = place;
  const bool silent = rule->comparison == Comparison::silent, frozen = rule->comparison == Comparison::frozen;
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  const double value = silent || frozen ? nothing : std::isnan(staged.value) ? value_beyond(compiled) : staged.value;
  if (!std::isnan(value) && !is_beyond(compiled, value)) {
    return refuse("raises_nothing", "the value does not go beyond the limit of rule \"" + rule->key + "\"");
  }
  AlarmKey key = silent ? thing_key(staged.thing, number) : stream_key(datastream, number);
  key.exercise = true;
  if (const Alarm* open = ledger_.find(key); open && open->condition == Condition::active) {
    return refuse("already_raised", "alarm " + std::to_string(open->id.value) + " is active");
  }
  TRY_VOID(flush());
  look_at_clock();
  std::string detail;
  JsonWriter(detail).object().field("rule", rule->key).field("thing", staged.thing.value).field("value", value).end();
  TRY_VOID(record(by, "exercise.raised", named(*exercise_), detail));
  StreamFacts stream;
  directory_.stream(datastream, stream);
  const AlarmId id = open_alarm({.key = key,
                                 .rule = rule,
                                 .thing = staged.thing,
                                 .at = now_ns_,
                                 .value = value,
                                 .limit = compiled.limit,
                                 .unit = silent ? std::string() : stream.unit,
                                 .severity = rule->severity});
  if (silent) silent_itself_.insert(id);
  correlate(id);
  const Alarm raised = *ledger_.get(id);
  finish();
  return raised;
}

Result<Alarm> Engine::clear_in_exercise(AlarmId id, const audit::Actor& by) {
  TRY_VOID(flush());
  TRY(const Entry before, open_entry(id));
  if (before.second->exercise == 0) return refuse("not_exercise", "alarm " + std::to_string(id.value) + " is real");
  if (before.second->condition == Condition::cleared) return *before.second;
  look_at_clock();
  TRY_VOID(record(by, "exercise.cleared", "alarm " + std::to_string(id.value), {}));
  clear_alarm(id, now_ns_);
  TRY_VOID(make_durable(std::span(&before, 1)));
  if (const Alarm* open = ledger_.get(id)) return *open;
  return board_->find(id);
}

}  // namespace qala::alarms
