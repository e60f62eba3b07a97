#pragma once

#include <string>
#include <string_view>

#include "access/access.h"
#include "api/context.h"
#include "http/message.h"

namespace qala::api {

/// The body of GET /session.
std::string render_session(const access::Session& session);
/// Sets the session cookie, or takes it away.
http::Response with_cookie(http::Response response, const http::Request& request, std::string_view value, bool clear);
/// Signed in: the session and its cookie; or, for who has a second factor, the ticket of the second step.
http::Response signed_in(const http::Request& request, const access::NewSession& made, unsigned status);
/// 429 with Retry-After.
http::Response locked(std::chrono::seconds wait);
/// 400 with the code that the screens translate.
http::Response too_weak(const access::Weakness& weakness);
/// A refusal where the status is 401 instead of that of its kind.
http::Response unauthorized(const Error& error, std::string_view code);

/// Of the request, for the session it may open.
std::string browser_in_words(const http::Request& request);
/// The session that this browser has now and that ends when another begins; 0: none.
std::uint64_t session_here(const Context& context, const http::Request& request);

}  // namespace qala::api
