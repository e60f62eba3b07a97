// What machines show: tokens, logins, certificates.
#include <algorithm>

#include "api/authorize.h"
#include "api/body.h"
#include "api/routes.h"
#include "base/json_writer.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

class TokenRoutes {
 public:
  explicit TokenRoutes(Context& context) : context_(context) {}

  awaitable<Response> tokens(Request&, const Caller&) {
    auto tokens = co_await run_on(context_.writer, [this] { return context_.access.tokens(); });
    if (!tokens) co_return Response::error(tokens.error());
    std::string out;
    JsonWriter json(out);
    json.object().key("tokens").array();
    for (const auto& token : *tokens) {
      json.object().field("id", token.id.value).field("name", token.name).field("scope", access::name_of(token.scope));
      json.field("kind", access::name_of(token.kind));
      if (token.thing) json.field("thing", token.thing.value);
      json.key("created").time(token.created);
      if (token.expires) json.key("expires").time(*token.expires);
      if (token.last_used) json.key("last_used").time(*token.last_used);
      json.end();
    }
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> add_token(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto name = body->text("name");
    const auto scope_name = body->text("scope");
    const auto thing = body->optional_integer("thing");
    if (!name) co_return Response::error(name.error());
    if (!scope_name) co_return Response::error(scope_name.error());
    if (!thing) co_return Response::error(thing.error());
    const auto expires = expiry_of(*body);
    if (!expires) co_return Response::error(expires.error());
    const auto scope = access::scope_from(*scope_name);
    if (!scope) {
      co_return Response::error(
          fail(ErrorKind::invalid, "scope: ingest, read, bus, admin, device, gateway or provisioning"));
    }
    const auto secret = secret_of(*body);
    if (!secret) co_return Response::error(secret.error());
    access::NewToken token{.name = *name,
                           .scope = *scope,
                           .thing = ThingId(static_cast<std::uint32_t>(thing->value_or(0))),
                           .expires = *expires,
                           .text = secret->token};
    co_return co_await create(std::move(token), *secret, caller);
  }

  /// POST /things/{id}/token: a credential of a device, or of a gateway if the thing is one. The body may bring it
  /// along.
  awaitable<Response> device_token(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error());
    Secret secret;
    if (!request.body.empty()) {
      auto body = Body::parse(request.body);
      auto brought = body ? secret_of(*body) : Result<Secret>(body.error());
      if (!brought) co_return Response::error(brought.error());
      secret = std::move(*brought);
    }
    access::NewToken token{.name = {},
                           .scope = access::Scope::device,
                           .thing = ThingId(static_cast<std::uint32_t>(*id)),
                           .expires = {},
                           .text = secret.token};
    context_.registry.read([&](const registry::Registry::View& view) {
      const auto* thing = view.thing(token.thing);
      if (!thing) return;
      token.name = thing->key;
      if (thing->kind == registry::Kind::gateway) token.scope = access::Scope::gateway;
    });
    if (token.name.empty()) co_return Response::error(fail(ErrorKind::not_found, "no such thing"), "thing.not_found");
    if (!may_speak_for_all(caller, token.thing)) co_return not_allowed(caller, Role::engineer);
    co_return co_await create(std::move(token), secret, caller);
  }

  awaitable<Response> remove_token(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error());
    auto done = co_await run_on(context_.writer,
                                [this, token = TokenId(static_cast<std::uint32_t>(*id)), actor = caller.actor()] {
                                  return context_.access.revoke_token(token, actor);
                                });
    co_return done ? Response::empty() : Response::error(done.error());
  }

 private:
  /// A gateway speaks for all that is behind it: who gives it a credential needs the right for each of them.
  bool may_speak_for_all(const Caller& caller, ThingId gateway) const {
    bool may = true;
    context_.registry.read([&](const registry::Registry::View& view) {
      for (const ThingId id : view.behind(gateway)) {
        if (const auto* thing = view.thing(id)) may = may && caller.may(Role::engineer, part_of(*thing));
      }
    });
    return may;
  }

  /// How the machine will show who it is. Nothing given: a token is made up.
  struct Secret {
    std::string token = {};
    std::string user = {}, password = {};  ///< MQTT user name and password
    std::string certificate = {};          ///< SHA-256 fingerprint, hex
  };

  /// "expires": ISO 8601; absent or null: never.
  Result<std::optional<Instant>> expiry_of(const Body& body) const {
    TRY(const auto text, body.optional_text("expires"));
    if (!text) return std::optional<Instant>();
    const auto at = parse_iso(*text);
    if (!at || *at <= context_.clock.now()) return fail(ErrorKind::invalid, "expires: a time to come, in ISO 8601");
    return at;
  }

  static Result<Secret> secret_of(const Body& body) {
    TRY(const auto token, body.optional_text("token"));
    TRY(const auto user, body.optional_text("user"));
    TRY(const auto password, body.optional_text("password"));
    TRY(const auto certificate, body.optional_text("certificate"));
    if (token.has_value() + user.has_value() + certificate.has_value() > 1) {
      return fail(ErrorKind::invalid, "one of token, user and certificate, not several");
    }
    if (user.has_value() != password.has_value()) return fail(ErrorKind::invalid, "user and password belong together");
    for (const auto& given : {token, user, certificate}) {
      if (given && given->empty()) return fail(ErrorKind::invalid, "token, user and certificate must not be empty");
    }
    return Secret{.token = token.value_or(""),
                  .user = user.value_or(""),
                  .password = password.value_or(""),
                  .certificate = certificate.value_or("")};
  }

  Result<access::CreatedToken> add(const access::NewToken& token, const Secret& secret, const audit::Actor& actor) {
    if (!secret.user.empty()) {
      TRY(const auto id, context_.access.add_login(secret.user, secret.password, token, actor));
      return access::CreatedToken{.id = id};
    }
    if (!secret.certificate.empty()) {
      TRY(const auto id, context_.access.add_certificate(secret.certificate, token, actor));
      return access::CreatedToken{.id = id};
    }
    return context_.access.create_token(token, actor);
  }

  awaitable<Response> create(access::NewToken token, Secret secret, const Caller& caller) {
    auto made = co_await run_on(context_.writer, [this, token = std::move(token), secret = std::move(secret),
                                                  actor = caller.actor()] { return add(token, secret, actor); });
    if (!made) co_return Response::error(made.error());
    std::string out;
    JsonWriter json(out);
    json.object().field("id", made->id.value);
    if (!made->text.empty()) json.field("token", made->text);
    json.end();
    co_return Response::json(std::move(out), 201);
  }

  Context& context_;
};

}  // namespace

void add_token_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<TokenRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/tokens", Role::admin, &TokenRoutes::tokens);
  add(Method::post, "/api/v1/tokens", Role::admin, &TokenRoutes::add_token);
  add(Method::del, "/api/v1/tokens/{id}", Role::admin, &TokenRoutes::remove_token);
  add(Method::post, "/api/v1/things/{id}/token", of_thing(Role::engineer), &TokenRoutes::device_token);
}

}  // namespace qala::api
