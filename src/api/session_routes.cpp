#include "access/lockout.h"
#include "api/authorize.h"
#include "api/body.h"
#include "api/check_gate.h"
#include "api/provider_desk.h"
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

class SessionRoutes {
 public:
  explicit SessionRoutes(Context& context) : context_(context) {}

  awaitable<Response> sign_in(Request& request) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto user = body->text("user");
    const auto password = body->text("password");
    if (!user || !password) co_return Response::error(user ? password.error() : user.error());
    const CheckGate::Pass pass(checks_, access::place_of(request.peer));
    if (!pass) {
      auto busy = Response::error(fail(ErrorKind::unavailable, "too many are signing in: try again in a second"));
      busy.headers.emplace_back("Retry-After", "1");
      co_return busy;
    }
    auto attempt = context_.access.begin_sign_in(*user, request.peer);
    if (attempt.retry_after.count() > 0) co_return locked(attempt.retry_after);
    attempt.browser = browser_in_words(request);
    attempt.replaces = session_here(context_, request);
    const bool matched = co_await run_on(context_.pool, [hash = attempt.password_hash, text = *password] {
      return access::password_matches(hash, text);
    });
    auto made = co_await run_on(context_.writer,
                                [this, attempt, matched] { return context_.access.finish_sign_in(attempt, matched); });
    if (made) co_return signed_in(request, *made, 200);
    if (made.error().kind == ErrorKind::denied) co_return unauthorized(made.error(), "session.wrong_password");
    co_return Response::error(made.error());
  }

  awaitable<Response> second_step(Request& request) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto ticket = body->text("ticket");
    const auto code = body->text("code");
    if (!ticket || !code) co_return Response::error(ticket ? code.error() : ticket.error());
    const auto attempt = context_.access.begin_second_step(*ticket, *code, request.peer);
    if (attempt.retry_after.count() > 0) co_return locked(attempt.retry_after);
    auto made =
        co_await run_on(context_.writer, [this, attempt] { return context_.access.finish_second_step(attempt); });
    if (made) co_return signed_in(request, *made, 200);
    switch (made.error().kind) {
      case ErrorKind::denied: co_return unauthorized(made.error(), "session.wrong_code");
      case ErrorKind::not_found: co_return unauthorized(made.error(), "session.too_late");
      case ErrorKind::unavailable: co_return Response::error(made.error(), "session.key_lost");
      default: co_return Response::error(made.error());
    }
  }

  /// What the page before sign-in must know; anybody may ask.
  awaitable<Response> sign_in_facts(Request&) {
    std::string out;
    JsonWriter json(out);
    json.object().field("least_length", context_.access.policy().passwords.least_length).key("provider");
    if (context_.provider) {
      const auto& label = context_.provider->rules().label;
      json.object().field("kk", label.kk).field("ru", label.ru).field("en", label.en).end();
    } else {
      json.null();
    }
    json.end();
    co_return Response::json(std::move(out));
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
    if (const auto weak = access::weakness_of(*password, *user, context_.access.policy().passwords)) {
      co_return too_weak(*weak);
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
    auto decision = authorize(context_, request, Role::viewer, Opens::before_enrolment);
    const auto* caller = std::get_if<Caller>(&decision);
    if (caller && caller->session) co_return Response::json(render_session(*caller->session));
    co_return unauthorized(fail(ErrorKind::denied, "nobody is signed in here"), "session.none");
  }

  awaitable<Response> sign_out(Request& request, const Caller& caller) {
    if (caller.session) {
      auto ended = co_await run_on(context_.writer, [this, id = caller.session->id, actor = caller.actor()] {
        return context_.access.end_session(id, actor);
      });
      if (!ended) co_return Response::error(ended.error());
    }
    // whoever stays signed in at the provider would let the next person at this screen in
    if (context_.provider && caller.session && caller.session->method == access::SignInMethod::provider) {
      const std::string back = (request.secure ? "https://" : "http://") + std::string(request.header("host"));
      const auto url = co_await context_.provider->sign_out_url(caller.session->id, back + "/control/");
      if (!url.empty()) {
        std::string out;
        JsonWriter(out).object().field("sign_out", url).end();
        co_return with_cookie(Response::json(std::move(out)), request, "", true);
      }
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
  CheckGate checks_;
};

}  // namespace

void add_session_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<SessionRoutes>(context);
  router.add(Method::post, "/api/v1/session", for_anybody([routes](Request& r) { return routes->sign_in(r); }),
             small_body());
  router.add(Method::post, "/api/v1/session/second",
             for_anybody([routes](Request& r) { return routes->second_step(r); }), small_body());
  router.add(Method::get, "/api/v1/session", for_anybody([routes](Request& r) { return routes->show(r); }));
  router.add(Method::get, "/api/v1/sign-in", for_anybody([routes](Request& r) { return routes->sign_in_facts(r); }));
  router.add(Method::get, "/api/v1/setup", for_anybody([routes](Request& r) { return routes->setup_open(r); }));
  router.add(Method::post, "/api/v1/setup", for_anybody([routes](Request& r) { return routes->setup(r); }),
             small_body());
  const RoleRouter add(router, context, routes, Opens::before_enrolment);
  add(Method::del, "/api/v1/session", Role::viewer, &SessionRoutes::sign_out);
  add(Method::put, "/api/v1/session/language", Role::viewer, &SessionRoutes::language);
}

}  // namespace qala::api
