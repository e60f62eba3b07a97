#include "sim/faults.h"

#include <algorithm>

#include "sim/chance.h"

namespace qala::sim {

namespace {

constexpr Habit kFeederOut{90 * kDay, kHour, 6 * kHour, 101};
constexpr Habit kLampBroken{900 * kDay, 2 * kDay, 10 * kDay, 102};
constexpr Habit kSilent{1500 * kDay, 12 * kHour, 4 * kDay, 103};
constexpr Habit kGatewayLost{45 * kDay, kHour, 5 * kHour, 104};
constexpr Habit kFrozen{160 * kDay, 3 * kHour, 14 * kHour, 105};
constexpr Habit kDrift{400 * kDay, 10 * kDay, 25 * kDay, 106};
constexpr Habit kClockError{900 * kDay, kDay, 6 * kDay, 107};
constexpr Habit kBoot{700 * kDay, 90, 300, 108};
constexpr Habit kRepeats{120 * kDay, 5 * kMinute, 20 * kMinute, 109};

Episode episode_in(std::uint64_t chance, const Habit& habit, Seconds window) {
  const std::uint64_t dice = mix(chance, habit.salt, static_cast<std::uint64_t>(window));
  const auto lasts =
      habit.shortest + static_cast<Seconds>(unit(mix(dice, 1)) * static_cast<double>(habit.longest - habit.shortest));
  const Seconds from =
      window * habit.every + static_cast<Seconds>(unit(dice) * static_cast<double>(habit.every - lasts));
  return {from, from + lasts};
}

/// Sensors whose freezing or wandering matters and is looked for.
bool is_sensor(Model model) {
  return model == Model::air || model == Model::substation || model == Model::weather || model == Model::stop ||
         model == Model::counter || model == Model::pump;
}

bool between(Seconds time, Seconds from, Seconds until) { return time >= from && time < until; }

}  // namespace

std::optional<Episode> episode_at(std::uint64_t chance, const Habit& habit, Seconds time) {
  // Windows are shifted per device, so that not everybody's fate turns on the same midnight.
  const auto shift = static_cast<Seconds>(mix(chance, habit.salt) % static_cast<std::uint64_t>(habit.every));
  const Seconds moved = time + shift;
  const Episode episode = episode_in(chance, habit, moved / habit.every);
  if (!between(moved, episode.from, episode.until)) return std::nullopt;
  return Episode{episode.from - shift, episode.until - shift};
}

bool Faults::feeder_out(const Device& feeder, Seconds time) const {
  if (evening_ && between(time, *evening_ - 14 * kMinute, *evening_ + 3 * kHour) && feeder.number == 12) return true;
  if (!on_ || (evening_ && feeder.number == 12)) return false;
  return episode_at(feeder.chance, kFeederOut, time).has_value();
}

bool Faults::lamp_broken(const Device& lamp, Seconds time) const {
  return on_ && episode_at(lamp.chance, kLampBroken, time).has_value();
}

bool Faults::silent(const Device& device, Seconds time) const {
  if (evening_ && device.model == Model::camera && device.number == 117 && time >= *evening_ - 338 * kMinute)
    return true;
  if (evening_ && device.model == Model::water && device.gateway >= 0 && time >= *evening_ - 106 * kMinute) {
    const Device& gateway = town_.devices[static_cast<std::size_t>(device.gateway)];
    if (gateway.number == 7 && device.number % 3 == 0) return true;
  }
  return on_ && device.model != Model::weather && episode_at(device.chance, kSilent, time).has_value();
}

std::optional<Faults::Loss> Faults::gateway_lost(const Device& gateway, Seconds time) const {
  if (!on_) return std::nullopt;
  const auto episode = episode_at(gateway.chance, kGatewayLost, time);
  if (!episode) return std::nullopt;
  return Loss{*episode, unit(mix(gateway.chance, static_cast<std::uint64_t>(episode->from))) < 0.75};
}

std::optional<Seconds> Faults::frozen_since(const Device& device, Seconds time) const {
  if (!on_ || !is_sensor(device.model) || (evening_ && device.model == Model::substation)) return std::nullopt;
  const auto episode = episode_at(device.chance, kFrozen, time);
  return episode ? std::optional(episode->from) : std::nullopt;
}

double Faults::drift(const Device& device, Seconds time) const {
  if (!on_ || !is_sensor(device.model) || evening_) return 0;
  const auto episode = episode_at(device.chance, kDrift, time);
  if (!episode) return 0;
  const double sign = mix(device.chance, 3) % 2 == 0 ? 1 : -1;
  return sign * static_cast<double>(time - episode->from) / static_cast<double>(21 * kDay);
}

Seconds Faults::clock_error(const Device& device, Seconds time) const {
  if (!on_ || device.voice == Voice::line || !episode_at(device.chance, kClockError, time)) return 0;
  return static_cast<Seconds>(mix(device.chance, 4) % 1500) - 1380;  // 23 minutes slow to 2 minutes fast
}

bool Faults::boots_in_1970(const Device& device, Seconds time) const {
  return on_ && device.voice != Voice::line && episode_at(device.chance, kBoot, time).has_value();
}

bool Faults::repeats(const Device& device, Seconds time) const {
  return on_ && episode_at(device.chance, kRepeats, time).has_value();
}

}  // namespace qala::sim
