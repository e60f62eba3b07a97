// Devices: whose things they are, and what is sent to them.
#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/core.h>

#include "base/base64.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "codec/cayenne.h"
#include "codec/lines.h"
#include "lorawan/service.h"

namespace qala::lorawan {

namespace asio = boost::asio;

// ---- reading

asio::awaitable<Result<std::vector<Heard>>> Service::devices() {
  co_return co_await run_on(desk_->worker(), [this] { return desk_->store().devices(); });
}

asio::awaitable<Result<std::optional<Heard>>> Service::heard(std::string device) {
  co_return co_await run_on(desk_->worker(), [&] { return desk_->store().device(device); });
}

asio::awaitable<Result<std::vector<RawUplink>>> Service::uplinks(std::string device, std::size_t limit) {
  co_return co_await run_on(desk_->worker(), [&] { return desk_->store().newest(device, limit); });
}

asio::awaitable<Result<std::vector<Downlink>>> Service::downlinks(std::string device, std::size_t limit) {
  co_return co_await run_on(rooms_.writer, [&] { return downlinks_->of(device, limit); });
}

// ---- assigning

/// The thing that is meant, or a new one called after the device. Writer thread.
Result<ThingId> Service::thing_for(const Device& device, const audit::Actor& actor) {
  if (device.thing) {
    if (!has_thing(device.thing)) return fail(ErrorKind::invalid, "thing: there is no such thing");
    return device.thing;
  }
  const auto now = plan();
  if (const Device* known = now->device(device.eui); known && has_thing(known->thing)) return known->thing;
  ThingId same;
  rooms_.registry.read([&](const registry::Registry::View& view) {
    if (const auto* thing = view.thing(std::string_view(device.eui))) same = thing->id;
  });
  if (same) return same;
  registry::Thing thing;
  thing.key = device.eui;
  thing.name = device.name.empty() ? device.eui : device.name;
  thing.properties = "{}";
  return rooms_.registry.put_thing(std::move(thing), actor);
}

/// The datastreams of the profile's fields, with their units, properties and intervals. Writer thread.
Result<> Service::ensure_streams(const Device& device, const audit::Actor& actor) {
  const auto now = plan();
  const Profile* profile = now->profile(device.profile);
  if (!profile) return {};
  std::vector<registry::Datastream> streams;
  rooms_.registry.read([&](const registry::Registry::View& view) {
    const auto want = [&](const std::string& key, const std::string& property, const std::string& unit,
                          std::int64_t interval_ms) {
      registry::Datastream stream;
      const auto* known = view.datastream(device.thing, key);
      if (known) stream = *known;
      stream.thing = device.thing;
      stream.key = key;
      const auto* of =
          property.empty() ? registry::guess_property(view, key) : view.property(std::string_view(property));
      if (of) stream.property = of->id;
      stream.unit = of && of->unit == unit ? std::string() : unit;
      stream.interval_ms = interval_ms;
      if (!known || !(stream == *known)) streams.push_back(std::move(stream));
    };
    for (const Field& field : profile->fields)
      want(field.datastream, field.property, field.unit, profile->expected_s * 1'000);
    for (const char* link : {"rssi", "snr", "link_margin", "frames_lost"}) {
      if (!view.datastream(device.thing, link)) want(link, link, "", 0);
    }
  });
  return streams.empty() ? Result<>() : rooms_.registry.put_many({}, streams, actor);
}

asio::awaitable<Result<>> Service::assign(Device device, audit::Actor actor) {
  CO_TRY_VOID(co_await run_on(rooms_.writer, [&]() -> Result<> {
    const auto now = plan();
    if (device.profile && !now->profile(device.profile))
      return fail(ErrorKind::invalid, "profile: there is no such device profile");
    TRY(device.thing, thing_for(device, actor));
    TRY_VOID(book_->put_device(device, actor));
    return ensure_streams(device, actor);
  }));
  if (device.profile) asio::co_spawn(rooms_.network, catch_up(RawState::held, device.eui), asio::detached);
  co_return Result<>();
}

// ---- downlinks

asio::awaitable<Result<Service::Encoded>> Service::encode(std::string device, std::string data) {
  const auto now = plan();
  const Device* known = now->device(device);
  const Profile* profile = known ? now->profile(known->profile) : nullptr;
  if (!profile || profile->decoder == DecoderKind::server)
    co_return fail(ErrorKind::invalid, "data: the device's profile has no codec to encode it; give bytes");
  codec::Run run{.routine = codec::Routine::encode_downlink, .now_ms = rooms_.clock.now().ms()};
  run.input = codec::input_of(run.routine, data, false, profile->variables);
  codec::Answer answer;
  if (profile->decoder == DecoderKind::cayenne_lpp) {
    answer = codec::run_cayenne(run);
  } else {
    const auto loaded = loaded_.find(profile->codec);
    if (loaded == loaded_.end()) co_return fail(ErrorKind::not_found, "the codec is gone");
    run.codec = loaded->second.handle;
    const CodecId id = profile->codec;
    answer = co_await runner_->run(std::move(run));
    if (answer.outcome == codec::Outcome::stopped || answer.outcome == codec::Outcome::memory) keep_standing(id);
  }
  if (answer.outcome != codec::Outcome::answered) co_return fail(ErrorKind::invalid, "data: " + answer.text);
  CO_TRY(const Json json, parse_object(answer.text));
  const Said words = said(json);
  if (!words.errors.empty()) co_return fail(ErrorKind::invalid, "data: " + words.errors.front());
  Encoded out;
  CO_TRY(out.payload, codec::from_hex(text(member(json, "bytes"))));
  if (const auto port = number(member(json, "fPort")); port && *port >= 1 && *port <= 255)
    out.port = static_cast<std::uint8_t>(*port);
  co_return out;
}

asio::awaitable<Result<Downlink>> Service::send(Downlink downlink, audit::Actor actor) {
  CO_TRY(const auto known, co_await heard(downlink.device));
  if (!known) co_return fail(ErrorKind::not_found, "there is no such device");
  downlink.source = known->source;
  CO_TRY(auto added, co_await run_on(rooms_.writer, [&] { return downlinks_->add(downlink, actor); }));
  co_await publish(added, *known);
  co_return added;
}

namespace {

struct Letter {
  std::string topic, payload;
};

Letter letter_of(const Downlink& downlink, const Heard& heard) {
  Letter out;
  JsonWriter json(out.payload);
  if (heard.kind == ServerKind::chirpstack) {
    out.topic = fmt::format("application/{}/device/{}/command/down", heard.application, downlink.device);
    json.object().field("id", downlink.uuid).field("devEui", downlink.device);
    json.field("confirmed", downlink.confirmed).field("fPort", downlink.f_port);
    json.field("data", to_base64(downlink.payload)).end();
    return out;
  }
  const std::string tenant = heard.tenant.empty() ? "" : "@" + heard.tenant;
  out.topic = fmt::format("v3/{}{}/devices/{}/down/push", heard.application, tenant, heard.device_id);
  json.object().key("downlinks").array().object().field("f_port", downlink.f_port);
  json.field("frm_payload", to_base64(downlink.payload)).field("confirmed", downlink.confirmed);
  json.field("priority", "NORMAL").key("correlation_ids").array().string("qala:" + downlink.uuid).end();
  json.end().end().end();
  return out;
}

}  // namespace

/// Hands it to its broker, and keeps what became of that. Once at a time: it may be wanted by who queued it and by a
/// bridge that is back.
asio::awaitable<void> Service::publish(Downlink& downlink, const Heard& heard) {
  if (!publishing_.insert(downlink.id).second) co_return;
  const auto waits = co_await run_on(rooms_.writer, [&] { return downlinks_->is_unpublished(downlink.id); }, "lorawan");
  if (waits && *waits) {
    const bool by_bridge = is_bridge(downlink.source);
    Letter letter = letter_of(downlink, heard);
    Result<> sent = fail(ErrorKind::unavailable, "not connected");
    if (by_bridge && sink_)
      sent = co_await sink_->publish(downlink.source, std::move(letter.topic), std::move(letter.payload));
    downlink.published = sent.has_value();
    downlink.words.clear();
    if (!by_bridge)
      downlink.words =
          fmt::format("waits for a bridge: \"{}\" is a webhook, which takes nothing back", downlink.source);
    else if (!sent && sent.error().kind == ErrorKind::unavailable)
      downlink.words = fmt::format("waits until \"{}\" is connected", downlink.source);
    else if (!sent)
      downlink.words = fmt::format("waits until \"{}\" connects anew: {}", downlink.source, sent.error().message);
    const auto kept = co_await run_on(
        rooms_.writer, [&] { return downlinks_->published(downlink.id, downlink.published, downlink.words); },
        "lorawan");
    if (!kept) log::warn("what became of a downlink is not kept", {{"why", kept.error().message}});
  }
  publishing_.erase(downlink.id);
}

asio::awaitable<void> Service::publish_waiting(std::string source) {
  auto waiting = co_await run_on(rooms_.writer, [&] { return downlinks_->unpublished(source); }, "lorawan");
  if (!waiting) co_return;
  for (Downlink& downlink : *waiting) {
    const auto known = co_await heard(downlink.device);
    if (known && *known) co_await publish(downlink, **known);
  }
}

}  // namespace qala::lorawan
