#pragma once

#include <vector>

#include "paper/chart.h"
#include "reports/day_sheet.h"

namespace qala::reports {

/// The small graphs of a day sheet: one for each field the town has, and how much data came.
std::vector<paper::Chart> day_charts(const DayFacts& facts, const Voice& voice);
Text name_of(Field field);
/// Round marks between two values, about `most` of them.
std::vector<double> round_marks(double low, double high, int most);

}  // namespace qala::reports
