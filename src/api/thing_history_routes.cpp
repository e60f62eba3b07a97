// What was done to a thing, and by whom.
#include "api/authorize.h"
#include "api/thing_body.h"
#include "api/thing_history.h"
#include "api/thing_routes.h"
#include "base/json_writer.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

class ThingHistoryRoutes {
 public:
  explicit ThingHistoryRoutes(Context& context) : context_(context) {}

  awaitable<Response> history(Request& request, const Caller&) {
    const auto id = thing_in_path(request);
    if (!id) co_return Response::error(id.error(), "thing.not_found");
    const auto limit = count_of(request, "limit", 50, 500);
    if (!limit) co_return Response::error(limit.error());
    const auto before = count_of(request, "before", 0, std::uint64_t{1} << 53);
    if (!before) co_return Response::error(before.error());
    std::string key;
    context_.registry.read([&](const registry::Registry::View& view) {
      if (const auto* thing = view.thing(*id)) key = thing->key;
    });
    if (key.empty()) co_return Response::error(fail(ErrorKind::not_found, "no such thing"), "thing.not_found");
    const auto steps = co_await run_on(context_.pool, [folder = context_.folder, key, from = *before, most = *limit] {
      return thing_history(folder, key, from, most);
    });
    if (!steps) co_return Response::error(steps.error());
    std::string out;
    JsonWriter json(out);
    json.object().key("entries").array();
    for (const auto& [entry, changes] : *steps) {
      json.object().field("sequence", entry.sequence).field("at", entry.at.ms()).key("by");
      if (!entry.actor || entry.actor->kind == "system") json.null();
      else json.string(entry.actor->subject);
      json.field("action", entry.action).field("object", entry.object).key("changes");
      if (changes.empty()) json.null();
      else json.raw(changes);
      json.end();
    }
    json.end().field("more", steps->size() == *limit).end();
    co_return Response::json(std::move(out));
  }

 private:
  Context& context_;
};

}  // namespace

void add_thing_history_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<ThingHistoryRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/things/{id}/history", of_thing(Role::engineer), &ThingHistoryRoutes::history);
}

}  // namespace qala::api
