#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "words/format.h"
#include "words/language.h"

namespace qala::words {
namespace {

TEST(Names, AreTakenFromAnotherLanguageWhereOneIsMissing) {
  EXPECT_EQ(pick({"Орталық", "", "Centre"}, Language::ru), "Орталық");
  EXPECT_EQ(pick({"", "", "Centre"}, Language::kk), "Centre");
  EXPECT_EQ(pick({"Орталық", "Центр", "Centre"}, Language::ru), "Центр");
}

TEST(AcceptLanguage, ChoosesByWeightAndKazakhOtherwise) {
  EXPECT_EQ(preferred_language(""), Language::kk);
  EXPECT_EQ(preferred_language("de-DE,de;q=0.9"), Language::kk);
  EXPECT_EQ(preferred_language("*"), Language::kk);
  EXPECT_EQ(preferred_language("en-US,en;q=0.9"), Language::en);
  EXPECT_EQ(preferred_language("ru-RU"), Language::ru);
  EXPECT_EQ(preferred_language("en;q=0.3, RU;q=0.8 , kk;q=0.5"), Language::ru);
  EXPECT_EQ(preferred_language("en;q=0, ru;q=0"), Language::kk);
  EXPECT_EQ(preferred_language("en;q=oops"), Language::kk);
  EXPECT_EQ(preferred_language(",,;;=,ru"), Language::ru);
}

TEST(Numbers, AreWrittenAsTheLanguageWritesThem) {
  EXPECT_EQ(number(-1234.5, 1, Language::ru), "\u22121\u00a0234,5");
  EXPECT_EQ(number(-1234.5, 1, Language::kk), "\u22121\u00a0234,5");
  EXPECT_EQ(number(-1234.5, 1, Language::en), "\u22121,234.5");
  EXPECT_EQ(number(-0.04, 1, Language::en), "0.0") << "no minus before nothing";
  EXPECT_EQ(number(186, 0, Language::ru), "186");
}

TEST(Ages, AreCountedInMinutesHoursAndDays) {
  using namespace std::chrono_literals;
  EXPECT_EQ(ago(28min, Language::kk), "28 мин бұрын");
  EXPECT_EQ(ago(5h + 38min, Language::kk), "5 сағ 38 мин бұрын");
  EXPECT_EQ(ago(5h + 38min, Language::ru), "5 ч 38 мин назад");
  EXPECT_EQ(ago(50h, Language::ru), "2 дня назад");
  EXPECT_EQ(ago(24h * 21, Language::ru), "21 день назад");
  EXPECT_EQ(ago(24h, Language::en), "1 day ago");
  EXPECT_EQ(ago(59s, Language::kk), "жаңа ғана");
  EXPECT_EQ(ago(-5s, Language::ru), "только что");
}

TEST(Ages, AlsoSayHowLong) {
  using namespace std::chrono_literals;
  EXPECT_EQ(span(28min, Language::kk), "28 мин");
  EXPECT_EQ(span(5h + 38min, Language::ru), "5 ч 38 мин");
  EXPECT_EQ(span(72h, Language::ru), "3 дня");
  EXPECT_EQ(span(24h, Language::en), "1 day");
}

TEST(Times, SayTheDayOnlyWhenItIsNotToday) {
  const Zone zone = *Zone::find("Asia/Almaty");
  const LocalTime time(zone, *parse_iso("2026-01-17T14:40:00Z"));
  const auto today = *parse_iso("2026-01-17T14:26:00Z"), yesterday = *parse_iso("2026-01-16T14:26:00Z");
  const auto november = *parse_iso("2025-11-15T14:26:00Z");
  EXPECT_EQ(time.weekday(Language::kk), "сенбі");
  EXPECT_EQ(time.when(today, Language::ru), "19:26");
  EXPECT_EQ(time.since(today, Language::kk), "19:26-дан бері");
  EXPECT_EQ(time.since(today, Language::ru), "с 19:26");
  EXPECT_EQ(time.since(yesterday, Language::kk), "кеше 19:26-дан бері");
  EXPECT_EQ(time.since(yesterday, Language::ru), "со вчерашнего дня, 19:26");
  EXPECT_EQ(time.since(yesterday, Language::en), "since yesterday, 19:26");
  EXPECT_EQ(time.since(november, Language::kk), "2025 жылғы 15 қараша 19:26-дан бері");
  EXPECT_EQ(time.since(november, Language::ru), "с 15 ноября 2025 года, 19:26");
}

TEST(Times, AreWholeOnPaper) {
  const Zone zone = *Zone::find("Asia/Almaty");
  const LocalTime time(zone, *parse_iso("2026-01-18T14:40:00Z"));
  const auto at = *parse_iso("2026-01-17T20:26:00Z");
  EXPECT_EQ(time.full(at, Language::kk), "18.01.2026 01:26");
  EXPECT_EQ(time.full(at, Language::ru), "18.01.2026 01:26");
  EXPECT_EQ(time.full(at, Language::en), "18 Jan 2026 01:26");
}

TEST(Units, AreThoseOfTheScreens) {
  for (const auto& [language, file] : {std::pair(Language::kk, "kk"), {Language::ru, "ru"}}) {
    std::ifstream in(std::string("web/src/i18n/") + file + ".json");
    ASSERT_TRUE(in) << "run from the root of the repository, as ctest does";
    std::size_t units = 0;
    for (std::string line; std::getline(in, line);) {
      const auto key = line.find("\"unit."), colon = line.find("\": \"");
      if (key == std::string::npos) continue;
      const std::string symbol = line.substr(key + 6, colon - key - 6);
      const std::string word = line.substr(colon + 4, line.rfind('"') - colon - 4);
      EXPECT_EQ(unit(symbol, language), word) << symbol;
      EXPECT_EQ(unit(symbol, Language::en), symbol);
      units++;
    }
    EXPECT_GT(units, 30u);
  }
  EXPECT_EQ(unit("furlong", Language::kk), "furlong");
}

TEST(KazakhAblative, FollowsTheLastWordOfTheNumber) {
  const std::pair<unsigned, std::string_view> expected[] = {
      {0, "ден"},  {1, "ден"},  {3, "тен"},  {4, "тен"},  {6, "дан"},  {9, "дан"},  {10, "нан"},
      {20, "дан"}, {26, "дан"}, {30, "дан"}, {40, "тан"}, {45, "тен"}, {50, "ден"}, {58, "ден"}};
  for (const auto& [n, ending] : expected) EXPECT_EQ(ablative_of(n), ending) << n;
}

}  // namespace
}  // namespace qala::words
