// With what the device of a thing may speak, and where to.
#include <algorithm>

#include "api/authorize.h"
#include "api/thing_body.h"
#include "api/thing_routes.h"
#include "base/file.h"
#include "base/json_writer.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

class ThingTokenRoutes {
 public:
  explicit ThingTokenRoutes(Context& context) : context_(context) {}

  awaitable<Response> tokens(Request& request, const Caller&) {
    const auto id = thing_in_path(request);
    if (!id) co_return Response::error(id.error(), "thing.not_found");
    const auto all = co_await run_on(context_.writer, [this, thing = *id] { return tokens_of(thing); });
    if (!all) co_return Response::error(all.error(), "thing.not_found");
    const std::string listening = co_await run_on(context_.pool, [this] { return this->listening(); });
    std::string out;
    JsonWriter json(out);
    json.object().key("tokens").array();
    for (const auto& token : *all) {
      json.object().field("id", token.id.value).field("name", token.name).field("kind", access::name_of(token.kind));
      json.field("scope", access::name_of(token.scope)).field("created", token.created.ms()).key("last_used");
      if (token.last_used) json.integer(token.last_used->ms());
      else json.null();
      json.end();
    }
    json.end().key("listening").raw(listening).end();
    co_return Response::json(std::move(out));
  }

  /// Only a credential of this very thing; its connections end.
  awaitable<Response> remove_token(Request& request, const Caller& caller) {
    const auto id = thing_in_path(request);
    if (!id) co_return Response::error(id.error(), "thing.not_found");
    const auto token = parse_id(request.param("token"), kMaxEntityId);
    if (!token) co_return Response::error(token.error(), "token.not_found");
    const auto done = co_await run_on(context_.writer, [&, actor = caller.actor()]() -> Result<> {
      const TokenId which(static_cast<std::uint32_t>(*token));
      TRY(const auto all, tokens_of(*id));
      if (std::ranges::find(all, which, &access::Token::id) == all.end())
        return fail(ErrorKind::not_found, "this thing has no such credential");
      return context_.access.revoke_token(which, actor);
    });
    co_return done ? Response::empty() : Response::error(done.error(), "token.not_found");
  }

 private:
  std::string listening() const {
    const auto bytes = read_file(context_.folder + "/" + kListeningFile);
    if (!bytes) return "{}";
    return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  }

  /// Writer thread.
  Result<std::vector<access::Token>> tokens_of(ThingId thing) {
    bool known = false;
    context_.registry.read([&](const registry::Registry::View& view) { known = view.thing(thing) != nullptr; });
    if (!known) return fail(ErrorKind::not_found, "no such thing");
    TRY(auto all, context_.access.tokens());
    std::erase_if(all, [thing](const access::Token& token) { return token.thing != thing; });
    return all;
  }

  Context& context_;
};

}  // namespace

void add_thing_token_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<ThingTokenRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/things/{id}/tokens", of_thing(Role::engineer), &ThingTokenRoutes::tokens);
  add(Method::del, "/api/v1/things/{id}/tokens/{token}", of_thing(Role::engineer), &ThingTokenRoutes::remove_token);
}

}  // namespace qala::api
