// What the rule editor needs besides the rules themselves: what they reach, how often they fire, their text, their
// past.
#include <algorithm>
#include <set>

#include "alarms/performance.h"
#include "alarms/usage.h"
#include "api/alarm_answers.h"
#include "api/alarm_rule_body.h"
#include "api/authorize.h"
#include "api/routes.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

constexpr std::int64_t kWeek = 7 * Instant::kDay;
constexpr std::size_t kMostImported = 1000;
/// What errors call a text that came over the network.
constexpr std::string_view kNoFile = "rules";

/// "rules:3:7: what": the place goes into `where`, the screens point at it.
Response bad_text(const Error& error) {
  const std::string_view message = error.message;
  std::string where;
  std::string_view what = message;
  if (message.starts_with(kNoFile) && message.substr(kNoFile.size()).starts_with(':')) {
    const auto line_end = message.find(':', kNoFile.size() + 1);
    const auto column_end = line_end == std::string_view::npos ? line_end : message.find(": ", line_end + 1);
    if (column_end != std::string_view::npos) {
      where = message.substr(kNoFile.size() + 1, column_end - kNoFile.size() - 1);
      what = message.substr(column_end + 2);
    }
  }
  std::string out;
  JsonWriter json(out);
  json.object().key("error").object().field("kind", "invalid").field("code", "rule.text");
  json.field("message", what).field("where", where).end().end();
  return Response::json(std::move(out), 400);
}

class RuleEditorRoutes {
 public:
  explicit RuleEditorRoutes(Context& context) : context_(context) {}

  awaitable<Response> usage(Request&, const Caller&) {
    co_await write_backlog(context_);
    auto text = co_await run_on(context_.pool, [this]() -> Result<std::string> { return usage_now(); });
    if (!text) co_return Response::error(text.error());
    co_return Response::json(std::move(*text));
  }

  /// A rule as it would stand in a file.
  awaitable<Response> text(Request& request, const Caller&) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    auto rule = rule_in(*body);
    if (!rule) co_return Response::error(rule.error(), "rule.invalid");
    std::string out;
    JsonWriter(out).object().field("toml", alarms::write_rules(std::span(&*rule, 1), false)).end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> parse(Request& request, const Caller&) {
    const auto rules = rules_in(request);
    if (!rules)
      co_return rules.error().kind == ErrorKind::invalid ? bad_text(rules.error()) : Response::error(rules.error());
    std::string out;
    JsonWriter json(out);
    json.object().key("rules").array();
    for (const auto& rule : *rules) render_rule(json, rule, context_.rules);
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> export_all(Request&, const Caller&) {
    auto response = Response::text(alarms::write_rules(*context_.rules.rules()));
    response.content_type = "application/toml; charset=utf-8";
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"rules.toml\"");
    co_return response;
  }

