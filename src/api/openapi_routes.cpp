#include "api/authorize.h"
#include "api/routes.h"

namespace qala::api {

using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

/// A file of the built screens: what tools/openapi made of docs/openapi. It says nothing of this town, so anybody may
/// have it.
http::Handler built(const std::string& web_folder, std::string name) {
  const std::string path = web_folder.empty() ? "" : web_folder + "/api/" + name;
  return for_anybody([path](Request&) -> awaitable<Response> {
    if (path.empty()) {
      co_return Response::error(fail(ErrorKind::unavailable, "the built screens are missing: set http.web_folder"),
                                "web.missing");
    }
    Response response;
    response.file = path;
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");  // editors and generators of other sites
    co_return response;
  });
}

}  // namespace

void add_openapi_routes(http::Router& router, const std::string& web_folder) {
  router.add(Method::get, "/api/v1/openapi.json", built(web_folder, "openapi.json"));
  router.add(Method::get, "/api", built(web_folder, "index.html"));
  if (!web_folder.empty()) router.files("/api/page", web_folder + "/api/page");
}

}  // namespace qala::api
