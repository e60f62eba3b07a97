#include "reports/paper.h"

#include <cmath>

namespace qala::reports {

namespace {

constexpr std::string_view kNoBreak = "\u00a0";

/// As many as are needed, three at most: a limit keeps the digits it was given.
int decimals_of(double value) {
  for (int digits = 0; digits < 3; digits++) {
    const double scaled = value * std::pow(10, digits);
    if (std::abs(scaled - std::round(scaled)) < 1e-6) return digits;
  }
  return 3;
}

}  // namespace

std::string Voice::measured(double value, int decimals, std::string_view unit) const {
  std::string out = number(value, decimals);
  if (!unit.empty()) out.append(kNoBreak).append(words::unit(unit, paper_.language));
  return out;
}

std::string Voice::percent(double share, int decimals) const {
  // What is not all is never rounded up to all.
  const double scale = std::pow(10, decimals);
  const double shown = share >= 1 ? 100 : std::min(std::round(share * 100 * scale), 100 * scale - 1) / scale;
  std::string out = number(shown, decimals);
  if (paper_.language != words::Language::en) out += kNoBreak;
  return out + "%";
}

std::string Voice::severity(alarms::Severity severity) const {
  return say(static_cast<Text>(static_cast<std::size_t>(Text::severity_1) + static_cast<std::size_t>(severity) - 1));
}

std::string Voice::what(const alarms::Alarm& alarm) const {
  std::string out = paper_.names.rule(alarm.rule);
  if (alarm.exercise) out = say(Text::exercise) + " · " + out;
  if (alarm.covers > 1) out += " · " + say(Text::covers, {number(alarm.covers, 0)});
  if (alarm.count > 1) out += " · " + say(Text::times, {number(alarm.count, 0)});
  return out;
}

std::string Voice::value(const alarms::Alarm& alarm) const {
  if (std::isnan(alarm.value) || alarm.comparison == alarms::Comparison::silent) return {};
  const bool compares = alarm.comparison == alarms::Comparison::above || alarm.comparison == alarms::Comparison::below;
  const int digits = std::abs(alarm.value) >= 100 ? 0 : 1;
  std::string out = measured(alarm.value, digits, alarm.unit);
  if (compares) {
    out += alarm.comparison == alarms::Comparison::above ? " > " : " < ";
    out += number(alarm.limit, decimals_of(alarm.limit));
  }
  return out;
}

std::string Voice::handled(const alarms::Alarm& alarm) const {
  if (alarm.out_of_service) return say(Text::out_of_service, {alarm.out_of_service->by, alarm.out_of_service->reason});
  if (alarm.shelved)
    return say(Text::shelved, {when({alarm.shelved->until}), alarm.shelved->by, alarm.shelved->reason});
  if (alarm.acknowledged) return say(Text::acknowledged, {alarm.acknowledged_by, when({alarm.acknowledged})});
  return say(Text::unacknowledged);
}

std::string Voice::foot() const { return say(Text::foot, {paper_.names.town, when(paper_.now), paper_.made_by}); }

}  // namespace qala::reports
