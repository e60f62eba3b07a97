// ChirpStack v4, by its integration.proto in the JSON mapping of proto3.
#include <algorithm>

#include <fmt/core.h>

#include "lorawan/members.h"
#include "lorawan/message.h"

namespace qala::lorawan {

namespace {

Error bad(std::string what) { return fail(ErrorKind::invalid, std::move(what)); }

/// application/APP/device/EUI/event/up, with whatever prefix, or the word alone.
std::string_view word_of(std::string_view event) {
  const auto slash = event.rfind('/');
  return slash == std::string_view::npos ? event : event.substr(slash + 1);
}

/// Webhooks that lost their query: what it is can be seen.
std::string_view guess(const Json& root) {
  if (member(root, "data") || member(root, "rxInfo") || member(root, "fPort")) return "up";
  if (member(root, "queueItemId")) return member(root, "gatewayId") || member(root, "downlinkId") ? "txack" : "ack";
  if (member(root, "location")) return "location";
  if (member(root, "level") || member(root, "code")) return "log";
  if (member(root, "margin") || member(root, "batteryLevel")) return "status";
  if (member(root, "integrationName")) return "integration";
  return member(root, "devAddr") ? "join" : "";
}

std::optional<Instant> gateway_time(const Json& one) {
  for (const char* name : {"gwTime", "nsTime", "time"}) {
    if (const auto at = time(member(one, name))) return at;
  }
  return std::nullopt;
}

Result<> read_up(const Json& root, Message& out) {
  out.session = text(member(root, "devAddr"));
  TRY(out.f_cnt, counter(member(root, "fCnt"), "fCnt", 0xffffffff));
  TRY(const auto port, counter(member(root, "fPort"), "fPort", 255));
  out.f_port = static_cast<std::uint8_t>(port);
  TRY(out.payload, bytes(member(root, "data"), "data"));
  if (out.payload.size() > kMaxPayload) return bad("data has more than 1,024 bytes");
  out.confirmed = truth(member(root, "confirmed"));
  const Json* join_server = member(root, "joinServerContext");
  out.encrypted = join_server && !join_server->members.empty();
  if (const Json* object = member(root, "object"); object && !object->members.empty())
    out.decoded = "{\"data\":" + written(*object) + "}";
  const Json* receptions = member(root, "rxInfo");
  if (receptions && receptions->kind == Json::Kind::array) {
    for (const Json& one : receptions->items) {
      if (one.kind != Json::Kind::object) continue;
      out.receptions.push_back({.gateway = text(member(one, "gatewayId")),
                                .rssi = number(member(one, "rssi")).value_or(0),
                                .snr = number(member(one, "snr")).value_or(0),
                                .time = gateway_time(one)});
    }
  }
  out.spreading_factor =
      static_cast<int>(number(path(root, "txInfo", "modulation", "lora", "spreadingFactor")).value_or(0));
  return {};
}

void read_status(const Json& root, Message& out) {
  out.margin = number(member(root, "margin")).value_or(0);
  out.external_power = truth(member(root, "externalPowerSource"));
  if (!truth(member(root, "batteryLevelUnavailable")) && !out.external_power)
    out.battery = number(member(root, "batteryLevel")).value_or(0);
}

void read_log(const Json& root, Message& out) {
  out.level = text(member(root, "level"));
  out.code = text(member(root, "code"));
  out.words = fmt::format("{}: {}", out.code.empty() ? "UNKNOWN" : out.code, text(member(root, "description")));
  if (const auto item = text(path(root, "context", "queue_item_id")); !item.empty()) out.downlinks.push_back(item);
  // What the server gave up is not waited for any more.
  const bool gives_up = out.code == "EXPIRED" || out.code == "DOWNLINK_PAYLOAD_SIZE" || out.code == "DOWNLINK_CODEC" ||
                        out.code == "DOWNLINK_GATEWAY";
  if (gives_up && !out.downlinks.empty()) out.event = Event::failed;
}

void read_location(const Json& root, Message& out) {
  const Json* location = member(root, "location");
  if (!location) return;
  out.latitude = number(member(*location, "latitude")).value_or(0);
  out.longitude = number(member(*location, "longitude")).value_or(0);
  out.altitude = number(member(*location, "altitude"));
}

}  // namespace

Result<Message> parse_chirpstack(std::string_view event, std::string_view json) {
  TRY(const Json root, parse_object(json));
  std::string_view word = word_of(event);
  if (word.empty()) word = guess(root);
  Message out;
  const Json* info = member(root, "deviceInfo");
  if (!info || info->kind != Json::Kind::object)
    return bad("there is no deviceInfo: is it a message of ChirpStack v4?");
  out.device = eui(text(member(*info, "devEui")));
  if (out.device.empty()) return bad("deviceInfo.devEui: 16 hexadecimal digits are expected");
  out.device_id = out.device;
  out.device_name = text(member(*info, "deviceName"));
  out.application = text(member(*info, "applicationId"));
  out.server_id = text(member(root, "deduplicationId"));
  out.time = time(member(root, "time"));
  if (const auto item = text(member(root, "queueItemId")); !item.empty()) out.downlinks.push_back(item);
  if (word == "up") {
    out.event = Event::up;
    TRY_VOID(read_up(root, out));
  } else if (word == "join") {
    out.event = Event::join;
    out.session = text(member(root, "devAddr"));
  } else if (word == "status") {
    out.event = Event::status;
    read_status(root, out);
  } else if (word == "ack") {
    out.event = truth(member(root, "acknowledged")) ? Event::ack : Event::failed;
    if (out.event == Event::failed) out.words = "the device did not acknowledge it in time";
  } else if (word == "txack") {
    out.event = Event::sent;
  } else if (word == "log") {
    out.event = Event::log;
    read_log(root, out);
  } else if (word == "location") {
    out.event = Event::location;
    read_location(root, out);
  } else if (word != "integration") {
    return bad(fmt::format("\"{}\" is no event of ChirpStack", word.substr(0, 40)));
  }
  return out;
}

}  // namespace qala::lorawan
