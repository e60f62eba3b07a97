#include "api/right.h"

#include "api/body.h"

namespace qala::api {

using access::Part;
using View = registry::Registry::View;

std::string_view name_of(Right::Of of) {
  switch (of) {
    case Right::Of::town: return "town";
    case Right::Of::somewhere: return "somewhere";
    case Right::Of::alarm: return "alarm";
    case Right::Of::thing: return "thing";
    case Right::Of::camera: return "camera";
  }
  return "town";
}

Part part_of(const registry::Thing& thing) {
  return {.zone = thing.zone, .kind = std::string(registry::name_of(thing.kind))};
}

Part part_of(const View& view, const alarms::Alarm& alarm) {
  if (const auto* thing = view.thing(alarm.thing)) return part_of(*thing);
  return {.zone = alarm.zone, .kind = std::string(registry::name_of(alarm.kind))};
}

Part part_of(const View& view, const alarms::Rule& rule) {
  Part part;
  if (rule.kind) part.kind = std::string(registry::name_of(*rule.kind));
  if (const auto* zone = rule.zone.empty() ? nullptr : view.zone(rule.zone)) part.zone = zone->id;
  return part;
}

namespace {

std::optional<Part> thing_part(const Context& context, ThingId id) {
  std::optional<Part> part;
  context.registry.read([&](const View& view) {
    if (const auto* thing = view.thing(id)) part = part_of(*thing);
  });
  return part;
}

std::optional<Part> camera_part(const Context& context, std::uint32_t id) {
  const auto camera = context.cameras ? context.cameras->find(cameras::CameraId(id)) : std::nullopt;
  return camera ? std::optional(part_of(context, *camera)) : std::nullopt;
}

Part alarm_part(const Context& context, const alarms::Alarm& alarm) {
  Part part;
  context.registry.read([&](const View& view) { part = part_of(view, alarm); });
  return part;
}

}  // namespace

Part part_of(const Context& context, const cameras::Camera& camera) {
  return thing_part(context, camera.thing).value_or(Part{});
}

boost::asio::awaitable<std::optional<Part>> named_part(Context& context, Right::Of of, const http::Request& request) {
  if (of == Right::Of::thing) {
    const auto thing = request.param("thing");
    const auto id = parse_id(thing.empty() ? request.param("id") : thing, kMaxEntityId);
    co_return id ? thing_part(context, ThingId(static_cast<std::uint32_t>(*id))) : std::nullopt;
  }
  if (of == Right::Of::camera) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    co_return id ? camera_part(context, static_cast<std::uint32_t>(*id)) : std::nullopt;
  }
  const auto id = parse_id(request.param("id"), std::uint64_t{1} << 53);
  if (!id) co_return std::nullopt;
  const auto open = context.alarms.board().snapshot();
  for (const auto& alarm : open->open) {
    if (alarm->id == AlarmId(*id)) co_return alarm_part(context, *alarm);
  }
  const auto closed =
      co_await run_on(context.pool, [&context, id = AlarmId(*id)] { return context.alarms.board().find(id); });
  if (!closed) co_return std::nullopt;
  co_return alarm_part(context, *closed);
}

}  // namespace qala::api
