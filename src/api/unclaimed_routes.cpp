#include "api/authorize.h"
#include "api/body.h"
#include "api/render.h"
#include "api/routes.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using ingest::Unclaimed;

namespace {

void render_device(JsonWriter& json, const ingest::WaitingDevice& device) {
  json.object().field("id", device.id).field("key", device.key);
  json.field("via", device.scope.starts_with("gateway") ? "gateway" : device.scope);
  if (device.gateway) json.field("gateway", device.gateway.value);
  json.field("first_seen", device.first_seen.ms()).field("last_seen", device.last_seen.ms());
  json.field("readings", device.readings).field("bytes", device.bytes).field("dropped", device.dropped);
  json.field("last_payload", device.last_payload).key("keys").array();
  for (const auto& key : device.keys) json.string(key);
  json.end().end();
}

class UnclaimedRoutes {
 public:
  explicit UnclaimedRoutes(Context& context) : context_(context) {}

  awaitable<Response> list(Request&, const Caller&) {
    std::string out;
    JsonWriter json(out);
    json.object().key("devices").array();
    for (const auto& device : context_.unclaimed.list()) render_device(json, device);
    json.end().field("dropped_devices", context_.unclaimed.dropped_devices()).key("limit").object();
    json.field("devices", Unclaimed::kDevices)
        .field("readings", Unclaimed::kReadings)
        .field("bytes", Unclaimed::kBytes);
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> claim(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error(), "unclaimed.not_found");
    ingest::Claim claim;
    if (!request.body.empty()) {
      auto body = Body::parse(request.body);
      if (!body) co_return Response::error(body.error());
      if (auto read = fill(*body, claim); !read) co_return Response::error(read.error());
    }
    auto thing = co_await run_on(context_.writer,
                                 [this, id = static_cast<std::uint32_t>(*id), claim, caller]() -> Result<ThingId> {
                                   if (!may_claim(caller, id, claim)) return fail(ErrorKind::denied, "elsewhere");
                                   return context_.admission.claim(id, claim, caller.actor());
                                 });
    if (!thing && thing.error().kind == ErrorKind::denied) co_return not_allowed(caller, Role::engineer);
    if (!thing) {
      co_return Response::error(thing.error(), thing.error().kind == ErrorKind::not_found ? "unclaimed.not_found" : "");
    }
    std::string out;
    context_.registry.read([&](const registry::Registry::View& view) {
      JsonWriter json(out);
      if (const auto* made = view.thing(*thing)) render_thing(json, view, *made, true);
    });
    co_return Response::json(std::move(out));
  }

  awaitable<Response> forget(Request& request, const Caller&) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error(), "unclaimed.not_found");
    auto done = co_await run_on(context_.writer,
                                [this, id = static_cast<std::uint32_t>(*id)] { return context_.unclaimed.forget(id); });
    co_return done ? Response::empty() : Response::error(done.error(), "unclaimed.not_found");
  }

 private:
  /// For what it would become; and if a thing has the key already, for that one as it is: the device would speak for
  /// it. Writer thread.
  bool may_claim(const Caller& caller, std::uint32_t id, const ingest::Claim& claim) const {
    if (caller.may(Role::engineer)) return true;
    std::string key = claim.key;
    for (const auto& device : context_.unclaimed.list()) {
      if (device.id == id && key.empty()) key = device.key;
    }
    bool may = true;
    context_.registry.read([&](const registry::Registry::View& view) {
      registry::Thing thing;
      if (const auto* known = view.thing(key)) {
        thing = *known;
        may = caller.may(Role::engineer, part_of(thing));
      }
      if (const auto* zone = view.zone(claim.zone)) thing.zone = zone->id;
      if (const auto kind = registry::kind_from(claim.kind)) thing.kind = *kind;
      may = may && caller.may(Role::engineer, part_of(thing));
    });
    return may;
  }

  Result<> fill(const Body& body, ingest::Claim& claim) const {
    const std::pair<const char*, std::string*> fields[] = {
        {"key", &claim.key}, {"name", &claim.name}, {"kind", &claim.kind}, {"street", &claim.street}};
    for (const auto& [name, into] : fields) {
      TRY(auto text, body.optional_text(name));
      if (text) *into = *text;
    }
    TRY(const auto zone, body.optional_integer("zone"));
    if (zone) {
      context_.registry.read([&](const registry::Registry::View& view) {
        if (const auto* area = view.zone(static_cast<std::uint32_t>(*zone))) claim.zone = area->key;
      });
      if (claim.zone.empty()) return fail(ErrorKind::invalid, "zone " + std::to_string(*zone) + " is unknown");
    }
    TRY(const auto lon, body.optional_number("lon"));
    TRY(const auto lat, body.optional_number("lat"));
    if (lon.has_value() != lat.has_value()) return fail(ErrorKind::invalid, "lon and lat come together");
    if (lon) claim.location = registry::Point{*lon, *lat};
    return {};
  }

  Context& context_;
};

}  // namespace

void add_unclaimed_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<UnclaimedRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/unclaimed", Role::viewer, &UnclaimedRoutes::list);
  add(Method::post, "/api/v1/unclaimed/{id}/claim", somewhere(Role::engineer), &UnclaimedRoutes::claim);
  add(Method::del, "/api/v1/unclaimed/{id}", Role::engineer, &UnclaimedRoutes::forget);
}

}  // namespace qala::api
