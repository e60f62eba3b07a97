#include "paper/document.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "read_pdf.h"

namespace qala::paper {
namespace {

using tests::read_pdf;

TEST(Document, HoldsKazakhLettersAsText) {
  Document document("Ауысым кітабы", "Үшөзек · 17.01.2026");
  document.heading("Қабылданбаған дабылдар");
  document.paragraph("ӘҒҚҢӨҰҮҺІ әғқңөұүһі Ёё −27 °C 61,8 µg/m³");
  const auto pdf = document.pdf();
  ASSERT_TRUE(pdf) << pdf.error().message;
  const std::string text = read_pdf(*pdf, "pdftotext");
  for (const char* part :
       {"Ауысым кітабы", "Қабылданбаған дабылдар", "ӘҒҚҢӨҰҮҺІ әғқңөұүһі Ёё −27 °C 61,8 µg/m³", "Үшөзек", "1/1"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  EXPECT_NE(read_pdf(*pdf, "pdfinfo", "").find("A4"), std::string::npos);
}

TEST(Document, ATableGoesOnOverleafUnderItsHeadAndLosesNoRow) {
  Document document("List", "foot");
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 300; i++) rows.push_back({"row" + std::to_string(i), std::string(i % 7 == 0 ? 200 : 5, 'w')});
  document.table({{.title = "HeadOne", .share = 1}, {.title = "HeadTwo", .share = 2, .right = true}}, rows);
  const auto pdf = document.pdf();
  ASSERT_TRUE(pdf);
  const std::string text = read_pdf(*pdf, "pdftotext -layout");
  std::size_t heads = 0, last = 0;
  for (std::size_t at = text.find("HeadOne"); at != std::string::npos; at = text.find("HeadOne", at + 1)) heads++;
  const auto pages = static_cast<std::size_t>(std::ranges::count(text, '\f'));
  EXPECT_GT(pages, 5u);
  EXPECT_EQ(heads, pages);
  for (int i = 0; i < 300; i++) {
    const std::size_t at = text.find("row" + std::to_string(i) + " ", last);
    ASSERT_NE(at, std::string::npos) << "row " << i;
    last = at;
  }
  EXPECT_NE(text.find(std::to_string(pages) + "/" + std::to_string(pages)), std::string::npos);
}

TEST(Document, AGraphHasItsWordsAndSurvivesGapsAndNothingAtAll) {
  const float gap = std::numeric_limits<float>::quiet_NaN();
  Document document("Тәулік", "foot");
  Chart one{.title = "Ауа · PM2.5", .note = "әдетте 20–60", .line = {1, 2, gap, gap, gap, 9}, .before = {2, 3}};
  one.low = {0, gap, 1};
  one.high = {4, gap, 5};
  one.up = {{0, "0"}, {10, "10"}};
  one.across = {{0.5, "12:00"}};
  one.limits = {{8, "шегі 8"}};
  one.top = 10;
  document.charts({one, {.title = "Бос", .nothing = "дерек жоқ"}, {.title = "Үшінші", .line = {gap}}}, 2, 90);
  const auto pdf = document.pdf();
  ASSERT_TRUE(pdf) << pdf.error().message;
  const std::string text = read_pdf(*pdf, "pdftotext");
  for (const char* part : {"Ауа · PM2.5", "әдетте 20–60", "12:00", "шегі 8", "Бос", "дерек жоқ", "Үшінші"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
}

TEST(Document, ATextLongerThanAPageIsWholeAndBadBytesHarmNothing) {
  std::string text;
  for (int i = 0; i < 3000; i++) text += "word" + std::to_string(i) + " ";
  Document document("Long", "foot\xff");
  document.paragraph(text + "\xc3");
  document.table({{.title = "t"}}, {{text}});
  document.signatures("Тапсырды: Айгүл", "Қабылдады: Нұрлан");
  const auto pdf = document.pdf();
  ASSERT_TRUE(pdf) << pdf.error().message;
  const std::string read = read_pdf(*pdf, "pdftotext");
  for (const char* word : {"word0 ", "word1500", "word2999", "Тапсырды: Айгүл", "Қабылдады: Нұрлан"})
    EXPECT_NE(read.find(word), std::string::npos) << word;
}

}  // namespace
}  // namespace qala::paper
