#include "alarms/compiled.h"

#include <algorithm>

#include "base/log.h"

namespace qala::alarms {

namespace {

constexpr std::size_t kMostRules = 31;
/// Where nobody said how often a datastream speaks.
constexpr std::int64_t kUnknownIntervalMs = 8 * 3'600'000;

/// What a limit is multiplied with to be in the datastream's unit; 0: they do not go together.
double factor(const Rule& rule, const StreamFacts& facts) {
  if (rule.unit.empty() || facts.unit.empty() || rule.unit == facts.unit) return 1;
  if (rule.unit == "µg/m³" && facts.unit == "mg/m³") return 0.001;
  if (rule.unit == "mg/m³" && facts.unit == "µg/m³") return 1000;
  return 0;
}

bool applies(const Rule& rule, const StreamFacts& facts) {
  if (!rule.enabled || factor(rule, facts) == 0) return false;
  if (rule.kind && *rule.kind != facts.kind) return false;
  if (!rule.zone.empty() && rule.zone != facts.zone_key) return false;
  if (!rule.property.empty() && rule.property != facts.property) return false;
  return rule.selector.empty() || glob_matches(rule.selector, facts.key);
}

/// Another condition of the rule looks at this datastream.
bool is_looked_at(const Rule& rule, const StreamFacts& facts) {
  if (!rule.enabled || facts.property.empty()) return false;
  if (rule.kind && *rule.kind != facts.kind) return false;
  if (!rule.zone.empty() && rule.zone != facts.zone_key) return false;
  const auto mentions = [&](const std::vector<Term>& terms) {
    return std::ranges::find(terms, facts.property, &Term::property) != terms.end();
  };
  return mentions(rule.any) ||
         std::ranges::any_of(rule.all, [&](const Clause& clause) { return mentions(clause.any); });
}

/// Of several silence rules the one that says most about where it applies counts, then the more severe.
int narrowness(const Rule& rule) {
  return (rule.selector.empty() ? 0 : 8) + (rule.zone.empty() ? 0 : 4) + (rule.property.empty() ? 0 : 2) +
         (rule.kind ? 1 : 0);
}

bool narrower(const Rule& a, const Rule& b) {
  if (narrowness(a) != narrowness(b)) return narrowness(a) > narrowness(b);
  return a.severity < b.severity;
}

}  // namespace

const CompiledRule* RuleSet::find(std::uint32_t number) const {
  if (silent.bit != 0 && silent.number == number) return &silent;
  for (const auto& rule : rules) {
    if (rule.number == number) return &rule;
  }
  return nullptr;
}

void RuleTable::load(Rules rules) {
  rules_ = std::move(rules);
  sets_.clear();
  by_content_.clear();
  std::ranges::fill(by_number_, nullptr);
  for (const Rule& rule : *rules_) {
    const std::uint32_t number = number_of(rule.key);
    by_number_[number] = rule.enabled ? &rule : nullptr;
  }
}

std::uint32_t RuleTable::number_of(const std::string& key) {
  const auto [at, fresh] = numbers_.try_emplace(key, static_cast<std::uint32_t>(by_number_.size()));
  if (fresh) {
    by_number_.push_back(nullptr);
    keys_.push_back(key);
  }
  return at->second;
}

const Rule* RuleTable::rule(std::uint32_t number) const {
  return number < by_number_.size() ? by_number_[number] : nullptr;
}

bool RuleTable::knows(std::string_view key) const {
  return std::ranges::find(*rules_, key, &Rule::key) != rules_->end();
}

const Rule* RuleTable::silence_rule(registry::Kind kind) const {
  const Rule* best = nullptr;
  for (const Rule& rule : *rules_) {
    if (!rule.enabled || rule.comparison != Comparison::silent) continue;
    if (!rule.zone.empty() || !rule.property.empty() || !rule.selector.empty()) continue;
    if (rule.kind && *rule.kind != kind) continue;
    if (!best || narrower(rule, *best)) best = &rule;
  }
  return best;
}

std::uint32_t RuleTable::set_for(const StreamFacts& facts) {
  std::vector<std::size_t> matching;
  for (std::size_t i = 0; i < rules_->size(); i++) {
    if (applies((*rules_)[i], facts)) matching.push_back(i);
  }
  std::string content = std::to_string(facts.interval_ms) + ' ' + facts.property + ' ' + facts.unit;
  for (const std::size_t i : matching) content += ' ' + std::to_string(i);
  const bool informs = std::ranges::any_of(*rules_, [&](const Rule& rule) { return is_looked_at(rule, facts); });
  if (informs) content += " informs";
  const auto [at, fresh] = by_content_.try_emplace(content, static_cast<std::uint32_t>(sets_.size()));
  if (fresh) sets_.push_back(build(matching, informs, facts));
  return at->second;
}

RuleSet RuleTable::build(const std::vector<std::size_t>& matching, bool informs, const StreamFacts& facts) {
  const std::int64_t interval_ms = facts.interval_ms > 0 ? facts.interval_ms : kUnknownIntervalMs;
  RuleSet set;
  set.interval_ns = std::max<std::int64_t>(facts.interval_ms, 0) * 1'000'000;
  set.informs = set.looks_back = informs;
  std::vector<const Rule*> judged;
  const Rule* silent = nullptr;
  for (const std::size_t i : matching) {
    const Rule& rule = (*rules_)[i];
    if (rule.comparison != Comparison::silent) judged.push_back(&rule);
    else if (!silent || narrower(rule, *silent)) silent = &rule;
  }
  // they lie in one vector: equally severe ones keep their order
  std::ranges::sort(judged, {}, [](const Rule* rule) { return std::pair(rule->severity, rule); });
  if (judged.size() > kMostRules) {
    left_out_ += judged.size() - kMostRules;
    log::warn("too many rules meet on a datastream", {{"datastream", facts.key}, {"rules", judged.size()}});
    judged.resize(kMostRules);
  }
  std::uint32_t bit = 1;
  for (const Rule* rule : judged) {
    set.rules.push_back(compile(*rule, bit, factor(*rule, facts)));
    set.looks_back |= rule->comparison == Comparison::rate || rule->comparison == Comparison::frozen;
    set.looks_back |= !rule->any.empty() || !rule->all.empty();
    if (rule->comparison == Comparison::frozen) set.tolerance = rule->limit;
    bit <<= 1;
  }
  if (silent) {
    set.silent = compile(*silent, bit, 1);
    set.grace_s = std::max<std::int64_t>(interval_ms * 3 / 2 / 1000, 60);
    set.silent_s = std::max(static_cast<std::int64_t>(silent->limit * static_cast<double>(interval_ms) / 1000),
                            std::max<std::int64_t>(silent->for_s, 1));
  }
  set.movers = movers_.try_emplace(facts.property, static_cast<std::uint32_t>(movers_.size())).first->second;
  return set;
}

CompiledRule RuleTable::compile(const Rule& rule, std::uint32_t bit, double factor_in) {
  return {.comparison = rule.comparison,
          .when = rule.when,
          .number = number_of(rule.key),
          .bit = bit,
          .limit = rule.limit * factor_in,
          .clear = rule.clear * factor_in,
          .for_ns = rule.for_s * Instant::kSecond,
          .per_ns = static_cast<double>(rule.per_s) * 1e9,
          .scheduled = rule.schedule.has_value(),
          .quiet = rule.quiet.has_value(),
          .combined = !rule.any.empty() || !rule.all.empty(),
          .rule = &rule};
}

std::size_t RuleTable::memory_bytes() const {
  std::size_t bytes = sets_.size() * sizeof(RuleSet);
  for (const auto& set : sets_) bytes += set.rules.capacity() * sizeof(CompiledRule);
  for (const auto& [content, index] : by_content_) bytes += content.size() + 64;
  return bytes;
}

}  // namespace qala::alarms
