#include "api/authorize.h"

#include <sodium.h>

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

bool Caller::may(Role role) const {
  if (session) return session->user.role >= role;
  if (!token) return false;
  return token->scope == Scope::admin || (token->scope == Scope::read && role == Role::viewer);
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
    scratch.resize(header.size());
    std::size_t length = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(scratch.data()), scratch.size(), header.data(),
                          header.size(), nullptr, &length, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0) {
      const std::size_t colon = std::string_view(scratch).substr(0, length).find(':');
      if (colon != std::string::npos) return std::string_view(scratch).substr(colon + 1, length - colon - 1);
    }
  }
  return request.query_value("p").value_or(std::string_view());
}

std::variant<Caller, Refusal> authorize(access::Access& access, const Request& request, Role role) {
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
  if (!caller.may(role)) {
    return refuse(403, "session.role", "this needs the role " + std::string(access::name_of(role)));
  }
  return caller;
}

http::Handler with_role(Context& context, Role role, CallerHandler handler) {
  // The coroutine gets everything by value or from the route table, which outlives it.
  struct Guard {
    Context& context;
    Role role;
    CallerHandler handler;
    boost::asio::awaitable<Response> run(Request& request) const {
      auto decision = authorize(context, request, role);
      if (auto* refusal = std::get_if<Refusal>(&decision)) co_return std::move(refusal->response);
      co_return co_await handler(request, std::get<Caller>(decision));
    }
  };
  auto guard = std::make_shared<const Guard>(context, role, std::move(handler));
  return [guard](Request& request) { return guard->run(request); };
}

}  // namespace qala::api
