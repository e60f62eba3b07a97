#pragma once

#include "api/context.h"

namespace qala::api {

// The routes of one thing and what belongs to it, called by add_routes().
void add_thing_routes(http::Router& router, Context& context);
void add_thing_history_routes(http::Router& router, Context& context);
void add_thing_token_routes(http::Router& router, Context& context);
void add_photo_routes(http::Router& router, Context& context);
void add_zone_routes(http::Router& router, Context& context);

/// Where devices reach this town, as it listens: a file in the data folder that the server writes when it starts and
/// GET /things/{id}/tokens passes on. `{"http":8080,"https":0,"mqtt":1883,"mqtts":0}`, 0: not at all.
constexpr const char* kListeningFile = "listening.json";

}  // namespace qala::api
