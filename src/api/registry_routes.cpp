#include <algorithm>
#include <filesystem>

#include "api/authorize.h"
#include "api/body.h"
#include "api/render.h"
#include "api/routes.h"
#include "base/file.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using View = registry::Registry::View;

namespace {

class RegistryRoutes {
 public:
  explicit RegistryRoutes(Context& context) : context_(context) {}

  awaitable<Response> town(Request& request) {
    std::string out;
    JsonWriter json(out);
    const Instant now = context_.clock.now();
    json.object().key("name");
    render_text(json, context_.town.name);
    json.field("zone", context_.zone.name());
    json.field("utc_offset_minutes",
               std::chrono::duration_cast<std::chrono::minutes>(context_.zone.offset(now)).count());
    json.key("center").array().number(context_.town.center.lon).number(context_.town.center.lat).end();
    json.key("now").time(now).field("version", context_.town.version).field("tls", request.secure);
    json.field("exercise", context_.town.exercise).end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> plan(Request&, const Caller&) {
    Response response;
    response.content_type = "application/geo+json";
    response.file = plan_path();
    if (!std::filesystem::exists(response.file)) {
      response.file.clear();
      response.body = R"({"type":"FeatureCollection","features":[]})";
    }
    co_return response;
  }

  awaitable<Response> put_plan(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto type = body->text("type");
    if (!type || *type != "FeatureCollection") {
      co_return Response::error(fail(ErrorKind::invalid, "the plan must be a GeoJSON FeatureCollection"));
    }
    auto done = co_await run_on(context_.writer, [this, &request, actor = caller.actor()]() -> Result<> {
      TRY_VOID(context_.audit.append({.actor = actor, .action = "plan.changed", .object = "plan", .detail = ""}));
      return write_file_atomically(plan_path(), std::as_bytes(std::span(request.body)));
    });
    co_return done ? Response::empty() : Response::error(done.error());
  }

  awaitable<Response> things(Request&, const Caller&) {
    auto out = co_await run_on(context_.pool, [this] {
      std::string text;
      context_.registry.read([&](const View& view) { render_all(text, view); });
      return text;
    });
    co_return Response::json(std::move(out));
  }

  awaitable<Response> thing(Request& request, const Caller&) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error(), "thing.not_found");
    co_return show(ThingId(static_cast<std::uint32_t>(*id)), 200);
  }

  awaitable<Response> put_thing(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    registry::Thing thing;
    if (const auto text = request.param("id"); !text.empty()) {
      const auto id = parse_id(text, kMaxEntityId);
      if (!id) co_return Response::error(id.error(), "thing.not_found");
      context_.registry.read([&](const View& view) {
        if (const auto* found = view.thing(ThingId(static_cast<std::uint32_t>(*id)))) thing = *found;
      });
      if (!thing.id) co_return Response::error(fail(ErrorKind::not_found, "no such thing"), "thing.not_found");
    }
    if (auto read = fill(*body, thing); !read) co_return Response::error(read.error());
    const bool fresh = !thing.id;
    auto done = co_await run_on(context_.writer, [this, thing, caller]() -> Result<ThingId> {
      if (!may_put(caller, thing)) return fail(ErrorKind::denied, "elsewhere");
      return context_.registry.put_thing(thing, caller.actor());
    });
    if (!done && done.error().kind == ErrorKind::denied) co_return not_allowed(caller, Role::engineer);
    if (!done)
      co_return Response::error(done.error(), done.error().kind == ErrorKind::conflict ? "thing.key_taken" : "");
    co_return show(*done, fresh ? 201 : 200);
  }

