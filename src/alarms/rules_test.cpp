#include "alarms/rules.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "alarms/render.h"
#include "base/file.h"
#include "temporary_folder.h"

namespace qala::alarms {
namespace {

constexpr std::string_view kGood = R"(
[[rule]]
key = "dust"
name = {kk = "Шаң", ru = "Пыль", en = "Dust"}
property = "pm10"
comparison = ">"
limit = 300
clear = 250
)";

TEST(Rules, DefaultsAreValidAndNamedInThreeDifferentLanguages) {
  ASSERT_GE(default_rules().size(), 15u);
  std::set<std::string> keys;
  for (const Rule& rule : default_rules()) {
    EXPECT_TRUE(validate(rule)) << rule.key;
    EXPECT_TRUE(keys.insert(rule.key).second) << rule.key;
    EXPECT_FALSE(rule.name.kk.empty() || rule.name.ru.empty() || rule.name.en.empty()) << rule.key;
    EXPECT_NE(rule.name.kk, rule.name.ru) << rule.key;
    EXPECT_NE(rule.name.ru, rule.name.en) << rule.key;
    EXPECT_NE(rule.name.kk, rule.name.en) << rule.key;
  }
}

TEST(Rules, DefaultsExplainOneAnotherByKeysThatExist) {
  std::set<std::string> keys;
  for (const Rule& rule : default_rules()) keys.insert(rule.key);
  for (const Rule& rule : default_rules()) {
    for (const auto& cause : rule.explained_by) EXPECT_TRUE(keys.contains(cause)) << rule.key << " by " << cause;
  }
}

TEST(Rules, WrittenRulesReadBackTheSame) {
  auto rules = default_rules();
  rules[0].name.en = "quote \" backslash \\ tab \t";
  rules[0].limit = 0.125;
  rules[0].clear = -1e-7;
  const auto back = parse_rules(write_rules(rules), "back");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, rules);
}

TEST(Rules, ErrorsNameFileLineAndColumn) {
  const auto message = [](const std::string& text) {
    const auto rules = parse_rules(text, "town.toml");
    return rules ? std::string("accepted") : rules.error().message;
  };
  EXPECT_EQ(message("[[rule]]\nkey = \"a\nb = 1").substr(0, 14), "town.toml:2:9:");
  EXPECT_EQ(message(std::string(kGood) + "limt = 5\n"), "town.toml:9:8: limt: unknown key");
  EXPECT_EQ(message(std::string(kGood) + "severity = 9\n"),
            "town.toml:9:12: severity: must be 1 (critical) to 5 (info)");
  EXPECT_EQ(message(std::string(kGood) + "kind = \"ufo\"\n"),
            "town.toml:9:8: kind: must be a kind of thing, like \"air_station\"");
  EXPECT_EQ(message(std::string(kGood) + "for_s = \"x\"\n"), "town.toml:9:9: for_s: must be a whole number");
  EXPECT_EQ(message("rules = 1"), "town.toml:1:9: only [[rule]] tables are known here");
  EXPECT_NE(message(std::string(kGood) + std::string(kGood)).find("there are two rules \"dust\""), std::string::npos);
}

TEST(Rules, BracketsThatAreNoHeaderAreAnError) {
  for (const auto* text :
       {"[[[rule]]]", "[[=", "[\xff", "[[rule]]\n= 1", "[[rule]]\n[[[", "a = {[ = 1}", "a = {=", "[[rule.]]"}) {
    const auto rules = parse_rules(text, "rules.toml");
    ASSERT_FALSE(rules) << text;
    EXPECT_EQ(rules.error().kind, ErrorKind::invalid) << text;
    EXPECT_TRUE(rules.error().message.starts_with("rules.toml:")) << rules.error().message;
  }
}

