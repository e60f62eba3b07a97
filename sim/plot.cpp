#include "sim/plot.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace qala::sim {

namespace {

/// Grows towards 1 from `from` on, with `takes` as the time it takes; after `until` goes back in `returns`.
double response(Seconds at, Seconds from, Seconds until, double takes, double returns) {
  if (at <= from) return 0;
  const double grown = 1 - std::exp(-static_cast<double>(std::min(at, until) - from) / takes);
  return at <= until ? grown : grown * std::exp(-static_cast<double>(at - until) / returns);
}

bool fits(Happening what, const Device& device) {
  switch (what) {
    case Happening::smoke: return device.model == Model::air;
    case Happening::feeder_out:
    case Happening::lights_out:
    case Happening::lamps_broken: return device.model == Model::feeder;
    case Happening::main_frozen:
    case Happening::main_burst:
    case Happening::heat_lost: return device.model == Model::substation;
    case Happening::gateway_lost: return device.model == Model::gateway;
    case Happening::bin_full: return device.model == Model::bin;
    case Happening::silent: return true;
  }
  return false;
}

/// How many stations the water passes from `from` until it is at `station`; nothing if it never comes there.
std::optional<int> hops(const Town& town, unsigned from, unsigned station) {
  int count = 0;
  for (unsigned at = station; at != 0; at = town.upstream_of[at - 1], count++) {
    if (at == from) return count;
  }
  return std::nullopt;
}

/// One in `share`'s reciprocal, by number: the same ones whenever asked.
bool among(double share, unsigned number) {
  const auto every = std::max<unsigned>(1, static_cast<unsigned>(std::lround(1 / std::max(share, 0.001))));
  return number % every == 0;
}

constexpr double kMin = 60, kHr = 3600;

}  // namespace

Result<std::shared_ptr<const Plot>> Plot::make(Evening evening, const Town& town) {
  const std::shared_ptr<Plot> plot(new Plot(std::move(evening), town));
  for (const Event& event : plot->evening_.events) {
    const std::int32_t device = town.find(event.place);
    if (device < 0)
      return fail(ErrorKind::invalid, fmt::format("{}.toml: this town has no \"{}\"", plot->evening_.key, event.place));
    if (!fits(event.what, town.devices[static_cast<std::size_t>(device)]))
      return fail(ErrorKind::invalid,
                  fmt::format("{}.toml: that cannot happen to \"{}\"", plot->evening_.key, event.place));
    plot->events_.push_back({event, device});
  }
  return std::shared_ptr<const Plot>(plot);
}

const Plot::Resolved* Plot::now(Happening what, std::int32_t device, Seconds at) const {
  for (const Resolved& event : events_) {
    if (event.device == device && event(what, at)) return &event;
  }
  return nullptr;
}

bool Plot::names(const Device& device) const {
  return std::ranges::any_of(events_, [&](const Resolved& event) { return event.device == index_of(device); });
}

bool Plot::without_voltage(const Device& feeder, Seconds at) const {
  return now(Happening::feeder_out, index_of(feeder), at) != nullptr;
}

bool Plot::lights_out(const Device& feeder, Seconds at) const {
  return now(Happening::lights_out, index_of(feeder), at) != nullptr;
}

bool Plot::silent(const Device& device, Seconds at) const {
  if (device.model == Model::electricity && device.parent >= 0 &&
      now(Happening::feeder_out, device.parent, at) != nullptr)
    return true;  // a meter lives on what it measures
  for (const Resolved& event : events_) {
    if (!event(Happening::silent, at)) continue;
    if (event.device == index_of(device) && device.model != Model::gateway) return true;
    if (event.device == device.gateway && device.model == Model::water && among(event.event.strength, device.number))
      return true;
  }
  return false;
}

std::optional<Event> Plot::gateway_lost(const Device& gateway, Seconds at) const {
  const Resolved* event = now(Happening::gateway_lost, index_of(gateway), at);
  return event ? std::optional(event->event) : std::nullopt;
}

std::optional<double> Plot::bin_level(const Device& bin, Seconds at) const {
  const Resolved* event = now(Happening::bin_full, index_of(bin), at);
  return event ? std::optional(event->event.strength) : std::nullopt;
}