  awaitable<Response> remove_thing(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error(), "thing.not_found");
    auto done =
        co_await run_on(context_.writer,
                        [this, thing = ThingId(static_cast<std::uint32_t>(*id)), actor = caller.actor()]() -> Result<> {
                          TRY_VOID(context_.access.revoke_tokens_of(thing, actor));
                          return context_.registry.remove_thing(thing, actor);
                        });
    co_return done ? Response::empty() : Response::error(done.error(), "thing.not_found");
  }

  awaitable<Response> import(Request& request, const Caller& caller) {
    const bool csv = request.query_value("format").value_or("geojson") == "csv";
    auto report = co_await run_on(context_.writer, [this, csv, &request, caller]() -> Result<registry::ImportReport> {
      TRY(auto plan, csv ? registry::plan_csv(context_.registry, request.body)
                         : registry::plan_geojson(context_.registry, request.body));
      if (plan.report.problems.empty()) plan.report.problems = not_theirs(caller, plan.changes);
      return registry::carry_out(context_.registry, std::move(plan), caller.actor());
    });
    if (!report) co_return Response::error(report.error());
    std::string out;
    JsonWriter json(out);
    json.object().field("created", report->created).field("changed", report->changed);
    json.field("unchanged", report->unchanged).key("problems").array();
    for (const auto& problem : report->problems) json.string(problem);
    json.end();
    if (!report->problems.empty()) {
      json.key("error").object().field("kind", "invalid").field("code", "import.problems");
      json.field("message", report->problems.front()).end();
    }
    json.end();
    co_return Response::json(std::move(out), report->problems.empty() ? 200 : 400);
  }

  awaitable<Response> export_all(Request& request, const Caller&) {
    const bool csv = request.query_value("format").value_or("geojson") == "csv";
    auto text = co_await run_on(context_.pool, [this, csv] {
      return csv ? registry::export_csv(context_.registry) : registry::export_geojson(context_.registry);
    });
    Response response = Response::text(std::move(text));
    response.content_type = csv ? "text/csv; charset=utf-8" : "application/geo+json";
    co_return response;
  }

 private:
  /// Where it is now, and where it would be: nobody moves a thing out of another's part, nor into it. Writer thread.
  bool may_put(const Caller& caller, const registry::Thing& thing) const {
    bool may = caller.may(Role::engineer, part_of(thing));
    context_.registry.read([&](const View& view) {
      if (const auto* before = view.thing(thing.id)) may = may && caller.may(Role::engineer, part_of(*before));
    });
    return may;
  }

  /// What of an import the caller may not do, each as a line for the report. Writer thread.
  std::vector<std::string> not_theirs(const Caller& caller, const registry::Changes& changes) const {
    std::vector<std::string> out;
    if (caller.may(Role::engineer)) return out;
    const bool town = !changes.zones.empty() || !changes.properties.empty() ||
                      std::ranges::any_of(changes.sensors, [](const auto& sensor) { return bool(sensor.id); });
    if (town)
      out.emplace_back("zones, observed properties and known sensors: need the role engineer for the whole town");
    for (const auto& thing : changes.things) {
      if (!may_put(caller, thing)) out.push_back("thing " + thing.key + ": your role is for other parts of the town");
    }
    context_.registry.read([&](const View& view) {
      for (const auto& datastream : changes.datastreams) {
        const auto* thing = view.thing(datastream.thing);
        if (!thing || caller.may(Role::engineer, part_of(*thing))) continue;
        out.push_back("thing " + thing->key + ", datastream " + datastream.key +
                      ": your role is for other parts of the town");
      }
    });
    if (out.size() > kMostProblems) {
      const std::size_t more = out.size() - kMostProblems;
      out.resize(kMostProblems);
      out.push_back("and " + std::to_string(more) + " more");
    }
    return out;
  }
  static constexpr std::size_t kMostProblems = 100;

  std::string plan_path() const { return context_.folder + "/plan.geojson"; }

  Response show(ThingId id, unsigned status) const {
    std::string out;
    context_.registry.read([&](const View& view) {
      JsonWriter json(out);
      if (const auto* found = view.thing(id)) render_thing(json, view, *found, true);
    });
    if (out.empty()) return Response::error(fail(ErrorKind::not_found, "no such thing"), "thing.not_found");
    return Response::json(std::move(out), status);
  }

  static void render_all(std::string& text, const View& view) {
    JsonWriter json(text);
    text.reserve(view.thing_count() * 400);
    json.object().field("generation", view.generation()).key("zones").array();
    view.each_zone([&](const registry::ZoneArea& zone) {
      json.object().field("id", zone.id).field("key", zone.key).key("name");
      render_text(json, zone.name);
      json.end();
    });
    json.end().key("properties").array();
    view.each_property([&](const registry::ObservedProperty& property) {
      json.object().field("id", property.id.value).field("key", property.key).key("name");
      render_text(json, property.name);
      json.field("unit", property.unit).field("decimals", property.decimals).end();
    });
    json.end().key("things").array();
    view.each_thing([&](const registry::Thing& thing) { render_thing(json, view, thing, false); });
    json.end().end();
  }

  static Result<> fill(const Body& body, registry::Thing& thing) {
    const std::pair<const char*, std::string*> fields[] = {{"key", &thing.key},
                                                           {"name", &thing.name},
                                                           {"description", &thing.description},
                                                           {"street", &thing.street},
                                                           {"owner", &thing.owner},
                                                           {"installed", &thing.installed},
                                                           {"calibrated", &thing.calibrated}};
    for (const auto& [name, into] : fields) {
      TRY(auto text, body.optional_text(name));
      if (text) *into = *text;
    }
    TRY(const auto kind, body.optional_text("kind"));
    if (kind) {
      const auto known = registry::kind_from(*kind);
      if (!known) return fail(ErrorKind::invalid, "kind: \"" + *kind + "\" is unknown");
      thing.kind = *known;
    }
    TRY(const auto zone, body.optional_integer("zone"));
    if (zone) thing.zone = static_cast<std::uint32_t>(*zone);
    TRY(const auto parent, body.optional_integer("parent"));
    if (parent) thing.parent = ThingId(static_cast<std::uint32_t>(*parent));
    TRY(const auto gateway, body.optional_integer("gateway"));
    if (gateway) thing.gateway = ThingId(static_cast<std::uint32_t>(*gateway));
    TRY(const auto lon, body.optional_number("lon"));
    TRY(const auto lat, body.optional_number("lat"));
    if (lon.has_value() != lat.has_value()) return fail(ErrorKind::invalid, "lon and lat come together");
    if (lon) thing.location = registry::Point{*lon, *lat};
    if (body.has("properties")) thing.properties = body.json("properties");
    if (thing.name.empty()) thing.name = thing.key;
    return {};
  }

  Context& context_;
};

}  // namespace

