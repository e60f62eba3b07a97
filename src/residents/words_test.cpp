#include "residents/words.h"

#include <gtest/gtest.h>

#include <set>

#include "residents/format.h"
#include "residents/html.h"

namespace qala::residents {
namespace {

std::size_t gaps(std::string_view text) {
  std::size_t n = 0;
  for (auto at = text.find("{}"); at != std::string_view::npos; at = text.find("{}", at + 2)) n++;
  return n;
}

TEST(Words, AreThereInThreeLanguagesThatDiffer) {
  const std::set<Word> same_in_kk_and_ru{Word::micrograms};
  for (const WordRow& row : all_words()) {
    const std::string kk = row.kk, ru = row.ru, en = row.en;
    EXPECT_FALSE(kk.empty() || ru.empty() || en.empty()) << en;
    if (!same_in_kk_and_ru.contains(row.word)) EXPECT_NE(kk, ru);
    EXPECT_NE(kk, en);
    EXPECT_NE(ru, en);
    EXPECT_EQ(en.find_first_of("\xd0\xd1\xd2\xd3"), std::string::npos) << "Cyrillic in English: " << en;
    EXPECT_EQ(gaps(kk), gaps(en)) << en;
    EXPECT_EQ(gaps(ru), gaps(en)) << en;
  }
}

TEST(Words, BandsDifferFromEachOther) {
  for (const Language language : kLanguages) {
    std::set<std::string_view> words;
    for (std::size_t i = 0; i < 6; i++) {
      words.insert(text(nth(Word::band_1, i), language));
      words.insert(text(nth(Word::advice_1, i), language));
    }
    EXPECT_EQ(words.size(), 12u);
  }
}

TEST(Words, ANameMissingInOneLanguageIsTakenFromAnother) {
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

TEST(Counting, TakesTheFormTheNumberAsksFor) {
  EXPECT_EQ(counted(Counted::lamps, 1, Language::ru), "1 фонарь");
  EXPECT_EQ(counted(Counted::lamps, 3, Language::ru), "3 фонаря");
  EXPECT_EQ(counted(Counted::lamps, 11, Language::ru), "11 фонарей");
  EXPECT_EQ(counted(Counted::lamps, 21, Language::ru), "21 фонарь");
  EXPECT_EQ(counted(Counted::lamps, 112, Language::ru), "112 фонарей");
  EXPECT_EQ(counted(Counted::lamps, 38, Language::kk), "38 шам");
  EXPECT_EQ(counted(Counted::lamps, 1, Language::en), "1 lamp");
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

TEST(KazakhAblative, FollowsTheLastWordOfTheNumber) {
  const std::pair<unsigned, std::string_view> expected[] = {
      {0, "ден"},  {1, "ден"},  {3, "тен"},  {4, "тен"},  {6, "дан"},  {9, "дан"},  {10, "нан"},
      {20, "дан"}, {26, "дан"}, {30, "дан"}, {40, "тан"}, {45, "тен"}, {50, "ден"}, {58, "ден"}};
  for (const auto& [n, ending] : expected) EXPECT_EQ(ablative_of(n), ending) << n;
}

TEST(Escaping, LeavesNoMarkup) {
  EXPECT_EQ(escaped("<b a=\"1\" c='2'>&\x01"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
}

}  // namespace
}  // namespace qala::residents
