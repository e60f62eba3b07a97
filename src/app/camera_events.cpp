#include "app/camera_events.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"

namespace qala::app {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

constexpr std::chrono::seconds kLasts{60}, kWait{5};
constexpr Duration kRenewAfter = std::chrono::seconds(25);
constexpr std::int64_t kSayAgain = 4 * Instant::kSecond;
constexpr std::chrono::milliseconds kFirstPause{1'000}, kLongestPause{60'000}, kDeniedPause{300'000};

/// What of a camera its listening depends on.
struct Key {
  std::string url = {}, user = {}, password = {};
  ThingId thing = {};
  friend bool operator==(const Key&, const Key&) = default;
};

std::optional<Key> key_of(const cameras::Camera& camera) {
  if (!camera.control.events || camera.off || camera.control.url.empty()) return std::nullopt;
  auto [user, password] = cameras::control_account(camera);
  return Key{
      .url = camera.control.url, .user = std::move(user), .password = std::move(password), .thing = camera.thing};
}

}  // namespace

struct CameraEvents::Ear {
  Ear(asio::io_context& network, cameras::Camera of, Key with, onvif::Account account, onvif::Post& post,
      const Clock& clock, Random& random)
      : camera(std::move(of)),
        key(std::move(with)),
        device(post, clock, random, std::move(account)),
        pause(network),
        beat(network) {}
  cameras::Camera camera;
  Key key;
  onvif::Device device;
  onvif::Noticed noticed = {};
  api::EventsHealth health = {};
  asio::steady_timer pause, beat;
  bool over = false;
  std::optional<bool> told_motion = {}, told_input = {};
  std::int64_t told_ns = 0;
};

void CameraEvents::configure(const cameras::Cameras::List& list) {
  std::erase_if(ears_, [&](const auto& one) {
    const auto camera = std::ranges::find(*list, one.first, &cameras::Camera::id);
    const bool same = camera != list->end() && key_of(*camera) == one.second->key;
    if (same) {
      if (camera->changed != one.second->camera.changed) one.second->pause.cancel();  // somebody has seen to it
      one.second->camera = *camera;
    }
    one.second->over = !same;
    if (!same) one.second->pause.cancel(), one.second->beat.cancel();
    return !same;
  });
  for (const auto& camera : *list) {
    auto key = key_of(camera);
    if (!key || ears_.contains(camera.id)) continue;
    auto at = onvif::Address::parse(key->url);
    if (!at) continue;  // check() of the camera lets none through that is none
    onvif::Account account{.at = std::move(*at), .user = key->user, .password = key->password};
    const auto ear =
        std::make_shared<Ear>(network_, camera, std::move(*key), std::move(account), post_, clock_, random_);
    ear->health.since = clock_.now();
    ears_[camera.id] = ear;
    asio::co_spawn(network_, listen(ear), asio::detached);
    asio::co_spawn(network_, watch(ear), asio::detached);
  }
}

awaitable<void> CameraEvents::listen(EarPtr ear) {
  auto pause = kFirstPause;
  while (!ear->over) {
    const std::uint64_t before = ear->health.messages;
    const auto done = co_await hear(ear);
    if (ear->over) break;
    const bool denied = !done && done.error().kind == ErrorKind::denied;
    const std::string words = done ? "it ended the subscription" : done.error().message;
    if (ear->health.state != "lost" && ear->health.state != "denied")
      log::warn("a camera tells no events", {{"camera", ear->camera.id.value}, {"why", words}});
    const std::string_view state = denied ? "denied" : "lost";
    if (ear->health.state != state) ear->health.since = clock_.now();
    ear->health.state = state;
    ear->health.words = words;
    ear->noticed.forget();
    tell(*ear);
    if (ear->health.messages != before) pause = kFirstPause;
    const auto wait = denied ? kDeniedPause : pause;
    const auto jitter = static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(wait.count() / 2));
    pause = std::min(pause * 2, kLongestPause);
    ear->pause.expires_after(wait / 2 + std::chrono::milliseconds(jitter) + wait / 4);
    co_await ear->pause.async_wait(asio::as_tuple(asio::use_awaitable));
    ear->device.forget();
  }
}

/// One subscription, from its beginning to its end.
awaitable<Result<>> CameraEvents::hear(EarPtr ear) {
  CO_TRY(const auto subscription, co_await ear->device.subscribe(kLasts));
  std::int64_t renewed_ns = clock_.monotonic_ns();
  while (!ear->over) {
    auto events = co_await ear->device.pull(subscription, kWait);
    if (!events) co_return std::move(events.error());
    if (ear->health.state != "on") {
      ear->health.state = "on";
      ear->health.words.clear();
      ear->health.since = clock_.now();
    }
    for (const auto& event : *events) ear->noticed.take(event, clock_.now());
    ear->health.messages += events->size();
    tell(*ear);
    if (ear->over || clock_.monotonic_ns() - renewed_ns < kRenewAfter.count()) continue;
    CO_TRY_VOID(co_await ear->device.renew(subscription, kLasts));
    renewed_ns = clock_.monotonic_ns();
  }
  static_cast<void>(co_await ear->device.unsubscribe(subscription));  // it ends by itself, too
  co_return Result<>();
}

/// What only begins is over by the clock, and motion that lasts is said again.
awaitable<void> CameraEvents::watch(EarPtr ear) {
  while (!ear->over) {
    ear->beat.expires_after(std::chrono::seconds(1));
    co_await ear->beat.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!ear->over) tell(*ear);
  }
}

void CameraEvents::tell(Ear& ear) {
  if (ear.over) return;
  const auto motion = ear.noticed.motion(clock_.now()), input = ear.noticed.input(clock_.now());
  const std::int64_t now = clock_.monotonic_ns();
  const bool again = motion.value_or(false) && now - ear.told_ns >= kSayAgain;
  if (motion == ear.told_motion && input == ear.told_input && !again) return;
  ear.told_motion = motion;
  ear.told_input = input;
  ear.told_ns = now;
  user_.noticed(ear.camera, motion, input);
}

void CameraEvents::stop() {
  for (auto& [id, ear] : ears_) {
    ear->over = true;
    ear->pause.cancel();
    ear->beat.cancel();
  }
  ears_.clear();
}

std::optional<api::EventsHealth> CameraEvents::health(cameras::CameraId camera) const {
  const auto ear = ears_.find(camera);
  if (ear == ears_.end()) return std::nullopt;
  return ear->second->health;
}

}  // namespace qala::app
