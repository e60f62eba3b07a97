#include "base/utf8.h"

#include <gtest/gtest.h>

namespace qala::utf8 {
namespace {

TEST(Utf8, KnowsWhatIsWellFormed) {
  // The edges of the table 3-7 of Unicode.
  for (const char* good : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "Үшөзек −38 °C 🌨"})
    EXPECT_TRUE(is_valid(good)) << good;
  for (const char* bad : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2g", "\xe0\x9f\xbf", "\xed\xa0\x80",
                          "\xed\xbf\xbf", "\xe1\x80", "\xe1\x80g", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xf1\x80\x80", "\xff", "ab\xc3"})
    EXPECT_FALSE(is_valid(bad)) << bad;
  EXPECT_TRUE(is_valid(std::string_view("a\0b", 3)));
}

TEST(Utf8, TakesTheFirstCharacter) {
  const auto is = [](std::string_view text, char32_t code, std::size_t bytes) {
    const auto [found, length] = first(text);
    return found == code && length == bytes;
  };
  EXPECT_TRUE(is("ab", U'a', 1));
  EXPECT_TRUE(is("ұлы", U'ұ', 2));
  EXPECT_TRUE(is("−1", U'−', 3));
  EXPECT_TRUE(is("🌨!", U'🌨', 4));
  EXPECT_TRUE(is("", 0, 0));
  EXPECT_TRUE(is("\xf0\x9f\x8c", 0, 0)) << "cut off";
}

TEST(Utf8, GoesToCharactersAndBack) {
  const std::string text = "aұ−🌨";
  EXPECT_EQ(characters(text), U"aұ−🌨");
  EXPECT_EQ(to_text(U"aұ−🌨"), text);
  EXPECT_EQ(characters("a\xe2\x88z\xff"), U"a\uFFFD\uFFFDz\uFFFD");
  for (const char32_t edge : {0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff}) {
    std::string one;
    append(one, edge);
    EXPECT_EQ(characters(one), std::u32string(1, edge));
  }
}

}  // namespace
}  // namespace qala::utf8
