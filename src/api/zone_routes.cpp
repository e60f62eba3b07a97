// The parts of the town.
#include <algorithm>

#include "api/authorize.h"
#include "api/body.h"
#include "api/render.h"
#include "api/thing_routes.h"
#include "registry/editing.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using registry::ZoneArea;
using View = registry::Registry::View;

namespace {

class ZoneRoutes {
 public:
  explicit ZoneRoutes(Context& context) : context_(context) {}

  awaitable<Response> zones(Request&, const Caller&) {
    std::string out;
    JsonWriter json(out);
    json.object().key("zones").array();
    context_.registry.read(
        [&](const View& view) { view.each_zone([&](const ZoneArea& zone) { render(json, view, zone); }); });
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> add_zone(Request& request, const Caller& caller) { return put(request, caller, false); }
  awaitable<Response> put_zone(Request& request, const Caller& caller) { return put(request, caller, true); }

  awaitable<Response> remove_zone(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error(), "zone.not_found");
    const auto done = co_await run_on(context_.writer, [&, actor = caller.actor()]() -> Result<> {
      const auto zone = static_cast<std::uint32_t>(*id);
      TRY_VOID(not_spoken_of(zone));
      return registry::remove_zone(context_.registry, zone, actor);
    });
    if (done) co_return Response::empty();
    const auto code = done.error().kind == ErrorKind::conflict    ? "zone.in_use"
                      : done.error().kind == ErrorKind::not_found ? "zone.not_found"
                                                                  : "";
    co_return Response::error(done.error(), code);
  }

 private:
  awaitable<Response> put(Request& request, const Caller& caller, bool known) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto id = known ? parse_id(request.param("id"), kMaxEntityId) : Result<std::uint64_t>(0);
    if (!id) co_return Response::error(id.error(), "zone.not_found");
    const auto done = co_await run_on(context_.writer, [&, actor = caller.actor()]() -> Result<std::uint32_t> {
      ZoneArea zone;
      if (known) {
        context_.registry.read([&](const View& view) {
          if (const auto* found = view.zone(static_cast<std::uint32_t>(*id))) zone = *found;
        });
        if (zone.id == 0) return fail(ErrorKind::not_found, "no such zone");
      }
      const std::string before = zone.key;
      TRY_VOID(read(*body, zone));
      if (known && zone.key != before) TRY_VOID(no_rule_names(before));
      return context_.registry.put_zone(std::move(zone), actor);
    });
    if (!done) {
      const auto kind = done.error().kind;
      co_return Response::error(done.error(), kind == ErrorKind::not_found  ? "zone.not_found"
                                              : kind == ErrorKind::conflict ? "zone.key_taken"
                                                                            : "");
    }
    std::string out;
    context_.registry.read([&](const View& view) {
      JsonWriter json(out);
      if (const auto* zone = view.zone(*done)) render(json, view, *zone);
    });
    co_return Response::json(std::move(out), known ? 200 : 201);
  }

  static Result<> read(const Body& body, ZoneArea& zone) {
    TRY(const auto key, body.optional_text("key"));
    if (key) zone.key = *key;
    if (!body.has("name")) return {};
    TRY(const auto name, Body::parse(body.json("name")));
    for (const auto& [language, into] :
         {std::pair("kk", &zone.name.kk), std::pair("ru", &zone.name.ru), std::pair("en", &zone.name.en)}) {
      TRY(const auto text, name.optional_text(language));
      if (text) *into = *text;
    }
    return {};
  }

  Result<> no_rule_names(const std::string& key) const {
    for (const auto& rule : *context_.rules.rules()) {
      if (rule.zone == key)
        return fail(ErrorKind::conflict, "zone \"" + key + "\": the rule \"" + rule.key + "\" is for it");
    }
    return {};
  }

  /// By no rule, and by nobody's grant. Writer thread.
  Result<> not_spoken_of(std::uint32_t id) const {
    std::string key;
    context_.registry.read([&](const View& view) {
      if (const auto* zone = view.zone(id)) key = zone->key;
    });
    if (key.empty()) return {};
    TRY_VOID(no_rule_names(key));
    for (const auto& user : context_.access.users()) {
      const bool for_it =
          std::ranges::any_of(user.grants, [id](const access::RoleGrant& grant) { return grant.part.zone == id; });
      if (for_it) return fail(ErrorKind::conflict, "zone \"" + key + "\": a user has a role for it");
    }
    return {};
  }

  static void render(JsonWriter& json, const View& view, const ZoneArea& zone) {
    std::size_t things = 0;
    view.each_thing([&](const registry::Thing& thing) { things += thing.zone == zone.id; });
    json.object().field("id", zone.id).field("key", zone.key).key("name");
    render_text(json, zone.name);
    json.field("things", things).end();
  }

  Context& context_;
};

}  // namespace

void add_zone_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<ZoneRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/zones", Role::viewer, &ZoneRoutes::zones);
  add(Method::post, "/api/v1/zones", Role::engineer, &ZoneRoutes::add_zone);
  add(Method::put, "/api/v1/zones/{id}", Role::engineer, &ZoneRoutes::put_zone);
  add(Method::del, "/api/v1/zones/{id}", Role::engineer, &ZoneRoutes::remove_zone);
}

}  // namespace qala::api
