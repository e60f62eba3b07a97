#include "warnings/check.h"

#include <gmock/gmock.h>

#include "warnings/templates.h"
#include "warnings/testbed.h"

namespace qala::warnings {
namespace {

using test::frost;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Instant kNow = Instant::from_seconds(1'768'660'800);
Envelope town() { return envelope_of(*parse_polygon(test::kTown)); }
std::string many(std::size_t n, const std::string& what) {
  std::string out;
  for (std::size_t i = 0; i < n; i++) out += what;
  return out;
}

struct Case {
  const char* why;
  void (*spoil)(Content&);
  const char* message;  ///< its beginning; empty: it is fine
};

TEST(Check, TakesWhatIsWholeAndNamesTheFieldOfWhatIsNot) {
  const Case cases[] = {
      {"as it is", [](Content&) {}, ""},
      {"without English", [](Content& c) { c.texts[2] = {}; }, ""},
      {"nothing in Kazakh", [](Content& c) { c.texts[0] = {}; }, "texts.kk.headline: is empty"},
      {"no Kazakh headline", [](Content& c) { c.texts[0].headline = ""; }, "texts.kk.headline: is empty"},
      {"blanks for Kazakh", [](Content& c) { c.texts[0].description = " \n\u00a0"; }, "texts.kk.description: is empty"},
      {"no Russian instruction", [](Content& c) { c.texts[1].instruction = ""; }, "texts.ru.instruction: is empty"},
      {"half of English", [](Content& c) { c.texts[2].description = ""; }, "texts.en.description: is empty"},
      {"160 characters of two bytes", [](Content& c) { c.texts[0].headline = many(160, "ә"); }, ""},
      {"161 characters", [](Content& c) { c.texts[0].headline = many(161, "ә"); },
       "texts.kk.headline: has 161 characters"},
      {"too long", [](Content& c) { c.texts[1].description = many(2001, "я"); }, "texts.ru.description: has 2001"},
      {"two lines of headline", [](Content& c) { c.texts[1].headline = "а\nб"; },
       "texts.ru.headline: must be one line"},
      {"a control character", [](Content& c) { c.texts[1].description = "а\x01"; },
       "texts.ru.description: has the character U+0001"},
      {"a noncharacter", [](Content& c) { c.texts[0].description = "\xef\xbf\xbf"; },
       "texts.kk.description: has the character U+FFFF"},
      {"a surrogate", [](Content& c) { c.texts[0].description = "\xed\xa0\x80"; },
       "texts.kk.description: is no UTF-8 text"},
      {"a noncharacter", [](Content& c) { c.texts[0].description = "\xef\xbf\xbe"; },
       "texts.kk.description: has the character U+FFFE"},
      {"no UTF-8", [](Content& c) { c.texts[0].description = "\xff"; }, "texts.kk.description: is no UTF-8"},
      {"an emoji and lines", [](Content& c) { c.texts[0].description = "а\n\xf0\x9f\x8c\xa8"; }, ""},
      {"no name of the area", [](Content& c) { c.area.name.ru = ""; }, "area.name.ru: is empty"},
      {"only a name of the area", [](Content& c) { c.area.polygons = {}; }, ""},
      {"open polygon", [](Content& c) { c.area.polygons = {"52,70.9 52,71 52.05,71 52.05,70.9"}; },
       "area.polygons[0]: the polygon is not closed"},
      {"longitude first", [](Content& c) { c.area.polygons = {"70.9,52 71,52 71,52.05 70.9,52"}; },
       "area.polygons[0]: point 1 lies outside of the town"},
      {"one point elsewhere", [](Content& c) { c.area.polygons.push_back("52,70.9 52,71 53,71 52,70.9"); },
       "area.polygons[1]: point 3 lies outside"},
      {"over already", [](Content& c) { c.expires = kNow; }, "expires: lies in the past"},
      {"48 hours", [](Content& c) { c.expires = kNow + std::chrono::hours(48); }, ""},
      {"a second more", [](Content& c) { c.expires = kNow + std::chrono::seconds(48 * 3600 + 1); },
       "expires: is more than 48 hours away"},
      {"meant so", [](Content& c) { c.expires = kNow + std::chrono::hours(72), c.longer = true; }, ""},
      {"for months", [](Content& c) { c.expires = kNow + std::chrono::hours(24 * 31), c.longer = true; },
       "expires: is more than 30 days"},
      {"begins after its end", [](Content& c) { c.onset = c.expires; }, "onset: must be before"},
  };
  for (const Case& one : cases) {
    Content content = frost(kNow);
    one.spoil(content);
    const auto done = check(content, Type::alert, kNow, town());
    if (*one.message == '\0') EXPECT_TRUE(done) << one.why << ": " << done.error().message;
    else if (done) ADD_FAILURE() << one.why << " is accepted";
    else EXPECT_THAT(done.error().message, StartsWith(one.message)) << one.why;
  }
}

TEST(Check, AsksNoInstructionOfACancellationAndKnowsNoEnvelopeOfATownThatHasNone) {
  Content content = frost(kNow);
  for (Text& text : content.texts) text.instruction.clear();
  EXPECT_FALSE(check(content, Type::update, kNow, town()));
  EXPECT_TRUE(check(content, Type::cancel, kNow, town()));
  content = frost(kNow);
  content.area.polygons = {"10,20 10,21 11,21 10,20"};
  EXPECT_TRUE(check(content, Type::alert, kNow, {}));
}

TEST(Templates, AreWholeInThreeLanguagesButForTheWordsOfOther) {
  for (std::size_t i = 0; i < kHazards; i++) {
    const auto& one = template_of(static_cast<Hazard>(i));
    EXPECT_EQ(one.hazard, static_cast<Hazard>(i));
    Content content = frost(kNow);
    content.texts = one.texts;
    content.expires = kNow + std::chrono::hours(one.hours);
    if (one.hazard == Hazard::other) {
      for (Text& text : content.texts) text.headline = text.description = "x";
    }
    EXPECT_TRUE(check(content, Type::alert, kNow, {}));
  }
}

TEST(Templates, ACancellationOfTheLongestHeadlineStillFits) {
  Content content = frost(kNow);
  for (Text& text : content.texts) text.headline = many(160, "ғ");
  content.texts = cancelled_texts(content.texts);
  EXPECT_THAT(content.texts[0].headline, StartsWith("Күші жойылды: ғғ"));
  EXPECT_TRUE(check(content, Type::cancel, kNow, town()));
}

}  // namespace
}  // namespace qala::warnings
