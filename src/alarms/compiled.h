#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "alarms/directory.h"
#include "alarms/rules.h"

namespace qala::alarms {

/// A rule as it is judged for a set of datastreams.
struct CompiledRule {
  Comparison comparison = Comparison::above;
  When when = When::always;
  std::uint32_t number = 0;  ///< of its key, for the life of the program
  std::uint32_t bit = 0;     ///< in Stream::active and Stream::pending
  double limit = 0;
  double clear = 0;
  std::int64_t for_ns = 0;
  double per_ns = 0;
  bool scheduled = false, quiet = false, combined = false;
  const Rule* rule = nullptr;
};

/// The rules that meet on datastreams of one kind, zone, property and interval; shared by all of them.
struct RuleSet {
  std::vector<CompiledRule> rules;  ///< without the silent one
  CompiledRule silent;              ///< bit 0: there is none
  std::int64_t silent_s = 0;        ///< nothing for so long is silence
  std::int64_t grace_s = 0;         ///< after a start it may take so long to speak
  std::int64_t interval_ns = 0;     ///< 0: unknown
  std::uint32_t movers = 0;  ///< index of the datastreams that a frozen one is compared with
  double tolerance = 0;      ///< of the frozen rule
  bool looks_back = false;
  bool informs = false;  ///< rules of other datastreams of the thing look at it
  bool empty() const { return rules.empty() && silent.bit == 0 && !informs; }
  const CompiledRule* find(std::uint32_t number) const;
};

/// Works out which rules meet where. Equal results are one RuleSet, so a datastream holds four bytes.
class RuleTable {
 public:
  /// Numbers of keys that are known already stay as they are.
  void load(Rules rules);
  const Rules& rules() const { return rules_; }
  std::uint32_t set_for(const StreamFacts& facts);
  const RuleSet& set(std::uint32_t index) const { return sets_[index]; }
  /// The number of a rule key, given on first sight.
  std::uint32_t number_of(const std::string& key);
  const std::string& key_of(std::uint32_t number) const { return keys_[number]; }
  /// nullptr: there is no such rule now, or it is disabled.
  const Rule* rule(std::uint32_t number) const;
  /// Among the rules there are now, disabled ones included.
  bool knows(std::string_view key) const;
  /// The silence rule for things of a kind; nullptr: none.
  const Rule* silence_rule(registry::Kind kind) const;
  std::size_t movers() const { return movers_.size(); }
  std::uint64_t left_out() const { return left_out_; }
  std::size_t memory_bytes() const;

 private:
  RuleSet build(const std::vector<std::size_t>& matching, bool informs, const StreamFacts& facts);
  CompiledRule compile(const Rule& rule, std::uint32_t bit, double factor);

  Rules rules_;
  std::deque<RuleSet> sets_;  ///< a set stays where it is while others are added: callers hold references
  std::map<std::string, std::uint32_t> by_content_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<const Rule*> by_number_;
  std::vector<std::string> keys_;
  std::unordered_map<std::string, std::uint32_t> movers_;  ///< by property
  std::uint64_t left_out_ = 0;
};

}  // namespace qala::alarms
