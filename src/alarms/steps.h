#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace qala::alarms {

/// What can happen to an alarm.
enum class StepKind : std::uint8_t {
  raised,
  raised_again,
  cleared,
  explained,    ///< by another alarm: leaves the tray
  unexplained,  ///< what explained it is over and it still holds
  acknowledged,
  commented,
  shelved,
  unshelved,
  shelving_over,
  assigned,
  out_of_service,
  in_service,
  escalated,
  exercise_over,  ///< the exercise that raised it has ended
};
std::string_view name_of(StepKind kind);  ///< "raised_again"
std::optional<StepKind> step_from(std::string_view name);

/// One line of an alarm's history: who did what to it, when. Written with the change itself, never altered.
struct Step {
  AlarmId alarm = {};
  StepKind kind = StepKind::raised;
  std::int64_t at = 0;     ///< UTC ns; of the reading that raised or cleared, else of the clock
  std::string by = {};     ///< empty: the system
  std::string text = {};   ///< reason, comment, assignee
  std::int64_t until = 0;  ///< UTC ns, of shelved
  double value = std::numeric_limits<double>::quiet_NaN();
  bool shown = false;      ///< a raise that came to the tray: what an operator was asked to look at
};

}  // namespace qala::alarms
