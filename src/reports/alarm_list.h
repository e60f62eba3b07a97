#pragma once

#include <optional>
#include <vector>

#include "alarms/board.h"
#include "reports/paper.h"

namespace qala::reports {

/// The alarms of a list as it stood on a screen, and by what they were chosen.
struct AlarmList {
  std::vector<alarms::Alarm> alarms = {};  ///< in the order of the paper
  std::size_t left_out = 0;                ///< more than kMostAlarms
  alarms::State state = alarms::State::open;
  std::optional<Instant> from = {}, to = {};           ///< of raising
  std::vector<alarms::Severity> severities = {};       ///< none: all
  std::string text = {};                               ///< what was typed
  std::string place = {};                              ///< name of the thing or zone
};
constexpr std::size_t kMostAlarms = 2000;

/// A4, most severe first; says what it was chosen by, how many there are and how many more there would be.
Result<std::string> alarm_list_pdf(const AlarmList& list, const Paper& paper);

}  // namespace qala::reports
