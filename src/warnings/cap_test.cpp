#include "warnings/cap.h"

#include <gmock/gmock.h>

#include "warnings/atom.h"
#include "warnings/testbed.h"

namespace qala::warnings {
namespace {

using test::Book;
using test::frost;
using ::testing::HasSubstr;
using ::testing::Not;

/// Names of the elements as they open, in order.
std::string elements(const std::string& xml) {
  std::string out;
  for (auto at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    if (xml[at + 1] == '/' || xml[at + 1] == '?') continue;
    out += xml.substr(at + 1, xml.find_first_of(" >", at) - at - 1) + " ";
  }
  return out;
}

constexpr const char* kInfo =
    "info language category event urgency severity certainty onset expires senderName headline description instruction "
    "area areaDesc polygon ";

TEST(Cap, HasItsElementsInTheOrderOfTheSchema) {
  Book town;
  Content content = frost(town.clock.now());
  content.onset = town.clock.now() + std::chrono::hours(2);
  const auto alert = town.published(content);
  const std::string info = kInfo;
  EXPECT_EQ(elements(alert.message.xml), "alert identifier sender sent status msgType scope " + info + info + info);
  const auto cancel = town.follow(alert.message.id, Type::cancel);
  EXPECT_THAT(elements(cancel.message.xml),
              HasSubstr("alert identifier sender sent status msgType scope note references info language"));
}

TEST(Cap, SaysTimesWithTheOffsetOfTheTownAndUtcAsMinusZero) {
  const Instant at = Instant::from_seconds(1'768'660'800);
  EXPECT_EQ(cap_time(at, *Zone::find("Asia/Almaty")), "2026-01-17T19:40:00+05:00");
  EXPECT_EQ(cap_time(at, *Zone::find("America/St_Johns")), "2026-01-17T11:10:00-03:30");
  EXPECT_EQ(cap_time(at, *Zone::find("Etc/UTC")), "2026-01-17T14:40:00-00:00");
}

TEST(Cap, SaysTheSameInEveryLanguageButForTheWords) {
  Book town;
  const auto xml = town.published(frost(town.clock.now(), Severity::severe)).message.xml;
  std::vector<std::string> levels;
  for (auto at = xml.find("<category>"); at != std::string::npos; at = xml.find("<category>", at + 1)) {
    auto block = xml.substr(at, xml.find("<senderName>", at) - at);
    block.erase(block.find("<event>"), block.find("<urgency>") - block.find("<event>"));
    levels.push_back(block);
  }
  ASSERT_EQ(levels.size(), 3u);
  EXPECT_EQ(levels[0], levels[1]);
  EXPECT_EQ(levels[0], levels[2]);
  EXPECT_THAT(levels[0], HasSubstr("<severity>Severe</severity>"));
  for (const char* words : {"<language>kk-KZ</language>", "<language>ru-KZ</language>", "<language>en</language>",
                            "<headline>Аяз</headline>", "<headline>Мороз</headline>", "<headline>Frost</headline>"})
    EXPECT_THAT(xml, HasSubstr(words));
}

TEST(Cap, LeavesEnglishOutIfThereIsNone) {
  Book town;
  Content content = frost(town.clock.now());
  content.texts[2] = {};
  const auto xml = town.published(content).message.xml;
  EXPECT_THAT(xml, Not(HasSubstr("<language>en</language>")));
  EXPECT_THAT(xml, HasSubstr("<language>ru-KZ</language>"));
}

TEST(Cap, EscapesWhatPeopleWrote) {
  Book town;
  Content content = frost(town.clock.now());
  content.texts[1].headline = "Мороз <b>&\"'";
  content.texts[1].description = "раз\r\nдва";
  const auto xml = town.published(content).message.xml;
  EXPECT_THAT(xml, HasSubstr("<headline>Мороз &lt;b&gt;&amp;&quot;&#39;</headline>"));
  EXPECT_THAT(xml, HasSubstr("<description>раз\nдва</description>"));
  EXPECT_THAT(to_atom(town.book->feed(), {}, town.zone), Not(HasSubstr("<b>")));
}

TEST(Cap, OfAnExerciseIsRestricted) {
  Book town;
  Content content = frost(town.clock.now());
  content.status = Status::exercise;
  const auto xml = town.published(content).message.xml;
  EXPECT_THAT(
      xml, HasSubstr("<status>Exercise</status>\n<msgType>Alert</msgType>\n<scope>Restricted</scope>\n<restriction>"));
  EXPECT_THAT(xml, Not(HasSubstr("Public")));
}

TEST(Atom, IsAFeedAlsoWhenNothingIsInForce) {
  Book town;
  const auto empty = to_atom(town.book->feed(), town.book->settings().issuer, town.zone);
  EXPECT_EQ(elements(empty), "feed id title updated author name link ");
  EXPECT_THAT(empty, HasSubstr("<updated>2026-01-17T19:40:00+05:00</updated>"));
  town.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(to_atom(town.book->feed(), town.book->settings().issuer, town.zone), empty) << "until something changes";
}

TEST(Atom, SaysEnoughForAListAndWhereTheFileIs) {
  Book town;
  const auto alert = town.published(frost(town.clock.now()));
  const auto& name = alert.message.self.identifier;
  auto issuer = town.book->settings().issuer;
  issuer.address = "https://qala.town.kz";
  const auto feed = to_atom(town.book->feed(), issuer, town.zone);
  EXPECT_THAT(feed, HasSubstr("<id>tag:alerts@town.kz,2026-01-17:" + name + "</id>"));
  EXPECT_THAT(feed, HasSubstr("<title>Аяз / Мороз / Frost</title>"));
  EXPECT_THAT(feed, HasSubstr("href=\"https://qala.town.kz/cap/" + name + ".xml\""));
  EXPECT_THAT(feed, HasSubstr("<cap:expires>2026-01-18T07:40:00+05:00</cap:expires>"));
  EXPECT_THAT(feed, HasSubstr("<cap:msgType>Alert</cap:msgType>"));
}

}  // namespace
}  // namespace qala::warnings
