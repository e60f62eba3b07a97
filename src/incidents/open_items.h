#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "alarms/board.h"

namespace qala::incidents {

/// Something of the system itself that is not as it should be.
struct SystemProblem {
  std::string code = {};  ///< what the screens translate
  int severity = 2;       ///< as of alarms
  std::string text = {};
};

/// All that the next shift must know of, at one moment. Every open alarm is in exactly one of the lists, most severe
/// and newest first.
struct OpenItems {
  Instant at = {};
  std::vector<alarms::Alarm> unacknowledged = {};
  std::vector<alarms::Alarm> acknowledged = {};  ///< and still active
  std::vector<alarms::Alarm> shelved = {};
  std::vector<alarms::Alarm> out_of_service = {};
  std::vector<alarms::Alarm> silent = {};     ///< devices that say nothing, those behind a common cause too
  std::vector<alarms::Alarm> explained = {};  ///< by another alarm, and not of a silent device
  std::vector<alarms::OutOfService> not_heeded = {};  ///< pairs out of service, whether or not they raise anything
  std::vector<SystemProblem> problems = {};

  std::size_t count() const;
  /// The same for two moments if and only if the same things are open in the same lists, and as severe: whoever signs
  /// for one digest has seen everything that another item list with that digest holds. 32 hexadecimal digits.
  std::string digest() const;
};

/// Pure.
OpenItems open_items(const alarms::Snapshot& snapshot, const std::vector<alarms::OutOfService>& not_heeded,
                     std::vector<SystemProblem> problems, Instant now);

}  // namespace qala::incidents
