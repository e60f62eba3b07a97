#include "footage/marks.h"

#include <gtest/gtest.h>

#include "audit/chain.h"
#include "base/hex.h"
#include "media_files.h"

namespace qala::footage {
namespace {

std::string hex(const std::string& bytes) { return to_hex(std::as_bytes(std::span(bytes))); }

/// The lines of the page's example without their spaces.
std::string example_of(const std::string& page) {
  const std::string text = tests::read_whole("docs/formats/" + page);
  const auto begin = text.find("```", text.find("## Example"));
  std::string out;
  for (std::size_t at = begin + 3; text.compare(at, 3, "```") != 0; at++) {
    if (text[at] != ' ' && text[at] != '\n') out += text[at];
  }
  return out;
}

const FileMark kFile{
    .id = {7, kMain}, .run = 1, .at_ms = 1'768'660'800'000, .init_bytes = 5, .init_crc = crc_of("abcde")};
const FragmentMark kFragment{.sequence = 1,
                             .at_ms = 1'768'660'800'000,
                             .duration_ms = 1'000,
                             .key = true,
                             .motion = true,
                             .bytes = 9,
                             .crc = crc_of("123456789")};

TEST(Marks, AreWhatThePageSays) { EXPECT_EQ(hex(encode(kFile)) + hex(encode(kFragment)), example_of("footage.md")); }

TEST(Marks, AreReadAsTheyWereWritten) {
  EXPECT_EQ(decode_file_mark(encode(kFile)), kFile);
  EXPECT_EQ(decode_fragment_mark(encode(kFragment)), kFragment);
  EXPECT_EQ(decode_file_mark(encode(kFragment)), std::nullopt) << "not one for the other";
  EXPECT_EQ(decode_fragment_mark(encode(kFile)), std::nullopt);
}

TEST(Marks, WithAnyBitChangedAreNone) {
  const std::string mark = encode(kFragment);
  for (std::size_t bit = 0; bit < mark.size() * 8; bit++) {
    std::string changed = mark;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(decode_fragment_mark(changed), std::nullopt) << bit;
  }
}

TEST(Marks, AreFoundAmongOtherBytes) {
  EXPECT_EQ(find_fragment_mark("something" + encode(kFragment) + "more"), 9u);
  EXPECT_EQ(find_fragment_mark("something"), std::string_view::npos);
  EXPECT_EQ(find_fragment_mark(encode(kFile)), std::string_view::npos);
}

}  // namespace
}  // namespace qala::footage
