#pragma once

#include "api/context.h"
#include "http/server.h"
#include "warnings/warning_book.h"

namespace qala::api {

/// Public warnings: what operators write, and what everybody may read: the feed and the CAP files. All must outlive the
/// router.
void add_warning_routes(http::Router& router, Context& context, warnings::WarningBook& book);
/// The public half, called by add_warning_routes.
void add_cap_routes(http::Router& router, Context& context, const warnings::WarningBook& book);

}  // namespace qala::api
