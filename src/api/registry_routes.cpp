#include <algorithm>
#include <filesystem>

#include "api/authorize.h"
#include "api/body.h"
#include "api/render.h"
#include "api/routes.h"
#include "api/thing_body.h"
#include "base/file.h"
#include "registry/editing.h"

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

  awaitable<Response> import(Request& request, const Caller& caller) {
    const bool csv = request.query_value("format").value_or("geojson") == "csv";
    const bool dry = request.query_value("dry_run").value_or("0") == "1";
    auto report = co_await run_on(context_.writer, [&, csv, dry, caller]() -> Result<registry::ImportReport> {
      TRY(auto plan, csv ? registry::plan_csv(context_.registry, request.body)
                         : registry::plan_geojson(context_.registry, request.body));
      if (plan.report.problems.empty()) plan.report.problems = not_theirs(caller, plan.changes);
      if (dry) return registry::try_out(context_.registry, std::move(plan));
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
  /// What of an import the caller may not do, each as a line for the report. Writer thread.
  std::vector<std::string> not_theirs(const Caller& caller, const registry::Changes& changes) const {
    std::vector<std::string> out;
    if (caller.may(Role::engineer)) return out;
    const bool town = !changes.zones.empty() || !changes.properties.empty() ||
                      std::ranges::any_of(changes.sensors, [](const auto& sensor) { return bool(sensor.id); });
    if (town)
      out.emplace_back("zones, observed properties and known sensors: need the role engineer for the whole town");
    for (const auto& thing : changes.things) {
      if (!may_put(context_, caller, thing))
        out.push_back("thing " + thing.key + ": your role is for other parts of the town");
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
  add(Method::post, "/api/v1/things/import", somewhere(Role::engineer), &RegistryRoutes::import, large);
  add(Method::get, "/api/v1/things/export", Role::viewer, &RegistryRoutes::export_all);
}

}  // namespace qala::api
