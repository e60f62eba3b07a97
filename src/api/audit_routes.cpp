// Who did what, and whether the record still holds.
#include "api/authorize.h"
#include "api/body.h"
#include "api/rights_json.h"
#include "api/routes.h"
#include "base/json_writer.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

class AuditRoutes {
 public:
  explicit AuditRoutes(Context& context) : context_(context) {}

  awaitable<Response> list(Request& request, const Caller&) {
    const auto query = query_of(request);
    if (!query) co_return Response::error(query.error());
    auto entries = co_await run_on(context_.pool,
                                   [folder = context_.folder, query = *query] { return audit::search(folder, query); });
    if (!entries) co_return Response::error(entries.error());
    std::string out;
    JsonWriter json(out);
    json.object().key("entries").array();
    for (const auto& entry : *entries) {
      json.object().field("sequence", entry.sequence).key("at").time(entry.at);
      json.field("actor", entry.actor ? entry.actor->kind + " " + entry.actor->subject : entry.subject);
      json.field("erased", !entry.actor).field("action", entry.action).field("object", entry.object).key("detail");
      if (entry.detail) json.string(*entry.detail);
      else json.null();
      json.end();
    }
    json.end().field("head", context_.audit.head()).end();
    co_return Response::json(std::move(out));
  }

  /// Walks the whole chain; one at a time, since the pool has other work.
  awaitable<Response> verify(Request& request, const Caller&) {
    std::optional<std::string> head;
    if (!request.body.empty()) {
      const auto body = Body::parse(request.body);
      auto given = body ? body->optional_text("head") : Result<std::optional<std::string>>(body.error());
      if (!given) co_return Response::error(given.error());
      head = std::move(*given);
    }
    if (verifying_)
      co_return Response::error(fail(ErrorKind::unavailable, "the record is being verified"), "audit.busy");
    verifying_ = true;
    const auto verdict = co_await run_on(context_.pool, [folder = context_.folder, head] {
      return audit::verify(folder, head ? std::optional<std::string_view>(*head) : std::nullopt);
    });
    verifying_ = false;
    if (!verdict) co_return Response::error(verdict.error());
    std::string out;
    JsonWriter json(out);
    json.object().field("ok", verdict->ok).field("entries", verdict->entries).field("erased", verdict->erased);
    json.field("first_bad", verdict->first_bad).field("problem", verdict->problem).field("head", verdict->head).end();
    co_return Response::json(std::move(out));
  }

  /// Forgets a person who left: as an actor, and where the details of others' entries name him.
  awaitable<Response> erase(Request& request, const Caller& caller) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto name = body->text("name");
    if (!name) co_return Response::error(name.error());
    for (const auto& user : context_.access.users()) {
      if (user.name != *name) continue;
      co_return Response::error(fail(ErrorKind::conflict, "name: is still a user; remove him first"),
                                "audit.still_here");
    }
    const auto naming = co_await run_on(
        context_.pool, [folder = context_.folder, name = *name] { return audit::naming(folder, name); });
    if (!naming) co_return Response::error(naming.error());
    const auto erased = co_await run_on(
        context_.writer, [&, actor = caller.actor()]() -> Result<std::pair<std::uint64_t, std::uint64_t>> {
          const auto acted = context_.audit.erase_actor({"user", *name}, actor);
          const bool never = !acted && acted.error().kind == ErrorKind::not_found;
          if (!acted && !(never && !naming->empty())) return acted.error();
          const std::uint64_t entries = acted ? *acted : 0;
          if (naming->empty()) return std::pair(entries, std::uint64_t{0});
          TRY(const auto details, context_.audit.erase_details(*naming, actor));
          return std::pair(entries, details);
        });
    if (!erased) co_return Response::error(erased.error());
    std::string out;
    JsonWriter(out).object().field("entries", erased->first).field("details", erased->second).end();
    co_return Response::json(std::move(out));
  }

 private:
  static Result<audit::Query> query_of(const Request& request) {
    const auto text = [&](std::string_view name) { return std::string(request.query_value(name).value_or("")); };
    audit::Query query{.who = text("who"), .action = text("action"), .object = text("object")};
    TRY(query.limit, count_of(request, "limit", 100, 1000));
    TRY(query.before, count_of(request, "before", 0, std::uint64_t{1} << 53));
    TRY(const auto from, time_of(request, "from", 0));
    TRY(const auto to, time_of(request, "to", INT64_MAX));
    query.from = Instant{from};
    query.to = Instant{to};
    return query;
  }

  Context& context_;
  bool verifying_ = false;  ///< network thread
};

}  // namespace

void add_audit_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<AuditRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/audit", Role::admin, &AuditRoutes::list);
  add(Method::post, "/api/v1/audit/verify", Role::admin, &AuditRoutes::verify);
  add(Method::post, "/api/v1/audit/erase", Role::admin, &AuditRoutes::erase);
}

}  // namespace qala::api
