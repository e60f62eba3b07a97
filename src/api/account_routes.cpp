#include <algorithm>

#include "api/authorize.h"
#include "api/body.h"
#include "api/render.h"
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

/// What people do with their own account: sessions, password, second factor. Admins see and end everybody's sessions.
class AccountRoutes {
 public:
  explicit AccountRoutes(Context& context) : context_(context) {}

  awaitable<Response> sessions(Request&, const Caller& caller) {
    std::string out;
    JsonWriter json(out);
    json.object().key("sessions").array();
    for (const auto& session : context_.access.sessions()) {
      if (!may_see(caller, session)) continue;
      json.object().field("id", session.id).key("user").object();
      json.field("id", session.user.id.value).field("name", session.user.name).end();
      json.field("from", session.peer).field("browser", session.browser);
      json.field("method", access::name_of(session.method)).field("since", session.created.ms());
      json.field("last_seen", session.last_seen.ms()).field("expires", session.expires.ms());
      json.field("current", caller.session && caller.session->id == session.id).end();
    }
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> end_session(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), std::uint64_t{1} << 53);
    if (!id) co_return Response::error(id.error());
    const auto all = context_.access.sessions();
    const auto found = std::ranges::find(all, *id, &access::Session::id);
    if (found == all.end() || !may_see(caller, *found)) {
      co_return Response::error(fail(ErrorKind::not_found, "no such session"), "session.not_found");
    }
    auto done = co_await run_on(
        context_.writer, [this, id = *id, actor = caller.actor()] { return context_.access.end_session(id, actor); });
    co_return done ? Response::empty() : Response::error(done.error());
  }

  awaitable<Response> end_others(Request&, const Caller& caller) {
    if (!caller.session) co_return needs_a_person();
    auto done = co_await run_on(
        context_.writer, [this, user = caller.session->user.id, keep = caller.session->id, actor = caller.actor()] {
          return context_.access.end_other_sessions(user, keep, actor);
        });
    if (!done) co_return Response::error(done.error());
    std::string out;
    JsonWriter(out).object().field("ended", *done).end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> change_password(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto fresh = body->text("password");
    if (!fresh) co_return Response::error(fresh.error());
    if (auto refusal = local_person(caller)) co_return std::move(*refusal);
    const auto& user = caller.session->user;
    if (const auto weak = access::weakness_of(*fresh, user.name, context_.access.policy().passwords)) {
      co_return too_weak(*weak);
    }
    if (auto refusal = co_await confirm(request, *body, caller, "old", false)) co_return std::move(*refusal);
    auto hash = co_await run_on(context_.pool, [text = *fresh] { return access::hash_password(text); });
    if (!hash) co_return Response::error(hash.error());
    auto done = co_await run_on(context_.writer,
                                [this, id = user.id, text = *hash, keep = caller.session->id, actor = caller.actor()] {
                                  return context_.access.change_password(id, text, keep, actor);
                                });
    co_return done ? Response::empty() : Response::error(done.error());
  }

  /// Offers a second factor. The password is asked for, but not right after it was given (see must_enrol).
  awaitable<Response> offer(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    if (auto refusal = local_person(caller)) co_return std::move(*refusal);
    if (!caller.session->must_enrol) {
      if (auto refusal = co_await confirm(request, *body, caller, "password", false)) co_return std::move(*refusal);
    }
    const auto& name = context_.town.name;
    const auto& language = caller.session->user.language;
    const auto& town = language == "kk" ? name.kk : language == "ru" ? name.ru : name.en;
    auto offered = co_await run_on(context_.writer, [this, id = caller.session->user.id, town] {
      return context_.access.offer_second_factor(id, "Qala " + town);
    });
    if (!offered) co_return Response::error(offered.error(), "totp.exists");
    std::string out;
    JsonWriter(out).object().field("secret", offered->secret).field("uri", offered->uri).end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> confirm_offer(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto code = body->text("code");
    if (!code) co_return Response::error(code.error());
    if (auto refusal = local_person(caller)) co_return std::move(*refusal);
    auto codes = co_await run_on(context_.writer, [this, id = caller.session->user.id, text = *code,
                                                   keep = caller.session->id, actor = caller.actor()] {
      return context_.access.confirm_second_factor(id, text, keep, actor);
    });
    if (codes) co_return render_codes(*codes);
    const auto kind = codes.error().kind;
    co_return Response::error(codes.error(), kind == ErrorKind::denied      ? "totp.wrong_code"
                                             : kind == ErrorKind::not_found ? "totp.not_offered"
                                                                            : "");
  }

  awaitable<Response> renew_codes(Request& request, const Caller& caller) {
    if (auto refusal = co_await confirmed(request, caller)) co_return std::move(*refusal);
    auto codes = co_await run_on(context_.writer, [this, id = caller.session->user.id, actor = caller.actor()] {
      return context_.access.renew_recovery_codes(id, actor);
    });
    co_return codes ? render_codes(*codes) : Response::error(codes.error(), "totp.none");
  }

  awaitable<Response> remove(Request& request, const Caller& caller) {
    if (auto refusal = co_await confirmed(request, caller)) co_return std::move(*refusal);
    auto done = co_await run_on(context_.writer, [this, id = caller.session->user.id, actor = caller.actor()] {
      return context_.access.remove_second_factor(id, actor);
    });
    if (done) co_return Response::empty();
    co_return Response::error(done.error(), done.error().kind == ErrorKind::conflict ? "totp.required" : "totp.none");
  }

  awaitable<Response> reset(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error());
    auto done = co_await run_on(context_.writer,
                                [this, user = UserId(static_cast<std::uint32_t>(*id)), actor = caller.actor()] {
                                  return context_.access.reset_second_factor(user, actor);
                                });
    co_return done ? Response::empty() : Response::error(done.error(), "totp.none");
  }

 private:
  static bool may_see(const Caller& caller, const access::Session& session) {
    return caller.may(Role::admin) || (caller.session && caller.session->user.id == session.user.id);
  }

  static Response needs_a_person() {
    return Response::error(fail(ErrorKind::invalid, "this is for people who are signed in, not for tokens"));
  }

  /// Nothing if the caller has a password here.
  static std::optional<Response> local_person(const Caller& caller) {
    if (!caller.session) return needs_a_person();
    if (!caller.session->user.provider) return std::nullopt;
    return Response::error(fail(ErrorKind::conflict, "this user signs in at the provider"), "account.provider");
  }

  static Response render_codes(const std::vector<std::string>& codes) {
    std::string out;
    JsonWriter json(out);
    json.object().key("recovery").array();
    for (const auto& code : codes) json.string(code);
    json.end().end();
    return Response::json(std::move(out));
  }

  awaitable<std::optional<Response>> confirmed(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    if (auto refusal = local_person(caller)) co_return refusal;
    co_return co_await confirm(request, *body, caller, "password", true);
  }

  /// Once more the password (of the field `field`), and the code if one is wanted: an open screen proves nothing.
  awaitable<std::optional<Response>> confirm(Request& request, const Body& body, const Caller& caller,
                                             std::string_view field, bool with_code) {
    const auto password = body.text(field);
    if (!password) co_return Response::error(password.error());
    const auto code = body.optional_text("code");
    if (!code) co_return Response::error(code.error());
    const auto attempt = context_.access.begin_sign_in(caller.session->user.name, request.peer);
    if (attempt.retry_after.count() > 0) co_return locked(attempt.retry_after);
    const bool matched = co_await run_on(context_.pool, [hash = attempt.password_hash, text = *password] {
      return access::password_matches(hash, text);
    });
    auto done = co_await run_on(context_.writer, [this, attempt, matched, with_code, text = code->value_or("")] {
      return context_.access.confirm_person(attempt, matched, with_code, text);
    });
    if (done) co_return std::nullopt;
    // not 401: the session is good, what was typed is not
    if (done.error().kind != ErrorKind::denied) co_return Response::error(done.error(), "session.key_lost");
    co_return Response::error(done.error(), matched ? "session.wrong_code" : "account.wrong_password");
  }

  Context& context_;
};

}  // namespace

void add_account_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<AccountRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/sessions", Role::viewer, &AccountRoutes::sessions);
  add(Method::del, "/api/v1/sessions", Role::viewer, &AccountRoutes::end_others);
  add(Method::del, "/api/v1/sessions/{id}", Role::viewer, &AccountRoutes::end_session);
  add(Method::put, "/api/v1/session/password", Role::viewer, &AccountRoutes::change_password);
  add(Method::post, "/api/v1/session/totp/recovery", Role::viewer, &AccountRoutes::renew_codes);
  add(Method::post, "/api/v1/session/totp/remove", Role::viewer, &AccountRoutes::remove);
  add(Method::del, "/api/v1/users/{id}/totp", Role::admin, &AccountRoutes::reset);
  const RoleRouter add_at_once(router, context, routes, Opens::before_enrolment);
  add_at_once(Method::post, "/api/v1/session/totp", Role::viewer, &AccountRoutes::offer);
  add_at_once(Method::post, "/api/v1/session/totp/confirm", Role::viewer, &AccountRoutes::confirm_offer);
}

}  // namespace qala::api
