#include "api/authorize.h"

#include <sodium.h>

#include "base/base64.h"

namespace qala::api {

using access::Role;
using access::Scope;
using http::Method;
using http::Request;
using http::Response;

registry::Actor Caller::actor() const {
  if (session) return {"user", session->user.name};
  if (token) return {"token", token->name};
  return {"system", "qala"};
}

namespace {

bool token_may(const access::Grant& token, Role role) {
  return token.scope == Scope::admin || (token.scope == Scope::read && role == Role::viewer);
}

}  // namespace

bool Caller::may(Role role, const access::Part& part) const {
  if (session) return access::may(session->user, role, part);
  return token && token_may(*token, role);
}

bool Caller::may_somewhere(Role role) const {
  if (session) return access::may_somewhere(session->user, role);
  return token && token_may(*token, role);
}

namespace {

Refusal refuse(unsigned status, std::string_view code, std::string message) {
  Response response = Response::error(fail(ErrorKind::denied, std::move(message)), code);
  response.status = status;
  return {std::move(response)};
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string_view token_text(const Request& request, std::string& scratch) {
  std::string_view header = request.header("authorization");
  for (const std::string_view scheme : {"Bearer ", "bearer ", "Token ", "token "}) {
    if (header.starts_with(scheme)) return header.substr(scheme.size());
  }
  if (header.starts_with("Basic ")) {
    header.remove_prefix(6);
    if (auto plain = from_base64(header)) {
      scratch = std::move(*plain);
      const std::size_t colon = scratch.find(':');
      if (colon != std::string::npos) return std::string_view(scratch).substr(colon + 1);
    }
  }
  return request.query_value("p").value_or(std::string_view());
}

Response not_allowed(const Caller& caller, Role role) {
  const std::string name(access::name_of(role));
  if (!caller.may_somewhere(role)) return refuse(403, "session.role", "this needs the role " + name).response;
  return refuse(403, "session.elsewhere", "this needs the role " + name + " here: yours is for other parts").response;
}

std::variant<Caller, Refusal> identify(access::Access& access, const Request& request, Opens opens) {
  Caller caller;
  std::string scratch;
  if (const auto text = token_text(request, scratch); !text.empty()) {
    caller.token = access.find_token(text);
    if (!caller.token) return refuse(401, "token.unknown", "this token is unknown, expired or revoked");
  } else if (const auto cookie = request.cookie(kSessionCookie); !cookie.empty()) {
    caller.session = access.find_session(cookie);
  }
  if (!caller.token && !caller.session) return refuse(401, "session.none", "sign in first, or send a token");
  const bool changes = request.method != Method::get && request.method != Method::head;
  if (caller.session && changes && !same_secret(request.header("x-qala-csrf"), caller.session->csrf)) {
    return refuse(403, "session.csrf", "the X-Qala-CSRF header is missing or wrong: sign in again");
  }
  if (caller.session && caller.session->must_enrol && opens == Opens::after_enrolment) {
    return refuse(403, "session.must_enrol", "add a second factor to this account first");
  }
  return caller;
}

std::variant<Caller, Refusal> authorize(access::Access& access, const Request& request, Role role, Opens opens) {
  auto decision = identify(access, request, opens);
  if (const auto* caller = std::get_if<Caller>(&decision); caller && !caller->may(role)) {
    return Refusal{not_allowed(*caller, role)};
  }
  return decision;
}

std::function<std::optional<Response>(const Request&)> known_only(Context& context, Opens opens) {
  return [&context, opens](const Request& request) -> std::optional<Response> {
    auto decision = identify(context.access, request, opens);
    if (auto* refusal = std::get_if<Refusal>(&decision)) return std::move(refusal->response);
    return std::nullopt;
  };
}

/// The coroutine gets everything by value or from the route table, which outlives it.
struct Guard {
  Context& context;
  Right right;
  CallerHandler handler;
  Opens opens;

  /// What is not there is not found for who has a part of the town only: it may come before the handler's turn, and
  /// be another's.
  boost::asio::awaitable<std::optional<Response>> refusal(const Caller& caller, const Request& request) const {
    if (caller.may(right.role)) co_return std::nullopt;
    if (right.of == Right::Of::town || !caller.may_somewhere(right.role)) co_return not_allowed(caller, right.role);
    if (right.of == Right::Of::somewhere) co_return std::nullopt;
    const auto part = co_await named_part(context, right.of, request);
    if (part && caller.may(right.role, *part)) co_return std::nullopt;
    if (part) co_return not_allowed(caller, right.role);
    const std::string what(name_of(right.of));
    co_return Response::error(fail(ErrorKind::not_found, "there is no such " + what), what + ".not_found");
  }

  boost::asio::awaitable<Response> run(Request& request) const {
    auto decision = identify(context.access, request, opens);
    if (auto* refusal = std::get_if<Refusal>(&decision)) co_return std::move(refusal->response);
    const auto& caller = std::get<Caller>(decision);
    if (auto refused = co_await refusal(caller, request)) co_return std::move(*refused);
    co_return co_await handler(request, caller);
  }
};

boost::asio::awaitable<Response> Guarded::operator()(Request& request) const { return guard->run(request); }
Right Guarded::right() const { return guard->right; }

http::Handler with_role(Context& context, Right right, CallerHandler handler, Opens opens) {
  return Guarded{std::make_shared<const Guard>(context, right, std::move(handler), opens)};
}

}  // namespace qala::api
