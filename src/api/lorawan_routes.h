#pragma once

#include "api/authorize.h"
#include "api/context.h"
#include "http/router.h"
#include "lorawan/service.h"

namespace qala::api {

/// Codecs, device profiles, LoRaWAN devices and the webhooks of network servers. `context` and `service` outlive the
/// router.
void add_lorawan_routes(http::Router& router, Context& context, lorawan::Service& service);

// One function per group, called by add_lorawan_routes.
void add_codec_routes(http::Router& router, Context& context, lorawan::Service& service);
void add_device_profile_routes(http::Router& router, Context& context, lorawan::Service& service);
void add_lorawan_hooks(http::Router& router, Context& context, lorawan::Service& service);

/// `prefix`.not_found, `prefix`.in_use or name_taken; else by kind.
http::Response refuse(const Error& error, std::string_view prefix);
/// The number in the path, or 404.
Result<std::uint32_t> number_in_path(const http::Request& request, std::string_view what);

}  // namespace qala::api
