// Codecs and profiles: kept in the book, run by the runner.
#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

#include "base/log.h"
#include "codec/cayenne.h"
#include "lorawan/service.h"

namespace qala::lorawan {

namespace asio = boost::asio;

namespace {

constexpr const char* kCodecThing = "payload-codecs";
constexpr const char* kCodecProperty = "codec_disabled";

/// The thing that stands for all codecs in alarms: made when one is disabled for the first time.
Result<ThingId> codec_thing(registry::Registry& registry, const audit::Actor& actor) {
  ThingId known;
  registry.read([&](const registry::Registry::View& view) {
    if (const auto* thing = view.thing(std::string_view(kCodecThing))) known = thing->id;
  });
  if (known) return known;
  registry::Thing thing;
  thing.key = kCodecThing;
  thing.name = "LoRaWAN payload codecs";
  thing.properties = "{}";
  return registry.put_thing(std::move(thing), actor);
}

}  // namespace

CodecCounts Service::counts(CodecId codec) const {
  const auto found = counts_.find(codec);
  return found == counts_.end() ? CodecCounts() : found->second;
}

/// The runner knows the codecs of the plan, each with its script as it is now.
void Service::sync_codecs() {
  if (!runner_) return;
  const auto plan = book_->plan();
  std::erase_if(loaded_, [&](const auto& one) {
    const Codec* codec = plan->codec(one.first);
    if (codec && codec->sha256 == one.second.sha256) return false;
    runner_->forget(one.second.handle);
    return true;
  });
  for (const auto& [id, codec] : plan->codecs) {
    if (loaded_.contains(id)) continue;
    const auto handle = runner_->add(*codec.script);
    if (!handle) {
      log::error("codec not taken", {{"codec", id.value}, {"why", handle.error().message}});
      continue;
    }
    runner_->set_standing(*handle, {.strikes = codec.strikes, .disabled = codec.disabled, .reason = codec.reason});
    loaded_[id] = {.handle = *handle, .sha256 = codec.sha256};
  }
}

void Service::on_disabled(std::uint32_t handle, const std::string& reason) {
  const auto found = std::ranges::find_if(loaded_, [&](const auto& one) { return one.second.handle == handle; });
  if (found == loaded_.end()) return;  // one that was only tried
  const CodecId id = found->first;
  log::error("codec disabled", {{"codec", id.value}, {"why", reason}});
  keep_standing(id);
  rooms_.writer.post([this, id] { tell_codec(id, true); }, "lorawan");
}

/// What is held against a codec outlives the program.
void Service::keep_standing(CodecId id) {
  const auto found = loaded_.find(id);
  if (found == loaded_.end() || !runner_) return;
  const auto now = runner_->standing(found->second.handle);
  rooms_.writer.post(
      [this, id, now] {
        if (auto done = book_->set_standing(id, now.strikes, now.disabled, now.reason); !done)
          log::error("strikes of a codec not kept", {{"codec", id.value}, {"why", done.error().message}});
      },
      "lorawan");
}

/// A reading of its own, so that the rules raise an alarm, and take it back. Writer thread.
void Service::tell_codec(CodecId id, bool disabled) {
  const audit::Actor actor{"system", "lorawan"};
  const std::string key = fmt::format("codec {}", id.value);
  const auto plan = book_->plan();
  const Codec* codec = plan->codec(id);
  const auto told = [&]() -> Result<> {
    TRY(const ThingId thing, codec_thing(rooms_.registry, actor));
    registry::Datastream stream;
    rooms_.registry.read([&](const registry::Registry::View& view) {
      if (const auto* known = view.datastream(thing, key)) stream = *known;
      else if (const auto* property = view.property(std::string_view(kCodecProperty))) stream.property = property->id;
    });
    const std::string name = codec ? codec->name : key;
    if (!stream.id || stream.name != name) {
      stream.thing = thing;
      stream.key = key;
      stream.name = name;
      TRY(stream.id, rooms_.registry.put_datastream(stream, actor));
    }
    ingest::Submission submission;
    submission.source.name = "lorawan";
    submission.batch.rows.push_back({.datastream = stream.id,
                                     .type = readings::ValueType::decimal,
                                     .time = rooms_.clock.now().ns,
                                     .bits = disabled});
    submission.done = [](const auto&) {};
    rooms_.intake.submit(std::move(submission));
    return {};
  }();
  if (!told) log::error("no alarm for a disabled codec", {{"codec", id.value}, {"why", told.error().message}});
}

/// Run once with nothing, in the sandbox, to see whether it can be read at all.
asio::awaitable<Result<>> Service::check_script(std::string script) {
  const auto tried = co_await try_script(
      std::move(script),
      {.routine = codec::Routine::decode_uplink, .port = 1, .bytes = std::string(), .now_ms = rooms_.clock.now().ms()});
  if (tried.answer.outcome == codec::Outcome::failed && tried.answer.text.starts_with("SyntaxError"))
    co_return fail(ErrorKind::invalid, "script: " + tried.answer.text);
  co_return Result<>();
}

asio::awaitable<Service::Tried> Service::try_script(std::string script, codec::Run run) {
  Tried out;
  const std::int64_t begun = rooms_.clock.monotonic_ns();
  if (script.empty()) {
    out.answer = codec::run_cayenne(run);
  } else {
    const auto handle = runner_->add(std::move(script));
    if (!handle) {
      out.answer = {codec::Outcome::failed, handle.error().message};
      co_return out;
    }
    run.codec = *handle;
    out.answer = co_await runner_->run(std::move(run));
    if (runner_) runner_->forget(*handle);
  }
  out.took_us = (rooms_.clock.monotonic_ns() - begun) / 1'000;
  co_return out;
}

asio::awaitable<Result<Codec>> Service::put_codec(Codec codec, audit::Actor actor) {
  CO_TRY_VOID(check(codec));
  CO_TRY_VOID(co_await check_script(*codec.script));
  const auto before = plan();
  const bool was_disabled = codec.id && before->codec(codec.id) && before->codec(codec.id)->disabled;
  CO_TRY(auto done, co_await run_on(rooms_.writer, [&] { return book_->put_codec(codec, actor); }));
  sync_codecs();
  if (was_disabled && !done.disabled) rooms_.writer.post([this, id = done.id] { tell_codec(id, false); }, "lorawan");
  if (was_disabled && !done.disabled) asio::co_spawn(rooms_.network, catch_up(RawState::held, ""), asio::detached);
  co_return done;
}

asio::awaitable<Result<>> Service::remove_codec(CodecId id, audit::Actor actor) {
  const auto before = plan();
  const bool was_disabled = before->codec(id) && before->codec(id)->disabled;
  CO_TRY_VOID(co_await run_on(rooms_.writer, [&] { return book_->remove_codec(id, actor); }));
  sync_codecs();
  counts_.erase(id);
  if (was_disabled) rooms_.writer.post([this, id] { tell_codec(id, false); }, "lorawan");
  co_return Result<>();
}

asio::awaitable<Result<>> Service::enable_codec(CodecId id, audit::Actor actor) {
  CO_TRY_VOID(co_await run_on(rooms_.writer, [&] { return book_->enable_codec(id, actor); }));
  if (const auto found = loaded_.find(id); found != loaded_.end()) runner_->set_standing(found->second.handle, {});
  rooms_.writer.post([this, id] { tell_codec(id, false); }, "lorawan");
  // What came meanwhile waits.
  asio::co_spawn(rooms_.network, catch_up(RawState::held, ""), asio::detached);
  co_return Result<>();
}

asio::awaitable<Result<Profile>> Service::put_profile(Profile profile, audit::Actor actor) {
  co_return co_await run_on(rooms_.writer, [&]() -> Result<Profile> {
    TRY(auto done, book_->put_profile(profile, actor));
    const auto now = plan();
    for (const auto& [eui, device] : now->devices) {
      if (device.profile == done.id && has_thing(device.thing)) TRY_VOID(ensure_streams(device, actor));
    }
    return done;
  });
}

asio::awaitable<Result<>> Service::remove_profile(ProfileId id, audit::Actor actor) {
  co_return co_await run_on(rooms_.writer, [&] { return book_->remove_profile(id, actor); });
}

// ---- files

std::string Service::file_of(const Profile& profile) const {
  std::string out;
  JsonWriter json(out);
  json.object().field("qala", "device-profile").field("version", 1);
  const auto now = plan();
  Profile shared = profile;
  shared.codec = {};  // a number of this town
  write_profile(json, shared);
  if (const Codec* codec = now->codec(profile.codec))
    json.key("codec").object().field("name", codec->name).field("script", *codec->script).end();
  json.end();
  return out;
}

asio::awaitable<Result<Profile>> Service::import(std::string file, audit::Actor actor) {
  CO_TRY(const Json body, parse_object(file));
  if (text(member(body, "qala")) != "device-profile" || number(member(body, "version")) != 1.0)
    co_return fail(ErrorKind::invalid, "is no file of a device profile: \"qala\":\"device-profile\",\"version\":1");
  Profile profile;
  CO_TRY_VOID(read_profile(body, profile));
  std::optional<Codec> codec;
  if (const Json* given = member(body, "codec")) {
    codec.emplace();
    codec->name = text(member(*given, "name"));
    codec->script = std::make_shared<const std::string>(text(member(*given, "script")));
    CO_TRY_VOID(check(*codec).context("codec"));
    CO_TRY_VOID(co_await check_script(*codec->script));
    // The same script under the same name is there already, from another profile of the maker.
    const auto now = plan();
    for (const auto& [id, known] : now->codecs) {
      if (known.name != codec->name) continue;
      if (*known.script != *codec->script)
        co_return fail(ErrorKind::conflict, "codec.name: there is another codec \"" + codec->name + "\"");
      profile.codec = id;
    }
    if (profile.codec) codec.reset();
  }
  if (profile.decoder == DecoderKind::codec && !profile.codec && !codec)
    co_return fail(ErrorKind::invalid, "codec: {name, script} is missing");
  auto done = co_await run_on(rooms_.writer, [&]() -> Result<Profile> { return book_->import(profile, codec, actor); });
  sync_codecs();
  co_return done;
}

}  // namespace qala::lorawan
