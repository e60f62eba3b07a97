#include "alarms/render.h"
#include "api/authorize.h"
#include "api/body.h"
#include "api/routes.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

Response alarm_answer(const Result<alarms::Alarm>& alarm) {
  if (alarm) {
    std::string out;
    JsonWriter json(out);
    alarms::render(json, *alarm);
    return Response::json(std::move(out));
  }
  switch (alarm.error().kind) {
    case ErrorKind::not_found: return Response::error(alarm.error(), "alarm.not_found");
    case ErrorKind::conflict: return Response::error(alarm.error(), "alarm.already_acknowledged");
    default: return Response::error(alarm.error());
  }
}

class AlarmRoutes {
 public:
  explicit AlarmRoutes(Context& context) : context_(context) {}

  awaitable<Response> list(Request& request, const Caller&) {
    const auto state = alarms::state_from(request.query_value("state").value_or("open"));
    const auto limit = count_of(request, "limit", 1000, 10'000);
    const auto thing = count_of(request, "thing", 0, kMaxEntityId);
    if (!state) co_return Response::error(fail(ErrorKind::invalid, "state: open, closed or all"));
    if (!limit || !thing) co_return Response::error(limit ? thing.error() : limit.error());
    const alarms::Query query{.state = *state, .limit = *limit, .thing = ThingId(static_cast<std::uint32_t>(*thing))};
    auto found = co_await run_on(context_.pool, [this, query] { return context_.alarms.board().list(query); });
    if (!found) co_return Response::error(found.error());
    std::string out;
    JsonWriter json(out);
    json.object().key("alarms");
    alarms::render(json, std::span<const alarms::Alarm>(*found));
    json.key("counts");
    alarms::render(json, context_.alarms.board().counts());
    json.end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> acknowledge(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), std::uint64_t{1} << 53);
    if (!id) co_return Response::error(id.error(), "alarm.not_found");
    std::string comment;
    if (!request.body.empty()) {
      auto body = Body::parse(request.body);
      if (!body) co_return Response::error(body.error());
      auto text = body->optional_text("comment");
      if (!text) co_return Response::error(text.error());
      comment = text->value_or("");
    }
    co_return alarm_answer(
        co_await run_on(context_.writer, [this, id = AlarmId(*id), by = caller.actor().subject, comment] {
          return context_.alarms.acknowledge(id, by, comment);
        }));
  }

  awaitable<Response> comment(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), std::uint64_t{1} << 53);
    if (!id) co_return Response::error(id.error(), "alarm.not_found");
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    auto text = body->text("text");
    if (!text) co_return Response::error(text.error());
    co_return alarm_answer(
        co_await run_on(context_.writer, [this, id = AlarmId(*id), by = caller.actor().subject, text = *text] {
          return context_.alarms.comment(id, by, text);
        }));
  }

  awaitable<Response> rules(Request&, const Caller&) {
    std::string out;
    JsonWriter json(out);
    json.object().key("rules").array();
    for (const auto& rule : *context_.rules.rules()) alarms::render(json, rule);
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> put_rule(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    auto rule = read_rule(*body, std::string(request.param("key")));
    if (!rule) co_return Response::error(rule.error(), "rule.invalid");
    auto done = co_await run_on(context_.writer, [this, rule = *rule, actor = caller.actor()]() -> Result<> {
      TRY_VOID(context_.audit.append({.actor = actor,
                                      .action = "rule.changed",
                                      .object = "rule " + rule.key,
                                      .detail = alarms::write_rules(std::span(&rule, 1))}));
      TRY_VOID(context_.rules.put(rule));
      return context_.alarms.set_rules(context_.rules.rules());
    });
    if (!done) co_return Response::error(done.error(), "rule.invalid");
    std::string out;
    JsonWriter json(out);
    alarms::render(json, *rule);
    co_return Response::json(std::move(out));
  }

 private:
  /// The rule there is, changed by the fields given; a new one if there is none.
  Result<alarms::Rule> read_rule(const Body& body, std::string key) const {
    alarms::Rule rule = context_.rules.find(key).value_or(alarms::Rule{});
    rule.key = std::move(key);
    if (body.has("name")) {
      TRY(auto name, Body::parse(body.json("name")));
      TRY(rule.name.kk, name.text("kk"));
      TRY(rule.name.ru, name.text("ru"));
      TRY(rule.name.en, name.text("en"));
    }
    TRY(const auto kind, body.optional_text("kind"));
    if (kind) {
      rule.kind = kind->empty() ? std::nullopt : registry::kind_from(*kind);
      if (!kind->empty() && !rule.kind) return fail(ErrorKind::invalid, "kind: \"" + *kind + "\" is unknown");
    }
    TRY(auto property, body.optional_text("property"));
    if (property) rule.property = *property;
    TRY(auto zone, body.optional_text("zone"));
    if (zone) rule.zone = *zone;
    TRY(auto selector, body.optional_text("selector"));
    if (selector) rule.selector = *selector;
    TRY(const auto comparison, body.optional_text("comparison"));
    if (comparison) {
      const auto known = alarms::comparison_from(*comparison);
      if (!known) return fail(ErrorKind::invalid, "comparison: one of > < rate silent frozen");
      rule.comparison = *known;
    }
    TRY(const auto limit, body.optional_number("limit"));
    rule.limit = limit.value_or(rule.limit);
    TRY(const auto clear, body.optional_number("clear"));
    rule.clear = clear.value_or(limit ? *limit : rule.clear);
    TRY(const auto for_s, body.optional_integer("for_s"));
    rule.for_s = for_s.value_or(rule.for_s);
    TRY(const auto per_s, body.optional_integer("per_s"));
    rule.per_s = per_s.value_or(rule.per_s);
    TRY(const auto severity, body.optional_integer("severity"));
    if (severity && (*severity < 1 || *severity > 5)) return fail(ErrorKind::invalid, "severity: 1 to 5");
    if (severity) rule.severity = static_cast<alarms::Severity>(*severity);
    TRY(const auto enabled, body.optional_boolean("enabled"));
    rule.enabled = enabled.value_or(rule.enabled);
    TRY_VOID(alarms::validate(rule));
    return rule;
  }

  Context& context_;
};

}  // namespace

void add_alarm_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<AlarmRoutes>(context);
  const auto add = [&](Method method, std::string_view path, Role role,
                       awaitable<Response> (AlarmRoutes::*run)(Request&, const Caller&)) {
    router.add(method, path,
               with_role(context, role, [routes, run](Request& r, const Caller& c) { return ((*routes).*run)(r, c); }));
  };
  add(Method::get, "/api/v1/alarms", Role::viewer, &AlarmRoutes::list);
  add(Method::post, "/api/v1/alarms/{id}/acknowledge", Role::op, &AlarmRoutes::acknowledge);
  add(Method::post, "/api/v1/alarms/{id}/comments", Role::op, &AlarmRoutes::comment);
  add(Method::get, "/api/v1/rules", Role::viewer, &AlarmRoutes::rules);
  add(Method::put, "/api/v1/rules/{key}", Role::engineer, &AlarmRoutes::put_rule);
}

}  // namespace qala::api
