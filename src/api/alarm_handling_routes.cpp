// Shelving, assigning, out of service.
#include <algorithm>

#include "api/alarm_answers.h"
#include "alarms/render.h"
#include "api/authorize.h"
#include "api/body.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

Result<Instant> end_of_shelving(const Body& body, Instant now) {
  TRY(const auto minutes, body.optional_integer("minutes"));
  if (minutes) {
    if (*minutes < 1 || *minutes > 1'000'000) return fail(ErrorKind::invalid, "minutes: must be 1 or more");
    return now + std::chrono::minutes(*minutes);
  }
  if (!body.has("until")) return fail(ErrorKind::invalid, "until: is missing");
  if (const auto ms = body.optional_integer("until")) {
    if (**ms < 0 || **ms > 10'000'000'000'000) return fail(ErrorKind::invalid, "until: is not a time");
    return Instant::from_ms(**ms);
  }
  TRY(const auto text, body.text("until"));
  const auto at = parse_iso(text);
  if (!at) return fail(ErrorKind::invalid, "until: ISO 8601 or milliseconds since 1970");
  return *at;
}

namespace {

class HandlingRoutes {
 public:
  explicit HandlingRoutes(Context& context) : context_(context) {}

  awaitable<Response> shelve(Request& request, const Caller& caller) {
    const auto id = alarm_id(request);
    if (!id) co_return Response::error(id.error(), "alarm.not_found");
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto until = end_of_shelving(*body, context_.clock.now());
    if (!until) co_return Response::error(until.error());
    const auto reason = body->optional_text("reason");
    if (!reason) co_return Response::error(reason.error());
    co_await write_backlog(context_);
    co_return alarm_answer(co_await run_on(
        context_.writer, [this, id = *id, by = caller.actor(), at = *until, why = reason->value_or("")] {
          return context_.alarms.shelve(id, by, at, why);
        }));
  }

  awaitable<Response> unshelve(Request& request, const Caller& caller) {
    const auto id = alarm_id(request);
    if (!id) co_return Response::error(id.error(), "alarm.not_found");
    co_await write_backlog(context_);
    co_return alarm_answer(co_await run_on(
        context_.writer, [this, id = *id, by = caller.actor()] { return context_.alarms.unshelve(id, by); }));
  }

  awaitable<Response> assign(Request& request, const Caller& caller) {
    const auto id = alarm_id(request);
    if (!id) co_return Response::error(id.error(), "alarm.not_found");
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto name = body->optional_text("assignee");
    if (!name) co_return Response::error(name.error());
    const std::string whom = name->value_or("");
    const auto users = context_.access.users();
    const auto user = std::ranges::find(users, whom, &access::User::name);
    if (!whom.empty() && user == users.end()) {
      co_return Response::error(fail(ErrorKind::invalid, "assignee: there is no user " + whom),
                                "alarm.assignee_unknown");
    }
    const auto part = co_await named_part(context_, Right::Of::alarm, request);
    if (!whom.empty() && part && !access::may(*user, Role::op, *part)) {
      co_return Response::error(fail(ErrorKind::invalid, "assignee: " + whom + " may not answer this alarm"),
                                "alarm.assignee_may_not");
    }
    co_await write_backlog(context_);
    co_return alarm_answer(co_await run_on(
        context_.writer, [this, id = *id, by = caller.actor(), whom] { return context_.alarms.assign(id, by, whom); }));
  }

  /// Who may answer this alarm: names only, for those who may assign it.
  awaitable<Response> assignees(Request& request, const Caller&) {
    const auto part = co_await named_part(context_, Right::Of::alarm, request);
    if (!part) co_return Response::error(fail(ErrorKind::not_found, "no such alarm"), "alarm.not_found");
    std::string out;
    JsonWriter json(out);
    json.object().key("users").array();
    for (const auto& user : context_.access.users()) {
      if (access::may(user, Role::op, *part)) json.string(user.name);
    }
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> list_out(Request&, const Caller&) {
    const auto open = context_.alarms.board().snapshot();
    std::string out;
    JsonWriter json(out);
    json.object().key("entries").array();
    for (const auto& entry : *context_.alarms.board().out_of_service()) {
      alarms::render(json, entry, open_one(*open, entry));
    }
    json.end().field("shelve_at_most_h", context_.alarms.options().shelve_at_most_s / 3600).end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> take_out(Request& request, const Caller& caller) {
    const auto thing = parse_id(request.param("thing"), kMaxEntityId);
    if (!thing) co_return Response::error(thing.error(), "thing.not_found");
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto reason = body->optional_text("reason");
    if (!reason) co_return Response::error(reason.error());
    co_await write_backlog(context_);
    const auto entry = co_await run_on(context_.writer,
                                       [this, rule = std::string(request.param("rule")), by = caller.actor(),
                                        id = ThingId(static_cast<std::uint32_t>(*thing)), why = reason->value_or("")] {
                                         return context_.alarms.take_out_of_service(rule, id, by, why);
                                       });
    if (!entry) co_return alarm_refusal(entry.error());
    std::string out;
    JsonWriter json(out);
    alarms::render(json, *entry, open_one(*context_.alarms.board().snapshot(), *entry));
    co_return Response::json(std::move(out));
  }

  awaitable<Response> put_back(Request& request, const Caller& caller) {
    const auto thing = parse_id(request.param("thing"), kMaxEntityId);
    if (!thing) co_return Response::error(thing.error(), "thing.not_found");
    co_await write_backlog(context_);
    const auto done = co_await run_on(
        context_.writer,
        [this, rule = std::string(request.param("rule")), id = ThingId(static_cast<std::uint32_t>(*thing)),
         by = caller.actor()] { return context_.alarms.return_to_service(rule, id, by); });
    if (!done) co_return alarm_refusal(done.error());
    co_return Response::empty();
  }

 private:
  static AlarmId open_one(const alarms::Snapshot& now, const alarms::OutOfService& entry) {
    for (const auto& alarm : now.open) {
      if (alarm->rule == entry.rule && alarm->thing == entry.thing) return alarm->id;
    }
    return {};
  }

  Context& context_;
};

}  // namespace

void add_handling_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<HandlingRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::post, "/api/v1/alarms/{id}/shelve", of_alarm(Role::op), &HandlingRoutes::shelve);
  add(Method::post, "/api/v1/alarms/{id}/unshelve", of_alarm(Role::op), &HandlingRoutes::unshelve);
  add(Method::put, "/api/v1/alarms/{id}/assignee", of_alarm(Role::op), &HandlingRoutes::assign);
  add(Method::get, "/api/v1/alarms/{id}/assignees", of_alarm(Role::op), &HandlingRoutes::assignees);
  add(Method::get, "/api/v1/out-of-service", Role::viewer, &HandlingRoutes::list_out);
  add(Method::put, "/api/v1/out-of-service/{rule}/{thing}", of_thing(Role::engineer), &HandlingRoutes::take_out);
  add(Method::del, "/api/v1/out-of-service/{rule}/{thing}", of_thing(Role::engineer), &HandlingRoutes::put_back);
}

}  // namespace qala::api
