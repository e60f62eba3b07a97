#pragma once

#include <memory>

#include "api/context.h"
#include "api/stream.h"

namespace qala::api {

/// Every path of docs/design/api.md. `context` and `hub` must outlive the router.
void add_routes(http::Router& router, Context& context, StreamHub& hub);

// One function per group of resources, called by add_routes.
void add_session_routes(http::Router& router, Context& context);
void add_account_routes(http::Router& router, Context& context);
void add_oidc_routes(http::Router& router, Context& context);
void add_user_routes(http::Router& router, Context& context);
void add_welcome_routes(http::Router& router, Context& context);
void add_token_routes(http::Router& router, Context& context);
void add_audit_routes(http::Router& router, Context& context);
void add_registry_routes(http::Router& router, Context& context);
void add_readings_routes(http::Router& router, Context& context);
void add_alarm_routes(http::Router& router, Context& context);
void add_shift_routes(http::Router& router, Context& context);
void add_unclaimed_routes(http::Router& router, Context& context);
void add_health_routes(http::Router& router, Context& context);
void add_metrics_routes(http::Router& router, Context& context);
void add_write_routes(http::Router& router, Context& context);
void add_notify_routes(http::Router& router, Context& context);
void add_overview_routes(http::Router& router, Context& context);
/// The description of all routes (docs/openapi) and the page to try them, both built with the screens.
void add_openapi_routes(http::Router& router, const std::string& web_folder);

/// May this request see the metrics? A token of scope read, a session, or no token from this machine itself. False:
/// `refusal` is the answer.
bool may_read_metrics(access::Access& access, const http::Request& request, bool behind_proxy, http::Response& refusal);

}  // namespace qala::api
