#pragma once

#include "api/context.h"
#include "http/server.h"
#include "ngsi/reader.h"

namespace qala::api {

/// /ngsi-ld/v1: the town for NGSI-LD clients, reading only (docs/formats/ngsi-ld.md).
void add_ngsi_routes(http::Router& router, Context& context);

}  // namespace qala::api
