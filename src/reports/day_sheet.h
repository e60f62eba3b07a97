#pragma once

#include <array>
#include <optional>
#include <vector>

#include "reports/day.h"
#include "reports/paper.h"

namespace qala::reports {

/// Who had the shift in the day.
struct OnShift {
  std::string who = {};
  Instant from = {};
  std::optional<Instant> to = {};  ///< none: still
};
/// Something written down in the shift book.
struct Notice {
  Instant at = {};
  std::string by = {};
  std::string text = {};
  ThingId thing = {};  ///< none: not about a thing
};

/// All that a day sheet says.
struct DayFacts {
  Day day = {};
  std::vector<FieldDay> fields = {};
  std::vector<Exceeded> exceeded = {};
  Coverage coverage = {};
  std::vector<alarms::Alarm> alarms = {};  ///< raised in the day, most severe first
  std::vector<OnShift> shifts = {};
  std::vector<Notice> notices = {};
};

/// The day on one or two A4 pages. Lists are cut at a few rows and say how many more there are.
Result<std::string> day_sheet_pdf(const DayFacts& facts, const Paper& paper);

}  // namespace qala::reports
