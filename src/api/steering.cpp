#include "api/steering.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/json_writer.h"
#include "base/log.h"

namespace qala::api {

namespace asio = boost::asio;
using asio::awaitable;
using http::Response;

namespace {

constexpr int kStopTries = 4;
constexpr auto kTryAgain = std::chrono::milliseconds(500);

bool same(const audit::Actor& a, const audit::Actor& b) { return a.kind == b.kind && a.subject == b.subject; }

Response refuse(const Error& error) {
  if (error.kind == ErrorKind::denied)  // of the camera, not of who asks
    return Response::error(fail(ErrorKind::unavailable, error.message), "camera.onvif_denied");
  if (error.kind == ErrorKind::not_found)
    return Response::error(fail(ErrorKind::conflict, error.message), "camera.no_ptz");
  if (error.kind == ErrorKind::conflict || error.kind == ErrorKind::invalid) return Response::error(error);
  return Response::error(fail(ErrorKind::unavailable, error.message), "camera.onvif_silent");
}

std::string detail_of(const Steering::Wish& wish) {
  std::string out;
  JsonWriter json(out);
  json.object();
  if (const auto* to = std::get_if<Steering::GoTo>(&wish)) json.field("preset", to->preset);
  if (const auto* save = std::get_if<Steering::Save>(&wish))
    json.field("name", save->name).field("preset", save->preset);
  json.end();
  return out;
}

}  // namespace

Steering::Steering(CameraDesk& desk) : desk_(desk), context_(desk.context()) {}

/// A camera whose address or password was changed is spoken with anew.
Result<Steering::LinePtr> Steering::line(const cameras::Camera& camera) {
  TRY(auto at, onvif::Address::parse(camera.control.url));
  auto [user, password] = cameras::control_account(camera);
  onvif::Account account{.at = std::move(at), .user = std::move(user), .password = std::move(password)};
  LinePtr& known = lines_[camera.id];
  if (known && known->account == account) return known;
  known = std::make_shared<Line>(context_.network, account);
  known->device =
      std::make_shared<onvif::Device>(desk_.rooms().post, context_.clock, context_.random, std::move(account));
  return known;
}

awaitable<Result<>> Steering::find_profile(Line& line) {
  if (!line.profile.empty()) co_return Result<>();
  CO_TRY(const auto profiles, co_await line.device->profiles());
  const auto takes = [&](const onvif::Profile& one) {
    return one.ptz && (line.wanted.empty() || one.token == line.wanted);
  };
  auto found = std::ranges::find_if(profiles, takes);
  if (found == profiles.end()) found = std::ranges::find_if(profiles, &onvif::Profile::ptz);
  if (found == profiles.end()) co_return fail(ErrorKind::not_found, "none of the camera's profiles can be steered");
  line.profile = found->token;
  co_return Result<>();
}

Response Steering::held(const Lease& lease) const {
  const Instant until = context_.clock.now() + Duration(std::max<std::int64_t>(0, lease.until_ns - now_ns()));
  std::string out;
  JsonWriter json(out);
  json.object().key("error").object().field("kind", "conflict").field("code", "camera.steered");
  json.field("message", "it is being steered by " + lease.holder.subject).field("by", lease.holder.subject);
  json.field("until", until.ms()).end().end();
  return Response::json(std::move(out), 409);
}

/// Nothing: the lease is the caller's, and recorded.
awaitable<std::optional<Response>> Steering::take(const http::Request& request, const Caller& caller,
                                                  cameras::CameraId camera, const Wish& wish) {
  const auto actor = caller.actor();
  asio::steady_timer pause(context_.network);
  const auto being_recorded = [&] {
    const auto lease = leases_.find(camera);
    return lease != leases_.end() && same(lease->second.holder, actor) && !lease->second.recorded;
  };
  while (being_recorded()) {  // a key let go at once: the stop waits for what it stops
    pause.expires_after(std::chrono::milliseconds(5));
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  const auto [at, fresh] = leases_.try_emplace(camera);
  if (!fresh && (!same(at->second.holder, actor))) co_return held(at->second);
  at->second.until_ns = now_ns() + kLease.count();
  at->second.request = request;
  at->second.request.body.clear();
  if (!fresh) co_return std::nullopt;
  at->second.holder = actor;
  const auto recorded = co_await run_on(context_.writer, [&] {
    return context_.audit.append({.actor = actor,
                                  .action = "camera.steer",
                                  .object = "camera " + std::to_string(camera.value),
                                  .detail = detail_of(wish)});
  });
  if (!recorded) {
    leases_.erase(camera);
    co_return Response::error(
        fail(ErrorKind::unavailable, "it cannot be recorded, so the camera is not moved: " + recorded.error().message),
        "camera.steer_not_recorded");
  }
  Lease& mine = leases_[camera];
  mine.recorded = true;
  mine.until_ns = now_ns() + kLease.count();
  co_return std::nullopt;
}

awaitable<Response> Steering::command(const http::Request& request, const Caller& caller, const cameras::Camera& camera,
                                      Wish wish) {
  const auto id = camera.id;
  if (const auto* move = std::get_if<Move>(&wish); move && move->still()) wish = Stop{};
  const bool stops = std::holds_alternative<Stop>(wish);
  if (stops && !leases_.contains(id)) co_return Response::json("{}");  // it was told so when the lease ended
  if (auto refused = co_await take(request, caller, id, wish)) co_return std::move(*refused);
  auto spoken = line(camera);
  if (!spoken) co_return refuse(spoken.error());
  const LinePtr mine = std::move(*spoken);
  mine->wanted = camera.control.profile;
  if (std::holds_alternative<Move>(wish)) leases_[id].moving = true;
  auto done = co_await say(mine, wish);
  if (done && stops) {
    if (const auto lease = leases_.find(id); lease != leases_.end()) lease->second.moving = false;
  }
  if (!done) co_return refuse(done.error());
  std::string out;
  JsonWriter json(out);
  json.object().field("lease_ms", kLease.count() / 1'000'000);
  if (std::holds_alternative<Save>(wish)) json.field("preset", *done);
  json.end();
  co_return Response::json(std::move(out));
}

awaitable<Result<std::string>> Steering::say(LinePtr line, Wish wish) {
  const bool replaceable = std::holds_alternative<Move>(wish) || std::holds_alternative<Stop>(wish);
  const std::uint64_t mine = replaceable ? ++line->newest : 0;
  while (line->busy) {
    line->turn.expires_at(asio::steady_timer::time_point::max());
    co_await line->turn.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (replaceable && mine != line->newest) co_return std::string();  // a newer one says what is wanted
  line->busy = true;
  auto done = co_await say_now(*line, wish);
  line->busy = false;
  line->turn.cancel();
  co_return done;
}

awaitable<Result<std::string>> Steering::say_now(Line& line, const Wish& wish) {
  CO_TRY_VOID(co_await find_profile(line));
  if (const auto* move = std::get_if<Move>(&wish)) {
    CO_TRY_VOID(co_await line.device->move(line.profile, {move->pan, move->tilt, move->zoom}, kGuard));
  } else if (const auto* to = std::get_if<GoTo>(&wish)) {
    CO_TRY_VOID(co_await line.device->go_to(line.profile, to->preset));
  } else if (const auto* save = std::get_if<Save>(&wish)) {
    co_return co_await line.device->save_preset(line.profile, save->name, save->preset);
  } else {
    CO_TRY_VOID(co_await line.device->stop(line.profile));
  }
  co_return std::string();
}

awaitable<Response> Steering::state(const Caller& caller, const cameras::Camera& camera) {
  auto spoken = line(camera);
  if (!spoken) co_return refuse(spoken.error());
  const LinePtr mine = std::move(*spoken);
  mine->wanted = camera.control.profile;
  if (const auto found = co_await find_profile(*mine); !found) co_return refuse(found.error());
  const auto presets = co_await mine->device->presets(mine->profile);
  const auto position = co_await mine->device->position(mine->profile);
  if (!presets && presets.error().kind != ErrorKind::unavailable) co_return refuse(presets.error());
  std::string out;
  JsonWriter json(out);
  json.object().key("holder");
  if (const auto lease = leases_.find(camera.id); lease != leases_.end())
    json.object()
        .field("name", lease->second.holder.subject)
        .field("mine", same(lease->second.holder, caller.actor()))
        .end();
  else json.null();
  json.key("presets").array();
  for (const auto& preset : presets ? *presets : std::vector<onvif::Preset>())
    json.object().field("preset", preset.token).field("name", preset.name).end();
  json.end().key("position");
  if (position)
    json.object()
        .field("pan", position->pan)
        .field("tilt", position->tilt)
        .field("zoom", position->zoom)
        .field("moving", position->moving)
        .end();
  else json.null();
  json.end();
  co_return Response::json(std::move(out));
}

void Steering::beat() {
  std::vector<std::pair<cameras::CameraId, std::string_view>> over;
  for (const auto& [id, lease] : leases_) {
    if (!lease.recorded) continue;  // take() is at it
    if (now_ns() >= lease.until_ns) over.emplace_back(id, "no more was said");
    else if (!std::holds_alternative<CameraDesk::Asked>(desk_.asked(lease.request)))
      over.emplace_back(id, "his session or role is over");
  }
  for (const auto& [id, why] : over) end(id, why);
}

void Steering::stopped_looking(cameras::CameraId camera, const http::Request& request) {
  const auto lease = leases_.find(camera);
  if (lease == leases_.end() || !lease->second.recorded) return;
  const auto asked = desk_.asked(request);
  const auto* seen = std::get_if<CameraDesk::Asked>(&asked);
  if (seen && same(seen->caller.actor(), lease->second.holder)) end(camera, "he looks no longer");
}

void Steering::end(cameras::CameraId camera, std::string_view why) {
  const auto lease = leases_.find(camera);
  if (lease == leases_.end()) return;
  const bool moves = lease->second.moving;
  leases_.erase(lease);
  const auto spoken = lines_.find(camera);
  if (!moves || spoken == lines_.end()) return;
  log::info("a camera that moved is stopped", {{"camera", camera.value}, {"why", why}});
  asio::co_spawn(context_.network, stop(spoken->second, camera.value), asio::detached);
}

/// Somebody else may steer it by now: then what he said is the newest, and this is left out.
awaitable<void> Steering::stop(LinePtr line, std::uint32_t camera) {
  stopping_++;
  Result<std::string> done = co_await say(line, Stop{});
  asio::steady_timer pause(context_.network);
  for (int attempt = 1; !done && attempt < kStopTries; attempt++) {
    const std::uint64_t said = line->newest;
    pause.expires_after(kTryAgain);
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    if (line->newest != said) break;
    done = co_await say(line, Stop{});
  }
  if (!done) log::warn("a camera could not be told to stop", {{"camera", camera}, {"why", done.error().message}});
  stopping_--;
}

awaitable<void> Steering::end_all() {
  while (!leases_.empty()) end(leases_.begin()->first, "the server stops");
  asio::steady_timer pause(context_.network);
  for (int i = 0; stopping_ > 0 && i < 20; i++) {
    pause.expires_after(std::chrono::milliseconds(50));
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace qala::api
