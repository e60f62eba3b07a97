#include "reports/day_sheet.h"

#include <algorithm>
#include <cmath>

#include "paper/document.h"
#include "reports/day_charts.h"

namespace qala::reports {

namespace {

constexpr std::size_t kExceeded = 10, kAlarms = 14, kNotices = 14, kPoor = 12;

class Sheet {
 public:
  Sheet(const DayFacts& facts, const Paper& paper)
      : facts_(facts), voice_(paper), out_(voice_.say(Text::day_title), voice_.foot()) {}

  Result<std::string> pdf() {
    head();
    figures();
    out_.charts(day_charts(facts_, voice_), 2, 92);
    out_.paragraph(voice_.say(Text::charts_note));
    exceedances();
    alarms();
    silent();
    shift();
    return out_.pdf();
  }

 private:
  using Rows = std::vector<std::vector<std::string>>;

  void head() {
    const words::LocalTime then(voice_.paper().zone, facts_.day.start);
    out_.paragraph(voice_.say(Text::day_line, {voice_.date(facts_.day.start), then.weekday(voice_.paper().language)}));
    if (!facts_.day.whole) out_.paragraph(voice_.say(Text::day_so_far, {voice_.clock(facts_.day.end)}));
    if (facts_.day.hours != 24) out_.paragraph(voice_.say(Text::day_long, {voice_.number(facts_.day.hours, 0)}));
  }

  void figures() {
    Rows rows;
    for (const FieldDay& field : facts_.fields) rows.push_back(figure(field));
    rows.push_back({voice_.say(Text::coverage), voice_.percent(facts_.coverage.share, 1), "", "", "", ""});
    out_.table({{.title = voice_.say(Text::field), .share = 3},
                {.title = voice_.say(Text::mean), .share = 2.3, .right = true},
                {.title = voice_.say(Text::least), .share = 2.1, .right = true},
                {.title = voice_.say(Text::greatest), .share = 2.1, .right = true},
                {.title = voice_.say(Text::usual), .share = 2, .right = true},
                {.title = voice_.say(Text::yesterday), .share = 1.3, .right = true}},
               std::move(rows));
  }
  std::vector<std::string> figure(const FieldDay& field) const {
    const int digits = field.question.decimals;
    const std::string name = voice_.say(name_of(field.question.field));
    if (!field.figures) return {name, voice_.say(Text::no_data), "", "", "", ""};
    const auto& [mean, min, max, min_at, max_at] = *field.figures;
    return {
        name,
        voice_.measured(mean, digits, field.question.unit),
        voice_.number(min, digits) + "  " + voice_.clock(min_at),
        voice_.number(max, digits) + "  " + voice_.clock(max_at),
        field.usual ? voice_.number(field.usual->first, digits) + "–" + voice_.number(field.usual->second, digits) : "",
        field.mean_yesterday ? voice_.number(*field.mean_yesterday, digits) : ""};
  }

  void exceedances() {
    out_.heading(voice_.say(Text::exceedances) + count(facts_.exceeded.size()));
    if (facts_.exceeded.empty()) return out_.paragraph(voice_.say(Text::calm));
    Rows rows;
    for (const Exceeded& one : facts_.exceeded) {
      if (rows.size() == kExceeded) break;
      const int digits = std::abs(one.worst) >= 100 ? 0 : 1;
      rows.push_back({voice_.severity(one.severity), voice_.paper().names.rule(one.rule),
                      voice_.paper().names.thing(one.thing),
                      (one.above ? "> " : "< ") + voice_.measured(one.limit, digits, one.unit),
                      voice_.measured(one.worst, digits, one.unit) + "  " + voice_.clock(one.worst_at),
                      words::span(one.over, voice_.paper().language)});
    }
    out_.table({{.title = voice_.say(Text::priority), .share = 2.2},
                {.title = voice_.say(Text::what), .share = 2.8},
                {.title = voice_.say(Text::where), .share = 2.6},
                {.title = voice_.say(Text::limit), .share = 2.5, .right = true},
                {.title = voice_.say(Text::worst), .share = 2.9, .right = true},
                {.title = voice_.say(Text::how_long), .share = 2.4, .right = true}},
               std::move(rows));
    more(facts_.exceeded.size(), kExceeded);
  }

