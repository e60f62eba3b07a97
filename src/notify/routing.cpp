#include "notify/routing.h"

#include <algorithm>

namespace qala::notify {

namespace {

template <class List, class Value>
bool all_or_among(const List& list, const Value& value) {
  return list.empty() || std::ranges::find(list, value) != list.end();
}

}  // namespace

std::optional<Event> event_of(const alarms::FeedStep& told) {
  using alarms::StepKind;
  const bool stands_alone = told.alarm.in_tray() && told.alarm.condition == alarms::Condition::active;
  switch (told.step.kind) {
    case StepKind::raised: return told.step.shown ? std::optional(Event::raised) : std::nullopt;
    case StepKind::raised_again: return told.step.shown ? std::optional(Event::raised_again) : std::nullopt;
    // It comes to the tray now: what explained it, or kept it aside, is over.
    case StepKind::unexplained: return stands_alone ? std::optional(Event::raised) : std::nullopt;
    case StepKind::shelving_over: return stands_alone ? std::optional(Event::raised_again) : std::nullopt;
    case StepKind::escalated: return Event::escalated;
    case StepKind::cleared: return Event::cleared;
    default: return std::nullopt;
  }
}

bool wants(const Wishes& wishes, Event event, const alarms::Alarm& alarm) {
  return all_or_among(wishes.events, event) && all_or_among(wishes.severities, alarm.severity) &&
         all_or_among(wishes.zones, alarm.zone) && all_or_among(wishes.kinds, alarm.kind);
}

bool within_hours(const Wishes& wishes, const Zone& zone, Instant now) {
  if (wishes.hours.empty()) return true;
  const std::int32_t day = zone.local_day(now);
  const int weekday = ((day + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
  const auto local = now + zone.offset(now);
  const int minute = static_cast<int>((local.ns / Instant::kMinute) % (24 * 60));
  return std::ranges::any_of(wishes.hours, [&](const auto& hours) { return hours.includes(weekday, minute); });
}

Instant due_at(const Wishes& wishes, Event event, Instant heard) {
  const bool waits = event == Event::raised || event == Event::raised_again;
  return waits ? heard + std::chrono::seconds(wishes.delay_s) : heard;
}

bool still_waits(const alarms::Alarm& alarm) {
  return alarm.condition == alarms::Condition::active && alarm.handling == alarms::Handling::unacknowledged &&
         alarm.in_tray();
}

}  // namespace qala::notify
