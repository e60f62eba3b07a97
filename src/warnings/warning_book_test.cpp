#include "warnings/warning_book.h"

#include <gmock/gmock.h>

#include "warnings/testbed.h"

namespace qala::warnings {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::Book;
using test::code_of;
using test::frost;
using test::kTown;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(Warnings, GoFromADraftToTheFeedAndLeaveItWhenTheyExpire) {
  Book town;
  const auto draft = town.book->write(town.asem, frost(town.clock.now()));
  ASSERT_TRUE(draft) << draft.error().message;
  EXPECT_EQ(draft->state, State::draft);
  EXPECT_FALSE(draft->needs_approval);
  EXPECT_THAT(town.in_feed(), IsEmpty()) << "a draft is nobody's business";
  const auto out = town.book->publish(town.asem, 1, 1);
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->state, State::in_force);
  EXPECT_THAT(out->message.self.identifier, StartsWith("ushozek-20260117-1-"));
  EXPECT_EQ(out->message.self.sent, "2026-01-17T19:40:00+05:00");
  EXPECT_THAT(town.in_feed(), ElementsAre(1));
  EXPECT_EQ(town.book->in_force().size(), 1u);
  town.clock.advance(hours(12));
  EXPECT_EQ(town.state(1), State::expired);
  EXPECT_THAT(town.in_feed(), IsEmpty());
  EXPECT_TRUE(town.book->in_force().empty());
  EXPECT_EQ(town.book->feed().updated, town.clock.now()) << "the feed changed when it left";
  EXPECT_TRUE(town.book->file(out->message.self.identifier)) << "its file stays";
  EXPECT_THAT(town.audit.lines, ElementsAre("asem warning.written warning 1", "asem warning.published warning 1"));
}

TEST(Warnings, ThatAreSevereNeedASecondPersonWhoHasSeenThisVeryText) {
  Book town;
  for (const Severity severity : {Severity::extreme, Severity::severe}) {
    const auto draft = town.book->write(town.asem, frost(town.clock.now(), severity));
    ASSERT_TRUE(draft);
    const auto id = draft->message.id;
    EXPECT_TRUE(draft->needs_approval);
    EXPECT_EQ(code_of(town.book->publish(town.asem, id, 1).error()), "second_person");
    EXPECT_EQ(code_of(town.book->publish(town.nurlan, id, 1).error()), "second_person") << "publishing is no approval";
    EXPECT_EQ(code_of(town.book->approve(town.asem, id, 1).error()), "same_person");
    EXPECT_EQ(code_of(town.book->approve(town.script, id, 1).error()), "no_person");
    ASSERT_TRUE(town.book->approve(town.nurlan, id, 1));
    EXPECT_EQ(town.state(id), State::approved);
    Content other = frost(town.clock.now(), severity);
    other.texts[0].headline = "Басқа";
    ASSERT_TRUE(town.book->change(town.nurlan, id, 1, other));
    EXPECT_EQ(town.state(id), State::draft) << "what was approved is not what stands there";
    EXPECT_EQ(code_of(town.book->publish(town.asem, id, 2).error()), "second_person");
    EXPECT_EQ(code_of(town.book->approve(town.nurlan, id, 2).error()), "same_person") << "he wrote it last";
    EXPECT_EQ(code_of(town.book->approve(town.asem, id, 1).error()), "changed") << "another text was on her screen";
    ASSERT_TRUE(town.book->approve(town.asem, id, 2));
    EXPECT_TRUE(town.book->publish(town.nurlan, id, 2));
  }
  const auto written = town.book->write(town.script, frost(town.clock.now(), Severity::severe));
  EXPECT_TRUE(town.book->approve(town.asem, written->message.id, 1)) << "what a script wrote, a person may approve";
}

