#include "api/routes.h"

namespace qala::api {

void add_routes(http::Router& router, Context& context, StreamHub& hub) {
  add_session_routes(router, context);
  add_user_routes(router, context);
  add_registry_routes(router, context);
  add_readings_routes(router, context);
  add_alarm_routes(router, context);
  add_shift_routes(router, context);
  add_unclaimed_routes(router, context);
  add_health_routes(router, context);
  add_metrics_routes(router, context);
  add_write_routes(router, context);
  add_overview_routes(router, context);
  router.websocket("/api/v1/stream", [&hub](http::Request& request) { return hub.accept(request); });
}

}  // namespace qala::api
