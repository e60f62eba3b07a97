#include "notify/notifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "notify/testbed.h"

namespace qala::notify {
namespace {

using alarms::Severity;
using alarms::StepKind;
using testing::body_of;
using testing::Desk;
using testing::subject_of;

TEST(Notifier, TellsOfAnAlarmAndOfItsEnd) {
  Desk desk;
  const auto id = desk.add(Desk::mail());
  desk.raise(1);
  desk.work();
  ASSERT_EQ(desk.carrier.sent.size(), 1u);
  EXPECT_EQ(desk.carrier.sent[0].address, "duty@example.kz");
  EXPECT_EQ(subject_of(desk.carrier.sent[0]), "[Үшөзек] High: rule cold · HS-1");
  EXPECT_NE(body_of(desk.carrier.sent[0]).find("https://qala.example.kz/control/alarms?alarm=1"), std::string::npos);
  desk.wait(60);
  desk.clear(1);
  desk.work();
  ASSERT_EQ(desk.carrier.sent.size(), 2u);
  EXPECT_EQ(subject_of(desk.carrier.sent[1]), "[Үшөзек] Over · High: rule cold · HS-1");
  EXPECT_EQ(desk.standing(id).waiting, 0u);
  EXPECT_EQ(desk.standing(id).last_sent, desk.clock.now());
}

TEST(Notifier, WhatWasBeforeARecipientIsNotNews) {
  Desk desk;
  desk.raise(1);
  desk.work();
  desk.add(Desk::mail());
  desk.clear(1);
  desk.raise(2);
  desk.work();
  ASSERT_EQ(desk.carrier.sent.size(), 1u);
  EXPECT_NE(subject_of(desk.carrier.sent[0]).find("HS-2"), std::string::npos);
}

TEST(Notifier, TellsOnlyWhatIsWanted) {
  Desk desk;
  auto picky = Desk::mail();
  picky.wishes = {
      .severities = {Severity::critical}, .zones = {7}, .kinds = {registry::Kind::pump}, .events = {Event::raised}};
  desk.add(picky);
  auto fits = Desk::alarm(1, Severity::critical);
  fits.zone = 7;
  fits.kind = registry::Kind::pump;
  auto wrong_zone = fits, wrong_kind = fits, wrong_severity = fits;
  wrong_zone.id = AlarmId(2), wrong_zone.zone = 8;
  wrong_kind.id = AlarmId(3), wrong_kind.kind = registry::Kind::lamp;
  wrong_severity.id = AlarmId(4), wrong_severity.severity = Severity::high;
  for (const auto& alarm : {wrong_zone, wrong_kind, wrong_severity, fits}) desk.write(alarm, {StepKind::raised});
  desk.write(fits, {StepKind::escalated});
  desk.work();
  ASSERT_EQ(desk.carrier.sent.size(), 1u);
  EXPECT_NE(subject_of(desk.carrier.sent[0]).find("HS-1"), std::string::npos);
}

/// An alarm of which one recipient's mail was refused and is tried again, and another has still to wait his minute.
std::pair<RecipientId, RecipientId> one_retried_and_one_waiting(Desk& desk) {
  const auto retried = desk.add(Desk::mail());
  auto patient = Desk::mail();
  patient.wishes.delay_s = 60;
  const auto waiting = desk.add(patient);
  desk.carrier.answers = {{Fate::later, "connection refused"}, {Fate::delivered, "250 ok"}};
  desk.raise(1);
  desk.work();
  return {retried, waiting};
}

/// A box without a battery for its clock: two days behind until it hears the time.
TEST(Notifier, AClockThatIsSetForwardMakesNothingTooOld) {
  Desk desk;
  const auto [id, later] = one_retried_and_one_waiting(desk);
  desk.clock.set(desk.clock.now() + std::chrono::hours(48));
  desk.wait(59);
  EXPECT_EQ(desk.notifier->messages(id, 10)->front().state, MessageState::delivered);
  EXPECT_EQ(desk.standing(later).waiting, 1u) << "it has still to wait its minute";
  desk.wait(2);
  ASSERT_EQ(desk.notifier->messages(later, 10)->size(), 1u);
  EXPECT_EQ(desk.notifier->messages(later, 10)->front().state, MessageState::delivered);
}

TEST(Notifier, AnAnswerThatComesAfterTheClockWasSetGivesNothingUp) {
  Desk desk;
  const auto id = desk.add(Desk::mail());
  desk.carrier.hold = true;
  desk.raise(1);
  desk.work();
  desk.clock.set(desk.clock.now() + std::chrono::hours(48));
  desk.carrier.hold = false;
  desk.carrier.held.front()({Fate::later, "connection refused"});
  desk.wait(30);
  EXPECT_EQ(desk.notifier->messages(id, 10)->front().state, MessageState::delivered);
}

TEST(Notifier, AClockThatIsSetBackHoldsNobodyUp) {
  Desk desk;
  const auto [id, later] = one_retried_and_one_waiting(desk);
  desk.clock.set(desk.clock.now() - std::chrono::hours(24));
  desk.wait(70);
  EXPECT_EQ(desk.notifier->messages(id, 10)->front().attempts, 2);
  EXPECT_EQ(desk.notifier->messages(later, 10)->size(), 1u);
}

TEST(Notifier, AClockThatIsSetWhileTheDiskIsFullIsFollowedAfterwards) {
  Desk desk;
  const auto id = desk.add(Desk::mail());
  auto patient = Desk::mail();
  patient.wishes.delay_s = 60;
  const auto later = desk.add(patient);
  desk.raise_onto_a_dying_disk(1);
  desk.clock.set(desk.clock.now() + std::chrono::hours(48));
  desk.carrier.held.front()({Fate::later, "connection refused"});
  desk.wait(30);
  desk.read_only(false);
  desk.wait(60);
  EXPECT_EQ(desk.notifier->messages(id, 10)->front().state, MessageState::delivered);
  ASSERT_EQ(desk.notifier->messages(later, 10)->size(), 1u);
  EXPECT_EQ(desk.notifier->messages(later, 10)->front().state, MessageState::delivered);
}

TEST(Notifier, WhatAnotherAlarmExplainsIsNotTold) {
  Desk desk;
  desk.add(Desk::mail());
  auto lamp = Desk::alarm(1);
  lamp.cause = AlarmId(9);
  desk.write(lamp, {StepKind::raised}, false);
  desk.work();
  EXPECT_TRUE(desk.carrier.sent.empty());
  lamp.cause = {};
  desk.write(lamp, {StepKind::unexplained});
  desk.work();
  EXPECT_EQ(desk.carrier.sent.size(), 1u);
}

TEST(Notifier, ADelayedOneIsToldOnlyIfNobodyAcknowledged) {
  Desk desk;
  auto later = Desk::mail();
  later.wishes.delay_s = 300;
  desk.add(later);
  desk.raise(1);
  desk.raise(2);
  desk.raise(3);
  desk.wait(200);
  EXPECT_TRUE(desk.carrier.sent.empty());
  desk.acknowledge(1);
  desk.clear(3);
  desk.wait(120);
  ASSERT_EQ(desk.carrier.sent.size(), 1u);
  EXPECT_NE(subject_of(desk.carrier.sent[0]).find("HS-2"), std::string::npos);
  desk.clear(1);  // of this one nobody was told: neither of its end
  desk.wait(400);
  EXPECT_EQ(desk.carrier.sent.size(), 1u);
}

TEST(Notifier, EscalationDoesNotWait) {
  Desk desk;
  auto boss = Desk::mail();
  boss.wishes = {.events = {Event::escalated}, .delay_s = 3600};
  desk.add(boss);
  desk.raise(1);
  desk.wait(5);
  EXPECT_TRUE(desk.carrier.sent.empty());
  desk.write(Desk::alarm(1), {StepKind::escalated});
  desk.wait(1);
  ASSERT_EQ(desk.carrier.sent.size(), 1u);
  EXPECT_EQ(subject_of(desk.carrier.sent[0]), "[Үшөзек] Nobody answered · High: rule cold · HS-1");
}

TEST(Notifier, HoursOfTheWeekAreTheTowns) {
  Desk desk;
  auto nights = Desk::mail();
  nights.wishes.hours = {{.days = 0x1f, .from_min = 18 * 60, .until_min = 8 * 60}};  // Monday to Friday
  desk.add(nights);
  // Almaty's zone was UTC+5 then: Saturday 07:59 still belongs to Friday night, 08:01 does not.
  desk.clock.set(*parse_iso("2026-01-17T02:59:00Z"));
  desk.raise(1);
  desk.work();
  EXPECT_EQ(desk.carrier.sent.size(), 1u);
  desk.clock.set(*parse_iso("2026-01-17T03:01:00Z"));
  desk.raise(2);
  desk.wait(2);
  EXPECT_EQ(desk.carrier.sent.size(), 1u);
}

TEST(Notifier, APersonHearsOnlyWhatHeMaySee) {
  Desk desk;
  auto his = Desk::mail();
  his.user = UserId(5);
  desk.add(his);
  auto hidden = Desk::alarm(1);
  hidden.zone = 13;
  desk.write(hidden, {StepKind::raised});
  desk.raise(2);
  desk.work();
  ASSERT_EQ(desk.carrier.sent.size(), 1u);
  EXPECT_NE(subject_of(desk.carrier.sent[0]).find("HS-2"), std::string::npos);
}

TEST(Notifier, AThousandAlarmsAtOnceAreAFewMessagesAndNoneIsForgotten) {
  Desk desk;
  desk.add(Desk::mail());
  desk.raise_many(1, 3, Severity::critical);
  desk.raise_many(4, 1000, Severity::low);
  desk.wait(1200);
  EXPECT_LE(desk.carrier.sent.size(), 25u);
  ASSERT_GE(desk.carrier.sent.size(), 1u);
  EXPECT_NE(subject_of(desk.carrier.sent[0]).find("Critical 3"), std::string::npos) << subject_of(desk.carrier.sent[0]);
  std::size_t told = 0;
  for (const auto& mail : desk.carrier.sent) {
    const std::string subject = subject_of(mail);
    std::size_t n = 0;
    for (const char c : subject.substr(subject.find("] ") + 2)) {
      if (c == ' ') break;
      if (c >= '0' && c <= '9') n = n * 10 + static_cast<std::size_t>(c - '0');
    }
    told += n == 0 ? 1 : n;
  }
  EXPECT_EQ(told, 1000u);
}

TEST(Notifier, AFullQueueCountsWhatItLeavesOut) {
  Desk desk;
  const auto id = desk.add(Desk::mail());
  desk.carrier.answers = {{Fate::later, "421 busy"}};
  desk.raise(1);
  desk.work();
  desk.raise_many(2, Notifier::kQueue + 31);
  desk.work();
  EXPECT_EQ(desk.standing(id).left_out, 30u);
  EXPECT_EQ(desk.notifier->health().left_out, 30u);
  desk.carrier.answers = {{Fate::delivered, "250 ok"}};
  desk.wait(120);
  EXPECT_EQ(desk.standing(id).left_out, 0u);
  EXPECT_EQ(desk.standing(id).waiting, 0u);
  EXPECT_NE(body_of(desk.carrier.sent.back()).find("Left out, the queue was full: 30"), std::string::npos);
}

TEST(Notifier, AWebHookGetsAllEventsInOrderEachOnce) {
  Desk desk;
  desk.add(Desk::hook());
  desk.raise_many(1, 250);
  desk.wait(10);
  ASSERT_EQ(desk.carrier.sent.size(), 3u);
  std::uint64_t next = 1;
  for (const auto& parcel : desk.carrier.sent) {
    for (auto at = parcel.body.find("\"step\":"); at != std::string::npos; at = parcel.body.find("\"step\":", at + 1)) {
      EXPECT_EQ(std::stoull(parcel.body.substr(at + 7)), next++);
    }
  }
  EXPECT_EQ(next, 251u);
}

TEST(Notifier, WhatFailsIsTriedAgainWithTheSameKeyAndBodyEverLater) {
  Desk desk;
  const auto id = desk.add(Desk::hook());
  desk.carrier.answers = {{Fate::later, "503"}, {Fate::later, "503"}, {Fate::later, "503"}, {Fate::delivered, "200"}};
  desk.raise(1);
  desk.work();
  EXPECT_EQ(desk.standing(id).failing_since, desk.clock.now());
  EXPECT_EQ(desk.standing(id).failure, "503");
  EXPECT_EQ(desk.notifier->health().failing, 1u);
  std::vector<std::int64_t> at;
  for (int second = 1; second <= 60; second++) {
    const std::size_t before = desk.carrier.sent.size();
    desk.wait(1);
    if (desk.carrier.sent.size() > before) at.push_back(second);
  }
  ASSERT_EQ(at.size(), 3u);
  EXPECT_LE(at[0], 5);
  EXPECT_GE(at[0], 2);
  EXPECT_GE(at[1] - at[0], 5);
  EXPECT_GE(at[2] - at[1], 10);
  for (const auto& parcel : desk.carrier.sent) {
    EXPECT_EQ(parcel.body, desk.carrier.sent[0].body);
    EXPECT_EQ(parcel.headers[0], desk.carrier.sent[0].headers[0]);
  }
  EXPECT_FALSE(desk.standing(id).failing_since);
}

TEST(Notifier, TheOtherSidesPatienceIsKept) {
  Desk desk;
  desk.add(Desk::hook());
  desk.carrier.answers = {{Fate::later, "429", 120}, {Fate::delivered, "200"}};
  desk.raise(1);
  desk.wait(118);
  EXPECT_EQ(desk.carrier.sent.size(), 1u);
  desk.wait(3);
  EXPECT_EQ(desk.carrier.sent.size(), 2u);
}

TEST(Notifier, GivesUpInTheEndAndSaysSo) {
  Desk desk;
  desk.settings.give_up_s = 600;
  desk.kill();
  desk.open();
  const auto id = desk.add(Desk::mail());
  desk.carrier.answers = {{Fate::later, "connection refused"}};
  desk.raise(1);
  desk.wait(900);
  const auto messages = desk.notifier->messages(id, 10);
  ASSERT_EQ(messages->size(), 1u);
  EXPECT_EQ(messages->front().state, MessageState::given_up);
  EXPECT_EQ(messages->front().words, "connection refused");
  EXPECT_EQ(desk.notifier->health().given_up, 1u);
  EXPECT_EQ(desk.notifier->health().failing, 1u);
  const auto attempts = desk.carrier.sent.size();
  desk.wait(900);
  EXPECT_EQ(desk.carrier.sent.size(), attempts);
  desk.clock.advance(std::chrono::hours(24));
  desk.wait(61);
  EXPECT_EQ(desk.notifier->health().given_up, 0u);
}

TEST(Notifier, WhatIsFoundTooLateAfterATryKeepsWhatTheOtherSideSaid) {
  Desk desk;
  desk.settings.give_up_s = 600;
  desk.kill();
  desk.open();
  const auto id = desk.add(Desk::mail());
  desk.carrier.answers = {{Fate::later, "connection refused"}};
  desk.raise(1);
  desk.wait(2);
  ASSERT_EQ(desk.carrier.sent.size(), 1u);
  desk.clock.advance(std::chrono::hours(1));  // a machine that slept
  desk.wait(2);
  const auto messages = desk.notifier->messages(id, 10);
  EXPECT_EQ(messages->front().state, MessageState::given_up);
  EXPECT_EQ(messages->front().words, "connection refused");
  EXPECT_EQ(desk.carrier.sent.size(), 1u);
}

TEST(Notifier, AFinalNoIsNotRepeatedAndTheNextIsTried) {
  Desk desk;
  desk.add(Desk::mail());
  desk.carrier.answers = {{Fate::never, "550 no such user"}, {Fate::delivered, "250"}};
  desk.raise(1);
  desk.wait(30);
  EXPECT_EQ(desk.carrier.sent.size(), 1u);
  desk.raise(2);
  desk.work();
  EXPECT_EQ(desk.carrier.sent.size(), 2u);
}

TEST(Notifier, WhatWasDeliveredIsNotSentAgainThoughThatCannotBeNoted) {
  Desk desk;
  const auto id = desk.add(Desk::hook());
  desk.raise_onto_a_dying_disk(1);
  desk.carrier.held.front()({Fate::delivered, "200"});
  desk.wait(600);
  EXPECT_EQ(desk.carrier.sent.size(), 1u);
  EXPECT_EQ(desk.notifier->messages(id, 10)->front().state, MessageState::waiting);
  desk.read_only(false);
  desk.wait(10);
  EXPECT_EQ(desk.carrier.sent.size(), 1u);
  EXPECT_EQ(desk.notifier->messages(id, 10)->front().state, MessageState::delivered);
  EXPECT_EQ(desk.notifier->messages(id, 10)->front().attempts, 1);
  EXPECT_EQ(desk.notifier->health().delivered[static_cast<std::size_t>(Channel::webhook)], 1u);
  desk.raise(2);
  desk.work();
  EXPECT_EQ(desk.carrier.sent.size(), 2u);
}

TEST(Notifier, AttemptsThatCannotBeNotedComeEverLaterToo) {
  Desk desk;
  const auto id = desk.add(Desk::hook());
  desk.raise_onto_a_dying_disk(1);
  desk.carrier.answers = {{Fate::later, "503"}};
  desk.carrier.held.front()({Fate::later, "503"});
  desk.wait(600);
  EXPECT_GE(desk.carrier.sent.size(), 5u);
  EXPECT_LE(desk.carrier.sent.size(), 12u) << "5, 10, 20 … seconds, of each at least a half";
  EXPECT_TRUE(desk.standing(id).failing_since);
  desk.read_only(false);
  desk.carrier.answers = {{Fate::delivered, "200"}};
  desk.wait(900);
  EXPECT_EQ(desk.notifier->messages(id, 10)->front().state, MessageState::delivered);
  EXPECT_FALSE(desk.standing(id).failing_since);
}

Recipient browser() {
  Recipient out{.name = "asel", .channel = Channel::push, .address = "https://push.example.net/x", .user = UserId(5)};
  out.secret = PushKeys{KeyPair::make()->open, std::string(16, 'a')}.stored();
  return out;
}

TEST(Notifier, WhoIsGoneIsAskedOnceThoughThatCannotBeNoted) {
  Desk desk;
  const auto push = desk.add(browser());
  const auto hook = desk.add(Desk::hook());
  desk.raise_onto_a_dying_disk(1);
  for (const auto& done : desk.carrier.held) done({Fate::gone, "410 Gone"});
  desk.wait(60);
  EXPECT_TRUE(desk.notifier->find(push));
  desk.read_only(false);
  desk.wait(10);
  EXPECT_EQ(desk.carrier.sent.size(), 2u);
  EXPECT_FALSE(desk.notifier->find(push));
  EXPECT_TRUE(desk.notifier->find(hook)->recipient.paused);
}

TEST(Notifier, ABrowserThatIsGoneGoesAndAWebHookIsPaused) {
  Desk desk;
  const auto push = desk.add(browser());
  const auto hook = desk.add(Desk::hook());
  desk.carrier.answers = {{Fate::gone, "410 Gone"}};
  desk.raise(1);
  desk.work();
  EXPECT_FALSE(desk.notifier->find(push));
  const auto left = desk.notifier->find(hook);
  ASSERT_TRUE(left);
  EXPECT_TRUE(left->recipient.paused);
  EXPECT_EQ(left->standing.failure, "410 Gone");
}

TEST(Notifier, APausedOneHearsNothingAndAfterwardsWhatIsNew) {
  Desk desk;
  const auto id = desk.add(Desk::mail());
  auto paused = desk.notifier->find(id)->recipient;
  paused.paused = true;
  ASSERT_TRUE(desk.notifier->change(paused, desk.by));
  desk.raise(1);
  desk.wait(3);
  paused.paused = false;
  ASSERT_TRUE(desk.notifier->change(paused, desk.by));
  desk.raise(2);
  desk.wait(3);
  ASSERT_EQ(desk.carrier.sent.size(), 1u);
  EXPECT_NE(subject_of(desk.carrier.sent[0]).find("HS-2"), std::string::npos);
}

TEST(Notifier, AnotherPersonsRecipientsGoWithHim) {
  Desk desk;
  auto gone = Desk::mail();
  gone.user = UserId(666);
  EXPECT_FALSE(desk.notifier->add(gone, desk.by));
}

TEST(Notifier, ATestTellsWhatTheOtherSideSaidAndWakesWhatWaits) {
  Desk desk;
  const auto id = desk.add(Desk::mail());
  desk.carrier.answers = {{Fate::later, "535 wrong password"}};
  desk.raise(1);
  desk.wait(200);
  ASSERT_TRUE(desk.standing(id).failing_since);
  Outcome heard;
  ASSERT_TRUE(desk.notifier->test(id, [&](Outcome outcome) { heard = std::move(outcome); }));
  desk.work();
  EXPECT_EQ(heard.words, "535 wrong password");
  EXPECT_TRUE(desk.standing(id).failing_since);
  desk.carrier.answers = {{Fate::delivered, "250 queued"}};
  ASSERT_TRUE(desk.notifier->test(id, [&](Outcome outcome) { heard = std::move(outcome); }));
  desk.work();
  EXPECT_EQ(heard.fate, Fate::delivered);
  EXPECT_TRUE(std::ranges::any_of(desk.carrier.sent,
                                  [](const auto& one) { return subject_of(one) == "[Үшөзек] Test message"; }));
  desk.wait(1);
  EXPECT_EQ(desk.standing(id).waiting, 0u);
}

}  // namespace
}  // namespace qala::notify
