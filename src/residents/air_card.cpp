#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "residents/parts.h"

namespace qala::residents {

namespace {

std::string station_name(const AirStation& station, Language language) {
  const std::string& zone = pick(station.zone, language);
  return zone.empty() ? station.name : zone;
}

void write_scale(Draft draft, const AirStation& station) {
  const std::size_t band = band_of(station.value);
  const double place = place_on_scale(station.value);
  Html& html = draft.html;
  html.raw("<div class=\"scale\" role=\"img\" aria-label=\"")
      .text(fill(draft.word(Word::scale), {std::to_string(band + 1), draft.word(nth(Word::label_1, band))}))
      .raw("\">");
  for (std::size_t i = 1; i <= kBands; i++) html.raw(fmt::format("<i class=\"b{}\"></i>", i));
  const char* side = place < 30 ? " class=\"l\"" : place > 70 ? " class=\"r\"" : "";
  html.raw(fmt::format("<u style=\"left:{0:.1f}%\"></u><b{1} style=\"left:{0:.1f}%\">PM2.5: ", place, side))
      .text(particles(station.value, draft.language))
      .raw(" ")
      .text(draft.word(Word::micrograms))
      .raw("</b></div>");
  html.raw("<div class=\"lv\" aria-hidden=\"true\">");
  for (std::size_t i = 0; i < kBands; i++) {
    html.raw(i == band ? "<b>" : "<span>").text(draft.word(nth(Word::label_1, i))).raw(i == band ? "</b>" : "</span>");
    html.raw(" ");
  }
  html.raw("</div>");
}

void write_now(Draft draft, const Air& air) {
  const AirStation& worst = air.stations.front();
  const std::size_t band = band_of(worst.value);
  Html& html = draft.html;
  html.raw("<h2>").text(draft.word(Word::air_now)).raw(" <small>").text(station_name(worst, draft.language)).raw(", ");
  draft.moment(worst.time, draft.time.clock({worst.time}));
  html.raw("</small></h2><p class=\"big\">").text(draft.word(nth(Word::band_1, band))).raw("</p><p>");
  html.text(draft.word(nth(Word::advice_1, band)));
  if (worst.value > kSingleLimit) {
    const auto times = draft.number(worst.value / kSingleLimit, 1);
    html.raw(" ").text(fill(draft.word(Word::over_single_limit), {times}));
  }
  html.raw("</p>");
  write_scale(draft, worst);
  html.raw("<p class=\"age\">");
  if (air.stations.size() > 1) html.text(draft.word(Word::highest)).raw(" · ");
  html.text(draft.age(worst.time)).raw("</p>");
}

void write_nothing_now(Draft draft, const Air& air) {
  Html& html = draft.html;
  html.raw("<h2>").text(draft.word(Word::air_now)).raw("</h2><p class=\"big off\">").text(draft.word(Word::no_data));
  html.raw("</p><p>").text(draft.word(air.stations.empty() ? Word::no_stations : Word::all_silent)).raw("</p>");
}

void write_station(Draft draft, const AirStation& station) {
  Html& html = draft.html;
  const bool fresh = station.trust == Trust::fresh;
  html.raw("<li class=\"station\">");
  html.raw(fresh ? fmt::format("<i class=\"b{}\"></i>", band_of(station.value) + 1) : std::string("<i></i>"));
  html.raw("<b>").text(station_name(station, draft.language)).raw("</b> ");
  if (fresh) {
    html.raw("<span><b>").text(particles(station.value, draft.language)).raw("</b> ");
    html.text(draft.word(Word::micrograms)).raw("</span>");
  } else {
    html.raw("<span class=\"off\">")
        .text(draft.word(station.trust == Trust::doubtful ? Word::doubtful : Word::no_data));
    html.raw("</span>");
  }
  html.raw(" <small>");
  if (station_name(station, draft.language) != station.name) html.text(station.name).raw(", ");
  if (!station.street.empty()) html.text(station.street).raw(" · ");
  if (fresh) {
    html.text(draft.word(nth(Word::label_1, band_of(station.value)))).raw(" · ");
    draft.moment(station.time, draft.age(station.time));
  } else if (station.trust == Trust::never) {
    html.text(draft.word(Word::no_data_yet));
  } else if (station.trust == Trust::stale) {
    draft.moment(station.time, fill(draft.word(Word::no_data_since), {draft.since(station.time)}));
  } else {
    draft.moment(station.time, draft.age(station.time));
  }
  html.raw("</small></li>");
}

}  // namespace

std::string particles(double value, Language language) {
  return number(value, std::round(value * 10) / 10 < 100 ? 1 : 0, language);
}

void write_air(Draft draft, const Air& air) {
  draft.html.raw("<section>");
  if (air.measures_now()) {
    write_now(draft, air);
    write_bars(draft, air);
  } else {
    write_nothing_now(draft, air);
  }
  draft.html.raw("</section>\n");
}

void write_stations(Draft draft, const Air& air) {
  if (air.stations.empty()) return;
  draft.html.raw("<section><h2>").text(draft.word(Word::stations)).raw(" <small>PM2.5</small></h2><ul>\n");
  constexpr std::size_t kMost = 60;
  for (std::size_t i = 0; i < std::min(kMost, air.stations.size()); i++) write_station(draft, air.stations[i]);
  if (air.stations.size() > kMost) {
    const auto rest = draft.number(static_cast<double>(air.stations.size() - kMost), 0);
    draft.html.raw("<li>").text(fill(draft.word(Word::and_more), {rest})).raw("</li>");
  }
  draft.html.raw("</ul></section>\n");
}

}  // namespace qala::residents
