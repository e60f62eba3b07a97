#include "api/sensorthings_routes.h"

#include "api/authorize.h"
#include "sensorthings/batch.h"
#include "sensorthings/data_array.h"
#include "sensorthings/removal.h"

namespace qala::api {

using access::Role;
using access::Scope;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using sensorthings::Answer;
using sensorthings::Ask;

namespace {

constexpr std::string_view kPrefix = "/v1.1";

class SensorThingsRoutes {
 public:
  SensorThingsRoutes(Context& context, sensorthings::Service& service) : context_(context), service_(service) {}

  awaitable<Response> get(Request& request, const Caller& caller) {
    const Ask ask = ask_of(request, caller, "GET");
    co_return answer(co_await run_on(context_.pool, [this, &ask] { return service_.reader().get(ask); }));
  }

  awaitable<Response> change(Request& request, const Caller& caller) {
    const Ask ask = ask_of(request, caller, request.method == Method::put ? "PUT" : "PATCH");
    co_return answer(co_await run_on(context_.writer, [this, &ask] { return service_.writer().run(ask); }));
  }

  awaitable<Response> remove(Request& request, const Caller& caller) {
    const Ask ask = ask_of(request, caller, "DELETE");
    sensorthings::Removal steps(service_.writer(), ask);
    co_return answer(co_await sensorthings::take_steps(steps, context_.pool, context_.writer));
  }

  /// Devices' tokens of scope ingest may create observations, so everybody comes in here.
  awaitable<Response> create(Request& request) {
    auto decision = identify(context_.access, request);
    if (auto* refusal = std::get_if<Refusal>(&decision)) co_return std::move(refusal->response);
    const Caller& caller = std::get<Caller>(decision);
    const Ask ask = ask_of(request, caller, "POST");
    const bool batch = ask.path == "/$batch";
    if (!ask.may_edit && !ask.may_observe && !(batch && caller.may(Role::viewer)))
      co_return not_allowed(caller, Role::engineer);
    if (batch) {
      sensorthings::Batch steps(service_, ask, caller.may(Role::viewer));
      co_return answer(co_await sensorthings::take_steps(steps, context_.pool, context_.writer));
    }
    if (ask.path == "/CreateObservations") {
      sensorthings::ObservationsUpload steps(service_.writer(), ask);
      co_return answer(co_await sensorthings::take_steps(steps, context_.pool, context_.writer));
    }
    co_return answer(co_await run_on(context_.writer, [this, &ask] { return service_.writer().run(ask); }));
  }

  static awaitable<Response> preflight(Request&) {
    auto response = Response::empty();
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
    response.headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS");
    response.headers.emplace_back("Access-Control-Allow-Headers", "Authorization, Content-Type, Prefer");
    response.headers.emplace_back("Access-Control-Max-Age", "86400");
    response.headers.emplace_back("Allow", "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS");
    co_return response;
  }

 private:
  std::string root_of(const Request& request) const {
    const auto forwarded = context_.behind_proxy ? request.header("x-forwarded-proto") : std::string_view();
    const bool secure = forwarded.empty() ? request.secure : forwarded == "https";
    return std::string(secure ? "https://" : "http://") + std::string(request.header("host")) + std::string(kPrefix);
  }

  Ask ask_of(const Request& request, const Caller& caller, std::string method) const {
    Ask ask;
    ask.method = std::move(method);
    ask.path = request.path.substr(kPrefix.size());
    ask.options = request.query;
    ask.body = request.body;
    ask.content_type = request.header("content-type");
    ask.root = root_of(request);
    ask.actor = caller.actor();
    ask.source = caller.session ? caller.session->user.name : caller.token ? caller.token->name : "";
    ask.may_edit = caller.may(Role::engineer);
    ask.may_observe = ask.may_edit || (caller.token && caller.token->scope == Scope::ingest);
    return ask;
  }

  static Response answer(Answer from) {
    Response response;
    response.status = from.status;
    response.content_type = std::move(from.type);
    response.body = std::move(from.body);
    if (!from.next.empty()) response.headers.emplace_back("Link", sensorthings::link_to_next(from));
    if (!from.location.empty()) response.headers.emplace_back("Location", std::move(from.location));
    // Dashboards of other sites: with a token of their own, never with our cookie ('*' goes without credentials).
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
    response.headers.emplace_back("Access-Control-Expose-Headers", "Location, Link");
    if (from.status == 503) response.headers.emplace_back("Retry-After", "1");
    return response;
  }

  Context& context_;
  sensorthings::Service& service_;
};

}  // namespace

void add_sensorthings_routes(http::Router& router, Context& context, sensorthings::Service& service) {
  auto routes = std::make_shared<SensorThingsRoutes>(context, service);
  const RoleRouter add(router, context, routes);
  const http::RouteOptions large{.body_limit = 32 << 20, .unpacked_limit = 128 << 20, .admits = known_only(context)};
  add(Method::get, "/v1.1", Role::viewer, &SensorThingsRoutes::get);
  add(Method::get, "/v1.1/{rest*}", Role::viewer, &SensorThingsRoutes::get);
  add(Method::patch, "/v1.1/{rest*}", Role::engineer, &SensorThingsRoutes::change);
  add(Method::put, "/v1.1/{rest*}", Role::engineer, &SensorThingsRoutes::change);
  add(Method::del, "/v1.1/{rest*}", Role::engineer, &SensorThingsRoutes::remove);
  for (const char* path : {"/v1.1", "/v1.1/{rest*}"})
    router.add(Method::options, path, for_anybody(&SensorThingsRoutes::preflight));
  router.add(Method::post, "/v1.1/{rest*}", for_anybody([routes](Request& r) { return routes->create(r); }), large);
}

}  // namespace qala::api
