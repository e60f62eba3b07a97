// Webhooks of network servers: ChirpStack's HTTP integration, The Things Stack's webhooks.
#include <boost/asio/awaitable.hpp>

#include "api/lorawan_routes.h"
#include "base/threads.h"

namespace qala::api {

using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using lorawan::ServerKind;

namespace {

class Hooks {
 public:
  Hooks(Context& context, lorawan::Service& service) : context_(context), service_(service) {}

  awaitable<Response> take(Request& request, ServerKind kind) {
    const auto grant = grant_of(request);
    if (!grant) {
      context_.probe.reject("credentials", 1, "webhook without a token of scope ingest", context_.clock.now());
      auto refused = Response::error(fail(ErrorKind::denied, "send a token of scope ingest: Authorization: Bearer T"),
                                     "token.unknown");
      refused.status = 401;
      co_return refused;
    }
    const std::string event(request.query_value("event").value_or(""));
    const lorawan::Source source{.name = grant->name, .kind = kind};
    const auto outcome = co_await message(source, event, request.body);
    if (outcome.kind == lorawan::Outcome::Kind::taken) co_return Response::empty(204);
    if (outcome.kind == lorawan::Outcome::Kind::bad) co_return Response::error(fail(ErrorKind::invalid, outcome.words));
    auto busy = Response::error(fail(ErrorKind::unavailable, outcome.words));
    busy.headers.emplace_back("Retry-After", "1");
    co_return busy;
  }

  void body_refused(unsigned status, std::string_view message) const {
    context_.probe.reject(status == 413 ? "oversized" : "malformed", 1, "webhook: " + std::string(message),
                          context_.clock.now());
  }

 private:
  std::optional<access::Grant> grant_of(const Request& request) const {
    std::string scratch;
    std::string_view text = token_text(request, scratch);
    for (const char* name : {"x-api-key", "x-downlink-apikey"}) {
      if (text.empty()) text = request.header(name);
    }
    auto grant = text.empty() ? std::nullopt : context_.access.find_token(text);
    if (grant && grant->scope != access::Scope::ingest && grant->scope != access::Scope::admin) grant.reset();
    return grant;
  }

  /// Resumes when it is on the disk.
  awaitable<lorawan::Outcome> message(lorawan::Source source, std::string event, const std::string& body) {
    co_return co_await answer_of<lorawan::Outcome>(
        [&](auto done) { service_.message(source, event, body, std::move(done)); });
  }

  Context& context_;
  lorawan::Service& service_;
};

}  // namespace

void add_lorawan_hooks(http::Router& router, Context& context, lorawan::Service& service) {
  const auto hooks = std::make_shared<Hooks>(context, service);
  const http::RouteOptions small{.body_limit = 256 << 10,
                                 .unpacked_limit = 1 << 20,
                                 .body_refused = [hooks](const Request&, unsigned status, std::string_view message) {
                                   hooks->body_refused(status, message);
                                 }};
  router.add(Method::post, "/api/v1/lorawan/chirpstack",
             for_anybody([hooks](Request& r) { return hooks->take(r, ServerKind::chirpstack); }), small);
  router.add(Method::post, "/api/v1/lorawan/tts",
             for_anybody([hooks](Request& r) { return hooks->take(r, ServerKind::tts); }), small);
}

}  // namespace qala::api
