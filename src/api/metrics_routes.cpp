#include <string_view>

#include "api/authorize.h"
#include "api/health_facts.h"
#include "api/metrics_text.h"
#include "api/routes.h"

namespace qala::api {

using boost::asio::awaitable;
using http::Request;
using http::Response;

namespace {

/// A collector on this machine needs no token. What a proxy on this machine passes on is not from this machine.
bool from_this_machine(const Request& request) {
  if (!request.peer.starts_with("127.") && request.peer != "::1") return false;
  for (const std::string_view header : {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"}) {
    if (!request.header(header).empty()) return false;
  }
  return true;
}

}  // namespace

bool may_read_metrics(access::Access& access, const Request& request, bool behind_proxy, Response& refusal) {
  std::string scratch;
  const bool shows_token = !token_text(request, scratch).empty();
  if (!shows_token && !behind_proxy && from_this_machine(request)) return true;
  auto decision = authorize(access, request, access::Role::viewer);
  auto* refused = std::get_if<Refusal>(&decision);
  if (refused) refusal = std::move(refused->response);
  return refused == nullptr;
}

void add_metrics_routes(http::Router& router, Context& context) {
  router.add(http::Method::get, "/metrics", for_anybody([&context](Request& request) -> awaitable<Response> {
               Response response;
               if (!may_read_metrics(context.access, request, context.behind_proxy, response)) co_return response;
               response = Response::text(render_metrics(context.health->fresh()));
               response.content_type = MetricsText::kContentType;
               response.headers.emplace_back("Cache-Control", "no-store");
               co_return response;
             }));
}

}  // namespace qala::api
