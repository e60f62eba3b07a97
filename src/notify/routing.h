#pragma once

#include <optional>

#include "alarms/feed.h"
#include "base/zone.h"
#include "notify/recipient.h"

namespace qala::notify {

/// What of an alarm's history is told at all: what the system found, not what a person did before a screen.
std::optional<Event> event_of(const alarms::FeedStep& step);

/// Does the recipient want to hear this of this alarm? Hours and people's rights are asked when the message is made.
bool wants(const Wishes& wishes, Event event, const alarms::Alarm& alarm);
/// Within its hours, by the town's clock.
bool within_hours(const Wishes& wishes, const Zone& zone, Instant now);
/// When it is to be told at the earliest.
Instant due_at(const Wishes& wishes, Event event, Instant heard);

/// A raise that waited: is it still to be told? One that someone acknowledged, that is over, put aside or explained by
/// another meanwhile is not.
bool still_waits(const alarms::Alarm& alarm);

}  // namespace qala::notify
