#pragma once

#include <memory>

#include "sim/evening.h"
#include "sim/town.h"

namespace qala::sim {

/// How a heat substation stands beside its plan.
struct HeatState {
  double cooled = 0;    ///< degrees below the plan
  double flow = 1;      ///< of the usual
  double pressure = 1;  ///< of the usual
};

/// An evening in its town: every place found, every event a function of time. `town` must outlive it. Thread-safe.
class Plot {
 public:
  /// `invalid` for a place that the town does not have, or that is not of the kind the event needs.
  static Result<std::shared_ptr<const Plot>> make(Evening evening, const Town& town);

  const Evening& evening() const { return evening_; }
  /// Whether any event names this device: chance keeps its hands off it.
  bool names(const Device& device) const;

  bool without_voltage(const Device& feeder, Seconds at) const;
  bool lights_out(const Device& feeder, Seconds at) const;
  bool silent(const Device& device, Seconds at) const;
  std::optional<Event> gateway_lost(const Device& gateway, Seconds at) const;
  std::optional<double> bin_level(const Device& bin, Seconds at) const;
  bool lamp_broken(const Device& lamp, Seconds at) const;
  /// `station`: 1 to 6.
  HeatState heat(unsigned station, Seconds at) const;
  /// How far the pumps of a station are from their work: 0 they run, 1 they stand.
  double pump_stopped(unsigned station, Seconds at) const;
  /// How far its second pump has failed: 0 to 1.
  double pump_failing(unsigned station, Seconds at) const;
  /// The smoke of the evening: at which moment which station shows what.
  struct Smoke {
    Seconds at;
    Area area;
    double pm2_5;
  };
  std::optional<Smoke> smoke() const;

 private:
  struct Resolved {
    Event event;
    std::int32_t device;
    bool operator()(Happening what, Seconds at) const {
      return event.what == what && at >= event.from && at < event.until;
    }
  };
  Plot(Evening evening, const Town& town) : evening_(std::move(evening)), town_(town) {}
  std::int32_t index_of(const Device& device) const {
    return static_cast<std::int32_t>(&device - town_.devices.data());
  }
  const Resolved* now(Happening what, std::int32_t device, Seconds at) const;
  void freeze(const Resolved& event, unsigned station, Seconds at, HeatState& state) const;
  void burst(const Resolved& event, unsigned station, Seconds at, HeatState& state) const;

  Evening evening_;
  const Town& town_;
  std::vector<Resolved> events_;
};

}  // namespace qala::sim
