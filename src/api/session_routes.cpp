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

std::string render_session(const access::Session& session) {
  std::string out;
  JsonWriter json(out);
  json.object().key("user").object().field("id", session.user.id.value).field("name", session.user.name);
  json.field("role", access::name_of(session.user.role)).field("language", session.user.language);
  json.key("grants");
  render(json, session.user.grants);
  json.end().field("csrf", session.csrf).key("expires").time(session.expires).end();
  return out;
}

Response with_cookie(Response response, const Request& request, std::string_view value, bool clear) {
  std::string cookie(kSessionCookie);
  cookie += "=" + std::string(value) + "; Path=/; HttpOnly; SameSite=Lax";
  if (request.secure) cookie += "; Secure";
  if (clear) cookie += "; Max-Age=0";
  response.headers.emplace_back("Set-Cookie", std::move(cookie));
  return response;
}

Response signed_in(const Request& request, const access::NewSession& made, unsigned status) {
  return with_cookie(Response::json(render_session(made.session), status), request, made.cookie, false);
}

class SessionRoutes {
 public:
  explicit SessionRoutes(Context& context) : context_(context) {}

  awaitable<Response> sign_in(Request& request) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto user = body->text("user");
    const auto password = body->text("password");
    if (!user || !password) co_return Response::error(user ? password.error() : user.error());
    const auto attempt = context_.access.begin_sign_in(*user, request.peer);
    if (attempt.retry_after.count() > 0) {
      auto response = Response::error(fail(ErrorKind::denied, "too many wrong passwords: wait"), "session.locked");
      response.status = 429;
      response.headers.emplace_back("Retry-After", std::to_string(attempt.retry_after.count()));
      co_return response;
    }
    const bool matched = co_await run_on(context_.pool, [hash = attempt.password_hash, text = *password] {
      return access::password_matches(hash, text);
    });
    auto made = co_await run_on(context_.writer,
                                [this, attempt, matched] { return context_.access.finish_sign_in(attempt, matched); });
    if (!made) {
      auto response = Response::error(made.error(), "session.wrong_password");
      if (made.error().kind == ErrorKind::denied) response.status = 401;
      co_return response;
    }
    co_return signed_in(request, *made, 200);
  }

  awaitable<Response> setup(Request& request) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto code = body->text("code");
    const auto user = body->text("user");
    const auto password = body->text("password");
    for (const auto* field : {&code, &user, &password}) {
      if (!*field) co_return Response::error(field->error());
    }
    if (!context_.access.setup_open()) {
      co_return Response::error(fail(ErrorKind::denied, "there is an administrator already"), "setup.used");
    }
    if (const auto problem = access::password_problem(*password, *user)) {
      co_return Response::error(fail(ErrorKind::invalid, *problem), "setup.weak_password");
    }
    const auto language = body->optional_text("language");
    access::NewUser admin{.name = *user,
                          .role = Role::admin,
                          .language = language && *language ? **language : std::string("kk"),
                          .password_hash = {}};
    auto hash = co_await run_on(context_.pool, [text = *password] { return access::hash_password(text); });
    if (!hash) co_return Response::error(hash.error());
    admin.password_hash = *hash;
    auto made = co_await run_on(context_.writer, [this, text = *code, admin, peer = request.peer] {
      return context_.access.setup(text, admin, peer);
    });
    if (!made) {
      co_return Response::error(made.error(), made.error().kind == ErrorKind::denied ? "setup.used" : "");
    }
    co_return signed_in(request, *made, 201);
  }

  awaitable<Response> setup_open(Request&) {
    std::string out;
    JsonWriter(out).object().field("open", context_.access.setup_open()).end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> show(Request& request) {
    auto decision = authorize(context_, request, Role::viewer);
    const auto* caller = std::get_if<Caller>(&decision);
    if (caller && caller->session) co_return Response::json(render_session(*caller->session));
    auto response = Response::error(fail(ErrorKind::denied, "nobody is signed in here"), "session.none");
    response.status = 401;
    co_return response;
  }

  awaitable<Response> sign_out(Request& request, const Caller& caller) {
    if (caller.session) {
      auto ended = co_await run_on(context_.writer, [this, id = caller.session->id, actor = caller.actor()] {
        return context_.access.end_session(id, actor);
      });
      if (!ended) co_return Response::error(ended.error());
    }
    co_return with_cookie(Response::empty(), request, "", true);
  }

  awaitable<Response> language(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto wanted = body->text("language");
    if (!wanted) co_return Response::error(wanted.error());
    if (!caller.session) co_return Response::error(fail(ErrorKind::invalid, "a token has no language"));
    auto done =
        co_await run_on(context_.writer, [this, id = caller.session->user.id, text = *wanted, actor = caller.actor()] {
          return context_.access.set_language(id, text, actor);
        });
    co_return done ? Response::empty() : Response::error(done.error());
  }

 private:
  Context& context_;
};

}  // namespace

void add_session_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<SessionRoutes>(context);
  router.add(Method::post, "/api/v1/session", for_anybody([routes](Request& r) { return routes->sign_in(r); }));
  router.add(Method::get, "/api/v1/session", for_anybody([routes](Request& r) { return routes->show(r); }));
  router.add(Method::del, "/api/v1/session", with_role(context, Role::viewer, [routes](Request& r, const Caller& c) {
               return routes->sign_out(r, c);
             }));
  router.add(
      Method::put, "/api/v1/session/language",
      with_role(context, Role::viewer, [routes](Request& r, const Caller& c) { return routes->language(r, c); }));
  router.add(Method::get, "/api/v1/setup", for_anybody([routes](Request& r) { return routes->setup_open(r); }));
  router.add(Method::post, "/api/v1/setup", for_anybody([routes](Request& r) { return routes->setup(r); }));
}

}  // namespace qala::api
