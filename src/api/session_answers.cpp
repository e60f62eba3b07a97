#include "api/session_answers.h"

#include "access/user_agent.h"
#include "api/authorize.h"
#include "api/rights_json.h"
#include "base/json_writer.h"

namespace qala::api {

using http::Request;
using http::Response;

std::string render_session(const access::Session& session) {
  std::string out;
  JsonWriter json(out);
  const auto& user = session.user;
  json.object().key("user").object().field("id", user.id.value).field("name", user.name);
  json.field("role", access::name_of(user.role)).field("language", user.language);
  json.field("second_factor", user.second_factor).field("provider", user.provider);
  json.key("grants");
  render(json, user.grants);
  json.end();
  json.field("csrf", session.csrf).key("expires").time(session.expires);
  json.field("id", session.id).field("method", access::name_of(session.method));
  json.field("must_enrol", session.must_enrol).end();
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
  if (made.cookie.empty()) {
    std::string out;
    JsonWriter(out).object().field("second_step", made.second_step).end();
    return Response::json(std::move(out), status);
  }
  return with_cookie(Response::json(render_session(made.session), status), request, made.cookie, false);
}

Response locked(std::chrono::seconds wait) {
  auto response = Response::error(fail(ErrorKind::denied, "too many wrong tries: wait"), "session.locked");
  response.status = 429;
  response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  return response;
}

Response too_weak(const access::Weakness& weakness) {
  return Response::error(fail(ErrorKind::invalid, "password: " + weakness.text), weakness.code);
}

Response unauthorized(const Error& error, std::string_view code) {
  auto response = Response::error(error, code);
  response.status = 401;
  return response;
}

std::string browser_in_words(const Request& request) { return access::browser_of(request.header("user-agent")); }

std::uint64_t session_here(const Context& context, const Request& request) {
  const auto session = context.access.find_session(request.cookie(kSessionCookie));
  return session ? session->id : 0;
}

}  // namespace qala::api
