#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

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
  double speed = 1;                ///< other than 1: the days are lived through so much faster, not sent at once
  std::optional<Seconds> until;    ///< stop there
  bool faults = true;
  bool evening = false;  ///< now is the evening of the pictures
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

/// The timeline and the pinned evening that `options` ask for.
struct Frame {
  Timeline timeline;
  std::optional<Seconds> evening;
};
Frame frame_of(const Options& options, Seconds now);

}  // namespace qala::sim
