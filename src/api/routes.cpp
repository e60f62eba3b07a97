#include "api/routes.h"

#include "api/authorize.h"
#include "api/thing_routes.h"
#include "base/json_writer.h"
#include "http/router.h"

namespace qala::api {

using access::Role;

namespace {

/// Every route with what it asks. `who` is null for one that says neither: a mistake, which a test looks for.
std::string render_rights(const http::Router& router) {
  std::string out;
  JsonWriter json(out);
  json.object().key("routes").array();
  router.each([&](http::Method method, std::string_view pattern, const http::Handler& handler) {
    json.object().field("method", http::name_of(method)).field("path", pattern).key("who");
    if (const auto* guarded = handler.target<Guarded>()) {
      json.string(access::name_of(guarded->right().role)).field("of", name_of(guarded->right().of));
    } else if (handler.target<Open>()) {
      json.string("anybody");
    } else {
      json.null();
    }
    json.end();
  });
  json.end().end();
  return out;
}

/// GET /api/v1/routes: who may what, told by the routes themselves when it is asked: rooms add theirs after these.
void add_rights_route(http::Router& router, Context& context) {
  router.add(http::Method::get, "/api/v1/routes",
             with_role(context, Role::viewer,
                       [&router](http::Request&, const Caller&) -> boost::asio::awaitable<http::Response> {
                         co_return http::Response::json(render_rights(router));
                       }));
}

}  // namespace

void add_routes(http::Router& router, Context& context, StreamHub& hub) {
  add_session_routes(router, context);
  add_account_routes(router, context);
  add_oidc_routes(router, context);
  add_user_routes(router, context);
  add_welcome_routes(router, context);
  add_token_routes(router, context);
  add_audit_routes(router, context);
  add_registry_routes(router, context);
  add_thing_routes(router, context);
  add_thing_history_routes(router, context);
  add_thing_token_routes(router, context);
  add_photo_routes(router, context);
  add_zone_routes(router, context);
  add_readings_routes(router, context);
  add_alarm_routes(router, context);
  add_shift_routes(router, context);
  add_unclaimed_routes(router, context);
  add_health_routes(router, context);
  add_metrics_routes(router, context);
  add_write_routes(router, context);
  add_notify_routes(router, context);
  add_overview_routes(router, context);
  add_rights_route(router, context);
  add_openapi_routes(router, context.web_folder);
  router.websocket("/api/v1/stream", [&hub](http::Request& request) { return hub.accept(request); });
}

}  // namespace qala::api
