#include "api/authorize.h"
#include "api/provider_desk.h"
#include "api/routes.h"
#include "api/session_answers.h"
#include "base/log.h"
#include "oidc/text.h"

namespace qala::api {

using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

constexpr std::string_view kFlowCookie = "qala_oidc";
constexpr std::string_view kPath = "/api/v1/oidc";

Response redirect(std::string to) {
  auto response = Response::empty(302);
  response.content_type.clear();
  response.headers.emplace_back("Location", std::move(to));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

/// The begun sign-in lies in the browser for ten minutes; Lax, because the provider sends the browser back to us.
Response with_flow_cookie(Response response, const Request& request, std::string_view value) {
  std::string cookie(kFlowCookie);
  cookie.append("=").append(value).append("; Path=").append(kPath).append("; HttpOnly; SameSite=Lax");
  cookie += value.empty() ? "; Max-Age=0" : "; Max-Age=600";
  if (request.secure) cookie += "; Secure";
  response.headers.emplace_back("Set-Cookie", std::move(cookie));
  return response;
}

/// Back to the control room, which says it in the user's language.
Response problem(const Request& request, std::string_view code, const std::string& why) {
  log::warn("sign-in at the provider failed", {{"code", code}, {"why", why}, {"from", request.peer}});
  return with_flow_cookie(redirect("/control/?problem=" + std::string(code)), request, "");
}

std::string_view code_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::denied: return "oidc.refused";
    case ErrorKind::corrupt:
    case ErrorKind::invalid: return "oidc.bad_provider";
    default: return "oidc.unreachable";
  }
}

std::string_view code_of_refusal(const Error& error) {
  switch (error.kind) {
    case ErrorKind::not_found: return "oidc.unknown_user";
    case ErrorKind::conflict: return "oidc.name_taken";
    case ErrorKind::denied: return "oidc.no_role";
    case ErrorKind::invalid: return "oidc.bad_name";
    default: return "internal";
  }
}

class OidcRoutes {
 public:
  OidcRoutes(Context& context, ProviderDesk& desk) : context_(context), desk_(desk) {}

  awaitable<Response> start(Request& request) {
    const bool again = request.query_value("again").has_value();
    auto begun = co_await desk_.begin(redirect_uri(request),
                                      oidc::safe_return(request.query_value("return").value_or("")), again);
    if (!begun) co_return problem(request, code_of(begun.error()), begun.error().message);
    co_return with_flow_cookie(redirect(std::move(begun->url)), request, begun->cookie);
  }

  awaitable<Response> callback(Request& request) {
    auto begun = desk_.known(request.cookie(kFlowCookie), request.query_value("state").value_or(""));
    if (!begun) co_return problem(request, "oidc.state", begun.error().message);
    if (const auto error = request.query_value("error")) {
      const bool mine = *error == "access_denied";
      co_return problem(request, mine ? "oidc.cancelled" : "oidc.refused",
                        "the provider says " + std::string(error->substr(0, 60)));
    }
    std::optional<std::string> issuer;
    if (const auto named = request.query_value("iss")) issuer = std::string(*named);
    const std::string return_to = begun->return_to;
    const std::string code(request.query_value("code").value_or(""));
    auto identity = co_await desk_.redeem(std::move(*begun), code, std::move(issuer));
    if (!identity) co_return problem(request, code_of(identity.error()), identity.error().message);
    const auto& rules = desk_.rules();
    access::ProvidedIdentity who{.issuer = identity->issuer,
                                 .subject = identity->subject,
                                 .name = identity->name,
                                 .role = role_of(rules, identity->roles),
                                 .language = language_of(identity->locale),
                                 .may_create = rules.create_users,
                                 .peer = request.peer,
                                 .browser = browser_in_words(request),
                                 .replaces = session_here(context_, request)};
    // groups decide, where there are any: who has lost the last of them has lost the town
    const bool by_groups = !rules.settings.roles_claim.empty();
    if (by_groups && !who.role)
      co_return problem(request, "oidc.no_role", "the provider gives " + identity->name + " no role here");
    if (!by_groups) who.role = who.may_create ? who.role : std::nullopt;
    auto made = co_await run_on(context_.writer, [this, who, by_groups] { return sign_in(who, by_groups); });
    if (!made) co_return problem(request, code_of_refusal(made.error()), made.error().message);
    desk_.remember(made->session.id, std::move(identity->id_token));
    auto response = with_cookie(redirect(return_to), request, made->cookie, false);
    co_return with_flow_cookie(std::move(response), request, "");
  }

 private:
  /// Writer thread. Without groups the provider's role counts for new people only: admins here change it later.
  Result<access::NewSession> sign_in(access::ProvidedIdentity who, bool by_groups) {
    if (by_groups) return context_.access.sign_in_provided(who);
    const auto role = who.role;
    who.role.reset();
    const bool may_create = who.may_create;
    who.may_create = false;
    auto made = context_.access.sign_in_provided(who);
    if (made || made.error().kind != ErrorKind::not_found || !may_create) return made;
    who.role = role;
    who.may_create = true;
    return context_.access.sign_in_provided(who);
  }

  static std::string language_of(std::string_view locale) {
    const auto language = locale.substr(0, 2);
    return language == "ru" || language == "en" ? std::string(language) : "kk";
  }

  std::string redirect_uri(const Request& request) const {
    if (!desk_.rules().redirect_uri.empty()) return desk_.rules().redirect_uri;
    // the provider takes only what is registered there: an invented Host leads nowhere
    return (request.secure ? "https://" : "http://") + std::string(request.header("host")) + std::string(kPath) +
           "/callback";
  }

  Context& context_;
  ProviderDesk& desk_;
};

}  // namespace

void add_oidc_routes(http::Router& router, Context& context) {
  if (!context.provider) return;
  auto routes = std::make_shared<OidcRoutes>(context, *context.provider);
  router.add(Method::get, "/api/v1/oidc/start", for_anybody([routes](Request& r) { return routes->start(r); }));
  router.add(Method::get, "/api/v1/oidc/callback", for_anybody([routes](Request& r) { return routes->callback(r); }));
}

}  // namespace qala::api
