// Rules of several conditions on one thing. What the conditions look at is found once and remembered: a reading of any
// of them judges the rule again, and nothing is searched for.
#include <cmath>

#include "alarms/engine_impl.h"

namespace qala::alarms {

namespace {

/// The first datastream of the property among those of the thing.
DatastreamId stream_of(const StreamDirectory& directory, const std::vector<DatastreamId>& streams,
                       const std::string& property) {
  StreamFacts facts;
  for (const DatastreamId id : streams) {
    if (directory.stream(id, facts) && facts.property == property) return id;
  }
  return {};
}

}  // namespace

const Engine::Combined& Engine::combined(const CompiledRule& rule, DatastreamId id) {
  const auto [at, fresh] = combined_.try_emplace(pending_key(id, rule.number));
  if (!fresh) return at->second;
  StreamFacts facts;
  if (!directory_.stream(id, facts)) return at->second;
  const auto streams = directory_.streams_of(facts.thing);
  const auto resolve = [&](const std::vector<Term>& terms) {
    std::vector<Found> found;
    for (const Term& term : terms) {
      found.push_back({stream_of(directory_, streams, term.property), term.comparison, term.limit, term.clear});
    }
    return found;
  };
  at->second.push_back(resolve(rule.rule->any));
  for (const Clause& clause : rule.rule->all) at->second.push_back(resolve(clause.any));
  return at->second;
}

/// What the newest reading says, if it is not too old to say anything.
Engine::Verdict Engine::look_at_term(const Found& term) {
  if (!term.datastream) return Verdict::between;
  Stream& stream = streams_.at(term.datastream);
  const RuleSet* set = set_of(term.datastream, stream);
  if (!set || is_stale(stream.last_time, *set)) return Verdict::between;
  const double value = streams_.memory_of(stream).last;
  if (std::isnan(value)) return Verdict::between;
  const bool above = term.comparison == Comparison::above;
  if (above ? value > term.limit : value < term.limit) return Verdict::bad;
  return (above ? value <= term.clear : value >= term.clear) ? Verdict::good : Verdict::between;
}

/// (rule or …) and (… or …) and …: bad if each clause has a bad one, good if some clause has only good ones.
Engine::Verdict Engine::look_at_all(const CompiledRule& rule, DatastreamId id, Verdict own) {
  Verdict all = Verdict::bad;
  bool first = true;
  for (const auto& clause : combined(rule, id)) {
    Verdict any = first ? own : Verdict::good;
    for (const Found& term : clause) {
      const Verdict one = look_at_term(term);
      if (one == Verdict::bad) any = Verdict::bad;
      else if (one == Verdict::between && any == Verdict::good) any = Verdict::between;
    }
    if (any == Verdict::good) return Verdict::good;
    if (any == Verdict::between) all = Verdict::between;
    first = false;
  }
  return all;
}

/// A reading came that rules of other datastreams of its thing look at.
void Engine::inform(DatastreamId id, std::int64_t time) {
  const auto [at, fresh] = informs_.try_emplace(id);
  if (fresh) {
    StreamFacts facts;
    if (!directory_.stream(id, facts)) return;
    for (const DatastreamId other : directory_.streams_of(facts.thing)) {
      const RuleSet* set = set_of(other, streams_.at(other));
      if (!set) continue;
      for (const CompiledRule& rule : set->rules) {
        if (rule.combined && other != id) at->second.push_back({other, rule.number});
      }
    }
  }
  const auto told = at->second;  // raising may change what is remembered
  for (const auto& [other, number] : told) {
    Stream& stream = streams_.at(other);
    const RuleSet* set = set_of(other, stream);
    const CompiledRule* rule = set ? set->find(number) : nullptr;
    if (!rule) continue;
    const double value = streams_.memory_of(stream).last;
    if (!std::isnan(value)) judge_rule(*rule, other, stream, *set, std::max(time, stream.last_time), value);
  }
}

void Engine::forget_combined() {
  combined_.clear();
  informs_.clear();
}

}  // namespace qala::alarms
