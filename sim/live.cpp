#include "sim/live.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "base/log.h"
#include "sim/http_town.h"
#include "sim/mqtt_town.h"

namespace qala::sim {

namespace {

constexpr std::chrono::milliseconds kBeat{200};
constexpr std::chrono::seconds kTellEvery{60};

/// The town's time: that of the clock on the wall, or of one that starts in the past and runs faster until it has
/// caught up; an evening has its own.
class TownClock {
 public:
  TownClock(const Options& options, const Session& session, const Timeline& timeline, Seconds from)
      : session_(session),
        timeline_(timeline),
        speed_(options.evening ? 1 : options.speed),
        from_(from),
        started_(session.exact_now()),
        until_(options.until) {}
  Seconds now() const {
    const double wall = session_.exact_now();
    const double hurried = speed_ == 1 ? wall : std::min(wall, static_cast<double>(from_) + (wall - started_) * speed_);
    return town(until_ ? std::min(hurried, static_cast<double>(*until_)) : hurried);
  }
  Seconds town(double stamp) const { return static_cast<Seconds>(timeline_.town(stamp)); }
  /// Without an end the town lives until it is told to stop.
  bool ended() const { return until_ && now() >= town(static_cast<double>(*until_)); }

 private:
  const Session& session_;
  Timeline timeline_;
  double speed_;
  Seconds from_;
  double started_;
  std::optional<Seconds> until_;
};

void speak_http(HttpTown& town, const TownClock& clock, const Session& session, const std::atomic<bool>& stop) {
  std::chrono::milliseconds wait = kBeat;
  while (!stop && !session.stopping()) {
    const auto done = town.step(clock.now());
    if (!done && wait == kBeat) log::warn("HTTP waits for the server", {{"reason", done.error().message}});
    wait = done ? kBeat : std::min(2 * wait, std::chrono::milliseconds(5000));
    session.pause(wait);
  }
}

void tell(const MqttTown& mqtt, Seconds now) {
  const auto s = mqtt.state();
  log::info("living", {{"connections", s.connections},
                       {"up", s.up},
                       {"acknowledged", s.acknowledged},
                       {"waiting", s.waiting},
                       {"repeated", s.repeated},
                       {"refused", s.refused},
                       {"given_up", s.given_up},
                       {"behind_s", now - s.slowest}});
}

}  // namespace

Result<> live(const Options& options, const Session& session, const Town& town, const Frame& frame,
              const Access& access, Seconds from) {
  const TownClock clock(options, session, frame.timeline, from);
  const Seconds begin = clock.town(static_cast<double>(from));
  MqttTown mqtt(options, town, frame, access, begin);
  HttpTown http(options, town, frame, access, begin);
  log::info("town lives", {{"connections", mqtt.state().connections}});
  std::atomic<bool> stop = false;
  const std::jthread http_thread([&] { speak_http(http, clock, session, stop); });
  auto told = std::chrono::steady_clock::now();
  while (!session.stopping()) {
    const Seconds now = clock.now();
    mqtt.step(now);
    mqtt.wait(kBeat);
    if (clock.ended() && mqtt.state().slowest >= now && mqtt.state().waiting == 0) break;
    if (std::chrono::steady_clock::now() - told < kTellEvery) continue;
    told = std::chrono::steady_clock::now();
    tell(mqtt, now);
  }
  stop = true;
  return {};
}

}  // namespace qala::sim
