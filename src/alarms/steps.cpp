#include "alarms/steps.h"

#include <array>

namespace qala::alarms {

namespace {
constexpr std::array<std::string_view, 15> kNames{"raised",      "raised_again",  "cleared",      "explained",
                                                  "unexplained", "acknowledged",  "commented",    "shelved",
                                                  "unshelved",   "shelving_over", "assigned",     "out_of_service",
                                                  "in_service",  "escalated",     "exercise_over"};
}

std::string_view name_of(StepKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<StepKind> step_from(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); i++) {
    if (kNames[i] == name) return static_cast<StepKind>(i);
  }
  return std::nullopt;
}

}  // namespace qala::alarms
