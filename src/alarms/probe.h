#pragma once

#include <cstdint>

namespace qala::alarms {

/// What the room counts. Prometheus: qala_alarms_<name>, counters with _total.
struct Probe {
  std::uint64_t readings = 0;     ///< judged
  std::uint64_t evaluations = 0;  ///< reading x rule
  std::uint64_t out_of_order = 0; ///< older than the newest of their datastream: not judged
  std::uint64_t stale = 0;        ///< would have raised but were too old when they came
  std::uint64_t raised = 0;
  std::uint64_t reraised = 0;
  std::uint64_t attached = 0;     ///< explained by another alarm
  std::uint64_t cleared = 0;
  std::uint64_t applies = 0;
  std::uint64_t apply_failures = 0;
  std::uint64_t largest_write = 0;  ///< rows in one transaction: at most RuleEngine::kMostAtOnce
  std::uint64_t escalated = 0;
  std::uint64_t rules_left_out = 0; ///< more than 32 rules met on one datastream
  std::uint64_t memory_bytes = 0;   ///< state of datastreams, rules and timers
  std::uint64_t open = 0;           ///< gauge, attached ones included
};

}  // namespace qala::alarms
