// Device profiles, and the files by which towns share them.
#include <boost/asio/awaitable.hpp>

#include "api/body.h"
#include "api/lorawan_routes.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using lorawan::Profile;
using lorawan::ProfileId;

namespace {

Result<Instant> instant_of(const Body& body, std::string_view name, Instant fallback) {
  if (!body.has(name) || body.is_null(name)) return fallback;
  if (const auto text = body.optional_text(name); text && *text) {
    const auto at = parse_iso(**text);
    if (!at) return fail(ErrorKind::invalid, std::string(name) + ": a time like 2026-11-30T00:00:00Z is expected");
    return *at;
  }
  TRY(const auto ms, body.optional_integer(name));
  return Instant::from_ms(ms.value_or(0));
}

class ProfileRoutes {
 public:
  ProfileRoutes(Context& context, lorawan::Service& service) : context_(context), service_(service) {}

  awaitable<Response> list(Request&, const Caller&) {
    std::string out;
    JsonWriter json(out);
    json.array();
    const auto plan = service_.plan();
    for (const auto& [id, profile] : plan->profiles) render(json, *plan, profile);
    json.end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> one(Request& request, const Caller&) {
    const auto id = number_in_path(request, "device profile");
    co_return id ? show(ProfileId(*id)) : refuse(id.error(), "device_profile");
  }

  awaitable<Response> add(Request& request, const Caller& caller) { return put(request, caller, ProfileId{}); }

  awaitable<Response> change(Request& request, const Caller& caller) {
    const auto id = number_in_path(request, "device profile");
    if (!id) co_return refuse(id.error(), "device_profile");
    co_return co_await put(request, caller, ProfileId(*id));
  }

  awaitable<Response> remove(Request& request, const Caller& caller) {
    const auto id = number_in_path(request, "device profile");
    if (!id) co_return refuse(id.error(), "device_profile");
    const auto done = co_await service_.remove_profile(ProfileId(*id), caller.actor());
    co_return done ? Response::empty() : refuse(done.error(), "device_profile");
  }

  awaitable<Response> file(Request& request, const Caller&) {
    const auto id = number_in_path(request, "device profile");
    if (!id) co_return refuse(id.error(), "device_profile");
    const auto plan = service_.plan();
    const Profile* profile = plan->profile(ProfileId(*id));
    if (!profile) co_return refuse(fail(ErrorKind::not_found, "there is no such device profile"), "device_profile");
    auto response = Response::json(service_.file_of(*profile));
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"device-profile-" + std::to_string(*id) + ".json\"");
    co_return response;
  }

  awaitable<Response> take_file(Request& request, const Caller& caller) {
    const auto done = co_await service_.import(request.body, caller.actor());
    if (!done) co_return refuse(done.error(), "device_profile");
    co_return show(done->id, 201);
  }

  awaitable<Response> rerun(Request& request, const Caller& caller) {
    const auto id = number_in_path(request, "device profile");
    if (!id) co_return refuse(id.error(), "device_profile");
    const auto body = Body::parse(request.body.empty() ? std::string_view("{}") : request.body);
    if (!body) co_return Response::error(body.error());
    const auto from = instant_of(*body, "from", {}), to = instant_of(*body, "to", context_.clock.now());
    if (!from || !to) co_return Response::error(from ? to.error() : from.error());
    const auto done = co_await service_.rerun(ProfileId(*id), *from, *to, caller.actor());
    if (!done) co_return refuse(done.error(), "device_profile");
    std::string out;
    JsonWriter(out)
        .object()
        .field("uplinks", done->uplinks)
        .field("readings", done->readings)
        .field("failed", done->failed)
        .end();
    co_return Response::json(std::move(out));
  }

 private:
  awaitable<Response> put(Request& request, const Caller& caller, ProfileId id) {
    const auto body = lorawan::parse_object(request.body);
    if (!body) co_return Response::error(body.error());
    Profile profile;
    if (id) {
      const auto plan = service_.plan();
      const Profile* known = plan->profile(id);
      if (!known) co_return refuse(fail(ErrorKind::not_found, "there is no such device profile"), "device_profile");
      profile = *known;
    }
    if (const auto read = lorawan::read_profile(*body, profile); !read) co_return Response::error(read.error());
    const auto done = co_await service_.put_profile(std::move(profile), caller.actor());
    if (!done) co_return refuse(done.error(), "device_profile");
    co_return show(done->id, id ? 200 : 201);
  }

  Response show(ProfileId id, unsigned status = 200) {
    const auto plan = service_.plan();
    const Profile* profile = plan->profile(id);
    if (!profile) return refuse(fail(ErrorKind::not_found, "there is no such device profile"), "device_profile");
    std::string out;
    JsonWriter json(out);
    render(json, *plan, *profile);
    return Response::json(std::move(out), status);
  }

  static void render(JsonWriter& json, const lorawan::Plan& plan, const Profile& profile) {
    json.object().field("id", profile.id.value);
    lorawan::write_profile(json, profile);
    json.field("devices", plan.devices_of(profile.id)).end();
  }

  Context& context_;
  lorawan::Service& service_;
};

}  // namespace

void add_device_profile_routes(http::Router& router, Context& context, lorawan::Service& service) {
  const auto routes = std::make_shared<ProfileRoutes>(context, service);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/device-profiles", Role::viewer, &ProfileRoutes::list);
  add(Method::post, "/api/v1/device-profiles", Role::engineer, &ProfileRoutes::add);
  add(Method::post, "/api/v1/device-profiles/file", Role::engineer, &ProfileRoutes::take_file, {.body_limit = 8 << 20});
  add(Method::get, "/api/v1/device-profiles/{id}", Role::viewer, &ProfileRoutes::one);
  add(Method::put, "/api/v1/device-profiles/{id}", Role::engineer, &ProfileRoutes::change);
  add(Method::del, "/api/v1/device-profiles/{id}", Role::engineer, &ProfileRoutes::remove);
  add(Method::get, "/api/v1/device-profiles/{id}/file", Role::viewer, &ProfileRoutes::file);
  add(Method::post, "/api/v1/device-profiles/{id}/rerun", Role::engineer, &ProfileRoutes::rerun);
}

}  // namespace qala::api
