#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sim/plot.h"
#include "sim/town.h"
#include "sim/weather.h"

namespace qala::sim {

/// From when to when something was wrong.
struct Episode {
  Seconds from, until;
};

/// How often something goes wrong: once in every `every` seconds, at a random moment, for `shortest` to `longest`.
struct Habit {
  Seconds every;
  Seconds shortest, longest;
  std::uint64_t salt;
};

/// What goes wrong in the town, decided by seed and time alone. Rates are those of a town that is looked after: about
/// two feeders and four gateways a week, seven dark lamps and five silent devices at any moment. `plot`: what an
/// evening wants to happen besides; devices that it names are left alone by chance. Thread-safe.
class Faults {
 public:
  explicit Faults(bool on, std::shared_ptr<const Plot> plot = {}) : on_(on), plot_(std::move(plot)) {}

  bool on() const { return on_; }
  const Plot* plot() const { return plot_.get(); }

  /// The lamps get no current, be it the cabinet or the line.
  bool feeder_out(const Device& feeder, Seconds time) const;
  /// The line itself is dead, and what hangs on it.
  bool without_voltage(const Device& feeder, Seconds time) const;
  bool lamp_broken(const Device& lamp, Seconds time) const;
  /// The device sends nothing and never will for this time.
  bool silent(const Device& device, Seconds time) const;
  /// The gateway cannot reach the town; what its devices say waits. `keeps` false: it also lost what it held.
  struct Loss {
    Episode when;
    bool keeps;
  };
  std::optional<Loss> gateway_lost(const Device& gateway, Seconds time) const;
  /// Since when the sensor repeats its value.
  std::optional<Seconds> frozen_since(const Device& device, Seconds time) const;
  /// How far a sensor has wandered from the truth, 0 if it has not; -1 to 1 after three weeks.
  double drift(const Device& device, Seconds time) const;
  /// What chance has in store for a device between two moments, and what it is called.
  struct Fate {
    std::string_view what;
    Episode when;
  };
  std::vector<Fate> fates(const Device& device, Seconds from, Seconds until) const;
  /// How far the device's clock is off, in seconds.
  Seconds clock_error(const Device& device, Seconds time) const;
  /// The device has just started and thinks it is 1970.
  bool boots_in_1970(const Device& device, Seconds time) const;
  /// Everything is sent twice, as after a link that lost the acknowledgements.
  bool repeats(const Device& device, Seconds time) const;

 private:
  /// Whether chance may play with it.
  bool chance(const Device& device) const { return on_ && (!plot_ || !plot_->names(device)); }

  bool on_;
  std::shared_ptr<const Plot> plot_;
};

/// The episode of `habit` that `time` lies in, for the one with this seed.
std::optional<Episode> episode_at(std::uint64_t chance, const Habit& habit, Seconds time);

}  // namespace qala::sim
