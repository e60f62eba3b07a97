#include <algorithm>
#include <atomic>

#include "api/alarm_answers.h"
#include "alarms/dry_run.h"
#include "alarms/render.h"
#include "api/authorize.h"
#include "api/alarm_rule_body.h"
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
    for (const auto& rule : *context_.rules.rules()) render_rule(json, rule, context_.rules);
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> put_rule(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const std::string key(request.param("key"));
    auto rule = rule_from(*body, key, context_.rules.find(key).value_or(alarms::Rule{}));
    if (!rule) co_return Response::error(rule.error(), "rule.invalid");
    const auto seen = body->optional_text("revision");
    if (!seen) co_return Response::error(seen.error());
    const std::optional<std::string> expected = body->is_null("revision") ? std::optional<std::string>("") : *seen;
    auto done = co_await run_on(context_.writer, [this, rule = *rule, expected, caller]() -> Result<> {
      if (!may_change(caller, rule.key, rule)) return fail(ErrorKind::denied, "elsewhere");
      const auto before = context_.rules.find(rule.key);
      TRY_VOID(check_seen(before, expected));
      TRY_VOID(context_.audit.append(
          rule_event(caller.actor(), "rule.changed", rule.key, before ? &*before : nullptr, &rule)));
      TRY_VOID(context_.rules.put(rule));
      return context_.alarms.set_rules(context_.rules.rules());
    });
    if (!done && done.error().kind == ErrorKind::denied) co_return not_allowed(caller, Role::engineer);
    if (!done && done.error().kind == ErrorKind::conflict) {
      co_return Response::error(done.error(), expected->empty() ? "rule.exists" : "rule.changed_meanwhile");
    }
    if (!done) co_return Response::error(done.error(), "rule.invalid");
    std::string out;
    JsonWriter json(out);
    render_rule(json, *rule, context_.rules);
    co_return Response::json(std::move(out));
  }

  /// The answer begins at once: a blank for each per cent of the window, a line end for a step within one. When nobody
  /// reads them any more, the work ends.
  awaitable<Response> dry_run(Request& request, const Caller&) {
    auto asked = question_of(request);
    if (!asked) co_return Response::error(asked.error(), "rule.invalid");
    if (trying_.exchange(true)) {
      co_return Response::error(fail(ErrorKind::unavailable, "another dry run is under way"), "rule.dry_run_busy");
    }
    // Frees the place when the answer has been sent, or was given up.
    const std::shared_ptr<void> place(nullptr, [this](void*) { trying_ = false; });
    auto run = co_await run_on(context_.pool, [this, asked = *asked] {
      return std::make_shared<alarms::DryRun>(asked, context_.registry, context_.store, context_.clock);
    });
    Response response;
    response.stream = [this, run, place, told = std::make_shared<int>(0)]() -> awaitable<Result<std::string>> {
      return next_piece(run, told);
    };
    co_return response;
  }

  /// Takes back an edit: what a file or the defaults say counts again.
  awaitable<Response> remove_rule(Request& request, const Caller& caller) {
    auto done = co_await run_on(context_.writer, [this, key = std::string(request.param("key")), caller]() -> Result<> {
      if (!may_change(caller, key, context_.rules.below(key))) return fail(ErrorKind::denied, "elsewhere");
      const auto before = context_.rules.find(key);
      const auto after = context_.rules.below(key);
      TRY_VOID(context_.rules.remove(key, [&] {
        return context_.audit.append(
            rule_event(caller.actor(), "rule.removed", key, before ? &*before : nullptr, after ? &*after : nullptr));
      }));
      return context_.alarms.set_rules(context_.rules.rules());
    });
    if (done) co_return Response::empty();
    if (done.error().kind == ErrorKind::denied) co_return not_allowed(caller, Role::engineer);
    const bool unknown = done.error().kind == ErrorKind::not_found;
    const bool unedited = done.error().kind == ErrorKind::conflict;
    co_return Response::error(done.error(), unknown ? "rule.not_found" : unedited ? "rule.not_edited" : "");
  }

 private:
  /// For all that the rule speaks of now, and all that it would speak of then. Writer thread.
  bool may_change(const Caller& caller, std::string_view key, const std::optional<alarms::Rule>& then) const {
    const auto now = context_.rules.find(key);
    bool may = true;
    context_.registry.read([&](const registry::Registry::View& view) {
      for (const auto* rule : {&now, &then}) {
        if (*rule) may = may && caller.may(Role::engineer, part_of(view, **rule));
      }
    });
    return may;
  }

  /// `told`: so many per cent; more than 100: all.
  awaitable<Result<std::string>> next_piece(std::shared_ptr<alarms::DryRun> run, std::shared_ptr<int> told) {
    if (*told > 100) co_return std::string();
    CO_TRY(const bool more, co_await run_on(context_.pool, [run] { return run->step(); }));
    if (more) {
      const int before = std::exchange(*told, std::max(*told, run->percent()));
      co_return *told == before ? std::string("\n") : std::string(static_cast<std::size_t>(*told - before), ' ');
    }
    *told = 101;
    std::string out;
    JsonWriter json(out);
    alarms::render(json, run->result());
    co_return out;
  }

  Result<alarms::DryRun::Question> question_of(const Request& request) const {
    TRY(const auto body, Body::parse(request.body));
    if (!body.has("rule")) return fail(ErrorKind::invalid, "rule: is missing");
    TRY(const auto given, Body::parse(body.json("rule")));
    TRY(const auto key, given.optional_text("key"));
    const std::string name = key.value_or("dry_run");
    alarms::Rule base = context_.rules.find(name).value_or(alarms::Rule{});
    if (base.name.kk.empty()) base.name = {"?", "?", "?"};
    TRY(auto rule, rule_from(given, name, std::move(base)));
    TRY(const auto from, time_in(body, "from"));
    TRY(const auto to, time_in(body, "to"));
    TRY(const auto examples, body.optional_integer("examples"));
    if (from >= to || to - from > kLongestDryRun) {
      return fail(ErrorKind::invalid, "from: must lie before to, by 92 days at most");
    }
    const auto count = static_cast<std::size_t>(std::clamp<std::int64_t>(examples.value_or(20), 0, 1000));
    return alarms::DryRun::Question{.rule = std::move(rule),
                                    .window = {from, std::min(to, context_.clock.now().ns)},
                                    .examples = count,
                                    .zone = context_.zone,
                                    .place = context_.town.center};
  }

  static Result<std::int64_t> time_in(const Body& body, std::string_view name) {
    if (const auto ms = body.optional_integer(name); ms && *ms) {
      if (**ms >= 0 && **ms < 9'000'000'000'000) return Instant::from_ms(**ms).ns;
    }
    TRY(const auto text, body.text(name));
    const auto at = parse_iso(text);
    if (!at) return fail(ErrorKind::invalid, std::string(name) + ": ISO 8601 or milliseconds since 1970");
    return at->ns;
  }

  /// `conflict` if what the editor began with is not what is there. No expectation: whatever it is.
  static Result<> check_seen(const std::optional<alarms::Rule>& now, const std::optional<std::string>& expected) {
    if (!expected || *expected == (now ? revision_of(*now) : "")) return {};
    return fail(ErrorKind::conflict, expected->empty() ? "there is a rule of this key already"
                                                       : "the rule was changed, or removed, since it was read");
  }

  static constexpr std::int64_t kLongestDryRun = 92 * Instant::kDay;

  Context& context_;
  std::atomic<bool> trying_ = false;  ///< one dry run at a time: the pool has other work
};

}  // namespace

void add_rule_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<RuleRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/rules", Role::viewer, &RuleRoutes::rules);
  add(Method::put, "/api/v1/rules/{key}", somewhere(Role::engineer), &RuleRoutes::put_rule);
  add(Method::post, "/api/v1/rules/dry-run", somewhere(Role::engineer), &RuleRoutes::dry_run);
  add_rule_editor_routes(router, context);
  add(Method::del, "/api/v1/rules/{key}", somewhere(Role::engineer), &RuleRoutes::remove_rule);
}

}  // namespace qala::api
