#include "incidents/shift_book.h"

#include <gtest/gtest.h>

#include "incidents/render.h"
#include "temporary_folder.h"

namespace qala::incidents {
namespace {

class Recorder final : public audit::AuditSink {
 public:
  Result<> record(const audit::Actor& actor, std::string_view action, std::string_view object,
                  std::string_view) override {
    if (broken) return fail(ErrorKind::full, "the audit disk is full");
    lines.push_back(actor.subject + " " + std::string(action) + " " + std::string(object));
    return {};
  }
  std::vector<std::string> lines;
  bool broken = false;
};

class Shifts : public ::testing::Test {
 protected:
  Shifts() { open(); }
  void open() {
    book.reset();
    db.emplace(*sqlite::Database::open(folder.file("town.db")));
    auto opened = ShiftBook::open(*db, folder.file("town.db"), clock, audit);
    ASSERT_TRUE(opened) << opened.error().message;
    book = std::move(*opened);
  }
  OpenItems one_alarm(std::uint64_t id) const {
    alarms::Snapshot snapshot;
    auto alarm = std::make_shared<alarms::Alarm>();
    alarm->id = AlarmId(id);
    alarm->rule = "pm2_5_high";
    snapshot.open.push_back(alarm);
    return open_items(snapshot, {}, {}, clock.now());
  }
  static std::string code(const Error& error) { return error.message.substr(0, error.message.find(':')); }

