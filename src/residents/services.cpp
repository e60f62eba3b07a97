#include <algorithm>

#include "residents/parts.h"

namespace qala::residents {

namespace {

constexpr std::size_t kMostNotices = 3, kMostPlaces = 6;

Word name_of(Service service) { return nth(Word::heat, static_cast<std::size_t>(service)); }

void write_notice(Draft draft, const Fault& fault) {
  const bool critical = fault.severity == alarms::Severity::critical;
  Html& html = draft.html;
  html.raw(critical ? "<section class=\"alert\">" : "<section class=\"alert high\">");
  write_icon(html, critical ? kSquare : kTriangle);
  const auto place = place_of(fault, draft.language);
  html.raw("<h2>").text(words_of(fault, draft.language)).raw("</h2><p>").text(place).raw(place.empty() ? "" : " · ");
  html.text(details_of(fault, draft)).raw("</p></section>\n");
}

void write_reporting(Draft draft, const Watch& watch) {
  Html& html = draft.html;
  html.raw("<p class=\"age\">");
  if (watch.newest == 0) {
    html.text(draft.word(Word::no_data_yet));
  } else if (watch.reporting == 0) {
    html.text(fill(draft.word(Word::no_data_since), {draft.since(watch.newest)}));
  } else {
    html.text(fill(draft.word(Word::reporting),
                   {draft.number(static_cast<double>(watch.reporting), 0),
                    draft.number(static_cast<double>(watch.things), 0), draft.age(watch.newest)}));
  }
  html.raw("</p>");
}

void write_disturbed(Draft draft, Service service, const std::vector<const Fault*>& faults, const Watch& watch) {
  Html& html = draft.html;
  html.raw("<li class=\"row bad\">");
  write_icon(html, kTriangle);
  html.raw("<b>").text(draft.word(name_of(service))).raw("</b> <span class=\"st\">");
  html.text(counted(Counted::places, faults.size(), draft.language)).raw("</span>");
  for (std::size_t i = 0; i < std::min(kMostPlaces, faults.size()); i++) {
    html.raw("<p class=\"place\"><b>").text(words_of(*faults[i], draft.language)).raw("</b>: ");
    html.text(place_of(*faults[i], draft.language)).raw("<br><span class=\"age\">");
    html.text(details_of(*faults[i], draft)).raw("</span></p>");
  }
  if (faults.size() > kMostPlaces) {
    const auto rest = counted(Counted::places, faults.size() - kMostPlaces, draft.language);
    html.raw("<p class=\"place\">").text(fill(draft.word(Word::and_more), {rest})).raw("</p>");
  }
  if (watch.things > 0) write_reporting(draft, watch);
  html.raw("</li>\n");
}

void write_undisturbed(Draft draft, Service service, const Watch& watch) {
  Html& html = draft.html;
  const bool seen = watch.reporting > 0;
  html.raw("<li class=\"row\">");
  write_icon(html, icon_of(service));
  html.raw("<b>")
      .text(draft.word(name_of(service)))
      .raw(seen ? "</b> <span class=\"st\">" : "</b> <span class=\"st off\">");
  html.text(draft.word(seen ? Word::no_faults : Word::unknown)).raw("</span>");
  write_reporting(draft, watch);
  html.raw("</li>\n");
}

}  // namespace

void write_icon(Html& html, std::string_view shape) {
  html.raw(
      "<svg width=\"24\" height=\"24\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" "
      "stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\">");
  html.raw(shape).raw("</svg> ");
}

void write_notices(Draft draft, const Picture& picture) {
  std::size_t written = 0;
  for (const Fault& fault : picture.faults) {
    if (fault.severity > alarms::Severity::high || written == kMostNotices) break;
    write_notice(draft, fault);
    written++;
  }
}

void write_services(Draft draft, const Picture& picture) {
  Html& html = draft.html;
  html.raw("<section class=\"svc\"><h2>").text(draft.word(Word::out_of_order)).raw("</h2>");
  std::array<std::vector<const Fault*>, kServices> faults;
  for (const Fault& fault : picture.faults) faults[static_cast<std::size_t>(fault.service)].push_back(&fault);
  bool any = false;
  for (const bool disturbed : {true, false}) {
    for (std::size_t i = 0; i < kServices; i++) {
      if (faults[i].empty() == disturbed) continue;
      const Watch& watch = picture.watches[i];
      if (!disturbed && (i >= kListedServices || watch.things == 0)) continue;
      if (!any) html.raw("<ul>\n");
      any = true;
      const auto service = static_cast<Service>(i);
      if (disturbed) {
        write_disturbed(draft, service, faults[i], watch);
      } else {
        write_undisturbed(draft, service, watch);
      }
    }
  }
  if (any) {
    html.raw("</ul>");
  } else {
    html.raw("<p class=\"age\">").text(draft.word(Word::nothing_watched)).raw("</p>");
  }
  html.raw("</section>\n");
}

}  // namespace qala::residents