  void alarms() {
    out_.heading(voice_.say(Text::alarms) + count(facts_.alarms.size()));
    if (facts_.alarms.empty()) return out_.paragraph(voice_.say(Text::alarms_none));
    std::array<std::size_t, 6> counts{};
    for (const auto& alarm : facts_.alarms) counts[static_cast<std::size_t>(alarm.severity)]++;
    std::string line;
    for (std::size_t severity = 1; severity < counts.size(); severity++) {
      if (counts[severity] == 0) continue;
      if (!line.empty()) line += ", ";
      line += voice_.severity(static_cast<alarms::Severity>(severity)) + " – " +
              voice_.number(static_cast<double>(counts[severity]), 0);
    }
    out_.paragraph(voice_.say(Text::alarms_counts, {line}));
    Rows rows;
    for (const auto& alarm : facts_.alarms) {
      if (rows.size() == kAlarms) break;
      rows.push_back({voice_.severity(alarm.severity), voice_.what(alarm), voice_.paper().names.thing(alarm.thing),
                      voice_.value(alarm), voice_.clock({alarm.raised}),
                      alarm.cleared ? cleared(alarm) : voice_.say(Text::still_active), voice_.handled(alarm)});
    }
    out_.table({{.title = voice_.say(Text::priority), .share = 2.4},
                {.title = voice_.say(Text::what), .share = 2.9},
                {.title = voice_.say(Text::where), .share = 2.3},
                {.title = voice_.say(Text::value), .share = 2.2, .right = true},
                {.title = voice_.say(Text::raised), .share = 2.1},
                {.title = voice_.say(Text::cleared), .share = 2},
                {.title = voice_.say(Text::handled), .share = 3.2}},
               std::move(rows));
    more(facts_.alarms.size(), kAlarms);
  }
  std::string cleared(const alarms::Alarm& alarm) const {
    return alarm.cleared < voice_.paper().zone.day_start(facts_.day.day + 1).ns ? voice_.clock({alarm.cleared})
                                                                                : voice_.when({alarm.cleared});
  }

  void silent() {
    const Coverage& all = facts_.coverage;
    out_.heading(voice_.say(Text::silent));
    out_.paragraph(voice_.say(Text::silent_line,
                              {voice_.number(static_cast<double>(all.things), 0),
                               voice_.number(static_cast<double>(all.silent), 0), voice_.percent(all.share, 1)}));
    Rows rows;
    for (const auto& kind : all.kinds) {
      rows.push_back({voice_.say(static_cast<Text>(static_cast<std::size_t>(Text::kind_other) +
                                                   static_cast<std::size_t>(kind.kind))),
                      voice_.number(static_cast<double>(kind.things), 0),
                      voice_.number(static_cast<double>(kind.silent), 0), voice_.percent(kind.share, 1)});
    }
    out_.table({{.title = voice_.say(Text::kind), .share = 4},
                {.title = voice_.say(Text::things), .share = 2, .right = true},
                {.title = voice_.say(Text::silent_count), .share = 2, .right = true},
                {.title = voice_.say(Text::share), .share = 2, .right = true}},
               std::move(rows));
    std::string poor;
    for (std::size_t i = 0; i < std::min(kPoor, all.poor.size()); i++) {
      if (!poor.empty()) poor += "; ";
      poor += voice_.paper().names.thing(all.poor[i].thing) + " – " + voice_.percent(all.poor[i].share);
    }
    if (!poor.empty()) out_.paragraph(voice_.say(Text::poor, {poor}));
    more(all.poor.size(), kPoor);
  }

  void shift() {
    out_.heading(voice_.say(Text::shift));
    if (facts_.shifts.empty()) out_.paragraph(voice_.say(Text::shift_none));
    for (const OnShift& one : facts_.shifts) {
      out_.paragraph(voice_.say(Text::shift_row, {one.who, voice_.when(one.from),
                                                  one.to ? voice_.when(*one.to) : voice_.say(Text::shift_runs)}));
    }
    if (facts_.notices.empty()) return;
    out_.heading(voice_.say(Text::notices) + count(facts_.notices.size()));
    Rows rows;
    for (const Notice& notice : facts_.notices) {
      if (rows.size() == kNotices) break;
      rows.push_back({voice_.clock(notice.at), notice.by,
                      notice.thing ? voice_.paper().names.thing(notice.thing) + ": " + notice.text : notice.text});
    }
    out_.table({{.title = voice_.say(Text::at), .share = 1},
                {.title = voice_.say(Text::by), .share = 2},
                {.title = voice_.say(Text::text), .share = 9}},
               std::move(rows));
    more(facts_.notices.size(), kNotices);
  }

  std::string count(std::size_t n) const {
    return n == 0 ? std::string() : " · " + voice_.number(static_cast<double>(n), 0);
  }
  void more(std::size_t all, std::size_t shown) {
    if (all > shown) out_.paragraph(voice_.say(Text::more, {voice_.number(static_cast<double>(all - shown), 0)}));
  }

  const DayFacts& facts_;
  const Voice voice_;
  paper::Document out_;
};

}  // namespace

Result<std::string> day_sheet_pdf(const DayFacts& facts, const Paper& paper) { return Sheet(facts, paper).pdf(); }

}  // namespace qala::reports