  tests::TemporaryFolder folder;
  FakeClock clock;
  Recorder audit;
  std::optional<sqlite::Database> db;
  std::unique_ptr<ShiftBook> book;
  audit::Actor aigul{"user", "aigul"}, nurlan{"user", "nurlan"};
};

TEST_F(Shifts, ChangesHandsWithTwoSignatures) {
  ASSERT_TRUE(book->start(aigul));
  const auto open = one_alarm(7);
  EXPECT_EQ(code(book->accept(nurlan, open.digest(), open).error()), "not_offered");
  EXPECT_EQ(code(book->offer(nurlan, "").error()), "not_yours");
  ASSERT_TRUE(book->offer(aigul, "ЖП-3: бригада в пути"));
  EXPECT_EQ(code(book->accept(aigul, open.digest(), open).error()), "same_person");
  const auto next = book->accept(nurlan, open.digest(), open);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->who, "nurlan");
  EXPECT_EQ(book->current()->id, next->id);
  const auto before = *book->find(next->id - 1);
  EXPECT_EQ(before.who, "aigul");
  EXPECT_TRUE(before.offered && before.ended);
  EXPECT_EQ(before.accepted_by, "nurlan");
  EXPECT_EQ(before.note, "ЖП-3: бригада в пути");
  EXPECT_EQ(before.open_items, 1u);
  EXPECT_NE(book->book(before.id)->find("\"pm2_5_high\""), std::string::npos);
  EXPECT_EQ(audit.lines, (std::vector<std::string>{"aigul shift.started shift 1", "aigul shift.offered shift 1",
                                                   "nurlan shift.handed_over shift 1"}));
}

TEST_F(Shifts, NobodySignsForWhatHeHasNotSeen) {
  ASSERT_TRUE(book->start(aigul));
  ASSERT_TRUE(book->offer(aigul, ""));
  const auto seen = one_alarm(7), now = one_alarm(8);
  EXPECT_EQ(code(book->accept(nurlan, seen.digest(), now).error()), "changed");
  EXPECT_EQ(code(book->take_over(nurlan, seen.digest(), now).error()), "changed");
  EXPECT_EQ(code(book->close(aigul, "", seen.digest(), now).error()), "changed");
  EXPECT_EQ(book->current()->who, "aigul") << "and nothing happened";
}

TEST_F(Shifts, ATakeoverWithoutTheOtherHasOneSignature) {
  ASSERT_TRUE(book->start(aigul));
  const auto open = one_alarm(7);
  ASSERT_TRUE(book->take_over(nurlan, open.digest(), open));
  const auto before = *book->find(1);
  EXPECT_FALSE(before.offered);
  EXPECT_EQ(before.accepted_by, "nurlan");
  EXPECT_EQ(audit.lines.back(), "nurlan shift.taken_over shift 1");
}

TEST_F(Shifts, OnlyOneShiftRunsAndARestartKnowsIt) {
  EXPECT_EQ(code(book->write(aigul, {.text = "x"}).error()), "no_shift");
  ASSERT_TRUE(book->start(aigul));
  EXPECT_EQ(code(book->start(nurlan).error()), "taken");
  ASSERT_TRUE(book->offer(aigul, "tired"));
  open();
  ASSERT_TRUE(book->current());
  EXPECT_EQ(book->current()->who, "aigul");
  EXPECT_EQ(book->current()->note, "tired");
  ASSERT_TRUE(book->withdraw(aigul));
  EXPECT_FALSE(book->current()->offered);
}

TEST_F(Shifts, WhatIsWrittenIsFoundWithoutKazakhLettersAndWithATypingError) {
  ASSERT_TRUE(book->start(aigul));
  ASSERT_TRUE(book->write(aigul, {.text = "Жағалауда құбыр жарылды, Мектеп көшесі"}));
  ASSERT_TRUE(book->write(aigul, {.text = "quiet"}));
  const OpenItems nothing = open_items({}, {}, {}, clock.now());
  ASSERT_TRUE(book->close(aigul, "Қазандықты тексеріңіз", nothing.digest(), nothing));
  ASSERT_TRUE(book->start(nurlan));
  for (const char* text : {"жагалау", "Zhagalau", "кубыр мектеп", "мектап", "казандык", "kazandyk"})
    EXPECT_EQ(book->list({.text = text})->size(), 1u) << text;
  EXPECT_EQ(book->list({.text = "жагалау орталык"})->size(), 0u);
  EXPECT_EQ(book->list({.text = "жагалау", .before = 1})->size(), 0u);
  ASSERT_EQ(book->search("zhagalau", 5)->size(), 1u);
  EXPECT_EQ(book->search("zhagalau", 5)->front().id, 1u);
  EXPECT_EQ(book->search("", 5)->size(), 0u);
  EXPECT_EQ(book->entries_between(Instant{0}, clock.now())->size(), 0u);
  EXPECT_EQ(book->entries_between(Instant{0}, clock.now() + Duration(1))->size(), 2u);
  EXPECT_EQ(book->shifts_between(Instant{0}, clock.now() + Duration(1))->size(), 2u);
}

TEST_F(Shifts, WhatIsWrittenStaysAndIsFound) {
  ASSERT_TRUE(book->start(aigul));
  ASSERT_TRUE(book->write(aigul, {.text = "50 % of the lamps", .alarm = AlarmId(3), .thing = ThingId(9)}));
  EXPECT_EQ(code(book->write(aigul, {}).error()), "text");
  EXPECT_EQ(code(book->write(aigul, {.text = std::string(4001, 'x')}).error()), "text");
  const OpenItems nothing = open_items({}, {}, {}, clock.now());
  ASSERT_TRUE(book->close(aigul, "quiet", nothing.digest(), nothing));
  EXPECT_FALSE(book->current());
  ASSERT_TRUE(book->start(nurlan));
  const auto entries = *book->entries(1);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].by, "aigul");
  EXPECT_EQ(entries[0].alarm, AlarmId(3));
  EXPECT_EQ(entries[0].thing, ThingId(9));
  EXPECT_EQ(book->list({})->size(), 2u);
  EXPECT_EQ(book->list({.text = "50 %"})->size(), 1u);
  EXPECT_EQ(book->list({.text = "5_6 %"})->size(), 0u) << "no wild cards";
  EXPECT_EQ(book->list({.before = 2})->front().id, 1u);
  EXPECT_FALSE(db->exec("UPDATE shift_entry SET text = 'nothing happened'"));
  EXPECT_FALSE(db->exec("UPDATE shift SET note = 'another' WHERE id = 1"));
}

TEST_F(Shifts, WhatCannotBeRecordedDoesNotHappen) {
  audit.broken = true;
  EXPECT_FALSE(book->start(aigul));
  EXPECT_FALSE(book->current());
  audit.broken = false;
  ASSERT_TRUE(book->start(aigul));
  audit.broken = true;
  const auto open = one_alarm(7);
  EXPECT_FALSE(book->take_over(nurlan, open.digest(), open));
  EXPECT_EQ(book->current()->who, "aigul");
  EXPECT_EQ(book->list({})->size(), 1u);
}

}  // namespace
}  // namespace qala::incidents
