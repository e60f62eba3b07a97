// LoRaWAN devices: how they are heard, whose they are, what is sent to them.
#include "api/lorawan_routes.h"

#include <algorithm>

#include <boost/asio/awaitable.hpp>
#include <fmt/core.h>

#include "api/body.h"
#include "base/hex.h"
#include "codec/lines.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

http::Response refuse(const Error& error, std::string_view prefix) {
  const std::string base(prefix);
  if (error.kind == ErrorKind::not_found) return Response::error(error, base + ".not_found");
  if (error.kind == ErrorKind::conflict)
    return Response::error(error, base + (error.message.starts_with("name:") ? ".name_taken" : ".in_use"));
  if (error.message.find("SyntaxError") == std::string::npos) return Response::error(error);
  auto response = Response::error(error, "codec.syntax");
  response.status = 422;
  return response;
}

Result<std::uint32_t> number_in_path(const http::Request& request, std::string_view what) {
  const auto id = parse_id(request.param("id"), kMaxEntityId);
  if (!id) return fail(ErrorKind::not_found, fmt::format("there is no such {}", what));
  return static_cast<std::uint32_t>(*id);
}

namespace {

void optional_number(JsonWriter& json, std::string_view name, const std::optional<double>& value) {
  json.key(name);
  if (value) json.number(*value);
  else json.null();
}

template <class I>
void optional_id(JsonWriter& json, std::string_view name, I id) {
  json.key(name);
  if (id) json.integer(id.value);
  else json.null();
}

void render(JsonWriter& json, const lorawan::RawUplink& uplink) {
  json.object().field("id", uplink.id).key("at").time(uplink.at).field("f_port", uplink.f_port);
  json.field("f_cnt", uplink.f_cnt).field("bytes", to_hex(uplink.payload)).key("data");
  if (uplink.data.empty()) json.null();
  else json.raw(uplink.data);
  json.field("state", name_of(uplink.state)).field("problem", uplink.problem);
  optional_number(json, "rssi", uplink.rssi);
  optional_number(json, "snr", uplink.snr);
  json.end();
}

void render(JsonWriter& json, const lorawan::Downlink& downlink) {
  json.object().field("id", downlink.id).key("at").time(downlink.at).field("by", downlink.by);
  json.field("f_port", downlink.f_port).field("bytes", to_hex(downlink.payload));
  json.field("confirmed", downlink.confirmed).field("state", downlink.state).field("words", downlink.words).end();
}

class DeviceRoutes {
 public:
  DeviceRoutes(Context& context, lorawan::Service& service) : context_(context), service_(service) {}

  awaitable<Response> list(Request&, const Caller&) {
    const auto heard = co_await service_.devices();
    if (!heard) co_return Response::error(heard.error());
    std::string out;
    JsonWriter json(out);
    json.array();
    const auto plan = service_.plan();
    for (const auto& one : *heard) render_device(json, *plan, one);
    // What was entered and has not been heard yet.
    for (const auto& [eui, device] : plan->devices) {
      if (!std::ranges::binary_search(*heard, eui, {}, &lorawan::Heard::device))
        render_device(json, *plan, {.device = eui});
    }
    json.end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> assign(Request& request, const Caller& caller) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    lorawan::Device device;
    device.eui = eui_of(request);
    const auto plan = service_.plan();
    const auto heard = co_await service_.heard(device.eui);
    if (!heard) co_return Response::error(heard.error());
    if (const auto* known = plan->device(device.eui)) device = *known;
    if (lorawan::eui(device.eui).empty() && !*heard)
      co_return refuse(fail(ErrorKind::not_found, "there is no such device; a DevEUI has 16 hexadecimal digits"),
                       "lorawan_device");
    const auto profile = id_of(*body, "profile"), thing = id_of(*body, "thing");
    const auto name = body->optional_text("name");
    if (!profile || !thing) co_return Response::error(profile ? thing.error() : profile.error());
    if (!name) co_return Response::error(name.error());
    if (body->has("profile")) device.profile = lorawan::ProfileId(*profile);
    if (body->has("thing") && *thing != 0) device.thing = ThingId(*thing);
    if (*name) device.name = **name;
    const auto done = co_await service_.assign(device, caller.actor());
    if (!done) co_return refuse(done.error(), "lorawan_device");
    std::string out;
    JsonWriter json(out);
    render_device(json, *service_.plan(), heard->value_or(lorawan::Heard{.device = device.eui}));
    co_return Response::json(std::move(out));
  }

