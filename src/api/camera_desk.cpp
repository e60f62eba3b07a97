#include "api/camera_desk.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/body.h"
#include "api/picture_view.h"
#include "api/steering.h"
#include "base/log.h"

namespace qala::api {

namespace asio = boost::asio;
using access::Role;
using cameras::LookKind;
using http::Request;
using http::Response;

namespace {

Response no_such_camera() {
  return Response::error(fail(ErrorKind::not_found, "there is no such camera"), "camera.not_found");
}

}  // namespace

CameraDesk::CameraDesk(Context& context, CameraRooms rooms)
    : context_(context),
      rooms_(std::move(rooms)),
      timer_(context.network),
      steering_(std::make_unique<Steering>(*this)) {}
CameraDesk::~CameraDesk() = default;

asio::awaitable<void> CameraDesk::run() {
  constexpr auto kBeat = std::chrono::milliseconds(100);
  for (unsigned step = 0; !stopping_; step++) {
    timer_.expires_after(kBeat);
    auto [ec] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (ec || stopping_) break;
    const auto views = views_;  // one may go meanwhile
    for (PictureView* view : views) {
      if (!views_.contains(view)) continue;
      view->beat();
      if (step % 10 == 0) view->check();
    }
    if (step % 5 == 0) steering_->beat();
    if (step % 300 == 0) {
      context_.writer.post(
          [this] {
            if (auto done = rooms_.looks.touch(); !done)
              log::warn("looks that go on not noted", {{"why", done.error().message}});
          },
          "looks");
      std::erase_if(lifts_, [now = context_.clock.now()](const auto& one) { return one.second.until <= now; });
    }
  }
}

void CameraDesk::stop() {
  stopping_ = true;
  timer_.cancel();
  const auto views = views_;
  for (PictureView* view : views) view->shut(1001, "the server stops");
}

asio::awaitable<void> CameraDesk::end_steering() { return steering_->end_all(); }

const Unmasking* CameraDesk::lift(const std::string& token) const {
  const auto found = lifts_.find(token);
  return found == lifts_.end() || found->second.until <= context_.clock.now() ? nullptr : &found->second;
}

std::variant<CameraDesk::Seeing, Response> CameraDesk::seeing(const Request& request, const Caller& caller) {
  const auto id = parse_id(request.param("id"), kMaxEntityId);
  const auto camera = id ? rooms_.cameras.find(cameras::CameraId(static_cast<std::uint32_t>(*id))) : std::nullopt;
  if (!camera) return no_such_camera();
  if (!caller.may(Role::op, part_of(context_, *camera))) return not_allowed(caller, Role::op);
  Seeing seeing{.camera = *camera, .reason = std::string(request.query_value("reason").value_or(""))};
  if (seeing.reason.size() > 500) return Response::error(fail(ErrorKind::invalid, "reason: at most 500 bytes"));
  const auto token = request.query_value("unmasked");
  if (!token) return seeing;
  const Unmasking* lifted = lift(std::string(*token));
  const auto actor = caller.actor();
  const bool mine = lifted && lifted->camera == camera->id && lifted->actor.kind == actor.kind &&
                    lifted->actor.subject == actor.subject;
  const bool may = caller.may(Role::engineer, part_of(context_, *camera));
  if (mine && !may) lifts_.erase(std::string(*token));
  if (!mine || !may)
    return Response::error(fail(ErrorKind::denied, "the mask is not lifted, or no longer: ask again"), "camera.masked");
  seeing.unmasked = true;
  seeing.reason = lifted->reason;
  seeing.case_number = lifted->case_number;
  return seeing;
}

asio::awaitable<std::variant<std::uint64_t, Response>> CameraDesk::look(const Seeing& seeing, LookKind kind,
                                                                        const Caller& caller, Instant from,
                                                                        std::optional<Instant> to) {
  cameras::Look look{.camera = seeing.camera.id,
                     .kind = kind,
                     .shown_from = from,
                     .shown_to = to,
                     .masked = !seeing.unmasked,
                     .actor = caller.actor(),
                     .reason = seeing.reason,
                     .case_number = seeing.case_number};
  const auto id = co_await run_on(context_.writer, [&] { return rooms_.looks.begin(look); }, "look");
  if (id) co_return *id;
  log::error("a look could not be recorded, so it was not allowed",
             {{"camera", seeing.camera.id.value}, {"why", id.error().message}});
  co_return Response::error(
      fail(ErrorKind::unavailable, "the look cannot be recorded, so no picture is shown: " + id.error().message),
      "look.not_recorded");
}

void CameraDesk::end_look(std::uint64_t id, std::optional<Instant> shown_to) {
  if (id == 0) return;
  context_.writer.post(
      [this, id, shown_to] {
        if (auto done = rooms_.looks.end(id, shown_to); !done)
          log::warn("the end of a look not noted", {{"why", done.error().message}});
      },
      "looks");
}

asio::awaitable<std::variant<std::string, Response>> CameraDesk::unmask(Unmasking lift, const Caller& caller) {
  const auto camera = rooms_.cameras.find(lift.camera);
  if (!camera) co_return no_such_camera();
  const Seeing seeing{.camera = *camera, .unmasked = true, .reason = lift.reason, .case_number = lift.case_number};
  const auto recorded = co_await look(seeing, LookKind::unmask, caller, context_.clock.now(), lift.until);
  if (const auto* refused = std::get_if<Response>(&recorded)) co_return *refused;
  const std::string token = context_.random.token(24);
  lift.actor = caller.actor();
  lifts_[token] = std::move(lift);
  co_return token;
}

std::variant<CameraDesk::Asked, Response> CameraDesk::asked(const Request& request) {
  auto decision = identify(context_.access, request);
  if (auto* refusal = std::get_if<Refusal>(&decision)) return std::move(refusal->response);
  auto& caller = std::get<Caller>(decision);
  auto seen = seeing(request, caller);
  if (auto* refused = std::get_if<Response>(&seen)) return std::move(*refused);
  return Asked{.caller = std::move(caller), .seeing = std::get<Seeing>(std::move(seen))};
}

asio::awaitable<http::UpgradeDecision> CameraDesk::view(Request& request, LookKind kind) {
  auto decision = asked(request);
  if (auto* refused = std::get_if<Response>(&decision)) co_return std::move(*refused);
  const auto& [caller, seeing] = std::get<Asked>(decision);
  const Instant now = context_.clock.now();
  const auto from = kind == LookKind::live ? Result<std::int64_t>(now.ns) : time_of(request, "from", std::nullopt);
  if (!from) co_return Response::error(from.error());
  const auto recorded = co_await look(seeing, kind, caller, Instant{*from});
  if (const auto* refused = std::get_if<Response>(&recorded)) co_return *refused;
  const bool sub = request.query_value("stream") == "sub" && !seeing.camera.sub.url.empty();
  PictureView::Wanted wanted{.request = request,
                             .camera = seeing.camera.id,
                             .stream = static_cast<std::uint8_t>(sub ? 1 : 0),
                             .unmasked = seeing.unmasked,
                             .look = std::get<std::uint64_t>(recorded)};
  if (kind == LookKind::playback) wanted.play = Instant{*from};
  co_return std::make_shared<PictureView>(*this, std::move(wanted));
}

}  // namespace qala::api
