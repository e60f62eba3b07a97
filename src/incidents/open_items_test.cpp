#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include <rapidcheck/gtest.h>

#include "incidents/open_items.h"

namespace qala::incidents {
namespace {

using alarms::Alarm;

std::shared_ptr<const Alarm> any_alarm(std::uint64_t id) {
  auto alarm = std::make_shared<Alarm>();
  alarm->id = AlarmId(id);
  alarm->severity = static_cast<alarms::Severity>(*rc::gen::inRange(1, 6));
  alarm->condition = *rc::gen::element(alarms::Condition::active, alarms::Condition::cleared);
  alarm->handling = *rc::gen::element(alarms::Handling::unacknowledged, alarms::Handling::acknowledged);
  alarm->comparison = *rc::gen::element(alarms::Comparison::above, alarms::Comparison::below, alarms::Comparison::rate,
                                        alarms::Comparison::silent, alarms::Comparison::frozen);
  alarm->raised = *rc::gen::inRange<std::int64_t>(1, 1000);
  if (*rc::gen::arbitrary<bool>()) alarm->cause = AlarmId(99'999);
  if (*rc::gen::inRange(0, 4) == 0) alarm->shelved = alarms::Shelf{.until = 5, .at = 1, .by = "a", .reason = "b"};
  if (*rc::gen::inRange(0, 4) == 0)
    alarm->out_of_service = alarms::OutOfService{.rule = "r", .thing = ThingId(1), .at = 1, .by = "a", .reason = "b"};
  return alarm;
}

alarms::Snapshot any_snapshot() {
  alarms::Snapshot snapshot;
  const int count = *rc::gen::inRange(0, 40);
  for (int i = 1; i <= count; i++) snapshot.open.push_back(any_alarm(static_cast<std::uint64_t>(i)));
  return snapshot;
}

std::vector<std::vector<Alarm>> lists_of(const OpenItems& items) {
  return {items.unacknowledged, items.acknowledged, items.shelved, items.out_of_service, items.silent, items.explained};
}

OpenItems items_of(const alarms::Snapshot& snapshot) { return open_items(snapshot, {}, {}, Instant{1}); }

RC_GTEST_PROP(OpenItems, HoldsEveryOpenAlarmExactlyOnce, ()) {
  const auto snapshot = any_snapshot();
  const auto items = items_of(snapshot);
  std::map<std::uint64_t, int> times;
  for (const auto& list : lists_of(items)) {
    for (const auto& alarm : list) times[alarm.id.value]++;
  }
  RC_ASSERT(times.size() == snapshot.open.size());
  for (const auto& alarm : snapshot.open) RC_ASSERT(times[alarm->id.value] == 1);
  RC_ASSERT(items.count() == snapshot.open.size());
}

RC_GTEST_PROP(OpenItems, HasTheMostSevereAndNewestFirst, ()) {
  for (const auto& list : lists_of(items_of(any_snapshot()))) {
    for (std::size_t i = 1; i < list.size(); i++) {
      RC_ASSERT(list[i - 1].severity <= list[i].severity);
      if (list[i - 1].severity == list[i].severity) RC_ASSERT(list[i - 1].raised >= list[i].raised);
    }
  }
}

RC_GTEST_PROP(OpenItems, HasAnotherDigestAsSoonAsOneThingMoreIsOpen, ()) {
  auto snapshot = any_snapshot();
  const std::string before = items_of(snapshot).digest();
  auto shuffled = snapshot;
  std::ranges::reverse(shuffled.open);
  RC_ASSERT(items_of(shuffled).digest() == before);
  snapshot.open.push_back(any_alarm(1000));
  RC_ASSERT(items_of(snapshot).digest() != before);
  RC_ASSERT(open_items(shuffled, {}, {{.code = "disk.full"}}, Instant{1}).digest() != before);
  RC_ASSERT(open_items(shuffled, {alarms::OutOfService{"r", ThingId(7), 1, "a", "b"}}, {}, Instant{1}).digest() !=
            before);
}

TEST(OpenItems, TellsThatAnAlarmWasAnswered) {
  alarms::Snapshot snapshot;
  auto alarm = std::make_shared<Alarm>();
  alarm->id = AlarmId(1);
  snapshot.open.push_back(alarm);
  const std::string before = items_of(snapshot).digest();
  alarm->handling = alarms::Handling::acknowledged;
  EXPECT_NE(items_of(snapshot).digest(), before);
  EXPECT_EQ(items_of(snapshot).acknowledged.size(), 1u);
}

}  // namespace
}  // namespace qala::incidents
