#pragma once

#include <memory>

#include "api/context.h"
#include "api/stream.h"

namespace qala::api {

/// Every path of docs/design/api.md. `context` and `hub` must outlive the router.
void add_routes(http::Router& router, Context& context, StreamHub& hub);

// One function per group of resources, called by add_routes.
void add_session_routes(http::Router& router, Context& context);
void add_user_routes(http::Router& router, Context& context);
void add_registry_routes(http::Router& router, Context& context);
void add_readings_routes(http::Router& router, Context& context);
void add_alarm_routes(http::Router& router, Context& context);
void add_unclaimed_routes(http::Router& router, Context& context);
void add_health_routes(http::Router& router, Context& context);
void add_write_routes(http::Router& router, Context& context);
void add_overview_routes(http::Router& router, Context& context);

/// The body of GET /health (network thread).
std::string render_health(const Context& context);

}  // namespace qala::api
