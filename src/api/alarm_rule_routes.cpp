#include "api/alarm_answers.h"
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

class RuleRoutes {
 public:
  explicit RuleRoutes(Context& context) : context_(context) {}

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

void add_rule_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<RuleRoutes>(context);
  const auto add = [&](Method method, std::string_view path, Role role,
                       awaitable<Response> (RuleRoutes::*run)(Request&, const Caller&)) {
    router.add(method, path,
               with_role(context, role, [routes, run](Request& r, const Caller& c) { return ((*routes).*run)(r, c); }));
  };
  add(Method::get, "/api/v1/rules", Role::viewer, &RuleRoutes::rules);
  add(Method::put, "/api/v1/rules/{key}", Role::engineer, &RuleRoutes::put_rule);
}

}  // namespace qala::api
