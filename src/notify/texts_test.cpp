#include "notify/texts.h"

#include <gtest/gtest.h>

#include <set>

#include "notify/testbed.h"
#include "notify/words.h"

namespace qala::notify {
namespace {

using testing::Desk;

class Texts : public ::testing::Test {
 protected:
  Letter letter(words::Language language) const {
    return {.language = language,
            .recipient = "Кезекші",
            .address = "https://q.example.kz",
            .zone = zone_,
            .now = at_,
            .names = names_};
  }
  Told told(std::uint64_t id, Event event = Event::raised) const {
    return {.step = id, .event = event, .at = at_, .alarm = Desk::alarm(id)};
  }
  Instant at_ = *parse_iso("2026-01-17T14:40:00Z");
  Zone zone_ = *Zone::find("Asia/Almaty");
  Names names_ = Desk::names();
};

TEST_F(Texts, SayWhatWhereAndWhenInEachLanguage) {
  const auto kk = text_of(told(3), letter(words::Language::kk));
  EXPECT_EQ(kk.subject, "[Үшөзек] Жоғары: rule cold · HS-3");
  EXPECT_NE(kk.body.find("17.01.2026 19:40"), std::string::npos) << kk.body;
  EXPECT_NE(kk.body.find("Мәні: 54,2\u00a0°C (шегі: 60\u00a0°C, одан төмен)"), std::string::npos) << kk.body;
  const auto ru = text_of(told(3, Event::escalated), letter(words::Language::ru));
  EXPECT_EQ(ru.subject, "[Үшөзек] Никто не ответил · Высокая: rule cold · HS-3");
  EXPECT_NE(ru.body.find("Пока никто не принял."), std::string::npos);
  const auto en = text_of(told(3, Event::cleared), letter(words::Language::en));
  EXPECT_NE(en.body.find("Value: 54.2\u00a0°C (below the limit of 60\u00a0°C)"), std::string::npos) << en.body;
  EXPECT_NE(en.body.find("Times are the town's: UTC+5"), std::string::npos) << en.body;
}

TEST_F(Texts, ASummaryBeginsWithTheWorstAndSaysWhatItDoesNotShow) {
  std::vector<Told> many;
  for (std::uint64_t id = 1; id <= 70; id++) many.push_back(told(id));
  many.back().alarm.severity = alarms::Severity::critical;
  const auto text = digest_of(many, 12, letter(words::Language::en));
  EXPECT_EQ(text.subject, "[Үшөзек] 82 events · Critical 1 · High 69");
  EXPECT_LT(text.body.find("HS-70"), text.body.find("HS-1\n"));
  EXPECT_NE(text.body.find("… and 20 more"), std::string::npos) << text.body;
  EXPECT_NE(text.body.find("Left out, the queue was full: 12"), std::string::npos);
}

TEST_F(Texts, AnExerciseSaysSoFirst) {
  Told drill = told(3);
  drill.alarm.exercise = 4;
  EXPECT_EQ(text_of(drill, letter(words::Language::ru)).subject, "[Үшөзек] УЧЕНИЕ · Высокая: rule cold · HS-3");
  EXPECT_EQ(short_text_of(std::span(&drill, 1), 0, letter(words::Language::kk)).subject,
            "ЖАТТЫҒУ · Жоғары: rule cold · HS-3");
  const std::vector<Told> mixed{drill, told(4)}, only{drill, drill};
  EXPECT_EQ(digest_of(mixed, 0, letter(words::Language::en)).subject, "[Үшөзек] 2 events · High 2");
  EXPECT_EQ(digest_of(only, 0, letter(words::Language::en)).subject, "[Үшөзек] EXERCISE · 2 events · High 2");
}

TEST_F(Texts, WithoutAnAddressThereIsNoLink) {
  auto plain = letter(words::Language::en);
  plain.address.clear();
  EXPECT_EQ(text_of(told(1), plain).body.find("http"), std::string::npos);
  EXPECT_EQ(link_to(AlarmId(1), plain), "");
}

TEST(Words, EveryTextIsThereInThreeLanguages) {
  for (std::size_t i = 0; i < kSays; i++) {
    for (const auto language : words::kLanguages) EXPECT_FALSE(text(static_cast<Say>(i), language).empty()) << i;
  }
}

}  // namespace
}  // namespace qala::notify
