// The Things Stack v3: messages of its MQTT broker, its webhooks and its storage ({"result":…}).
#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "lorawan/members.h"
#include "lorawan/message.h"

namespace qala::lorawan {

namespace {

Error bad(std::string what) { return fail(ErrorKind::invalid, std::move(what)); }

/// v3/APPLICATION@TENANT/devices/DEVICE/up
void read_topic(std::string_view topic, Message& out) {
  const auto begin = topic.find('/'), end = topic.find("/devices/");
  if (begin == std::string_view::npos || end == std::string_view::npos || end <= begin) return;
  const std::string_view user = topic.substr(begin + 1, end - begin - 1);
  const auto at = user.find('@');
  if (at != std::string_view::npos) out.tenant = std::string(user.substr(at + 1));
  if (out.application.empty()) out.application = std::string(user.substr(0, at));
}

void add_correlations(const Json& object, Message& out) {
  const Json* ids = member(object, "correlation_ids");
  if (!ids || ids->kind != Json::Kind::array) return;
  for (const Json& id : ids->items) {
    if (id.kind == Json::Kind::string && out.downlinks.size() < 32) out.downlinks.push_back(id.text);
  }
}

void read_receptions(const Json& up, Message& out) {
  const Json* list = member(up, "rx_metadata");
  if (!list || list->kind != Json::Kind::array) return;
  for (const Json& one : list->items) {
    if (one.kind != Json::Kind::object) continue;
    auto at = time(member(one, "gps_time"));
    if (!at) at = time(member(one, "time"));
    out.receptions.push_back({.gateway = text(path(one, "gateway_ids", "gateway_id")),
                              .rssi = number(member(one, "rssi")).value_or(0),
                              .snr = number(member(one, "snr")).value_or(0),
                              .time = at});
  }
}

Result<> read_up(const Json& up, Message& out) {
  out.event = Event::up;
  out.session = text(member(up, "session_key_id"));
  TRY(out.f_cnt, counter(member(up, "f_cnt"), "f_cnt", 0xffffffff));
  TRY(const auto port, counter(member(up, "f_port"), "f_port", 255));
  out.f_port = static_cast<std::uint8_t>(port);
  TRY(out.payload, bytes(member(up, "frm_payload"), "frm_payload"));
  if (out.payload.size() > kMaxPayload) return bad("frm_payload has more than 1,024 bytes");
  out.confirmed = truth(member(up, "confirmed"));
  out.encrypted = member(up, "app_s_key") != nullptr;
  const Json *decoded = member(up, "decoded_payload"), *normalized = member(up, "normalized_payload");
  if ((decoded && !decoded->members.empty()) || normalized) {
    JsonWriter json(out.decoded);
    json.object();
    if (decoded) registry::write_json(json.key("data"), *decoded);
    if (normalized) registry::write_json(json.key("normalized"), *normalized);
    json.end();
  }
  read_receptions(up, out);
  out.spreading_factor =
      static_cast<int>(number(path(up, "settings", "data_rate", "lora", "spreading_factor")).value_or(0));
  out.battery = number(path(up, "last_battery_percentage", "value"));
  if (!out.time) out.time = time(member(up, "received_at"));
  return {};
}

struct Downlink {
  std::string_view member;
  Event event;
  std::string_view words;
};
constexpr std::array kDownlinks{
    Downlink{"downlink_queued", Event::queued, ""},
    Downlink{"downlink_sent", Event::sent, ""},
    Downlink{"downlink_ack", Event::ack, ""},
    Downlink{"downlink_nack", Event::failed, "the device did not acknowledge it in time"},
};

void read_failed(const Json& failed, Message& out) {
  out.event = Event::failed;
  if (const Json* downlink = member(failed, "downlink")) add_correlations(*downlink, out);
  const Json* error = member(failed, "error");
  if (!error) return;
  out.words = text(member(*error, "message_format"));
  if (out.words.empty()) out.words = text(member(*error, "name"));
}

void read_location(const Json& solved, Message& out) {
  out.event = Event::location;
  const Json* location = member(solved, "location");
  if (!location) return;
  out.latitude = number(member(*location, "latitude")).value_or(0);
  out.longitude = number(member(*location, "longitude")).value_or(0);
  out.altitude = number(member(*location, "altitude"));
}

Result<> read_event(const Json& root, Message& out) {
  if (const Json* up = member(root, "uplink_message")) return read_up(*up, out);
  if (const Json* join = member(root, "join_accept")) {
    out.event = Event::join;
    out.session = text(member(*join, "session_key_id"));
    if (!out.time) out.time = time(member(*join, "received_at"));
    return {};
  }
  for (const Downlink& kind : kDownlinks) {
    const Json* downlink = member(root, kind.member);
    if (!downlink) continue;
    out.event = kind.event;
    out.words = std::string(kind.words);
    add_correlations(*downlink, out);
    return {};
  }
  if (const Json* failed = member(root, "downlink_failed")) {
    read_failed(*failed, out);
    return {};
  }
  if (const Json* solved = member(root, "location_solved")) {
    read_location(*solved, out);
    return {};
  }
  const bool known = member(root, "service_data") || member(root, "downlink_queue_invalidated") ||
                     member(root, "uplink_normalized") || member(root, "downlinks");
  if (!known) return bad("it has no uplink_message, join_accept, downlink_… or location_solved");
  return {};
}

}  // namespace

Result<Message> parse_tts(std::string_view topic, std::string_view json) {
  TRY(const Json parsed, parse_object(json));
  const Json* result = member(parsed, "result");
  const Json& root = result && result->kind == Json::Kind::object ? *result : parsed;
  Message out;
  const Json* ids = member(root, "end_device_ids");
  if (!ids || ids->kind != Json::Kind::object)
    return bad("there is no end_device_ids: is it a message of The Things Stack v3?");
  out.device_id = text(member(*ids, "device_id"));
  if (const std::string given = text(member(*ids, "dev_eui")); !given.empty()) {
    out.device = eui(given);
    if (out.device.empty()) return bad("end_device_ids.dev_eui: 16 hexadecimal digits are expected");
  } else {
    out.device = out.device_id;
  }
  if (out.device.empty() || out.device.size() > 100) return bad("end_device_ids: neither dev_eui nor device_id");
  out.application = text(path(*ids, "application_ids", "application_id"));
  out.device_name = out.device_id;
  read_topic(topic, out);
  out.time = time(member(root, "received_at"));
  out.simulated = truth(member(root, "simulated"));
  TRY_VOID(read_event(root, out));
  if (out.event != Event::up && out.event != Event::join) add_correlations(root, out);
  // ns:uplink:… is one for each uplink, whatever copies of the message there are.
  const Json* correlations = member(root, "correlation_ids");
  if (out.event == Event::up && correlations && correlations->kind == Json::Kind::array) {
    const auto found = std::ranges::find_if(correlations->items, [](const Json& id) {
      return id.kind == Json::Kind::string && (id.text.starts_with("ns:uplink:") || id.text.starts_with("as:up:"));
    });
    if (found != correlations->items.end()) out.server_id = found->text;
  }
  return out;
}

}  // namespace qala::lorawan
