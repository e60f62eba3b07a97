// A camera is turned by who looks at it.
#include <boost/json.hpp>

#include "api/body.h"
#include "api/camera_desk.h"
#include "api/steering.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

constexpr std::size_t kPresetName = 60;

Result<double> part_of_move(const Body& body, std::string_view name) {
  TRY(const auto value, body.optional_number(name));
  if (value && !(*value >= -1 && *value <= 1)) return fail(ErrorKind::invalid, std::string(name) + ": is -1 to 1");
  return value.value_or(0);
}

/// {"pan","tilt","zoom"}, {"stop":true}, {"preset":token}, {"save":name} with or without {"preset":token}.
Result<Steering::Wish> read_wish(const Body& body) {
  TRY(const auto stop, body.optional_boolean("stop"));
  if (stop && *stop) return Steering::Stop{};
  TRY(const auto preset, body.optional_text("preset"));
  if (preset && (preset->empty() || preset->size() > cameras::Limits::kSecret))
    return fail(ErrorKind::invalid, "preset: 1 to 200 bytes, as GET tells them");
  TRY(const auto name, body.optional_text("save"));
  if (name) {
    if (name->find_first_not_of(" \t\n") == std::string::npos || name->size() > kPresetName)
      return fail(ErrorKind::invalid, "save: a name of 1 to 60 bytes");
    return Steering::Save{.name = *name, .preset = preset.value_or("")};
  }
  if (preset) return Steering::GoTo{.preset = *preset};
  if (!body.has("pan") && !body.has("tilt") && !body.has("zoom"))
    return fail(ErrorKind::invalid,
                "say {\"pan\",\"tilt\",\"zoom\"}, {\"stop\":true}, {\"preset\"} or {\"save\":name}");
  Steering::Move move;
  TRY(move.pan, part_of_move(body, "pan"));
  TRY(move.tilt, part_of_move(body, "tilt"));
  TRY(move.zoom, part_of_move(body, "zoom"));
  return move;
}

class SteeringRoutes {
 public:
  explicit SteeringRoutes(CameraDesk& desk) : desk_(desk) {}

  awaitable<Response> steer(Request& request, const Caller& caller) {
    auto seen = steerable(request, caller);
    if (auto* refused = std::get_if<Response>(&seen)) co_return std::move(*refused);
    const auto& camera = std::get<cameras::Camera>(seen);
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    auto wish = read_wish(*body);
    if (!wish) co_return Response::error(wish.error());
    if (std::holds_alternative<Steering::Save>(*wish) && !caller.may(Role::engineer, part(camera)))
      co_return not_allowed(caller, Role::engineer);
    co_return co_await desk_.steering().command(request, caller, camera, std::move(*wish));
  }

  awaitable<Response> state(Request& request, const Caller& caller) {
    auto seen = steerable(request, caller);
    if (auto* refused = std::get_if<Response>(&seen)) co_return std::move(*refused);
    co_return co_await desk_.steering().state(caller, std::get<cameras::Camera>(seen));
  }

 private:
  access::Part part(const cameras::Camera& camera) const { return part_of(desk_.context(), camera); }

  std::variant<cameras::Camera, Response> steerable(const Request& request, const Caller& caller) const {
    auto seen = desk_.seeing(request, caller);
    if (auto* refused = std::get_if<Response>(&seen)) return std::move(*refused);
    auto& camera = std::get<CameraDesk::Seeing>(seen).camera;
    if (!camera.ptz || camera.control.url.empty())
      return Response::error(
          fail(ErrorKind::conflict, "it is not set that this camera can be turned, or where its ONVIF service is"),
          "camera.no_ptz");
    if (camera.off) return Response::error(fail(ErrorKind::conflict, "this camera is off"), "camera.off");
    // A mask hides a place of the picture. Turned, another place would be there, and what it hid would be seen.
    if (!camera.masks.empty())
      return Response::error(
          fail(ErrorKind::conflict,
               "this camera has masks, which hide places of its picture: turned, it would show them"),
          "camera.masks_hold");
    return std::move(camera);
  }

  CameraDesk& desk_;
};

}  // namespace

void add_steering_routes(http::Router& router, CameraDesk& desk) {
  const RoleRouter add(router, desk.context(), std::make_shared<SteeringRoutes>(desk));
  add(Method::post, "/api/v1/cameras/{id}/ptz", of_camera(Role::op), &SteeringRoutes::steer);
  add(Method::get, "/api/v1/cameras/{id}/ptz", of_camera(Role::op), &SteeringRoutes::state);
}

}  // namespace qala::api
