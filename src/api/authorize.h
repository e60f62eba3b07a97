#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "access/access.h"
#include "api/context.h"
#include "api/right.h"
#include "http/message.h"
#include "http/server.h"

namespace qala::api {

/// Who asks: a person with a session, or a script with a token.
struct Caller {
  std::optional<access::Session> session;
  std::optional<access::Grant> token;
  registry::Actor actor() const;
  /// For all of `part`; without one: in the whole town.
  bool may(access::Role role, const access::Part& part = {}) const;
  bool may_somewhere(access::Role role) const;
};

/// Whose policy wants a second factor that he has not got yet may do nothing but get one (and sign out).
enum class Opens : std::uint8_t { after_enrolment, before_enrolment };

/// The session cookie, or `Authorization: Bearer|Token`. `denied`-like responses: 401 `session.none` without any, 403
/// `session.csrf` for changes without the CSRF token, 403 `session.must_enrol` while a second factor is due, 403
/// `session.role` below the role asked, 403 `session.elsewhere` with that role for other parts of the town only.
/// A token of scope admin may everything, read may what viewers may; other scopes nothing here.
struct Refusal {
  http::Response response;
};
std::variant<Caller, Refusal> authorize(access::Access& access, const http::Request& request, access::Role role,
                                        Opens opens = Opens::after_enrolment);
inline std::variant<Caller, Refusal> authorize(const Context& context, const http::Request& request, access::Role role,
                                               Opens opens = Opens::after_enrolment) {
  return authorize(context.access, request, role, opens);
}

/// Who asks, whatever he may: for handlers that look at the part of the town themselves.
std::variant<Caller, Refusal> identify(access::Access& access, const http::Request& request,
                                       Opens opens = Opens::after_enrolment);

/// Below the role everywhere: 403 `session.role`; for other parts only: 403 `session.elsewhere`.
http::Response not_allowed(const Caller& caller, access::Role role);

/// A token in `Authorization: Token T`, `Bearer T`, Basic (InfluxDB 1 clients: password), or the `p` query parameter.
std::string_view token_text(const http::Request& request, std::string& scratch);

/// For RouteOptions::admits: whoever is unknown is told so before his body is read. What he may, the handler asks.
std::function<std::optional<http::Response>(const http::Request&)> known_only(Context& context,
                                                                              Opens opens = Opens::after_enrolment);

/// Wraps a handler: authorised or refused.
using CallerHandler = std::function<boost::asio::awaitable<http::Response>(http::Request&, const Caller&)>;
http::Handler with_role(Context& context, Right right, CallerHandler handler, Opens opens = Opens::after_enrolment);

/// Adds the members of a class of routes to a router, each for those who have the right:
/// `const RoleRouter add(router, context, routes); add(Method::get, "/api/v1/x", Role::viewer, &XRoutes::list);`
template <class Routes>
class RoleRouter {
 public:
  using Member = boost::asio::awaitable<http::Response> (Routes::*)(http::Request&, const Caller&);
  RoleRouter(http::Router& router, Context& context, std::shared_ptr<Routes> routes,
             Opens opens = Opens::after_enrolment)
      : router_(router), context_(context), routes_(std::move(routes)), opens_(opens) {}
  void operator()(http::Method method, std::string_view path, Right right, Member run,
                  http::RouteOptions options = {}) const {
    options.admits = known_only(context_, opens_);
    router_.add(
        method, path,
        with_role(
            context_, right,
            [routes = routes_, run](http::Request& r, const Caller& c) { return ((*routes).*run)(r, c); }, opens_),
        std::move(options));
  }

 private:
  http::Router& router_;
  Context& context_;
  std::shared_ptr<Routes> routes_;
  Opens opens_;
};

constexpr std::string_view kSessionCookie = "qala_session";

}  // namespace qala::api