TEST(Warnings, ThatWereSevereAreNotCalmedByOnePersonEither) {
  Book town;
  const auto alert = town.published(frost(town.clock.now(), Severity::severe));
  const auto cancel = town.book->follow(town.asem, alert.message.id, Type::cancel);
  ASSERT_TRUE(cancel);
  EXPECT_EQ(code_of(town.book->publish(town.asem, cancel->message.id, 1).error()), "second_person");
  const auto update = town.book->follow(town.asem, alert.message.id, Type::update);
  const auto minor = town.book->change(town.asem, update->message.id, 1, frost(town.clock.now(), Severity::minor));
  ASSERT_TRUE(minor);
  EXPECT_TRUE(minor->needs_approval);
  EXPECT_EQ(code_of(town.book->publish(town.asem, update->message.id, 2).error()), "second_person");
}

TEST(Warnings, ThatFollowReferToAllEarlierOnesThatStillHold) {
  Book town;
  Content brief = frost(town.clock.now());
  brief.expires = town.clock.now() + hours(2);
  const auto alert = town.published(brief);
  town.clock.advance(minutes(30));
  const auto draft = town.book->follow(town.asem, alert.message.id, Type::update);
  ASSERT_TRUE(town.book->change(town.asem, draft->message.id, 1, frost(town.clock.now())));
  const auto first = town.book->publish(town.asem, draft->message.id, 2);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_THAT(first->message.references, ElementsAre(alert.message.self));
  EXPECT_EQ(town.state(alert.message.id), State::replaced);
  EXPECT_THAT(town.in_feed(), ElementsAre(first->message.id));
  town.clock.advance(minutes(30));
  const auto second = town.follow(first->message.id, Type::update);
  EXPECT_THAT(second.message.references, ElementsAre(alert.message.self, first->message.self));
  town.clock.advance(hours(2));
  const auto cancel = town.follow(second.message.id, Type::cancel);
  EXPECT_THAT(cancel.message.references, ElementsAre(first->message.self, second.message.self))
      << "the first one has expired by itself";
  EXPECT_THAT(cancel.message.xml, HasSubstr("<references>alerts@town.kz," + first->message.self.identifier +
                                            ",2026-01-17T20:10:00+05:00 alerts@town.kz,"));
  EXPECT_EQ(town.state(second.message.id), State::cancelled);
}

TEST(Warnings, ThatAreCancelledStayInTheFeedAsCancelledForADay) {
  Book town;
  const auto alert = town.published(frost(town.clock.now()));
  const auto cancel = town.follow(alert.message.id, Type::cancel);
  EXPECT_THAT(cancel.message.content.texts[1].headline, StartsWith("Отменено: Мороз"));
  EXPECT_TRUE(town.book->in_force().empty());
  EXPECT_THAT(town.in_feed(), ElementsAre(cancel.message.id));
  EXPECT_EQ(cancel.message.content.expires, *cancel.message.sent + Duration(kCancelShown));
  town.clock.advance(hours(23));
  EXPECT_THAT(town.in_feed(), ElementsAre(cancel.message.id));
  town.clock.advance(hours(1));
  EXPECT_THAT(town.in_feed(), IsEmpty());
  EXPECT_EQ(town.book->feed().updated, town.clock.now());
}

TEST(Warnings, ThatHoldAreCancelledWhereverTheTownEndsByNow) {
  Book town;
  const auto alert = town.published(frost(town.clock.now()));
  town.area = "51.95,70.90 51.95,71.00 52.05,71.00 52.05,70.90 51.95,70.90";
  town.open();
  const auto draft = town.book->follow(town.asem, alert.message.id, Type::cancel);
  ASSERT_TRUE(draft) << draft.error().message;
  const auto reworded = town.book->change(town.asem, draft->message.id, 1, draft->message.content);
  ASSERT_TRUE(reworded) << reworded.error().message;
  const auto cancel = town.book->publish(town.asem, draft->message.id, 2);
  ASSERT_TRUE(cancel) << cancel.error().message;
  EXPECT_EQ(town.state(alert.message.id), State::cancelled);
  EXPECT_EQ(cancel->message.content.area.polygons, alert.message.content.area.polygons);
  EXPECT_FALSE(town.book->write(town.asem, frost(town.clock.now()))) << "a new one stays within the town";
}

