#include <algorithm>

#include "alarms/search.h"
#include "api/alarm_answers.h"
#include "api/authorize.h"
#include "api/body.h"
#include "api/names.h"
#include "api/glance_routes.h"
#include "reports/alarm_list.h"
#include "reports/day_sheet.h"
#include "words/fold.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using words::Language;

namespace {

Response pdf_answer(Result<std::string> made, const std::string& name) {
  if (!made) return Response::error(made.error());
  Response response;
  response.content_type = "application/pdf";
  response.headers.emplace_back("Content-Disposition", "inline; filename=\"" + name + ".pdf\"");
  response.body = std::move(*made);
  return response;
}

/// What is printed: the alarm list and the day sheet. What is heavy runs on the pool, a day of one field at a time, so
/// that others get their turn in between.
class ReportRoutes {
 public:
  explicit ReportRoutes(Context& context) : context_(context) {}

  awaitable<Response> alarm_list(Request& request, const Caller& caller) {
    const auto language = language_of(request);
    if (!language) co_return Response::error(language.error());
    auto wish = wish_of(request, *language);
    if (!wish) co_return Response::error(wish.error());
    co_await write_backlog(context_);
    auto made = co_await run_on(context_.pool, [this, &wish, language = *language, by = caller.actor().subject] {
      return printed_list(std::move(*wish), language, by);
    });
    co_return pdf_answer(std::move(made), "alarms");
  }

  awaitable<Response> day_sheet(Request& request, const Caller& caller) {
    const auto language = language_of(request);
    if (!language) co_return Response::error(language.error());
    const auto number = reports::day_from(request.param("date"));
    if (!number) co_return Response::error(fail(ErrorKind::invalid, "date: as 2026-01-17"));
    const auto day = reports::day_of(context_.zone, *number, context_.clock.now());
    if (!day) co_return Response::error(day.error(), "day.not_begun");
    co_await write_backlog(context_);
    reports::DayFacts facts{.day = *day};
    auto fields = co_await fields_of(*day);
    if (!fields) co_return Response::error(fields.error());
    facts.fields = std::move(*fields);
    auto made = co_await run_on(context_.pool, [this, &facts, language = *language, by = caller.actor().subject] {
      return printed_day(facts, language, by);
    });
    co_return pdf_answer(std::move(made), "day-" + reports::name_of_day(*number));
  }

 private:
  struct Wish {
    reports::AlarmList list = {};
    alarms::Query query = {};
    alarms::Period period = {};
    std::uint32_t zone = 0;  ///< 0: any
    std::string needle = {};
    enum class Put { any, tray, shelved, service } put = Put::any;
  };

  static Result<Language> language_of(const Request& request) {
    const auto language = words::language_from(request.query_value("lang").value_or("kk"));
    if (!language) return fail(ErrorKind::invalid, "lang: kk, ru or en");
    return *language;
  }

  Result<Wish> wish_of(const Request& request, Language language) const {
    Wish wish;
    const auto state = alarms::state_from(request.query_value("state").value_or("open"));
    if (!state) return fail(ErrorKind::invalid, "state: open, closed or all");
    wish.list.state = wish.query.state = *state;
    if (request.query_value("from") || request.query_value("to")) {
      TRY(wish.period.from, time_of(request, "from", 0));
      TRY(wish.period.to, time_of(request, "to", context_.clock.now().ns));
      if (wish.period.from >= wish.period.to) return fail(ErrorKind::invalid, "from: must lie before to");
      wish.list.from = Instant{wish.period.from}, wish.list.to = Instant{wish.period.to};
    }
    for (const char c : request.query_value("severity").value_or("")) {
      if (c == ',') continue;
      if (c < '1' || c > '5') return fail(ErrorKind::invalid, "severity: 1 to 5, parted by commas");
      wish.list.severities.push_back(static_cast<alarms::Severity>(c - '0'));
    }
    const auto put = request.query_value("put").value_or("any");
    if (put == "tray") wish.put = Wish::Put::tray;
    else if (put == "shelved") wish.put = Wish::Put::shelved;
    else if (put == "service") wish.put = Wish::Put::service;
    else if (put != "any") return fail(ErrorKind::invalid, "put: any, tray, shelved or service");
    TRY(const auto thing, count_of(request, "thing", 0, kMaxEntityId));
    TRY(const auto zone, count_of(request, "zone", 0, kMaxEntityId));
    wish.query.thing = ThingId(static_cast<std::uint32_t>(thing));
    wish.zone = static_cast<std::uint32_t>(zone);
    if (thing) wish.list.place = name_of_thing(context_, wish.query.thing, language);
    if (zone) {
      context_.registry.read([&](const registry::Registry::View& view) {
        if (const auto* area = view.zone(wish.zone)) wish.list.place = words::pick(area->name, language);
      });
    }
    wish.list.text = std::string(request.query_value("q").value_or("")).substr(0, 200);
    wish.needle = words::fold(wish.list.text);
    wish.query.limit = 100'000;
    return wish;
  }

