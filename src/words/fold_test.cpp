#include "words/fold.h"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

namespace qala::words {
namespace {

std::vector<std::vector<std::string>> table() {
  std::ifstream in("tests/words/fold.tsv");
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> row{""};
    for (const char c : line) {
      if (c == '\t') row.emplace_back();
      else row.back() += c;
    }
    rows.push_back(row);
  }
  return rows;
}

TEST(Fold, IsWhatTheTableSharedWithTheScreensSays) {
  const auto rows = table();
  ASSERT_GT(rows.size(), 40u);
  for (const auto& row : rows) {
    if (row[0] == "fold") EXPECT_EQ(fold(row[1]), row[2]) << row[1];
    else EXPECT_EQ(found_in(fold(row[1]), fold(row[2])), row[3] == "yes") << row[1] << " by " << row[2];
  }
}

TEST(Fold, TakesAnyBytes) {
  EXPECT_EQ(fold("a\xff\xd0 b\xe2\x82"), "a b");
  EXPECT_EQ(fold(std::string(3, '\0')), "");
  EXPECT_EQ(fold("й"), fold("и\u0306")) << "composed or not";
}

TEST(Found, NeedsEveryWordAndNothingIsFoundByNothing) {
  EXPECT_TRUE(found_in("zhagalau koshesi", ""));
  EXPECT_FALSE(found_in("", "a"));
  EXPECT_FALSE(found_in("zhagalau koshesi", "zhagalau dangili"));
}

}  // namespace
}  // namespace qala::words
