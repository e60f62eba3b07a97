#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "sim/evening.h"
#include "sim/schedule.h"
#include "sim/socket.h"

namespace qala::sim {

/// What `qala-sim run` was told.
struct Options {
  Endpoint http, mqtt;
  std::string admin_token;
  std::string state_file;  ///< device tokens of an earlier run, empty: none kept
  std::uint64_t seed = 20'260'117;
  std::size_t things = 3012;
  double days = 30;                ///< of history
  Seconds history_interval = 600;  ///< of readings older than a day; 0: each device's own
  int connections = 4;             ///< that carry history
  /// Other than 1: an evening plays so many times faster; without one the days are lived through, not sent at once.
  double speed = 1;
  std::optional<Seconds> until;    ///< stop there
  bool faults = true;
  std::optional<Evening> evening;  ///< plays from the moment the town lives
  std::optional<Seconds> at;       ///< where the evening begins, seconds after its midnight
  int cameras = 0;                 ///< simulated, with pictures
  std::string camera_cache;        ///< folder that keeps what was encoded
};

/// Wall clock in seconds, and the order to stop. Handed in, so that tests own them.
class Session {
 public:
  virtual ~Session() = default;
  virtual Seconds now() const = 0;
  /// Fractions count when the town lives faster than the clock.
  virtual double exact_now() const = 0;
  virtual bool stopping() const = 0;
  /// Waits, less if told to stop.
  virtual void pause(std::chrono::milliseconds wait) const = 0;
};

/// Sets the town up, sends its history, then lives until told to stop. Returns what went wrong for good.
Result<> run(const Options& options, const Session& session);

/// The timeline and the plot that `options` ask for; the evening begins at the stamp `start`.
Result<Frame> frame_of(const Options& options, const Town& town, Seconds start);

}  // namespace qala::sim