TEST(Rules, ValidationNamesTheField) {
  const Rule good = parse_rules(kGood, "x")->at(0);
  const auto field_of = [&](auto change) {
    Rule rule = good;
    change(rule);
    const auto valid = validate(rule);
    return valid ? std::string("valid") : valid.error().message.substr(0, valid.error().message.find(':'));
  };
  EXPECT_EQ(field_of([](Rule&) {}), "valid");
  EXPECT_EQ(field_of([](Rule& rule) { rule.clear = 301; }), "clear");
  EXPECT_EQ(field_of([](Rule& rule) { rule.limit = std::numeric_limits<double>::quiet_NaN(); }), "limit");
  EXPECT_EQ(field_of([](Rule& rule) { rule.key = "Dust!"; }), "key");
  EXPECT_EQ(field_of([](Rule& rule) { rule.name.kk.clear(); }), "name.kk");
  EXPECT_EQ(field_of([](Rule& rule) { rule.property.clear(); }), "kind");
  EXPECT_EQ(field_of([](Rule& rule) { rule.for_s = -1; }), "for_s");
  EXPECT_EQ(field_of([](Rule& rule) { rule.severity = Severity{6}; }), "severity");
  EXPECT_EQ(field_of([](Rule& rule) { rule.comparison = Comparison::frozen; }), "for_s");
  EXPECT_EQ(field_of([](Rule& rule) { rule.comparison = Comparison::below; }), "clear");
}

TEST(Rules, GlobsMatchAnyRunAndAnyByte) {
  EXPECT_TRUE(glob_matches("F-*/current", "F-12/current"));
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("A?-*", "AB-4/pm2_5"));
  EXPECT_TRUE(glob_matches("*a*b", "xaxbxb"));
  EXPECT_FALSE(glob_matches("F-*/current", "F-12/voltage"));
  EXPECT_FALSE(glob_matches("F-?", "F-12"));
  EXPECT_FALSE(glob_matches("", "x"));
}

struct Folder : tests::TemporaryFolder {
  void write(const std::string& name, std::string_view text) const {
    ASSERT_TRUE(write_file_atomically(file(name), std::as_bytes(std::span(text))));
  }
};

TEST(RuleBook, FilesReplaceDefaultsAndEditsReplaceFiles) {
  const Folder folder;
  Rule ours = *std::ranges::find(default_rules(), "pm2_5_high", &Rule::key);
  ours.limit = 150;
  folder.write("a.toml", write_rules(std::span(&ours, 1)));
  folder.write("b.toml", kGood);
  {
    const auto book = RuleBook::open(folder.path());
    ASSERT_TRUE(book) << book.error().message;
    EXPECT_EQ((*book)->find("pm2_5_high")->limit, 150);
    EXPECT_EQ((*book)->find("dust")->limit, 300);
    EXPECT_EQ((*book)->rules()->size(), default_rules().size() + 1);
    ours.limit = 140;
    ASSERT_TRUE((*book)->put(ours));
    EXPECT_EQ((*book)->find("pm2_5_high")->limit, 140);
  }
  const auto again = RuleBook::open(folder.path());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again)->find("pm2_5_high")->limit, 140);
}

TEST(RuleBook, AnEditTakenBackLetsTheRuleBelowCountAgain) {
  const Folder folder;
  const auto book = RuleBook::open(folder.path());
  ASSERT_TRUE(book);
  const Rule before = *(*book)->find("pm2_5_high");
  Rule edited = before;
  edited.limit = 50;
  edited.clear = 40;
  ASSERT_TRUE((*book)->put(edited));
  Rule own = edited;
  own.key = "own";
  ASSERT_TRUE((*book)->put(own));
  EXPECT_EQ((*book)->origin("pm2_5_high"), Origin::edited);
  EXPECT_TRUE((*book)->overrides("pm2_5_high"));
  EXPECT_FALSE((*book)->overrides("own"));
  ASSERT_TRUE((*book)->remove("pm2_5_high"));
  ASSERT_TRUE((*book)->remove("own"));
  EXPECT_EQ(*(*book)->find("pm2_5_high"), before);
  EXPECT_EQ((*book)->origin("pm2_5_high"), Origin::built_in);
  EXPECT_EQ((*book)->remove("pm2_5_high").error().kind, ErrorKind::conflict);
  EXPECT_EQ((*book)->remove("own").error().kind, ErrorKind::not_found);
  const auto again = RuleBook::open(folder.path());
  ASSERT_TRUE(again);
  EXPECT_FALSE((*again)->find("own"));
}

