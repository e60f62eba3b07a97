#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "read_pdf.h"
#include "reports/alarm_list.h"
#include "reports/day_charts.h"
#include "reports/day_sheet.h"
#include "reports/test_town.h"

namespace qala::reports {
namespace {

using test::at;
using words::Language;

class Printed : public ::testing::Test {
 protected:
  Paper paper(Language language) const {
    return {.language = language,
            .zone = zone,
            .now = at("2026-01-18T02:10:00Z"),
            .made_by = "Айгүл",
            .names = {.thing = [](ThingId id) { return "ЖП-" + std::to_string(id.value) + " · Орталық"; },
                      .rule = [](std::string_view key) { return "rule " + std::string(key); },
                      .town = "Үшөзек"}};
  }
  static alarms::Alarm alarm(std::uint64_t id, alarms::Severity severity = alarms::Severity::high) {
    alarms::Alarm out;
    out.id = AlarmId(id);
    out.rule = "key" + std::to_string(id);
    out.severity = severity;
    out.thing = ThingId(7);
    out.value = 61.8;
    out.limit = 84;
    out.comparison = alarms::Comparison::below;
    out.unit = "°C";
    out.raised = at("2026-01-17T14:12:00Z").ns;
    return out;
  }
  std::string text_of(const Result<std::string>& pdf) const {
    EXPECT_TRUE(pdf) << pdf.error().message;
    return pdf ? tests::read_pdf(*pdf, "pdftotext -layout") : std::string();
  }
  static void has(const std::string& text, std::initializer_list<const char*> parts) {
    for (const char* part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }

  Zone zone = *Zone::find("Asia/Almaty");
};

TEST_F(Printed, AnAlarmListSaysWhatItIsAListOf) {
  AlarmList list{.alarms = {alarm(1), alarm(2, alarms::Severity::critical)},
                 .state = alarms::State::all,
                 .from = at("2026-01-16T19:00:00Z"),
                 .to = at("2026-01-17T19:00:00Z"),
                 .severities = {alarms::Severity::critical, alarms::Severity::high},
                 .text = "мектеп"};
  list.alarms[0].acknowledged = at("2026-01-17T14:15:00Z").ns;
  list.alarms[0].acknowledged_by = "Нұрлан";
  list.alarms[0].cleared = at("2026-01-17T16:00:00Z").ns;
  list.alarms[1].exercise = 3;
  list.alarms[1].shelved =
      alarms::Shelf{.until = at("2026-01-17T20:00:00Z").ns, .at = 1, .by = "Дана", .reason = "жөндеу"};
  const std::string text = text_of(alarm_list_pdf(list, paper(Language::kk)));
  has(text, {"Дабылдар тізімі",
             "ашық және жабылған",
             "17.01.2026 00:00 – 18.01.2026 00:00",
             "1 · Қатерлі",
             "2 · Жоғары",
             "«мектеп»",
             "Барлығы: 2",
             "ЖАТТЫҒУ",
             "key1",
             "key2",
             "ЖП-7",
             "61,8",
             "84",
             "19:12",
             "Нұрлан",
             "Дана",
             "жөндеу",
             "Үшөзек",
             "Айгүл",
             "1/1"});
}

TEST_F(Printed, NoAlarmOfALongListIsLostAndWhatIsLeftOutIsSaid) {
  AlarmList list;
  for (std::uint64_t id = 1; id <= 300; id++) list.alarms.push_back(alarm(id));
  list.left_out = 41;
  const std::string text = text_of(alarm_list_pdf(list, paper(Language::en)));
  for (int id = 1; id <= 300; id++) EXPECT_NE(text.find("key" + std::to_string(id)), std::string::npos) << id;
  has(text, {"41 more", "In all: 300"});
}

TEST_F(Printed, ADaySheetHoldsTheDayInAFewPages) {
  const std::int32_t number = *day_from("2024-02-29");
  DayFacts facts{.day = *day_of(zone, number, at("2026-01-18T02:10:00Z"))};
  for (const Field field : kFields) {
    FieldQuestion question{.field = field, .unit = "µg/m³"};
    question.question.minutes = 10;
    DayLine line(150, 25.0F);
    line[30] = 186;
    DayLines days;
    for (std::int32_t back = 1; back <= 42; back++) days[number - back] = std::make_shared<const DayLine>(144, 22);
    facts.fields.push_back(field_day(question, facts.day, zone, line, days));
  }
  facts.exceeded.push_back({.rule = "pm",
                            .thing = ThingId(4),
                            .limit = 160,
                            .worst = 186,
                            .unit = "µg/m³",
                            .worst_at = facts.day.start,
                            .over = Duration(90 * Instant::kMinute)});
  for (std::uint64_t id = 1; id <= 40; id++) facts.alarms.push_back(alarm(id));
  facts.coverage.hours.assign(25, 99.0F);
  facts.coverage.share = 0.9996;
  facts.coverage.things = 3000;
  facts.coverage.silent = 17;
  facts.coverage.kinds = {{registry::Kind::lamp, 1126, 2, 0.998}, {registry::Kind::meter, 1306, 9, 0.97}};
  facts.coverage.poor = {{ThingId(5), 0.1}};
  facts.shifts = {{"Айгүл", facts.day.start, facts.day.end}, {"Нұрлан", facts.day.end, std::nullopt}};
  facts.notices = {{facts.day.start, "Айгүл", "Жағалауда құбыр жарылды", ThingId(9)}};
  const std::string text = text_of(day_sheet_pdf(facts, paper(Language::kk)));
  has(text, {"Тәулік парағы",
             "2024 ж. 29 ақпан, бейсенбі",
             "25 сағат",
             "Ауа · PM2.5",
             "мкг/м³",
             "186",
             "05:00",
             "әдетте",
             "Шектен асулар · 1",
             "1 сағ 30 мин",
             "Дабылдар · 40",
             "Тағы 26 жол бар",
             "3 000",
             "17",
             "шам",
             "99,9",
             "ЖП-5",
             "Айгүл",
             "Нұрлан",
             "қазір де",
             "Жағалауда құбыр жарылды",
             "Үшөзек"});
  EXPECT_LE(std::ranges::count(text, '\f'), 3);
  EXPECT_EQ(text.find("100\u00a0%"), std::string::npos) << "what is not all is not called all";
}

TEST_F(Printed, ADayWithoutAnythingSaysSo) {
  const DayFacts facts{.day = *day_of(zone, *day_from("2026-01-18"), at("2026-01-18T02:10:00Z"))};
  has(text_of(day_sheet_pdf(facts, paper(Language::en))),
      {"Day sheet", "18 January 2026, Sunday", "until 07:10", "Nothing passed a limit", "There were no alarms",
       "Nobody had the shift"});
}

TEST(ReportWords, AreThereInThreeLanguages) {
  for (std::size_t i = 0; i < kTexts; i++) {
    const auto word = static_cast<Text>(i);
    const auto kk = text(word, Language::kk), ru = text(word, Language::ru), en = text(word, Language::en);
    EXPECT_FALSE(kk.empty() || ru.empty() || en.empty()) << i;
    const auto holes = [](std::string_view t) { return std::ranges::count(t, '{'); };
    EXPECT_EQ(holes(kk), holes(ru)) << i;
    EXPECT_EQ(holes(ru), holes(en)) << i;
    if (kk.find("{}") == std::string_view::npos) EXPECT_NE(kk, en) << i;
  }
  for (std::size_t kind = 0; kind < registry::kKinds; kind++)
    EXPECT_NE(text(static_cast<Text>(static_cast<std::size_t>(Text::kind_other) + kind), Language::en), "") << kind;
  EXPECT_EQ(text(static_cast<Text>(static_cast<std::size_t>(Text::kind_other) +
                                   static_cast<std::size_t>(registry::Kind::pump)),
                 Language::en),
            "pump");
}

TEST(Marks, AreRound) {
  EXPECT_EQ(round_marks(0, 200, 4), (std::vector<double>{0, 50, 100, 150, 200}));
  EXPECT_EQ(round_marks(-3, -3, 4), std::vector<double>{-3});
}

}  // namespace
}  // namespace qala::reports
