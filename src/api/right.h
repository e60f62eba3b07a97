#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "access/access.h"
#include "api/context.h"
#include "http/message.h"

namespace qala::api {

/// What a route asks of who calls it. Declared where the route is added, checked before its handler runs; GET
/// /api/v1/routes tells all of them. A bare role is one for the whole town.
struct Right {
  enum class Of : std::uint8_t {
    town,       ///< the role everywhere
    somewhere,  ///< the role for some part at least: the handler looks at what is to be changed, with Caller::may()
    alarm,      ///< the role for the thing of the alarm {id}
    thing,      ///< the role for the thing {id} or {thing}
    camera,     ///< the role for the thing that the camera {id} is
  };
  // NOLINTNEXTLINE(google-explicit-constructor): add(…, Role::op, …) reads well and is the strictest
  Right(access::Role asked, Of whose = Of::town) : role(asked), of(whose) {}
  access::Role role;
  Of of;
};
std::string_view name_of(Right::Of of);
inline Right somewhere(access::Role role) { return {role, Right::Of::somewhere}; }
inline Right of_alarm(access::Role role) { return {role, Right::Of::alarm}; }
inline Right of_camera(access::Role role) { return {role, Right::Of::camera}; }
inline Right of_thing(access::Role role) { return {role, Right::Of::thing}; }

/// The part of the town that a thing is.
access::Part part_of(const registry::Thing& thing);
/// Where an alarm is: where its thing is now. Of a thing that is gone: where it was when it was raised.
access::Part part_of(const registry::Registry::View& view, const alarms::Alarm& alarm);
/// Whatever a rule may speak of. A rule for a zone that is not there speaks of the whole town: it may come.
access::Part part_of(const registry::Registry::View& view, const alarms::Rule& rule);
/// Where a camera is: where its thing is. Of a thing that is gone: nowhere, which only who has the whole town reaches.
access::Part part_of(const Context& context, const cameras::Camera& camera);
/// What the request's path names. None: there is no such thing.
boost::asio::awaitable<std::optional<access::Part>> named_part(Context& context, Right::Of of,
                                                               const http::Request& request);

struct Guard;
/// What with_role() makes of a handler. Known by its type among all handlers of a router.
struct Guarded {
  std::shared_ptr<const Guard> guard;
  boost::asio::awaitable<http::Response> operator()(http::Request& request) const;
  Right right() const;
};
/// A handler for anybody, or that knows by itself who calls: a device's token, a password.
struct Open {
  http::Handler handler;
  boost::asio::awaitable<http::Response> operator()(http::Request& request) const { return handler(request); }
};
inline http::Handler for_anybody(http::Handler handler) { return Open{std::move(handler)}; }
/// What a stranger may send to sign in: a name and a password are far smaller.
inline http::RouteOptions small_body() { return {.body_limit = 16 << 10, .unpacked_limit = 16 << 10}; }

}  // namespace qala::api