TEST(Warnings, AreFollowedOnceAndOnlyWhileTheyHold) {
  Book town;
  const auto alert = town.published(frost(town.clock.now()));
  const auto id = alert.message.id;
  const auto one = town.book->follow(town.asem, id, Type::update),
             other = town.book->follow(town.nurlan, id, Type::cancel);
  ASSERT_TRUE(town.book->publish(town.asem, one->message.id, 1));
  EXPECT_EQ(code_of(town.book->publish(town.nurlan, other->message.id, 1).error()), "overtaken");
  EXPECT_EQ(code_of(town.book->follow(town.nurlan, id, Type::update).error()), "overtaken");
  const auto late = town.book->follow(town.asem, one->message.id, Type::update);
  town.clock.advance(hours(12));
  EXPECT_EQ(code_of(town.book->follow(town.asem, one->message.id, Type::cancel).error()), "over");
  ASSERT_TRUE(town.book->change(town.asem, late->message.id, 1, frost(town.clock.now())));
  EXPECT_EQ(code_of(town.book->publish(town.asem, late->message.id, 2).error()), "over");
  EXPECT_EQ(town.book->follow(town.asem, 99, Type::update).error().kind, ErrorKind::not_found);
}

TEST(Warnings, ThatArePublishedStayAsTheyAre) {
  Book town;
  const auto alert = town.published(frost(town.clock.now()));
  EXPECT_EQ(code_of(town.book->change(town.asem, 1, 1, frost(town.clock.now())).error()), "published");
  EXPECT_EQ(code_of(town.book->discard(town.asem, 1).error()), "published");
  EXPECT_EQ(code_of(town.book->publish(town.asem, 1, 1).error()), "published");
  for (const char* sql : {"UPDATE warning SET severity = 'minor'", "DELETE FROM warning", "DELETE FROM warning_text",
                          "UPDATE warning_text SET headline = 'x'"})
    EXPECT_FALSE(town.db->exec(sql)) << sql;
  town.open();
  EXPECT_EQ(town.book->find(1)->message.xml, alert.message.xml);
  EXPECT_EQ(town.book->find(1)->message.content.texts, alert.message.content.texts);
  EXPECT_EQ(town.book->find(1)->message.content.area, alert.message.content.area);
  const auto cancel = town.follow(1, Type::cancel);
  town.open();
  EXPECT_EQ(town.book->find(2)->message.references, cancel.message.references);
  EXPECT_EQ(town.state(1), State::cancelled);
}

TEST(Warnings, CanBeTakenBackAfterARestartThoughTheirPolygonHadLineBreaks) {
  Book town;
  town.area = "\n51.90,70.80\n51.90,71.10 52.10,71.10\r\n52.10,70.80 \t 51.90,70.80\n";
  town.open();
  Content own = frost(town.clock.now());
  own.area.polygons = {"51.91,70.9\n51.91,71\n52.00,71\n51.91,70.9", kTown};
  Content of_the_town = own;
  of_the_town.area = {};
  for (const Content& content : {own, of_the_town}) {
    const auto alert = town.published(content);
    const auto update = town.book->follow(town.asem, alert.message.id, Type::update);
    const auto changed = town.book->change(town.asem, update->message.id, 1, content);
    ASSERT_TRUE(changed) << changed.error().message;
    const auto out = town.out(*changed);
    town.open();
    EXPECT_EQ(town.book->find(out.message.id)->message.content.area, out.message.content.area);
    EXPECT_EQ(town.book->feed().messages.at(0).content.area, out.message.content.area);
    town.follow(out.message.id, Type::cancel);
    EXPECT_EQ(town.state(out.message.id), State::cancelled);
  }
  EXPECT_EQ(town.book->find(1)->message.content.area.polygons.at(0), "51.91,70.9 51.91,71 52.00,71 51.91,70.9");
}

TEST(Warnings, AreReadWholeThoughTheirPolygonWasKeptWithLineBreaks) {
  Book town;
  Content content = frost(town.clock.now());
  content.area.polygons = {"51.91,70.9 51.91,71 52.00,71 51.91,70.9", kTown};
  const auto alert = town.published(content);
  ASSERT_TRUE(town.db->exec("DROP TRIGGER warning_is_published"));
  ASSERT_TRUE(town.db->exec("UPDATE warning SET polygons = char(10) || replace(polygons, ' ', char(10)) || char(10)"));
  town.open();
  EXPECT_EQ(town.book->find(1)->message.content.area, alert.message.content.area);
  town.follow(1, Type::cancel);
  EXPECT_EQ(town.state(1), State::cancelled);
}

