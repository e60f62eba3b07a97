#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "ngsi/match.h"
#include "ngsi/query.h"

namespace qala::ngsi {

namespace {

/// A station to ask about.
Entity station() {
  Entity out{.model = model_of("AirQualityObserved"), .id = "urn:ngsi-ld:AirQualityObserved:A-1"};
  const auto at = parse_iso("2026-01-17T14:30:00Z")->ns;
  out.attributes.push_back({.name = "pm25", .value = Value::of_decimal(415, 1), .unit = "GQ", .observed = at});
  out.attributes.push_back({.name = "temperature", .value = Value::of_decimal(-18, 0), .unit = "CEL", .observed = at});
  out.attributes.push_back({.name = "dateObserved", .value = Value::of_time(at)});
  out.attributes.push_back({.name = "name", .value = Value::of_text("Мектеп №4, \"School\"")});
  out.attributes.push_back({.name = "reversedLane", .value = Value::of_flag(false)});
  out.attributes.push_back({.name = "category", .value = {.kind = Value::Kind::words, .words = {"fixed", "ground"}}});
  out.attributes.push_back(
      {.name = "address", .value = {.kind = Value::Kind::members, .members = {{"streetAddress", "Abai 1"}}}});
  out.attributes.push_back(
      {.name = "location", .kind = Attribute::Kind::geo, .value = Value::of_place({70.95, 51.99})});
  return out;
}

struct Case {
  const char* query;
  bool fits;
};

class Fits : public testing::TestWithParam<Case> {};

TEST_P(Fits, AsTheTableSays) {
  const auto query = parse_query(GetParam().query);
  ASSERT_TRUE(query) << GetParam().query << ": " << query.error().message;
  EXPECT_EQ(fits(*query, station()), GetParam().fits) << GetParam().query;
}

INSTANTIATE_TEST_SUITE_P(
    Query, Fits,
    testing::Values(
        Case{"pm25", true}, Case{"pm10", false}, Case{"location", true}, Case{"pm25>41.4", true},
        Case{"pm25>41.5", false}, Case{"pm25>=41.5", true}, Case{"pm25<=41.5", true}, Case{"pm25<41.5", false},
        Case{"pm25==41.50", true}, Case{"pm25!=41.5", false}, Case{"pm25!=40", true}, Case{"pm10!=40", false},
        Case{"temperature<0", true}, Case{"temperature==-20..-10", true}, Case{"temperature==-17.9..0", false},
        Case{"temperature!=-20..-10", false}, Case{"pm25==1,2,40..42", true}, Case{"pm25==1,2,42..43", false},
        Case{"pm25!=1,2", true},
        // Values of another kind are not equal, neither more nor less.
        Case{"pm25==\"41.5\"", false}, Case{"pm25!=\"41.5\"", true}, Case{"name>3", false},
        Case{"reversedLane==false", true}, Case{"reversedLane==true", false}, Case{"reversedLane<true", false},
        Case{"dateObserved==2026-01-17T14:30:00Z", true}, Case{"dateObserved>2026-01-17T19:29:59+05:00", true},
        Case{"dateObserved>2026-01-17", true}, Case{"dateObserved==2026-01-17T14:00:00Z..2026-01-17T15:00:00Z", true},
        Case{"pm25.observedAt<2026-01-17T14:31:00Z", true}, Case{"pm25.unitCode==\"GQ\"", true},
        Case{"pm25.unitCode", true}, Case{"pm25.quality", false}, Case{"name.observedAt", false},
        Case{"address[streetAddress]==\"Abai 1\"", true}, Case{"address[streetAddress]~=^Abai", true},
        Case{"address[postalCode]", false}, Case{"pm25[value]", false},
        Case{"name==\"Мектеп №4, \\\"School\\\"\"", true}, Case{"name~=№[0-9]", true}, Case{"name~=\"№\\d,\"", true},
        Case{"name!~=^School", true}, Case{"name~=^School", false}, Case{"pm25~=41", false}, Case{"pm25!~=41", true},
        Case{"pm10!~=41", false}, Case{"category==\"ground\"", true}, Case{"category==\"portable\"", false},
        Case{"category!=\"ground\"", false}, Case{"pm25>40;temperature<0", true}, Case{"pm25>50;temperature<0", false},
        Case{"pm25>50|temperature<0", true},
        // `;` binds closer than `|`.
        Case{"pm25>40|pm10;pm10", true}, Case{"(pm25>40|pm10);pm10", false}, Case{"pm10;pm10|pm25>40", true},
        Case{"((pm25>40))", true}, Case{" pm25 > 40 ; temperature < 0 ", true}));

TEST(Query, SaysWhereItIsWrongAndWhatToDo) {
  const std::pair<std::string, std::string> table[] = {
      {"", "q at 1: the name of an attribute"},
      {"pm25=3", "q at 5: \"=\" is no comparison: write =="},
      {"pm25>", "q at 6: a value is expected"},
      {"status==ok", "q at 9: a text wants quotes: \"ok\""},
      {"status==\"ok", "q at 9: this quotation mark is not closed"},
      {"status==\"o\\k\"", "q at 11: a backslash"},
      {"pm25>1,2", "q at 7: a list goes with == and != only"},
      {"pm25>1..2", "q at 7: a range goes with == and != only"},
      {"pm25==1..\"2\"", "q at 7: a range has two"},
      {"pm25==true..false", "q at 7: a range has two"},
      {"pm25>12a", "q at 6: \"12a\" is neither a number nor a time"},
      {"pm25>1;", "q at 8: the name of an attribute"},
      {"pm25>1;;pm10", "q at 8: the name"},
      {"pm25>1 pm10", "q at 6: \"1 pm10\" is neither"},
      {"(pm25>1", "q at 1: this bracket is not closed"},
      {"pm25>1)", "q at 7: something follows"},
      {"address[street", "q at 8: this square bracket is not closed"},
      {"address[1]", "q at 9: the name"},
      {"name~=", "q at 7: a pattern is expected"},
      {"name~=[a", "q at 7: the pattern at 3: a square bracket is not closed"},
      {"pm25&gt;3", "q at 5: something follows"},
      {"dateObserved>2026-01-17T14:30:00 05:00", "q at 14: no time is written so"},
      {std::string(5000, 'a'), "q at 1: is longer than 4,000 bytes"},
      {std::string(30, '(') + "a", "q at 18: brackets are deeper than 16"},
  };
  for (const auto& [text, expected] : table) {
    const auto query = parse_query(text);
    ASSERT_FALSE(query) << text;
    EXPECT_EQ(query.error().message.substr(0, expected.size()), expected) << text;
    EXPECT_EQ(query.error().kind, ErrorKind::invalid);
  }
}

TEST(Query, BoundsTheNumberOfTermsAndValues) {
  std::string terms = "a", values = "a==1";
  for (std::size_t i = 1; i < kMostTerms; i++) terms += ";a", values += ",1";
  EXPECT_TRUE(parse_query(terms));
  EXPECT_TRUE(parse_query(values));
  EXPECT_FALSE(parse_query(terms + ";a"));
  EXPECT_TRUE(parse_query("a~=b;a~=b;a~=b;a~=b;a~=b"));
  EXPECT_FALSE(parse_query("a~=b;a~=b;a~=b;a~=b;a~=b;a~=b"));
  EXPECT_FALSE(parse_query(values + ",1"));
}

RC_GTEST_PROP(Query, AgreesWithArithmeticOnNumbers, (std::int16_t limit, std::int16_t other)) {
  const Entity entity = station();
  const double here = 41.5, at = limit / 10.0, up = other / 10.0;
  const auto is = [&](const std::string& text) {
    const auto query = parse_query(text);
    RC_ASSERT(query.has_value());
    return fits(*query, entity);
  };
  std::string low, high;
  append_decimal(low, limit, 1);
  append_decimal(high, other, 1);
  RC_ASSERT(is("pm25<" + low) == (here < at));
  RC_ASSERT(is("pm25>=" + low) == (here >= at));
  RC_ASSERT(is("pm25==" + low + ".." + high) == (here >= at && here <= up));
  RC_ASSERT(is("pm25!=" + low + ".." + high) == !(here >= at && here <= up));
  RC_ASSERT(is("pm25<" + low + ";pm25>" + high) == (here < at && here > up));
  RC_ASSERT(is("pm25<" + low + "|pm25>" + high) == (here < at || here > up));
}

struct PatternCase {
  const char* pattern;
  const char* text;
  bool found;
};

TEST(Pattern, FindsWhatTheTableSays) {
  const PatternCase table[] = {
      {"abc", "xabcx", true},
      {"^abc$", "xabcx", false},
      {"^abc$", "abc", true},
      {"a.c", "aшc", true},
      {"a.c", "ac", false},
      {"^[а-я]+$", "шам", true},
      {"^[а-я]+$", "шaм", false},
      {"[^0-9]", "123", false},
      {"a*", "", true},
      {"^a+$", "", false},
      {"^a?b$", "b", true},
      {"^(ab|c)+$", "abcab", true},
      {"^(ab|c)+$", "abca", false},
      {"^a{2,3}$", "aa", true},
      {"^a{2,3}$", "aaaa", false},
      {"^a{2,}$", "aaaaa", true},
      {"^a{2}$", "aaa", false},
      {"^a{0}b$", "b", true},
      {"^\\d{2}\\.\\d$", "12.5", true},
      {"^\\w+\\s\\w+$", "LG 01", true},
      {"\\^x", "a^x", true},
      {"[]a]", "]", true},
      {"[a-]", "-", true},
      {"x|^$", "", true},
      {"(a|b)(c|d)", "xbd", true},
      {"(a|b)(c|d)", "ba", false},
      {"^(a*)*$", "aaa", true},
      {"^(a|ab)(c|bcd)$", "abcd", true},
      {"()", "", true},
      {"^Ш-1(2|3)?$", "Ш-13", true},
      {"", "x", true},
      {"^(|a)b$", "b", true},
  };
  for (const auto& [pattern, text, found] : table) {
    const auto parsed = Pattern::parse(pattern);
    ASSERT_TRUE(parsed) << pattern << ": " << parsed.error().message;
    EXPECT_EQ(parsed->found_in(text), found) << pattern << " in " << text;
  }
}

TEST(Pattern, SaysWhereItIsWrong) {
  const std::pair<const char*, const char*> table[] = {{"a(b", "4: a bracket is not closed"},
                                                       {"a)", "2: there is no bracket"},
                                                       {"*a", "1: there is nothing to repeat"},
                                                       {"a**", "3: what is repeated"},
                                                       {"[b-a]", "5: a range of letters"},
                                                       {"a{3,2}", "6: {m,n}"},
                                                       {"a{101}", "6: more than 100"},
                                                       {"a\\", "3: a backslash"},
                                                       {"(((a{100}){100}){100})", "16: the pattern is too large"}};
  for (const auto& [pattern, expected] : table) {
    const auto parsed = Pattern::parse(pattern);
    ASSERT_FALSE(parsed) << pattern;
    EXPECT_EQ(parsed.error().message.substr(0, std::string_view(expected).size()), expected) << pattern;
  }
}

/// (a|aa)+$ over a long run of a's takes for ever by trying one way after the other.
TEST(Pattern, TakesItsTimeByTheLengthOnly) {
  const auto pattern = Pattern::parse("^((a|aa)+)+$");
  ASSERT_TRUE(pattern);
  EXPECT_FALSE(pattern->found_in(std::string(50'000, 'a') + "b"));
}

RC_GTEST_PROP(Pattern, FindsAnyTextByItself, (const std::string& bytes)) {
  std::string quoted;
  for (const char c : bytes.substr(0, 100)) {
    if (std::string_view(".[]*+?{}()|^$\\").contains(c)) quoted += '\\';
    quoted += c;
  }
  const auto pattern = Pattern::parse(quoted);
  RC_ASSERT(pattern.has_value());
  RC_ASSERT(pattern->found_in("x" + bytes.substr(0, 100) + "y"));
}

}  // namespace

}  // namespace qala::ngsi