bool Plot::lamp_broken(const Device& lamp, Seconds at) const {
  const Resolved* event = now(Happening::lamps_broken, lamp.parent, at);
  return event && among(event->event.strength, lamp.number);
}

double Plot::pump_stopped(unsigned station, Seconds at) const {
  double stopped = 0;
  for (const Resolved& event : events_) {
    const auto& [from, until] = std::pair(event.event.from, event.event.until);
    if (event.event.what == Happening::feeder_out && town_.power_of[station - 1] == event.device)
      stopped = std::max(stopped, response(at, from, until, 0.3 * kMin, 0.5 * kMin));
  }
  return stopped;
}

double Plot::pump_failing(unsigned station, Seconds at) const {
  double failing = 0;
  for (const Resolved& event : events_) {
    if (event.event.what == Happening::heat_lost &&
        town_.devices[static_cast<std::size_t>(event.device)].number == station)
      failing = std::max(failing, response(at, event.event.from, event.event.until, kHr / 1.75, 0.4 * kHr));
  }
  return failing;
}

/// Ice closes a pipe: what lies behind it loses its pressure within minutes, its flow a little later, and cools from
/// the nearest station on.
void Plot::freeze(const Resolved& event, unsigned station, Seconds at, HeatState& state) const {
  const auto& e = event.event;
  const auto behind = hops(town_, town_.devices[static_cast<std::size_t>(event.device)].number, station);
  if (!behind) {  // the others are pushed a little harder
    state.pressure *= 1 + 0.02 * e.strength * response(at, e.from, e.until, 10 * kMin, 10 * kMin);
    return;
  }
  const Seconds late = *behind * kMinute;
  state.pressure *= 1 - 0.58 * e.strength * response(at, e.from + late, e.until + late, 5 * kMin, 6 * kMin);
  state.flow *= 1 - 0.97 * e.strength * response(at, e.from + 2 * late, e.until + late, 9 * kMin, 8 * kMin);
  const Seconds holds = (8 + 14 * *behind) * kMinute;  // the water in the pipe is still hot
  state.cooled += 62 * e.strength * response(at, e.from + holds, e.until + holds, 1.5 * kHr, 0.5 * kHr);
}

/// A leak: the station nearest to it draws more than it should, those behind it less.
void Plot::burst(const Resolved& event, unsigned station, Seconds at, HeatState& state) const {
  const auto& e = event.event;
  const double grown = e.strength * response(at, e.from, e.until, 3 * kMin, 6 * kMin);
  const auto behind = hops(town_, town_.devices[static_cast<std::size_t>(event.device)].number, station);
  state.pressure *= 1 - (behind ? 0.5 : 0.08) * grown;
  if (!behind) return;
  state.flow *= *behind == 0 ? 1 + 0.7 * grown : 1 - 0.6 * grown;
  const Seconds holds = (10 + 14 * *behind) * kMinute;
  state.cooled += 30 * e.strength * response(at, e.from + holds, e.until + holds, 2.2 * kHr, 0.6 * kHr);
}

HeatState Plot::heat(unsigned station, Seconds at) const {
  HeatState state;
  for (const Resolved& event : events_) {
    const auto& e = event.event;
    switch (e.what) {
      case Happening::main_frozen: freeze(event, station, at, state); break;
      case Happening::main_burst: burst(event, station, at, state); break;
      case Happening::heat_lost:
        if (town_.devices[static_cast<std::size_t>(event.device)].number == station)
          state.cooled += e.strength * response(at, e.from, e.until, kHr / 1.75, 0.4 * kHr);
        break;
      case Happening::feeder_out:
        if (town_.power_of[station - 1] != event.device) break;
        state.flow *= 1 - 0.9 * response(at, e.from, e.until, 1.5 * kMin, 2 * kMin);
        state.pressure *= 1 - 0.12 * response(at, e.from, e.until, kMin, kMin);
        state.cooled += 55 * response(at, e.from + 4 * kMinute, e.until, 1.9 * kHr, 0.4 * kHr);
        break;
      default: break;
    }
  }
  return state;
}

std::optional<Plot::Smoke> Plot::smoke() const {
  for (const Resolved& event : events_) {
    if (event.event.what != Happening::smoke) continue;
    return Smoke{event.event.from, town_.devices[static_cast<std::size_t>(event.device)].area, event.event.strength};
  }
  return std::nullopt;
}

}  // namespace qala::sim