  static bool put_where(const alarms::Alarm& alarm, Wish::Put put) {
    if (put == Wish::Put::tray) return !alarm.shelved && !alarm.out_of_service;
    if (put == Wish::Put::shelved) return alarm.shelved && !alarm.out_of_service;
    return put == Wish::Put::any || alarm.out_of_service.has_value();
  }

  Result<std::string> printed_list(Wish wish, Language language, const std::string& by) const {
    TRY(auto found,
        alarms::list_raised(context_.alarms.board(), context_.folder + "/town.db", wish.query, wish.period));
    const auto rules = context_.rules.rules();
    std::erase_if(found, [&](const alarms::Alarm& alarm) {
      const auto& severities = wish.list.severities;
      if (!severities.empty() && std::ranges::find(severities, alarm.severity) == severities.end()) return true;
      if ((wish.zone && alarm.zone != wish.zone) || !put_where(alarm, wish.put)) return true;
      return !wish.needle.empty() && !words::found_in(words_of(alarm, rules, language), wish.needle);
    });
    if (found.size() > reports::kMostAlarms) {
      wish.list.left_out = found.size() - reports::kMostAlarms;
      found.resize(reports::kMostAlarms);
    }
    wish.list.alarms = std::move(found);
    return reports::alarm_list_pdf(wish.list, paper(rules, language, by));
  }

  /// What the filter of the tray looks at: rule, thing, street, zone.
  std::string words_of(const alarms::Alarm& alarm, const alarms::Rules& rules, Language language) const {
    std::string text = name_of_rule(rules, alarm.rule, language) + ' ' + name_of_thing(context_, alarm.thing, language);
    context_.registry.read([&](const registry::Registry::View& view) {
      if (const auto* thing = view.thing(alarm.thing)) text += ' ' + thing->key + ' ' + thing->street;
    });
    return words::fold(text);
  }

  reports::Paper paper(const alarms::Rules& rules, Language language, const std::string& by) const {
    return {.language = language,
            .zone = context_.zone,
            .now = context_.clock.now(),
            .made_by = by,
            .names = {.thing = [this, language](ThingId id) { return name_of_thing(context_, id, language); },
                      .rule = [rules, language](std::string_view key) { return name_of_rule(rules, key, language); },
                      .town = words::pick(context_.town.name, language)}};
  }

  awaitable<Result<std::vector<reports::FieldDay>>> fields_of(reports::Day day) {
    std::vector<reports::FieldQuestion> questions;
    context_.registry.read([&](const registry::Registry::View& view) {
      for (const auto field : reports::kFields) {
        if (auto question = reports::question_of(field, view)) questions.push_back(std::move(*question));
      }
    });
    std::vector<reports::FieldDay> out;
    const std::int32_t oldest = context_.zone.local_day(Instant{context_.store.health().oldest});
    for (const auto& question : questions) {
      CO_TRY(auto line, co_await run_on(context_.pool, [this, &question, day] {
               return reports::passed_line(context_.store, context_.zone, question.question, day.day, day.end);
             }));
      reports::DayLines days;
      std::size_t like = 0;
      for (std::int32_t back = 1; back <= reports::kUsualDaysBack && like < reports::kUsualDays; back++) {
        const bool alike = reports::alike(day.day, day.day - back);
        if (day.day - back < oldest || (back > 1 && !alike)) continue;
        CO_TRY(auto before, co_await run_on(context_.pool, [this, &question, number = day.day - back] {
                 return reports::day_line(context_.store, context_.zone, question.question, number);
               }));
        days.emplace(day.day - back, std::make_shared<const reports::DayLine>(std::move(before)));
        if (alike) like++;
      }
      out.push_back(reports::field_day(question, day, context_.zone, std::move(line), days));
    }
    co_return out;
  }

  Result<std::string> printed_day(reports::DayFacts& facts, Language language, const std::string& by) const {
    const auto rules = context_.rules.rules();
    const reports::Day& day = facts.day;
    TRY(facts.exceeded, reports::exceeded(context_.store, context_.registry, *rules, context_.zone, day));
    TRY(facts.coverage, reports::coverage(context_.store, context_.registry, context_.zone, day));
    TRY(facts.alarms,
        alarms::list_raised(context_.alarms.board(), context_.folder + "/town.db",
                            {.state = alarms::State::all, .limit = 100'000, .thing = {}}, {day.start.ns, day.end.ns}));
    TRY(const auto shifts, context_.shifts.shifts_between(day.start, day.end));
    for (const auto& shift : shifts) facts.shifts.push_back({shift.who, shift.started, shift.ended});
    TRY(const auto entries, context_.shifts.entries_between(day.start, day.end));
    for (const auto& entry : entries) facts.notices.push_back({entry.at, entry.by, entry.text, entry.thing});
    return reports::day_sheet_pdf(facts, paper(rules, language, by));
  }

  Context& context_;
};

}  // namespace

void add_report_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<ReportRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/alarms/list.pdf", Role::viewer, &ReportRoutes::alarm_list);
  add(Method::get, "/api/v1/days/{date}/sheet.pdf", Role::viewer, &ReportRoutes::day_sheet);
}

}  // namespace qala::api