TEST(Warnings, OfAnExerciseOrATestAreNeverPublic) {
  Book town;
  for (const Status status : {Status::exercise, Status::test}) {
    Content content = frost(town.clock.now());
    content.status = status;
    const auto out = town.published(content);
    EXPECT_EQ(out.state, State::in_force) << "in the control room it is";
    EXPECT_THAT(town.in_feed(), IsEmpty());
    EXPECT_TRUE(town.book->in_force().empty());
    EXPECT_FALSE(town.book->file(out.message.self.identifier));
    const auto update = town.book->follow(town.asem, out.message.id, Type::update);
    const auto changed = town.book->change(town.asem, update->message.id, 1, frost(town.clock.now()));
    EXPECT_EQ(changed->message.content.status, status) << "and does not become real halfway";
  }
}

TEST(Warnings, OfATrainingCopyAreNeverPublic) {
  Book town;
  const auto real = town.published(frost(town.clock.now()));
  town.open(true);
  EXPECT_THAT(town.in_feed(), IsEmpty()) << "nor those that were when the copy was made";
  EXPECT_FALSE(town.book->file(real.message.self.identifier));
  EXPECT_THAT(town.book->write(town.asem, frost(town.clock.now())).error().message, StartsWith("status:"));
}

TEST(Warnings, ComeMostSevereFirstToResidentsAndNewestFirstToTheFeed) {
  Book town;
  const auto a = town.published(frost(town.clock.now(), Severity::minor));
  town.clock.advance(minutes(1));
  const auto b = town.published(frost(town.clock.now(), Severity::severe));
  town.clock.advance(minutes(1));
  const auto c = town.published(frost(town.clock.now(), Severity::moderate));
  EXPECT_THAT(town.in_feed(), ElementsAre(c.message.id, b.message.id, a.message.id));
  std::vector<std::uint64_t> shown;
  for (const Message& one : town.book->in_force()) shown.push_back(one.id);
  EXPECT_THAT(shown, ElementsAre(b.message.id, c.message.id, a.message.id));
}

TEST(Warnings, AreNotPublishedUnrecordedNorByAClockThatRunsBackwards) {
  Book town;
  const auto draft = town.book->write(town.asem, frost(town.clock.now()));
  town.audit.broken = true;
  EXPECT_EQ(town.book->publish(town.asem, 1, 1).error().kind, ErrorKind::full);
  EXPECT_THAT(town.in_feed(), IsEmpty());
  town.open();
  EXPECT_EQ(town.state(1), State::draft);
  town.audit.broken = false;
  ASSERT_TRUE(town.book->publish(town.asem, 1, 1));
  const auto update = town.book->follow(town.asem, 1, Type::update);
  town.clock.set(town.clock.now() - hours(1));
  EXPECT_EQ(code_of(town.book->publish(town.asem, update->message.id, 1).error()), "clock");
}

TEST(Warnings, AreTheWholeTownsIfNoAreaIsNamedAndDraftsCanBeDiscarded) {
  Book town;
  Content content = frost(town.clock.now());
  content.area = {};
  const auto draft = town.book->write(town.asem, content);
  EXPECT_EQ(draft->message.content.area.name.kk, "Үшөзек");
  EXPECT_THAT(draft->message.content.area.polygons, ElementsAre(test::kTown));
  EXPECT_TRUE(town.book->discard(town.nurlan, 1));
  EXPECT_FALSE(town.book->find(1));
  for (std::size_t i = 0; i < WarningBook::kMostDrafts; i++) ASSERT_TRUE(town.book->write(town.asem, content));
  EXPECT_EQ(code_of(town.book->write(town.asem, content).error()), "too_many");
  EXPECT_NE(town.book->all().front().message.id, 1u) << "ids are not given twice";
}

}  // namespace
}  // namespace qala::warnings