  awaitable<Response> uplinks(Request& request, const Caller&) {
    const auto limit = count_of(request, "limit", 50, 1'000);
    if (!limit) co_return Response::error(limit.error());
    const auto found = co_await service_.uplinks(eui_of(request), *limit);
    if (!found) co_return Response::error(found.error());
    std::string out;
    JsonWriter json(out);
    json.array();
    for (const auto& uplink : *found) render(json, uplink);
    json.end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> downlinks(Request& request, const Caller&) {
    const auto limit = count_of(request, "limit", 50, 1'000);
    if (!limit) co_return Response::error(limit.error());
    const auto found = co_await service_.downlinks(eui_of(request), *limit);
    if (!found) co_return Response::error(found.error());
    std::string out;
    JsonWriter json(out);
    json.array();
    for (const auto& downlink : *found) render(json, downlink);
    json.end();
    co_return Response::json(std::move(out));
  }

  /// {f_port, bytes | data, confirmed}
  awaitable<Response> send(Request& request, const Caller& caller) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto port = body->optional_integer("f_port");
    const auto hex = body->optional_text("bytes");
    const auto confirmed = body->optional_boolean("confirmed");
    if (!port || !hex || !confirmed)
      co_return Response::error(fail(ErrorKind::invalid, "f_port is a number, bytes a text, confirmed true or false"));
    lorawan::Downlink downlink;
    downlink.device = eui_of(request);
    downlink.confirmed = confirmed->value_or(false);
    std::optional<std::int64_t> f_port = *port;
    if (*hex) {
      auto bytes = codec::from_hex(**hex);
      if (!bytes) co_return Response::error(std::move(bytes).context("bytes").error());
      downlink.payload = std::move(*bytes);
    } else if (body->has("data")) {
      auto encoded = co_await service_.encode(downlink.device, body->json("data"));
      if (!encoded) co_return refuse(encoded.error(), "lorawan_device");
      downlink.payload = std::move(encoded->payload);
      if (!f_port && encoded->port) f_port = *encoded->port;
    } else {
      co_return Response::error(fail(ErrorKind::invalid, "give bytes (hexadecimal) or data for the codec"));
    }
    if (!f_port || *f_port < 1 || *f_port > 223)
      co_return Response::error(fail(ErrorKind::invalid, "f_port: 1 to 223"));
    if (downlink.payload.size() > 242)
      co_return Response::error(fail(ErrorKind::invalid, "bytes: LoRaWAN takes at most 242"));
    downlink.f_port = static_cast<std::uint8_t>(*f_port);
    const auto done = co_await service_.send(std::move(downlink), caller.actor());
    if (!done) co_return refuse(done.error(), "lorawan_device");
    std::string out;
    JsonWriter json(out);
    render(json, *done);
    co_return Response::json(std::move(out), 201);
  }

  awaitable<Response> sources(Request&, const Caller&) {
    std::string out;
    JsonWriter json(out);
    json.array();
    for (const auto& one : service_.sources()) {
      json.object().field("name", one.source.name).field("kind", name_of(one.source.kind));
      json.field("way", one.source.way == lorawan::Source::Way::bridge ? "bridge" : "webhook");
      json.field("state", one.state).field("words", one.words).key("last_message");
      if (one.last_message.ns) json.time(one.last_message);
      else json.null();
      json.field("received", one.received).field("refused", one.refused).field("duplicates", one.duplicates).end();
    }
    json.end();
    co_return Response::json(std::move(out));
  }

 private:
  static std::string eui_of(const Request& request) {
    const std::string given(request.param("eui"));
    std::string eui = lorawan::eui(given);
    return eui.empty() ? given : eui;
  }

  /// null or absent: 0.
  static Result<std::uint32_t> id_of(const Body& body, std::string_view name) {
    if (!body.has(name) || body.is_null(name)) return std::uint32_t{0};
    TRY(const auto id, body.optional_integer(name));
    if (!id || *id < 1 || *id > kMaxEntityId)
      return fail(ErrorKind::invalid, std::string(name) + ": is a number, or null");
    return static_cast<std::uint32_t>(*id);
  }

  void render_device(JsonWriter& json, const lorawan::Plan& plan, const lorawan::Heard& heard) const {
    const auto* device = plan.device(heard.device);
    const auto* profile = device ? plan.profile(device->profile) : nullptr;
    const Instant now = context_.clock.now();
    const bool silent =
        profile && profile->expected_s > 0 && now.ns - heard.last_seen.ns > 3 * profile->expected_s * Instant::kSecond;
    json.object().field("dev_eui", heard.device);
    json.field("name", device && !device->name.empty() ? device->name : heard.name).field("source", heard.source);
    optional_id(json, "thing", device ? device->thing : ThingId{});
    optional_id(json, "profile", profile ? profile->id : lorawan::ProfileId{});
    json.key("last_seen");
    if (heard.last_seen.ns) json.time(heard.last_seen);
    else json.null();
    optional_number(json, "battery", heard.battery);
    optional_number(json, "rssi", heard.rssi);
    optional_number(json, "snr", heard.snr);
    optional_number(json, "margin", heard.margin);
    json.key("f_cnt");
    if (heard.f_cnt) json.integer(*heard.f_cnt);
    else json.null();
    json.field("received", heard.received).field("lost", heard.lost);
    json.field("state", !profile ? "unknown" : silent ? "silent" : "assigned").key("problem");
    if (heard.problem.empty()) json.null();
    else json.string(heard.problem);
    json.end();
  }

  Context& context_;
  lorawan::Service& service_;
};

}  // namespace

void add_lorawan_routes(http::Router& router, Context& context, lorawan::Service& service) {
  const auto routes = std::make_shared<DeviceRoutes>(context, service);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/lorawan/devices", Role::viewer, &DeviceRoutes::list);
  add(Method::put, "/api/v1/lorawan/devices/{eui}", Role::engineer, &DeviceRoutes::assign);
  add(Method::get, "/api/v1/lorawan/devices/{eui}/uplinks", Role::viewer, &DeviceRoutes::uplinks);
  add(Method::get, "/api/v1/lorawan/devices/{eui}/downlinks", Role::viewer, &DeviceRoutes::downlinks);
  add(Method::post, "/api/v1/lorawan/devices/{eui}/downlinks", Role::engineer, &DeviceRoutes::send);
  add(Method::get, "/api/v1/lorawan/sources", Role::viewer, &DeviceRoutes::sources);
  add_codec_routes(router, context, service);
  add_device_profile_routes(router, context, service);
  add_lorawan_hooks(router, context, service);
}

}  // namespace qala::api