void add_registry_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<RegistryRoutes>(context);
  const RoleRouter add(router, context, routes);
  const http::RouteOptions large{.body_limit = 32 << 20, .unpacked_limit = 64 << 20};
  router.add(Method::get, "/api/v1/town", for_anybody([routes](Request& r) { return routes->town(r); }));
  add(Method::get, "/api/v1/town/plan", Role::viewer, &RegistryRoutes::plan);
  add(Method::put, "/api/v1/town/plan", Role::admin, &RegistryRoutes::put_plan, large);
  add(Method::get, "/api/v1/things", Role::viewer, &RegistryRoutes::things);
  add(Method::post, "/api/v1/things", somewhere(Role::engineer), &RegistryRoutes::put_thing);
  add(Method::post, "/api/v1/things/import", somewhere(Role::engineer), &RegistryRoutes::import, large);
  add(Method::get, "/api/v1/things/export", Role::viewer, &RegistryRoutes::export_all);
  add(Method::get, "/api/v1/things/{id}", Role::viewer, &RegistryRoutes::thing);
  add(Method::put, "/api/v1/things/{id}", of_thing(Role::engineer), &RegistryRoutes::put_thing);
  add(Method::del, "/api/v1/things/{id}", of_thing(Role::engineer), &RegistryRoutes::remove_thing);
}

}  // namespace qala::api
