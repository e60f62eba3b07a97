#include <gmock/gmock.h>

#include "residents/test_town.h"

namespace qala::residents {
namespace {

using test::Town;
using ::testing::HasSubstr;
using ::testing::Not;
using warnings::Content;
using warnings::Severity;

/// Written by one, approved by another, published; the id.
std::uint64_t warn(Town& town, Content content) {
  const warnings::Person one{UserId(1), {"user", "asem"}}, other{UserId(2), {"user", "nurlan"}};
  const auto draft = town.warnings->write(one, std::move(content));
  EXPECT_TRUE(draft) << draft.error().message;
  const auto id = draft->message.id;
  EXPECT_TRUE(town.warnings->approve(other, id, 1));
  const auto done = town.warnings->publish(one, id, 1);
  EXPECT_TRUE(done) << done.error().message;
  return id;
}

Content frost(const Town& town, Severity severity = Severity::extreme) {
  return {.hazard = warnings::Hazard::frost,
          .severity = severity,
          .expires = town.clock.now() + std::chrono::hours(12),
          .texts = {{{"Аяз <−38 °C>", "Түнде суық.\nЖел жоқ.", "Үйде болыңыз."},
                     {"Мороз −38 °C", "Ночью холодно.", "Оставайтесь дома."},
                     {"Frost, −38 °C", "A cold night.", "Stay in."}}},
          .area = {.name = {"Орталық", "Центр", "Centre"}}};
}

TEST(WarningsOnThePage, AreReadInEachLanguageBeforeAllElse) {
  Town town;
  warn(town, frost(town));
  const auto kk = town.html("kk"), ru = town.html("ru"), en = town.html("en");
  EXPECT_THAT(kk, HasSubstr("<h2>Төтенше қауіп: Аяз &lt;−38 °C&gt;</h2><p>Түнде суық.<br>Жел жоқ.</p>"));
  EXPECT_THAT(kk, HasSubstr("<b>Не істеу керек</b>Үйде болыңыз."));
  EXPECT_THAT(kk, HasSubstr("Аяқталуы: 18 қаңтар 07:40"));
  EXPECT_THAT(ru, HasSubstr("<h2>Чрезвычайная опасность: Мороз −38 °C</h2>"));
  EXPECT_THAT(ru, HasSubstr("<p class=\"age\">Центр</p>"));
  EXPECT_THAT(en, HasSubstr("<h2>Extreme danger: Frost, −38 °C</h2>"));
  EXPECT_THAT(en, HasSubstr("What to do</b>Stay in."));
  EXPECT_THAT(en, Not(HasSubstr("<script")));
  EXPECT_LT(kk.find("Төтенше"), kk.find("Ауа қазір"));
}

TEST(WarningsOnThePage, GoWhenTheyExpireOrAreCancelled) {
  Town town;
  const auto id = warn(town, frost(town));
  EXPECT_THAT(town.html("ru"), HasSubstr("Мороз"));
  const warnings::Person one{UserId(1), {"user", "asem"}}, other{UserId(2), {"user", "nurlan"}};
  const auto cancel = town.warnings->follow(one, id, warnings::Type::cancel);
  ASSERT_TRUE(town.warnings->approve(other, cancel->message.id, 1));
  ASSERT_TRUE(town.warnings->publish(one, cancel->message.id, 1));
  EXPECT_THAT(town.html("ru"), Not(HasSubstr("Мороз")));
  warn(town, frost(town, Severity::minor));
  EXPECT_THAT(town.html("ru"), HasSubstr("Извещение: Мороз"));
  town.clock.advance(std::chrono::hours(13));
  EXPECT_THAT(town.html("ru"), Not(HasSubstr("Мороз")));
}

TEST(WarningsOnThePage, OfAnExerciseAreNotThere) {
  Town town;
  Content content = frost(town);
  content.status = warnings::Status::exercise;
  warn(town, content);
  EXPECT_THAT(town.html("kk"), Not(HasSubstr("Аяз")));
}

TEST(WarningsOnThePage, WithoutEnglishAreReadInKazakhAndSaySo) {
  Town town;
  Content content = frost(town, Severity::moderate);
  content.texts[2] = {};
  warn(town, content);
  EXPECT_THAT(town.html("en"), HasSubstr("<section class=\"alert warn high\" lang=\"kk\">"));
  EXPECT_THAT(town.html("en"), HasSubstr("Warning: Аяз"));
}

}  // namespace
}  // namespace qala::residents
