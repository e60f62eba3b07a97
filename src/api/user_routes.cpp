// People who sign in, what they may do, and how they come to a password.
#include <algorithm>

#include "api/authorize.h"
#include "api/body.h"
#include "api/rights_json.h"
#include "api/routes.h"
#include "api/session_answers.h"
#include "base/json_writer.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

Response refusal(const Error& error) {
  if (error.kind == ErrorKind::not_found) return Response::error(error, "user.not_found");
  if (error.kind == ErrorKind::conflict) return Response::error(error, "user.last_admin");
  return Response::error(error);
}

void render_link(JsonWriter& json, const access::Link& link) {
  json.object().field("path", "/control/welcome#" + link.code).key("expires").time(link.expires).end();
}

class UserRoutes {
 public:
  explicit UserRoutes(Context& context) : context_(context) {}

  awaitable<Response> users(Request&, const Caller&) {
    const auto waiting = context_.access.waiting();
    std::string out;
    JsonWriter json(out);
    json.object().key("users").array();
    for (const auto& user : context_.access.users()) {
      const auto locked = std::ranges::find(waiting, user.id, &access::Waiting::user);
      json.object().field("id", user.id.value).field("name", user.name).field("role", access::name_of(user.role));
      json.key("grants");
      render(json, user.grants);
      json.field("language", user.language).key("created").time(user.created);
      json.field("second_factor", user.second_factor).field("provider", user.provider);
      time_or_null(json.key("last_sign_in"), user.last_sign_in);
      time_or_null(json.key("link_expires"), user.link_expires);
      json.field("locked_s", locked == waiting.end() ? 0 : locked->left.count()).end();
    }
    json.end().end();
    co_return Response::json(std::move(out));
  }

  /// Without a password: nobody signs in before the person has used the link that is in the answer.
  awaitable<Response> add_user(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    auto user = new_user(*body);
    if (!user) co_return Response::error(user.error());
    const auto password = body->optional_text("password");
    if (!password) co_return Response::error(password.error());
    if (*password) {
      if (const auto weak = access::weakness_of(**password, user->name, context_.access.policy().passwords)) {
        co_return too_weak(*weak);
      }
      auto hash = co_await run_on(context_.pool, [text = **password] { return access::hash_password(text); });
      if (!hash) co_return Response::error(hash.error());
      user->password_hash = *hash;
    }
    access::Link link;
    const auto made = co_await run_on(context_.writer, [&, actor = caller.actor()]() -> Result<UserId> {
      TRY(const UserId id, context_.access.create_user(*user, actor));
      if (user->password_hash.empty()) {
        TRY(link, context_.access.make_link(id, actor));
      }
      return id;
    });
    if (!made) co_return Response::error(made.error(), made.error().kind == ErrorKind::conflict ? "user.exists" : "");
    std::string out;
    JsonWriter json(out);
    json.object().field("id", made->value);
    if (!link.code.empty()) render_link(json.key("link"), link);
    json.end();
    co_return Response::json(std::move(out), 201);
  }

  /// Role, grants, language: what is not given stays.
  awaitable<Response> change_user(Request& request, const Caller& caller) {
    const auto user = find(request);
    if (!user) co_return refusal(user.error());
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto role = role_in(*body, user->role);
    const auto grants =
        body->has("grants") ? grants_in(*body, context_) : Result<std::vector<access::RoleGrant>>(user->grants);
    const auto language = body->optional_text("language");
    if (!role) co_return Response::error(role.error());
    if (!grants) co_return Response::error(grants.error());
    if (!language) co_return Response::error(language.error());
    const auto done = co_await run_on(context_.writer, [&, actor = caller.actor()]() -> Result<> {
      if (*language && **language != user->language)
        TRY_VOID(context_.access.set_language(user->id, **language, actor));
      if (*role == user->role && *grants == user->grants) return {};
      return context_.access.set_rights(user->id, *role, *grants, actor);
    });
    co_return done ? Response::empty() : refusal(done.error());
  }

  awaitable<Response> remove_user(Request& request, const Caller& caller) {
    const auto user = find(request);
    if (!user) co_return refusal(user.error());
    if (is_caller(caller, *user)) co_return yourself();
    const auto done = co_await run_on(context_.writer, [this, id = user->id, actor = caller.actor()] {
      return context_.access.remove_user(id, actor);
    });
    co_return done ? Response::empty() : refusal(done.error());
  }

  awaitable<Response> make_link(Request& request, const Caller& caller) {
    const auto user = find(request);
    if (!user) co_return refusal(user.error());
    if (is_caller(caller, *user)) co_return yourself();
    const auto link = co_await run_on(context_.writer, [this, id = user->id, actor = caller.actor()] {
      return context_.access.make_link(id, actor);
    });
    if (!link) co_return refusal(link.error());
    std::string out;
    JsonWriter json(out);
    render_link(json, *link);
    co_return Response::json(std::move(out), 201);
  }

  awaitable<Response> unlock(Request& request, const Caller& caller) {
    const auto user = find(request);
    if (!user) co_return refusal(user.error());
    const auto done = co_await run_on(
        context_.writer, [this, id = user->id, actor = caller.actor()] { return context_.access.unlock(id, actor); });
    co_return done ? Response::empty() : refusal(done.error());
  }

 private:
  static bool is_caller(const Caller& caller, const access::User& user) {
    return caller.session && caller.session->user.id == user.id;
  }
  static Response yourself() {
    return Response::error(fail(ErrorKind::conflict, "this is you: another administrator does that"), "user.yourself");
  }

  Result<access::User> find(const Request& request) const {
    TRY(const auto id, parse_id(request.param("id"), kMaxEntityId));
    for (auto& user : context_.access.users()) {
      if (user.id.value == id) return user;
    }
    return fail(ErrorKind::not_found, "there is no user " + std::to_string(id));
  }

  static Result<Role> role_in(const Body& body, std::optional<Role> fallback) {
    TRY(const auto name, body.optional_text("role"));
    if (!name && fallback) return *fallback;
    const auto role = access::role_from(name.value_or(""));
    if (!role) return fail(ErrorKind::invalid, "role: viewer, operator, engineer or admin");
    return *role;
  }

  Result<access::NewUser> new_user(const Body& body) const {
    access::NewUser user;
    TRY(user.name, body.text("name"));
    TRY(user.role, role_in(body, {}));
    TRY(const auto language, body.optional_text("language"));
    if (language) user.language = *language;
    TRY(user.grants, grants_in(body, context_));
    return user;
  }

  Context& context_;
};

}  // namespace

void add_user_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<UserRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/users", Role::admin, &UserRoutes::users);
  add(Method::post, "/api/v1/users", Role::admin, &UserRoutes::add_user);
  add(Method::put, "/api/v1/users/{id}", Role::admin, &UserRoutes::change_user);
  add(Method::del, "/api/v1/users/{id}", Role::admin, &UserRoutes::remove_user);
  add(Method::post, "/api/v1/users/{id}/link", Role::admin, &UserRoutes::make_link);
  add(Method::del, "/api/v1/users/{id}/lock", Role::admin, &UserRoutes::unlock);
}

}  // namespace qala::api
