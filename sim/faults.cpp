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

bool Faults::without_voltage(const Device& feeder, Seconds time) const {
  return plot_ && plot_->without_voltage(feeder, time);
}

bool Faults::feeder_out(const Device& feeder, Seconds time) const {
  if (without_voltage(feeder, time) || (plot_ && plot_->lights_out(feeder, time))) return true;
  return chance(feeder) && episode_at(feeder.chance, kFeederOut, time).has_value();
}

bool Faults::lamp_broken(const Device& lamp, Seconds time) const {
  if (plot_ && plot_->lamp_broken(lamp, time)) return true;
  return on_ && episode_at(lamp.chance, kLampBroken, time).has_value();
}

bool Faults::silent(const Device& device, Seconds time) const {
  if (plot_ && plot_->silent(device, time)) return true;
  return chance(device) && device.model != Model::weather && episode_at(device.chance, kSilent, time).has_value();
}

std::optional<Faults::Loss> Faults::gateway_lost(const Device& gateway, Seconds time) const {
  if (plot_) {
    if (const auto event = plot_->gateway_lost(gateway, time)) return Loss{{event->from, event->until}, true};
  }
  if (!chance(gateway)) return std::nullopt;
  const auto episode = episode_at(gateway.chance, kGatewayLost, time);
  if (!episode) return std::nullopt;
  return Loss{*episode, unit(mix(gateway.chance, static_cast<std::uint64_t>(episode->from))) < 0.75};
}

std::optional<Seconds> Faults::frozen_since(const Device& device, Seconds time) const {
  if (!on_ || !is_sensor(device.model) || (plot_ && device.model == Model::substation)) return std::nullopt;
  const auto episode = episode_at(device.chance, kFrozen, time);
  return episode ? std::optional(episode->from) : std::nullopt;
}

double Faults::drift(const Device& device, Seconds time) const {
  if (!on_ || !is_sensor(device.model) || plot_) return 0;
  const auto episode = episode_at(device.chance, kDrift, time);
  if (!episode) return 0;
  const double sign = mix(device.chance, 3) % 2 == 0 ? 1 : -1;
  return sign * static_cast<double>(time - episode->from) / static_cast<double>(21 * kDay);
}

Seconds Faults::clock_error(const Device& device, Seconds time) const {
  if (!on_ || device.voice == Voice::line || !episode_at(device.chance, kClockError, time)) return 0;
  return static_cast<Seconds>(mix(device.chance, 4) % 1500) - 1380;  // 23 minutes slow to 2 minutes fast
}

std::vector<Faults::Fate> Faults::fates(const Device& device, Seconds from, Seconds until) const {
  std::vector<Fate> out;
  if (!chance(device)) return out;
  const auto look = [&](std::string_view what, const Habit& habit) {
    for (Seconds at = from; at <= until; at += habit.shortest / 2 + 1) {
      const auto episode = episode_at(device.chance, habit, at);
      if (!episode) continue;
      out.push_back({what, *episode});
      at = std::max(at, episode->until);
    }
  };
  if (device.model == Model::feeder) look("lights_out", kFeederOut);
  if (device.model == Model::lamp) look("lamp_broken", kLampBroken);
  if (device.model != Model::weather) look("silent", kSilent);
  if (device.model == Model::gateway) look("gateway_lost", kGatewayLost);
  if (is_sensor(device.model)) look("frozen", kFrozen);
  if (is_sensor(device.model)) look("drift", kDrift);
  if (device.voice != Voice::line) look("clock_error", kClockError);
  return out;
}

bool Faults::boots_in_1970(const Device& device, Seconds time) const {
  return on_ && device.voice != Voice::line && episode_at(device.chance, kBoot, time).has_value();
}

bool Faults::repeats(const Device& device, Seconds time) const {
  return on_ && episode_at(device.chance, kRepeats, time).has_value();
}

}  // namespace qala::sim
