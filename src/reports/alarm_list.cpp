#include "reports/alarm_list.h"

#include "paper/document.h"

namespace qala::reports {

namespace {

void add(std::string& line, const std::string& part) {
  if (part.empty()) return;
  if (!line.empty()) line += " · ";
  line += part;
}

std::string chosen_by(const AlarmList& list, const Voice& voice) {
  std::string out = voice.say(list.state == alarms::State::open     ? Text::state_open
                              : list.state == alarms::State::closed ? Text::state_closed
                                                                    : Text::state_all);
  if (list.from && list.to) add(out, voice.say(Text::period, {voice.when(*list.from), voice.when(*list.to)}));
  for (const auto severity : list.severities) add(out, voice.severity(severity));
  add(out, list.place);
  if (!list.text.empty()) add(out, voice.say(Text::search_text, {list.text}));
  return out;
}

}  // namespace

Result<std::string> alarm_list_pdf(const AlarmList& list, const Paper& paper) {
  const Voice voice(paper);
  paper::Document out(voice.say(Text::list_title), voice.foot());
  out.paragraph(voice.say(Text::filter, {chosen_by(list, voice)}));
  std::array<std::size_t, 6> counts{};
  for (const auto& alarm : list.alarms) counts[static_cast<std::size_t>(alarm.severity)]++;
  std::string line = voice.say(Text::total, {voice.number(static_cast<double>(list.alarms.size()), 0)});
  for (std::size_t severity = 1; severity < counts.size(); severity++) {
    if (counts[severity] > 0)
      add(line, voice.severity(static_cast<alarms::Severity>(severity)) + ": " +
                    voice.number(static_cast<double>(counts[severity]), 0));
  }
  out.paragraph(line);
  std::vector<std::vector<std::string>> rows;
  for (const auto& alarm : list.alarms) {
    rows.push_back({voice.severity(alarm.severity), voice.what(alarm), paper.names.thing(alarm.thing),
                    voice.value(alarm), voice.when({alarm.raised}),
                    alarm.cleared ? voice.when({alarm.cleared}) : voice.say(Text::still_active), voice.handled(alarm)});
  }
  if (!rows.empty()) {
    out.table({{.title = voice.say(Text::priority), .share = 2.8},
               {.title = voice.say(Text::what), .share = 2.9},
               {.title = voice.say(Text::where), .share = 2.5},
               {.title = voice.say(Text::value), .share = 2.3, .right = true},
               {.title = voice.say(Text::raised), .share = 2.6},
               {.title = voice.say(Text::cleared), .share = 2.5},
               {.title = voice.say(Text::handled), .share = 3.3}},
              std::move(rows));
  }
  if (list.left_out > 0) out.paragraph(voice.say(Text::more, {voice.number(static_cast<double>(list.left_out), 0)}));
  return out.pdf();
}

}  // namespace qala::reports
