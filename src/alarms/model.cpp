#include "alarms/model.h"

#include <array>

namespace qala::alarms {

std::string_view name_of(Condition condition) { return condition == Condition::active ? "active" : "cleared"; }

std::string_view name_of(Handling handling) {
  return handling == Handling::unacknowledged ? "unacknowledged" : "acknowledged";
}

namespace {
constexpr std::array<std::string_view, 5> kComparisons{">", "<", "rate", "silent", "frozen"};
}

std::string_view name_of(Comparison comparison) { return kComparisons[static_cast<std::size_t>(comparison)]; }

std::optional<Comparison> comparison_from(std::string_view name) {
  for (std::size_t i = 0; i < kComparisons.size(); i++) {
    if (kComparisons[i] == name) return static_cast<Comparison>(i);
  }
  return std::nullopt;
}

}  // namespace qala::alarms
