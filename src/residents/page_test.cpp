#include "residents/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "residents/test_town.h"

namespace qala::residents {
namespace {

using registry::Kind;
using test::Town;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count_of(const std::string& text, std::string_view piece) {
  std::size_t n = 0;
  for (auto at = text.find(piece); at != std::string::npos; at = text.find(piece, at + piece.size())) n++;
  return n;
}

TEST(ResidentsPage, SaysTheAirOfTheWorstStationInPlainWords) {
  Town town;
  const auto clean = town.air("AQ-1"), dirty = town.air("AQ-2");
  town.read(clean, 8.4, 3);
  town.read(dirty, 186.2, 2);
  const auto html = town.html();
  EXPECT_THAT(html, HasSubstr("<p class=\"big\">Өте лас</p>"));
  EXPECT_THAT(html, HasSubstr("PM2.5: 186 мкг/м³"));
  EXPECT_THAT(html, HasSubstr("1,2 есе"));
  EXPECT_THAT(html, HasSubstr("2 мин бұрын"));
  EXPECT_THAT(html, HasSubstr("<b>8,4</b>"));
  EXPECT_LT(html.find("<b>AQ-2</b>"), html.find("<b>AQ-1</b>")) << "the worst first";
}

TEST(ResidentsPage, SpeaksThreeLanguages) {
  Town town;
  town.read(town.air("AQ-1"), 40);
  const auto kk = town.html("kk"), ru = town.html("ru"), en = town.html("en");
  EXPECT_THAT(kk, HasSubstr("<html lang=\"kk\">"));
  EXPECT_THAT(kk, HasSubstr("<title>Үшөзек: ауа және ақаулар</title>"));
  EXPECT_THAT(kk, HasSubstr("сенбі, 19:40"));
  EXPECT_THAT(kk, HasSubstr("Сәл лас"));
  EXPECT_THAT(ru, HasSubstr("<html lang=\"ru\">"));
  EXPECT_THAT(ru, HasSubstr("<title>Ушозек: воздух и неполадки</title>"));
  EXPECT_THAT(ru, HasSubstr("Слегка грязно"));
  EXPECT_THAT(en, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(en, HasSubstr("<title>Ushozek: air and faults</title>"));
  EXPECT_THAT(en, HasSubstr("Slightly dirty"));
}

TEST(ResidentsPage, ShowsNothingOlderThanTwoHoursAsNow) {
  Town town;
  const auto stale = town.air("AQ-1"), fresh = town.air("AQ-2");
  town.read(stale, 333.3, 121);
  town.read(fresh, 12, 119);
  const auto html = town.html();
  EXPECT_THAT(html, Not(HasSubstr("333")));
  EXPECT_THAT(html, HasSubstr("17:39-дан бері дерек жоқ"));
  EXPECT_THAT(html, HasSubstr("<p class=\"big\">Қалыпты</p>"));
}

TEST(ResidentsPage, SaysSinceWhenThereIsNoDataAtAll) {
  Town town;
  town.read(town.air("AQ-1"), 77.7, 300);
  town.air("AQ-2");
  const auto html = town.html("ru");
  EXPECT_THAT(html, HasSubstr("<p class=\"big off\">Нет данных</p>"));
  EXPECT_THAT(html, HasSubstr("нет данных с 14:40"));
  EXPECT_THAT(html, HasSubstr("данных ещё не было"));
  EXPECT_THAT(html, Not(HasSubstr("77,7")));
}

TEST(ResidentsPage, DoesNotBelieveReadingsInDoubt) {
  Town town;
  const auto odd = town.air("AQ-1");
  town.read(odd, 999, 1, readings::flag::out_of_range);
  town.read(town.air("AQ-2"), 5, 1);
  const auto html = town.html("en");
  EXPECT_THAT(html, HasSubstr("<p class=\"big\">Clean</p>"));
  EXPECT_THAT(html, HasSubstr("reading in doubt"));
  EXPECT_THAT(html, Not(HasSubstr("999")));
}

TEST(ResidentsPage, ReadsMilligramsAsMicrograms) {
  Town town;
  town.read(town.measure(town.add("AQ-1", Kind::air_station), "pm2_5", "mg/m³"), 0.2);
  EXPECT_THAT(town.html("en"), HasSubstr("PM2.5: 200 µg/m³"));
}

TEST(ResidentsPage, DrawsTheHoursOfTheDay) {
  Town town;
  const auto station = town.air("AQ-1");
  for (int hour = 23; hour >= 0; hour--) {
    if (hour != 5) town.read(station, 10 + hour, hour * 60);
    else town.read(station, 6553.5, hour * 60, readings::flag::out_of_range);
    if (hour == 7) town.read(station, 999, hour * 60 - 1, readings::flag::doubtful);
  }
  const auto html = town.html("en");
  const auto figure = html.substr(html.find("<figure>"), html.find("</figure>") - html.find("<figure>"));
  EXPECT_EQ(count_of(figure, "<rect"), 23u) << "an hour without readings that are believed has no bar";
  EXPECT_THAT(figure, HasSubstr("From 10.0 to 33.0 µg/m³"));
  EXPECT_THAT(figure, HasSubstr("Mean of 24 hours: 21.8 µg/m³"));
}

TEST(ResidentsPage, SaysWhichStreetIsDarkAndHowManyLampsSinceWhen) {
  Town town;
  town.zone_id = town.add_zone("orta", {"Орталық", "Центр", "Centre"});
  const auto feeder = town.add("F-12", Kind::feeder, "Мектеп көшесі");
  for (int i = 0; i < 38; i++) town.add("L-" + std::to_string(i), Kind::lamp, "Мектеп көшесі", feeder);
  const auto current = town.measure(feeder, "current");
  town.read(current, 12, 1);
  town.read(current, 0);
  const auto kk = town.html("kk"), ru = town.html("ru");
  EXPECT_THAT(kk, HasSubstr("<section class=\"alert high\">"));
  EXPECT_THAT(kk, HasSubstr("<h2>Көше жарығы жоқ</h2><p>Мектеп көшесі, Орталық · 38 шам, 19:40-тан бері</p>"));
  EXPECT_THAT(ru, HasSubstr("<h2>Нет уличного света</h2><p>Мектеп көшесі, Центр · 38 фонарей, с 19:40</p>"));
}

TEST(ResidentsPage, PutsTheDarkLampsOfOneStreetTogether) {
  Town town;
  std::vector<DatastreamId> lamps;
  for (int i = 0; i < 3; i++) {
    lamps.push_back(town.measure(town.add("L-" + std::to_string(i), Kind::lamp, "Тал көшесі"), "power"));
    town.read(lamps.back(), 0.9);
  }
  town.wait(660);
  for (const auto lamp : lamps) town.read(lamp, 0.9);
  const auto html = town.html("ru");
  EXPECT_THAT(html, HasSubstr("<b>Не горят 3 фонаря</b>: Тал көшесі"));
  EXPECT_THAT(html, HasSubstr("в 1 месте"));
  EXPECT_THAT(html, Not(HasSubstr("class=\"alert"))) << "single lamps are no notice";
}

TEST(ResidentsPage, TellsOfWeakHeatUntilItIsBack) {
  Town town;
  const auto heat = town.measure(town.add("HS-1", Kind::heat_substation, "Достық көшесі"), "supply_temperature");
  town.keep_reading(heat, 62);
  EXPECT_THAT(town.html("en"), HasSubstr("<section class=\"alert\">"));
  EXPECT_THAT(town.html("en"), HasSubstr("<h2>Heating is weak</h2><p>Достық көшесі · since"));
  town.read(heat, 80);
  EXPECT_THAT(town.html("en"), Not(HasSubstr("Heating is weak")));
  EXPECT_THAT(town.html("en"), HasSubstr("no fault seen"));
}

TEST(ResidentsPage, DoesNotBelieveWhatIsOutOfService) {
  Town town;
  const auto substation = town.add("HS-1", Kind::heat_substation, "Достық көшесі");
  town.keep_reading(town.measure(substation, "supply_temperature"), 62);
  ASSERT_THAT(town.html("en"), HasSubstr("Heating is weak"));
  const auto open = town.engine->board().list({});
  ASSERT_TRUE(open && open->size() == 1);
  const std::string rule = open->front().rule;
  ASSERT_TRUE(town.engine->take_out_of_service(rule, substation, town.actor, "the sensor hangs in the air"));
  EXPECT_THAT(town.html("en"), Not(HasSubstr("Heating is weak")));
  ASSERT_TRUE(town.engine->return_to_service(rule, substation, town.actor));
  EXPECT_THAT(town.html("en"), HasSubstr("Heating is weak"));
}

TEST(ResidentsPage, ClaimsNothingOfWhatItCannotSee) {
  Town town;
  const auto heat = town.measure(town.add("HS-1", Kind::heat_substation), "supply_temperature");
  town.read(heat, 85, 190);
  const auto html = town.html("en");
  EXPECT_THAT(html, HasSubstr("<span class=\"st off\">unknown</span>"));
  EXPECT_THAT(html, HasSubstr("no data since 16:30"));
  EXPECT_THAT(html, Not(HasSubstr("no fault seen")));
}

TEST(ResidentsPage, NamesNobodyAndQuotesNobody) {
  Town town;
  const auto heat = town.measure(town.add("HS-1", Kind::heat_substation), "supply_temperature");
  town.keep_reading(heat, 62);
  const auto open = town.engine->board().list({});
  ASSERT_TRUE(open && open->size() == 1);
  ASSERT_TRUE(
      town.engine->acknowledge(open->front().id, audit::Actor{"user", "marat.seitkali"}, "the welder is drunk again"));
  const auto html = town.html("en");
  EXPECT_THAT(html, HasSubstr("Heating is weak"));
  EXPECT_THAT(html, HasSubstr("the duty desk knows"));
  EXPECT_THAT(html, Not(HasSubstr("marat")));
  EXPECT_THAT(html, Not(HasSubstr("welder")));
}

TEST(ResidentsPage, NeverTakesANameForMarkup) {
  Town town;
  const std::string hostile = "<img src=x onerror=alert(1)>\"'&";
  town.zone_id = town.add_zone("z", {hostile, hostile, hostile});
  registry::Thing thing;
  thing.key = "AQ-1";
  thing.name = hostile;
  thing.street = "</style><script>alert(2)</script>";
  thing.zone = town.zone_id;
  thing.kind = Kind::air_station;
  town.read(town.measure(*town.registry->put_thing(thing, town.actor), "pm2_5"), 50);
  thing.key = "S-1";
  thing.kind = Kind::bus_stop;
  town.keep_reading(town.measure(*town.registry->put_thing(thing, town.actor), "temperature"), -20);
  for (const char* language : {"kk", "ru", "en"}) {
    const auto html = town.html(language);
    EXPECT_EQ(count_of(html, "<img"), 0u);
    EXPECT_EQ(count_of(html, "<script"), 0u);
    EXPECT_EQ(count_of(html, "</style>"), 1u);
    EXPECT_GE(count_of(html, "&lt;img src=x"), 3u) << "it is shown, as text";
  }
}

TEST(ResidentsPage, IsOneRequestWithoutScriptAndBelow60KilobytesInAFullTown) {
  Town town;
  std::vector<DatastreamId> stops;
  for (int i = 0; i < 70; i++) town.read(town.air("AQ-" + std::to_string(i)), 10 + i);
  for (int i = 0; i < 40; i++) {
    const auto street = "Көше " + std::to_string(i);
    town.read(town.measure(town.add("F-" + std::to_string(i), Kind::feeder, street), "current"), 0);
    stops.push_back(town.measure(town.add("S-" + std::to_string(i), Kind::bus_stop, street), "temperature"));
    town.read(stops.back(), -20);
    town.read(town.measure(town.add("B-" + std::to_string(i), Kind::bin, street), "fill_level"), 99);
  }
  town.wait(660);
  for (const auto stop : stops) town.read(stop, -20);
  for (const char* language : {"kk", "ru", "en"}) {
    const auto html = town.html(language);
    EXPECT_LE(html.size(), 60'000u);
    EXPECT_EQ(count_of(html, "<script"), 0u);
    EXPECT_EQ(count_of(html, "src="), 0u);
    EXPECT_EQ(count_of(html, "url("), 0u);
    EXPECT_EQ(count_of(html, "@import"), 0u);
    EXPECT_EQ(count_of(html, "://"), 0u);
    EXPECT_EQ(count_of(html, "<section class=\"alert"), 3u) << "three notices at most";
  }
}

TEST(ResidentsPage, WorksInATownWithoutThings) {
  Town town;
  EXPECT_THAT(town.html("kk"), HasSubstr("Қалада ауа бекеті әлі жоқ."));
  EXPECT_THAT(town.html("kk"), HasSubstr("Қалада бақыланатын құрылғы әлі жоқ."));
}

TEST(ResidentsPage, IsWorkedOutAtMostEveryTenSeconds) {
  Town town;
  const auto station = town.air("AQ-1");
  town.read(station, 8);
  EXPECT_EQ(town.page->cached("kk"), nullptr);
  EXPECT_THAT(town.html("kk"), HasSubstr("PM2.5: 8,0"));
  town.read(station, 44);
  town.clock.advance(std::chrono::seconds(9));
  EXPECT_THAT(town.page->render("kk"), HasSubstr("PM2.5: 8,0"));
  EXPECT_THAT(town.page->render("ru"), HasSubstr("PM2.5: 44,0")) << "each language by itself";
  town.clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(town.page->cached("kk"), nullptr);
  EXPECT_THAT(town.page->render("kk"), HasSubstr("PM2.5: 44,0"));
}

}  // namespace
}  // namespace qala::residents
