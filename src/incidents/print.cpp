#include "incidents/print.h"

#include <algorithm>

#include <boost/json.hpp>

#include "incidents/print_words.h"
#include "paper/document.h"
#include "words/format.h"

namespace qala::incidents {

namespace json = boost::json;

namespace {

constexpr std::pair<const char*, Print> kSections[] = {{"unacknowledged", Print::unacknowledged},
                                                       {"acknowledged", Print::acknowledged},
                                                       {"shelved", Print::shelved},
                                                       {"out_of_service", Print::out_of_service},
                                                       {"silent", Print::silent},
                                                       {"explained", Print::explained}};

std::string text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t integer_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  json::error_code ec;
  return value && value->is_number() ? value->to_number<std::int64_t>(ec) : 0;
}

const json::array* list_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value ? value->if_array() : nullptr;
}

/// Who put it aside or answered it, and why.
std::string handled(const json::object& alarm) {
  for (const char* name : {"shelved", "out_of_service", "acknowledged"}) {
    const auto* value = alarm.if_contains(name);
    const auto* object = value ? value->if_object() : nullptr;
    if (!object) continue;
    const std::string reason = text_in(*object, "reason");
    return text_in(*object, "by") + (reason.empty() ? "" : ": " + reason);
  }
  return {};
}

class Printer {
 public:
  explicit Printer(const Paper& paper) : paper_(paper), time_(paper.zone, paper.now) {}

  std::string say(Print what, std::initializer_list<std::string_view> values = {}) const {
    return words::fill(text(what, paper_.language), values);
  }
  std::string when(Instant at) const { return time_.full(at, paper_.language); }

  void entries(paper::Document& out, const std::vector<Entry>& entries) const {
    if (entries.empty()) return;
    out.heading(say(Print::written));
    std::vector<std::vector<std::string>> rows;
    for (const Entry& entry : entries) {
      rows.push_back(
          {when(entry.at), entry.by, entry.thing ? paper_.names.thing(entry.thing) + ": " + entry.text : entry.text});
    }
    out.table({{.title = say(Print::at), .share = 2.6},
               {.title = say(Print::by), .share = 2},
               {.title = say(Print::text), .share = 7}},
              std::move(rows));
  }

  void open(paper::Document& out, const json::object& book) const {
    out.heading(say(Print::open));
    if (integer_in(book, "count") == 0) out.paragraph(say(Print::nothing_open));
    for (const auto& [name, title] : kSections) {
      if (const auto* list = list_in(book, name)) alarms(out, title, *list);
    }
    not_heeded(out, book);
    problems(out, book);
  }

 private:
  void alarms(paper::Document& out, Print title, const json::array& list) const {
    if (list.empty()) return;
    out.heading(say(title) + " · " + std::to_string(list.size()));
    std::vector<std::vector<std::string>> rows;
    for (const auto& member : list) {
      if (const auto* alarm = member.if_object()) rows.push_back(row(*alarm));
    }
    out.table({{.title = say(Print::priority), .share = 2.6},
               {.title = say(Print::what), .share = 3.7},
               {.title = say(Print::where), .share = 3.4},
               {.title = say(Print::value), .share = 2.5, .right = true},
               {.title = say(Print::since), .share = 2.4},
               {.title = say(Print::handled), .share = 3}},
              std::move(rows));
  }
  std::vector<std::string> row(const json::object& alarm) const {
    const auto severity = static_cast<std::size_t>(std::clamp<std::int64_t>(integer_in(alarm, "severity"), 1, 5));
    const auto* value = alarm.if_contains("value");
    std::string number;
    if (value && value->is_number()) {
      number = words::number(value->to_number<double>(), value->is_double() ? 1 : 0, paper_.language);
      if (const std::string unit = text_in(alarm, "unit"); !unit.empty())
        number += "\u00a0" + std::string(words::unit(unit, paper_.language));
    }
    const auto* exercise = alarm.if_contains("exercise");
    const std::string practised = exercise && *exercise == true ? say(Print::exercise) + " · " : std::string();
    return {say(static_cast<Print>(static_cast<std::size_t>(Print::severity_1) + severity - 1)),
            practised + paper_.names.rule(text_in(alarm, "rule")),
            paper_.names.thing(ThingId(static_cast<std::uint32_t>(integer_in(alarm, "thing")))),
            std::move(number),
            when(Instant{integer_in(alarm, "raised") * 1'000'000}),
            handled(alarm)};
  }
  void not_heeded(paper::Document& out, const json::object& book) const {
    const auto* list = list_in(book, "not_heeded");
    if (!list || list->empty()) return;
    out.heading(say(Print::not_heeded) + " · " + std::to_string(list->size()));
    std::vector<std::vector<std::string>> rows;
    for (const auto& member : *list) {
      const auto* pair = member.if_object();
      if (!pair) continue;
      rows.push_back({paper_.names.rule(text_in(*pair, "rule")),
                      paper_.names.thing(ThingId(static_cast<std::uint32_t>(integer_in(*pair, "thing")))),
                      text_in(*pair, "by") + ": " + text_in(*pair, "reason")});
    }
    out.table({{.title = say(Print::what), .share = 4},
               {.title = say(Print::where), .share = 3},
               {.title = say(Print::handled), .share = 4}},
              std::move(rows));
  }
  void problems(paper::Document& out, const json::object& book) const {
    const auto* list = list_in(book, "problems");
    if (!list || list->empty()) return;
    out.heading(say(Print::problems) + " · " + std::to_string(list->size()));
    for (const auto& member : *list) {
      if (const auto* problem = member.if_object()) out.paragraph(text_in(*problem, "text"));
    }
  }

  const Paper& paper_;
  words::LocalTime time_;
};

}  // namespace

Result<std::string> shift_pdf(const Shift& shift, const std::vector<Entry>& entries, const std::string& book,
                              const Paper& paper) {
  const Printer printer(paper);
  paper::Document out(printer.say(Print::title),
                      printer.say(Print::printed, {paper.names.town, printer.when(paper.now)}));
  out.paragraph(printer.say(Print::who, {shift.who}));
  out.paragraph(shift.ended ? printer.say(Print::from_to, {printer.when(shift.started), printer.when(*shift.ended)})
                            : printer.say(Print::still_runs, {printer.when(shift.started)}));
  if (!shift.note.empty()) out.paragraph(printer.say(Print::note, {shift.note}));
  printer.entries(out, entries);
  if (!book.empty()) {
    json::error_code ec;
    const json::value open = json::parse(book, ec);
    if (ec || !open.is_object())
      return fail(ErrorKind::corrupt, "the book of shift " + std::to_string(shift.id) + " is damaged");
    printer.open(out, open.get_object());
  }
  if (shift.ended) {
    out.signatures(shift.offered ? printer.say(Print::handed_over, {shift.who, printer.when(*shift.offered)})
                                 : printer.say(Print::not_signed, {shift.who}),
                   shift.accepted_by.empty()
                       ? printer.say(Print::nobody_accepted)
                       : printer.say(Print::accepted, {shift.accepted_by, printer.when(*shift.ended)}));
  }
  return out.pdf();
}

}  // namespace qala::incidents
