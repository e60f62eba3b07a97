#include "incidents/print.h"

#include <gtest/gtest.h>

#include "incidents/print_words.h"
#include "incidents/render.h"
#include "read_pdf.h"

namespace qala::incidents {
namespace {

using words::Language;

class PrintedShift : public ::testing::Test {
 protected:
  static alarms::Alarm alarm(std::uint64_t id, const std::string& rule) {
    alarms::Alarm out;
    out.id = AlarmId(id);
    out.rule = rule;
    out.thing = ThingId(7);
    out.value = 61.8;
    out.unit = "°C";
    out.raised = parse_iso("2026-01-17T14:12:00Z")->ns;
    return out;
  }
  std::string print(Language language, const Shift& one, const std::vector<Entry>& entries = {}) const {
    std::string book;
    JsonWriter json(book);
    render(json, open);
    const auto pdf = shift_pdf(one, entries, one.ended ? book : std::string(),
                               {.language = language,
                                .zone = zone,
                                .now = *parse_iso("2026-01-18T02:10:00Z"),
                                .names = {.thing = [](ThingId) { return std::string("ЖП-3 · Орталық"); },
                                          .rule = [](std::string_view key) { return "rule " + std::string(key); },
                                          .town = "Үшөзек"}});
    EXPECT_TRUE(pdf) << pdf.error().message;
    return pdf ? tests::read_pdf(*pdf, "pdftotext -layout") : std::string();
  }

  Zone zone = *Zone::find("Asia/Almaty");
  OpenItems open;
  Shift shift{.id = 3,
              .who = "Айгүл",
              .started = *parse_iso("2026-01-17T14:00:00Z"),
              .ended = *parse_iso("2026-01-18T02:00:00Z"),
              .offered = *parse_iso("2026-01-18T01:58:00Z"),
              .note = "ЖП-3: бригада жолда",
              .accepted_by = "Нұрлан"};
};

TEST_F(PrintedShift, HoldsEverythingThatWasOpenUnderItsWord) {
  std::vector<alarms::Alarm>* const lists[] = {&open.unacknowledged, &open.acknowledged, &open.shelved,
                                               &open.out_of_service, &open.silent,       &open.explained};
  for (std::size_t i = 0; i < std::size(lists); i++) lists[i]->push_back(alarm(i + 1, "key" + std::to_string(i)));
  open.shelved[0].shelved = alarms::Shelf{.until = 5, .at = 1, .by = "dana", .reason = "known works"};
  open.not_heeded.push_back({"key9", ThingId(7), 1, "erlan", "sensor sent for repair"});
  open.problems.push_back({.code = "disk.low", .severity = 2, .text = "little room on the disk"});
  const std::string text = print(Language::en, shift);
  for (const char* part : {"Unacknowledged alarms · 1",
                           "Acknowledged, still active · 1",
                           "Shelved · 1",
                           "Out of service · 1",
                           "Silent devices · 1",
                           "Explained by another alarm · 1",
                           "Rules not heeded · 1",
                           "The system itself · 1",
                           "rule key0",
                           "rule key1",
                           "rule key2",
                           "rule key3",
                           "rule key4",
                           "rule key5",
                           "rule key9",
                           "known",
                           "sensor sent for repair",
                           "little room on the disk",
                           "17 Jan 2026",
                           "19:12",
                           "61.8"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
}

TEST_F(PrintedShift, SaysWhoSignedAndWhoDidNot) {
  const std::string both = print(Language::kk, shift);
  for (const char* part :
       {"Ауысым кітабы", "Ауысымда: Айгүл", "ЖП-3: бригада жолда", "Тапсырды: Айгүл, 18.01.2026 06:58",
        "Қабылдады: Нұрлан, 18.01.2026 07:00", "Ашық ештеңе болған жоқ", "Үшөзек"})
    EXPECT_NE(both.find(part), std::string::npos) << part << " in " << both;
  shift.offered.reset();
  EXPECT_NE(print(Language::ru, shift).find("Сдающий Айгүл не подписал"), std::string::npos);
  shift.accepted_by.clear();
  EXPECT_NE(print(Language::en, shift).find("Nobody accepted"), std::string::npos);
}

TEST_F(PrintedShift, HoldsWhatWasWritten) {
  const std::string text =
      print(Language::ru, shift,
            {{.id = 1, .shift = 3, .at = shift.started, .by = "Айгүл", .text = "Позвонили в теплосеть"}});
  EXPECT_NE(text.find("Позвонили в теплосеть"), std::string::npos) << text;
}

TEST_F(PrintedShift, AShiftThatRunsIsSaidToRunAndADamagedBookIsAnError) {
  shift.ended.reset();
  EXPECT_NE(print(Language::en, shift).find("still running"), std::string::npos);
  shift.ended = Instant{1};
  EXPECT_EQ(shift_pdf(shift, {}, "{oops", {.zone = zone}).error().kind, ErrorKind::corrupt);
}

TEST(PrintWords, AreThereInThreeLanguagesThatDiffer) {
  for (std::size_t i = 0; i < kPrints; i++) {
    const auto word = static_cast<Print>(i);
    const auto kk = text(word, Language::kk), ru = text(word, Language::ru), en = text(word, Language::en);
    EXPECT_FALSE(kk.empty() || ru.empty() || en.empty()) << i;
    EXPECT_NE(kk, ru) << i;
    EXPECT_NE(ru, en) << i;
    EXPECT_NE(kk, en) << i;
  }
}

}  // namespace
}  // namespace qala::incidents