  /// All of them or none.
  awaitable<Response> take_in(Request& request, const Caller& caller) {
    const auto rules = rules_in(request);
    if (!rules)
      co_return rules.error().kind == ErrorKind::invalid ? bad_text(rules.error()) : Response::error(rules.error());
    std::vector<std::string> created, changed, unchanged;
    const auto done = co_await run_on(context_.writer, [&, actor = caller.actor()]() -> Result<> {
      std::vector<alarms::Rule> taken;
      std::vector<audit::Event> events;
      for (const auto& rule : *rules) {
        const auto before = context_.rules.find(rule.key);
        if (before && *before == rule) {
          unchanged.push_back(rule.key);
          continue;
        }
        (before ? changed : created).push_back(rule.key);
        events.push_back(rule_event(actor, "rule.changed", rule.key, before ? &*before : nullptr, &rule));
        taken.push_back(rule);
      }
      if (taken.empty()) return {};
      TRY_VOID(context_.audit.append(events));
      TRY_VOID(context_.rules.put(std::move(taken)));
      return context_.alarms.set_rules(context_.rules.rules());
    });
    if (!done) co_return Response::error(done.error(), "rule.invalid");
    std::string out;
    JsonWriter json(out);
    json.object();
    for (const auto& [name, keys] :
         {std::pair{"created", &created}, {"changed", &changed}, {"unchanged", &unchanged}}) {
      json.key(name).array();
      for (const auto& key : *keys) json.string(key);
      json.end();
    }
    json.end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> history(Request& request, const Caller&) {
    auto text = co_await run_on(context_.pool,
                                [this, object = "rule " + std::string(request.param("key"))]() -> Result<std::string> {
                                  TRY(const auto entries, audit::about(context_.folder, object, 100));
                                  std::string out;
                                  JsonWriter json(out);
                                  json.object().key("changes").array();
                                  for (const auto& entry : entries) render_change(json, entry);
                                  json.end().end();
                                  return out;
                                });
    if (!text) co_return Response::error(text.error());
    co_return Response::json(std::move(*text));
  }

 private:
  Result<std::string> usage_now() const {
    const auto rules = context_.rules.rules();
    const std::int64_t now = context_.clock.now().ns;
    const std::string path = context_.folder + "/town.db";
    auto reach = alarms::reach_of(rules, context_.registry);
    TRY(auto fired, alarms::fired_since(path, now - kWeek));
    TRY(const auto figures, alarms::measure(path, now - kWeek, now, 1, *rules));
    std::set<std::string> chattering;
    for (const auto& one : figures.chattering) chattering.insert(one.source.rule);
    std::string out;
    JsonWriter json(out);
    json.object().field("days", 7).key("rules").array();
    for (const auto& rule : *rules) {
      json.object().field("key", rule.key).field("things", reach[rule.key].things);
      json.field("datastreams", reach[rule.key].datastreams).field("fired", fired[rule.key]);
      json.field("chattering", chattering.contains(rule.key)).end();
    }
    json.end().end();
    return out;
  }

  Result<alarms::Rule> rule_in(const Body& body) const {
    if (!body.has("rule")) return fail(ErrorKind::invalid, "rule: is missing");
    TRY(const auto given, Body::parse(body.json("rule")));
    TRY(auto key, given.text("key"));
    return rule_from(given, std::move(key), {});
  }

  static Result<std::vector<alarms::Rule>> rules_in(const Request& request) {
    TRY(const auto body, Body::parse(request.body));
    TRY(const auto toml, body.text("toml"));
    TRY(auto rules, alarms::parse_rules(toml, kNoFile));
    if (rules.size() > kMostImported) return fail(ErrorKind::invalid, "toml: at most 1000 rules at once");
    return rules;
  }

  /// Details of older versions are the text alone.
  static void render_change(JsonWriter& json, const audit::Entry& entry) {
    json.object().field("at", entry.at.ms()).field("action", entry.action).key("by");
    if (entry.actor) json.string(entry.actor->subject);
    else json.null();
    const std::string detail = entry.detail.value_or("");
    const auto parsed = detail.starts_with('{') ? Body::parse(detail) : Result<Body>(fail(ErrorKind::invalid, ""));
    for (const char* name : {"before", "after"}) {
      json.key(name);
      using Text = Result<std::optional<std::string>>;
      const Text text = parsed ? parsed->optional_text(name) : Text(std::optional<std::string>());
      if (text && *text) json.string(**text);
      else if (!parsed && std::string_view(name) == "after" && !detail.empty()) json.string(detail);
      else json.null();
    }
    json.end();
  }

  Context& context_;
};

}  // namespace

audit::Event rule_event(const audit::Actor& actor, const char* action, const std::string& key,
                        const alarms::Rule* before, const alarms::Rule* after) {
  std::string detail;
  JsonWriter json(detail);
  json.object();
  for (const auto& [name, rule] : {std::pair{"before", before}, {"after", after}}) {
    json.key(name);
    if (rule) json.string(alarms::write_rules(std::span(rule, 1), false));
    else json.null();
  }
  json.end();
  return {.actor = actor, .action = action, .object = "rule " + key, .detail = std::move(detail)};
}

void add_rule_editor_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<RuleEditorRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/rules/usage", Role::viewer, &RuleEditorRoutes::usage);
  add(Method::get, "/api/v1/rules/export.toml", Role::viewer, &RuleEditorRoutes::export_all);
  add(Method::get, "/api/v1/rules/{key}/history", Role::viewer, &RuleEditorRoutes::history);
  add(Method::post, "/api/v1/rules/text", somewhere(Role::engineer), &RuleEditorRoutes::text);
  add(Method::post, "/api/v1/rules/parse", somewhere(Role::engineer), &RuleEditorRoutes::parse);
  add(Method::post, "/api/v1/rules/import", Role::engineer, &RuleEditorRoutes::take_in);
}

}  // namespace qala::api
