#include "residents/words.h"

#include <gtest/gtest.h>

#include <set>

#include "residents/counted.h"
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

TEST(Counting, TakesTheFormTheNumberAsksFor) {
  EXPECT_EQ(counted(Counted::lamps, 1, Language::ru), "1 фонарь");
  EXPECT_EQ(counted(Counted::lamps, 3, Language::ru), "3 фонаря");
  EXPECT_EQ(counted(Counted::lamps, 11, Language::ru), "11 фонарей");
  EXPECT_EQ(counted(Counted::lamps, 21, Language::ru), "21 фонарь");
  EXPECT_EQ(counted(Counted::lamps, 112, Language::ru), "112 фонарей");
  EXPECT_EQ(counted(Counted::lamps, 38, Language::kk), "38 шам");
  EXPECT_EQ(counted(Counted::lamps, 1, Language::en), "1 lamp");
}

TEST(Escaping, LeavesNoMarkup) {
  EXPECT_EQ(escape_markup("<b a=\"1\" c='2'>&\x01"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
}

}  // namespace
}  // namespace qala::residents
