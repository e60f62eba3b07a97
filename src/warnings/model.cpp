#include "warnings/model.h"

#include <algorithm>
#include <span>

namespace qala::warnings {

namespace {

constexpr std::array<std::string_view, kHazards> kHazardNames{"air", "frost", "water", "power", "other"};
constexpr std::array<std::string_view, 5> kUrgencies{"immediate", "expected", "future", "past", "unknown"};
constexpr std::array<std::string_view, 5> kSeverities{"extreme", "severe", "moderate", "minor", "unknown"};
constexpr std::array<std::string_view, 5> kCertainties{"observed", "likely", "possible", "unlikely", "unknown"};
constexpr std::array<std::string_view, 3> kTypes{"alert", "update", "cancel"};
constexpr std::array<std::string_view, 3> kStatuses{"actual", "exercise", "test"};
constexpr std::array<std::string_view, 7> kStates{"draft",     "approved", "in_force",    "replaced",
                                                  "cancelled", "expired",  "cancellation"};

template <class Enum>
std::optional<Enum> find(std::span<const std::string_view> names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  return at == names.end() ? std::nullopt : std::optional(static_cast<Enum>(at - names.begin()));
}

template <class Enum>
constexpr std::size_t nth(Enum value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

std::string_view name_of(Hazard hazard) { return kHazardNames[nth(hazard)]; }
std::string_view name_of(Urgency urgency) { return kUrgencies[nth(urgency)]; }
std::string_view name_of(Severity severity) { return kSeverities[nth(severity)]; }
std::string_view name_of(Certainty certainty) { return kCertainties[nth(certainty)]; }
std::string_view name_of(Type type) { return kTypes[nth(type)]; }
std::string_view name_of(Status status) { return kStatuses[nth(status)]; }
std::string_view name_of(State state) { return kStates[nth(state)]; }
std::optional<Hazard> hazard_from(std::string_view name) { return find<Hazard>(kHazardNames, name); }
std::optional<Urgency> urgency_from(std::string_view name) { return find<Urgency>(kUrgencies, name); }
std::optional<Severity> severity_from(std::string_view name) { return find<Severity>(kSeverities, name); }
std::optional<Certainty> certainty_from(std::string_view name) { return find<Certainty>(kCertainties, name); }
std::optional<Type> type_from(std::string_view name) { return find<Type>(kTypes, name); }
std::optional<Status> status_from(std::string_view name) { return find<Status>(kStatuses, name); }

}  // namespace qala::warnings
