#include "api/authorize.h"
#include "api/body.h"
#include "api/health_facts.h"
#include "api/names.h"
#include "api/routes.h"
#include "incidents/print.h"
#include "incidents/render.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using incidents::OpenItems;
using incidents::Shift;

namespace {

constexpr std::uint64_t kHighestShift = std::uint64_t{1} << 53;

/// "too_long: why" of a room: the code before the colon belongs to the resource.
Response refused(const Error& error) {
  if (error.kind == ErrorKind::not_found) return Response::error(error, "shift.not_found");
  if (error.kind != ErrorKind::conflict) return Response::error(error);
  return Response::error(error, "shift." + error.message.substr(0, error.message.find(':')));
}

Response shift_answer(const Result<Shift>& shift) {
  if (!shift) return refused(shift.error());
  std::string out;
  JsonWriter json(out);
  incidents::render(json, *shift);
  return Response::json(std::move(out));
}

class ShiftRoutes {
 public:
  explicit ShiftRoutes(Context& context) : context_(context) {}

  /// Whose shift it is, what it has written down, what is open now.
  awaitable<Response> show(Request&, const Caller&) {
    const OpenItems open = open_now();
    const auto shift = context_.shifts.current();
    Result<std::vector<incidents::Entry>> entries;
    if (shift) {
      entries = co_await run_on(context_.pool, [this, id = shift->id] { return context_.shifts.entries(id); });
      if (!entries) co_return refused(entries.error());
    }
    std::string out;
    JsonWriter json(out);
    json.object().key("shift");
    if (shift) incidents::render(json, *shift);
    else json.null();
    json.key("entries").array();
    for (const auto& entry : *entries) incidents::render(json, entry);
    json.end().key("open");
    incidents::render(json, open);
    json.end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> list(Request& request, const Caller&) {
    const auto limit = count_of(request, "limit", 50, 500);
    const auto before = count_of(request, "before", 0, kHighestShift);
    if (!limit || !before) co_return Response::error(limit ? before.error() : limit.error());
    const incidents::ShiftQuery query{
        .text = std::string(request.query_value("q").value_or("")), .before = *before, .limit = *limit};
    auto found = co_await run_on(context_.pool, [this, query] { return context_.shifts.list(query); });
    if (!found) co_return refused(found.error());
    std::string out;
    JsonWriter json(out);
    json.object().key("shifts").array();
    for (const auto& shift : *found) incidents::render(json, shift);
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> one(Request& request, const Caller&) {
    const auto id = parse_id(request.param("id"), kHighestShift);
    if (!id) co_return Response::error(id.error(), "shift.not_found");
    auto text = co_await run_on(context_.pool, [this, id = *id] { return whole(id); });
    co_return text ? Response::json(std::move(*text)) : refused(text.error());
  }

  awaitable<Response> pdf(Request& request, const Caller&) {
    const auto id = parse_id(request.param("id"), kHighestShift);
    if (!id) co_return Response::error(id.error(), "shift.not_found");
    const auto language = words::language_from(request.query_value("lang").value_or("kk"));
    if (!language) co_return Response::error(fail(ErrorKind::invalid, "lang: kk, ru or en"));
    auto made = co_await run_on(context_.pool, [this, id = *id, lang = *language] { return printed(id, lang); });
    if (!made) co_return refused(made.error());
    Response response;
    response.content_type = "application/pdf";
    response.headers.emplace_back("Content-Disposition", "inline; filename=\"shift-" + std::to_string(*id) + ".pdf\"");
    response.body = std::move(*made);
    co_return response;
  }

  awaitable<Response> start(Request&, const Caller& caller) {
    co_return shift_answer(
        co_await run_on(context_.writer, [this, by = caller.actor()] { return context_.shifts.start(by); }));
  }

  awaitable<Response> write(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto text = body->text("text");
    const auto alarm = body->optional_integer("alarm");
    const auto thing = body->optional_integer("thing");
    if (!text) co_return Response::error(text.error());
    if (!alarm || !thing) co_return Response::error(alarm ? thing.error() : alarm.error());
    const incidents::NewEntry entry{.text = *text,
                                    .alarm = AlarmId(static_cast<std::uint64_t>(alarm->value_or(0))),
                                    .thing = ThingId(static_cast<std::uint32_t>(thing->value_or(0)))};
    auto made = co_await run_on(context_.writer,
                                [this, by = caller.actor(), entry] { return context_.shifts.write(by, entry); });
    if (!made) co_return refused(made.error());
    std::string out;
    JsonWriter json(out);
    incidents::render(json, *made);
    co_return Response::json(std::move(out));
  }

  awaitable<Response> offer(Request& request, const Caller& caller) {
    const auto note = text_of(request, "note");
    if (!note) co_return Response::error(note.error());
    co_return shift_answer(co_await run_on(
        context_.writer, [this, by = caller.actor(), note = *note] { return context_.shifts.offer(by, note); }));
  }

  awaitable<Response> withdraw(Request&, const Caller& caller) {
    co_return shift_answer(
        co_await run_on(context_.writer, [this, by = caller.actor()] { return context_.shifts.withdraw(by); }));
  }

  awaitable<Response> accept(Request& request, const Caller& caller) {
    const auto seen = text_of(request, "seen");
    if (!seen) co_return Response::error(seen.error());
    // What is open is looked at on the writer: nothing can be raised between the look and the signature.
    auto done = co_await run_on(context_.writer, [this, by = caller.actor(), seen = *seen, problems = problems()] {
      return context_.shifts.accept(by, seen, open_at_writer(problems));
    });
    co_return shift_answer(done);
  }

  awaitable<Response> take_over(Request& request, const Caller& caller) {
    const auto seen = text_of(request, "seen");
    if (!seen) co_return Response::error(seen.error());
    auto done = co_await run_on(context_.writer, [this, by = caller.actor(), seen = *seen, problems = problems()] {
      return context_.shifts.take_over(by, seen, open_at_writer(problems));
    });
    co_return shift_answer(done);
  }

  awaitable<Response> close(Request& request, const Caller& caller) {
    const auto seen = text_of(request, "seen");
    const auto note = text_of(request, "note");
    if (!seen || !note) co_return Response::error(seen ? note.error() : seen.error());
    auto done = co_await run_on(context_.writer,
                                [this, by = caller.actor(), seen = *seen, note = *note, problems = problems()] {
                                  return context_.shifts.close(by, note, seen, open_at_writer(problems));
                                });
    co_return shift_answer(done);
  }

 private:
  static Result<std::string> text_of(const Request& request, std::string_view name) {
    if (request.body.empty()) return std::string();
    TRY(auto body, Body::parse(request.body));
    TRY(auto text, body.optional_text(name));
    return text.value_or("");
  }

  std::vector<incidents::SystemProblem> problems() const {
    std::vector<incidents::SystemProblem> out;
    for (const auto& problem : context_.health->recent().problems) {
      // What is of no account would be signed for at each handover.
      if (problem.severity <= 2)
        out.push_back({.code = problem.code, .severity = problem.severity, .text = problem.text});
    }
    return out;
  }

  OpenItems open_at_writer(std::vector<incidents::SystemProblem> problems) const {
    const auto& board = context_.alarms.board();
    return incidents::open_items(*board.snapshot(), *board.out_of_service(), std::move(problems), context_.clock.now());
  }
  OpenItems open_now() const { return open_at_writer(problems()); }

  Result<std::string> whole(std::uint64_t id) const {
    TRY(const auto shift, context_.shifts.find(id));
    TRY(const auto entries, context_.shifts.entries(id));
    TRY(const auto book, context_.shifts.book(id));
    std::string out;
    JsonWriter json(out);
    json.object().key("shift");
    incidents::render(json, shift);
    json.key("entries").array();
    for (const auto& entry : entries) incidents::render(json, entry);
    json.end().key("open").raw(book.empty() ? "null" : book).end();
    return out;
  }

  Result<std::string> printed(std::uint64_t id, words::Language language) const {
    TRY(const auto shift, context_.shifts.find(id));
    TRY(const auto entries, context_.shifts.entries(id));
    TRY(const auto book, context_.shifts.book(id));
    const auto rules = context_.rules.rules();
    const incidents::Names names{
        .thing = [this, language](ThingId thing) { return name_of_thing(context_, thing, language); },
        .rule = [&](std::string_view key) { return name_of_rule(rules, key, language); },
        .town = words::pick(context_.town.name, language)};
    return incidents::shift_pdf(
        shift, entries, book,
        {.language = language, .zone = context_.zone, .now = context_.clock.now(), .names = names});
  }

  Context& context_;
};

}  // namespace

void add_shift_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<ShiftRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/shift", Role::viewer, &ShiftRoutes::show);
  add(Method::post, "/api/v1/shift", Role::op, &ShiftRoutes::start);
  add(Method::post, "/api/v1/shift/entries", Role::op, &ShiftRoutes::write);
  add(Method::post, "/api/v1/shift/offer", Role::op, &ShiftRoutes::offer);
  add(Method::del, "/api/v1/shift/offer", Role::op, &ShiftRoutes::withdraw);
  add(Method::post, "/api/v1/shift/accept", Role::op, &ShiftRoutes::accept);
  add(Method::post, "/api/v1/shift/take-over", Role::op, &ShiftRoutes::take_over);
  add(Method::post, "/api/v1/shift/close", Role::op, &ShiftRoutes::close);
  add(Method::get, "/api/v1/shifts", Role::viewer, &ShiftRoutes::list);
  add(Method::get, "/api/v1/shifts/{id}", Role::viewer, &ShiftRoutes::one);
  add(Method::get, "/api/v1/shifts/{id}/book.pdf", Role::viewer, &ShiftRoutes::pdf);
}

}  // namespace qala::api