TEST(RuleBook, WhatCannotBeRecordedDoesNotCount) {
  const Folder folder;
  const auto book = RuleBook::open(folder.path());
  ASSERT_TRUE(book);
  Rule rule = default_rules()[0];
  rule.limit += 1;
  ASSERT_TRUE((*book)->put(rule));
  const auto refuse = []() -> Result<> { return fail(ErrorKind::full, "no room"); };
  EXPECT_EQ((*book)->remove(rule.key, refuse).error().kind, ErrorKind::full);
  EXPECT_EQ(*(*book)->find(rule.key), rule);
  Rule own = rule;
  own.key = "own";
  const std::string text = write_rules(std::vector{own});
  ASSERT_TRUE(write_file_atomically(folder.file("town.toml"), std::as_bytes(std::span(text))));
  EXPECT_EQ((*book)->reload(refuse).error().kind, ErrorKind::full);
  EXPECT_FALSE((*book)->find("own"));
  int recorded = 0;
  const auto record = [&]() -> Result<> { return recorded++, Result<>(); };
  EXPECT_TRUE(*(*book)->reload(record)) << "the files are others still";
  EXPECT_TRUE((*book)->find("own"));
  EXPECT_FALSE(*(*book)->reload(record));
  EXPECT_EQ(recorded, 1) << "nothing has changed since";
}

TEST(RuleBook, AWrongEditChangesNothing) {
  const Folder folder;
  const auto book = RuleBook::open(folder.file("absent"));
  ASSERT_TRUE(book);
  Rule wrong = default_rules()[0];
  wrong.clear = wrong.limit + 1;
  const auto put = (*book)->put(wrong);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind, ErrorKind::invalid);
  EXPECT_EQ(*(*book)->rules(), default_rules());
}

TEST(Render, AnAlarmLooksAsTheInterfaceSays) {
  Alarm alarm;
  alarm.id = AlarmId(7);
  alarm.rule = "pm2_5_high";
  alarm.thing = ThingId(3);
  alarm.datastream = DatastreamId(9);
  alarm.kind = registry::Kind::air_station;
  alarm.zone = 2;
  alarm.raised = 1'768'660'800'000'000'000;
  alarm.value = 186;
  alarm.limit = 160;
  alarm.unit = "µg/m³";
  alarm.comments.push_back({Instant::from_ms(5), "serik", "stoves"});
  alarm.sequence = 12;
  std::string text;
  JsonWriter out(text);
  render(out, alarm);
  EXPECT_EQ(
      text,
      R"({"id":7,"rule":"pm2_5_high","severity":3,"condition":"active","handling":"unacknowledged","thing":3,)"
      R"("datastream":9,"kind":"air_station","zone":2,"raised":1768660800000,"cleared":null,)"
      R"("acknowledged":null,"shelved":null,"out_of_service":null,"assignee":null,"escalated":null,)"
      R"("value":186,"limit":160,"comparison":">","unit":"µg/m³","count":1,"covers":0,)"
      R"("cause":null,"comments":[{"at":5,"by":"serik","text":"stoves"}],"sequence":12,"exercise":false,"open":true})");
  alarm.handling = Handling::acknowledged;
  alarm.acknowledged = 3'000'000;
  alarm.acknowledged_by = "aigul";
  alarm.value = std::numeric_limits<double>::quiet_NaN();
  text.clear();
  JsonWriter again(text);
  render(again, alarm);
  EXPECT_NE(text.find(R"("acknowledged":{"at":3,"by":"aigul"},"shelved":null)"), std::string::npos) << text;
}

}  // namespace
}  // namespace qala::alarms
