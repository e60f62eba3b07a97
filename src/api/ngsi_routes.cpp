#include "api/ngsi_routes.h"

#include "api/authorize.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using ngsi::Answer;
using ngsi::Ask;

namespace {

constexpr std::string_view kPrefix = "/ngsi-ld/v1";

class NgsiRoutes {
 public:
  explicit NgsiRoutes(Context& context)
      : context_(context),
        reader_({.registry = context.registry,
                 .store = context.store,
                 .board = context.alarms.board(),
                 .rules = context.rules,
                 .clock = context.clock,
                 .name = context.town.name.kk}) {}

  awaitable<Response> get(Request& request, const Caller&) { return read(request); }

  awaitable<Response> read(Request& request) {
    const Ask ask = ask_of(request);
    co_return answer(co_await run_on(context_.pool, [this, &ask] { return reader_.get(ask); }));
  }

  awaitable<Response> write(Request& request) { co_return answer(ngsi::Reader::refuse_writing(ask_of(request))); }

 private:
  Ask ask_of(const Request& request) const {
    const auto forwarded = context_.behind_proxy ? request.header("x-forwarded-proto") : std::string_view();
    const bool secure = forwarded.empty() ? request.secure : forwarded == "https";
    Ask ask;
    ask.path = request.path.substr(kPrefix.size());
    ask.options = request.query;
    ask.accept = request.header("accept");
    ask.link = request.header("link");
    ask.root =
        std::string(secure ? "https://" : "http://") + std::string(request.header("host")) + std::string(kPrefix);
    return ask;
  }

  static Response answer(Answer from) {
    Response response;
    response.status = from.status;
    response.content_type = std::move(from.type);
    response.body = std::move(from.body);
    response.headers = std::move(from.headers);
    // Pages of other sites: with a token of their own, never with our cookie ('*' goes without credentials).
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
    response.headers.emplace_back("Access-Control-Expose-Headers", "Link, NGSILD-Results-Count");
    if (from.status == 503) response.headers.emplace_back("Retry-After", "1");
    return response;
  }

  Context& context_;
  ngsi::Reader reader_;
};

}  // namespace

void add_ngsi_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<NgsiRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/ngsi-ld/v1/{rest*}", Role::viewer, &NgsiRoutes::get);
  // The names of what is told are no secret, and who reads them has no token.
  router.add(Method::get, "/ngsi-ld/v1/context.jsonld", for_anybody([routes](Request& r) { return routes->read(r); }));
  for (const Method method : {Method::post, Method::put, Method::patch, Method::del})
    for (const char* path : {"/ngsi-ld/v1/{rest*}", "/ngsi-ld/v1/context.jsonld"})
      router.add(method, path, for_anybody([routes](Request& r) { return routes->write(r); }));
}

}  // namespace qala::api
