#include "api/authorize.h"
#include "api/health_facts.h"
#include "api/routes.h"
#include "base/json_writer.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

/// For load balancers and monitors that have no token: nothing but the verdict.
Response verdict(std::string_view name, bool good, std::string_view word) {
  std::string body;
  JsonWriter(body).object().field(name, word).end();
  auto response = Response::json(std::move(body), good ? 200 : 503);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

void add_health_routes(http::Router& router, Context& context) {
  router.add(Method::get, "/api/v1/health",
             with_role(context, Role::viewer, [&context](Request&, const Caller&) -> awaitable<Response> {
               co_return Response::json(render_health(context.health->fresh()));
             }));
  router.add(Method::get, "/api/v1/health/history",
             with_role(context, Role::viewer, [&context](Request&, const Caller&) -> awaitable<Response> {
               co_return Response::json(context.health->render_history());
             }));
  router.add(Method::get, "/api/v1/health/storage",
             with_role(context, Role::viewer, [&context](Request&, const Caller&) -> awaitable<Response> {
               const RetentionPlan plan = context.service_health().retention;
               auto text = co_await run_on(
                   context.pool, [&context, plan] { return render_storage(context, plan, context.clock.now()); });
               co_return Response::json(std::move(text));
             }));
  router.add(Method::get, "/health", for_anybody([&context](Request&) -> awaitable<Response> {
               const bool fine = !is_degraded(context.health->recent());
               co_return verdict("state", fine, fine ? "ok" : "degraded");
             }));
  router.add(Method::get, "/ready", for_anybody([&context](Request&) -> awaitable<Response> {
               const bool ready = is_ready(context.health->recent());
               co_return verdict("state", ready, ready ? "ready" : "not_ready");
             }));
}

}  // namespace qala::api
