#pragma once

#include "api/context.h"
#include "http/server.h"
#include "sensorthings/service.h"

namespace qala::api {

/// /v1.1: OGC SensorThings (docs/design/sensorthings.md). `service` must outlive the router.
void add_sensorthings_routes(http::Router& router, Context& context, sensorthings::Service& service);

}  // namespace qala::api
