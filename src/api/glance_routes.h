#pragma once

#include "api/context.h"
#include "http/server.h"
#include "views/saved_views.h"

namespace qala::api {

/// What serves the town at a glance: the search, saved views, what is printed. All must outlive the router.
void add_glance_routes(http::Router& router, Context& context, views::SavedViews& views);

// One function per group of resources, called by add_glance_routes.
void add_search_routes(http::Router& router, Context& context);
void add_report_routes(http::Router& router, Context& context);
void add_view_routes(http::Router& router, Context& context, views::SavedViews& views);

}  // namespace qala::api
