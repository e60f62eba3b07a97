#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "video/wire.h"

namespace qala::video {

/// Who looks at a subscription. Called on serve's network thread, never after the Subscription is gone, which it may
/// end from inside a call. Must not block; bytes are valid during the call only.
class Sink {
 public:
  virtual ~Sink() = default;
  /// What follows is of this format: before the first init segment or picture, and again after a change (masks drawn
  /// or lifted, resolution, the worker's return).
  virtual void on_format(const Format& format) = 0;
  virtual void on_init(std::string_view segment) = 0;
  /// `at`: wall clock of its first frame. Live: one frame each, but for the first, which holds the pictures since the
  /// newest key frame.
  virtual void on_fragment(Instant at, bool key, std::string_view bytes) = 0;
  /// Way::stills: one JPEG.
  virtual void on_picture(Instant at, std::string_view jpeg) = 0;
  /// So many frames were left out because consumed() came too late; a key frame follows.
  virtual void on_dropped(std::uint32_t frames) = 0;
  /// The worker died; it goes on by itself with on_format when it is back. Not for play().
  virtual void on_interrupted() = 0;
  /// Nothing follows. Ending the Subscription is still its owner's.
  virtual void on_ended(const Ended& ended) = 0;
};

/// Ends what it stands for when it goes. May outlive the supervisor (then it does nothing). Network thread.
class Subscription {
 public:
  virtual ~Subscription() = default;
  /// So many bytes (of init, fragment and picture) have left for the browser. Without it a live subscription is cut
  /// to key frames after 2 MB and a playback stops after 1 MB: call it when the socket has taken them.
  virtual void consumed(std::uint64_t bytes) = 0;
};

struct Still {
  Instant at;
  bool masked = false;
  std::string jpeg;
};

/// How the worker itself does; for the health page.
struct WorkerHealth {
  bool running = false;  ///< connected and speaking
  std::uint64_t restarts = 0;  ///< deaths that were not asked for
  std::string words;  ///< why it is not running, or how it ended last; empty: never did
  std::optional<Instant> since;  ///< of running or not
  bool ffmpeg = false;
  std::int64_t pid = 0;  ///< of the newest that spoke
};

/// Holds the worker `qala-video`: starts it, listens on the socket for it, restarts it when it dies or falls silent,
/// repeats the configuration and the live subscriptions to it. One for the life of `qala serve`.
///
/// Threads: everything on the io_context's (one) thread, but status() and health(), which any thread may call.
/// Callbacks come on the io_context's thread. Rights and audit are the caller's, before it calls.
class Supervisor {
 public:
  struct Options {
    std::string socket = {};  ///< DATA/video.sock; made anew, mode 0600; at most 107 bytes
    std::string program = {};  ///< empty: `qala-video` beside the running executable
    std::chrono::milliseconds restart_first{200}, restart_most{30'000};  ///< doubles while it does not live for 10 s
    std::chrono::milliseconds silence{15'000};  ///< no status for so long: killed, restarted
    std::chrono::milliseconds stop{3'000};  ///< then it is killed
  };
  struct Listener {
    virtual ~Listener() = default;
    virtual void on_status(const Status& status) = 0;  ///< once a second
    virtual void on_event(const Event& event) = 0;
    virtual void on_worker(const WorkerHealth& health) = 0;  ///< came or went
  };

  /// `listener` outlives it; may be null.
  static std::unique_ptr<Supervisor> make(boost::asio::io_context& network, const Clock& clock, Options options,
                                          Listener* listener);
  virtual ~Supervisor() = default;

  /// Fails only if the socket cannot be made. A program that is missing or fails shows in health(), and is tried on.
  virtual Result<> start() = 0;
  /// Asks the worker to end (recordings closed), kills it after Options::stop. Nothing of it runs when this returns.
  /// The destructor without stop() kills at once, which recordings survive.
  virtual boost::asio::awaitable<void> stop() = 0;

  /// The whole list, at every change. Given to the worker at once and after each restart.
  virtual void configure(Configuration configuration) = 0;

  /// Something moves there, as the camera itself says: recorded as if the worker had seen it. To be said again every
  /// few seconds while it lasts. Lost if the worker is not there.
  virtual void motion(std::uint32_t camera) = 0;

  /// `sink` outlives the subscription. Before the worker is there the subscription waits for it.
  virtual std::unique_ptr<Subscription> watch(const Watch& watch, Sink& sink) = 0;
  /// Recorded pictures [from, to) as fast as consumed() lets them, then on_ended(finished). The worker's death ends
  /// it (Why::lost). Masked ones are transcoded.
  virtual std::unique_ptr<Subscription> play(const Play& play, Sink& sink) = 0;

  /// One picture of the newest key frame, or of a recorded one. `unavailable` without the worker, `timeout` after
  /// `patience`; the message begins with name_of(Why) and ": " where the worker said no.
  virtual boost::asio::awaitable<Result<Still>> still(StillWanted wanted, std::chrono::milliseconds patience) = 0;
  /// Connects, looks for some seconds, says what there is. The same errors.
  virtual boost::asio::awaitable<Result<Probed>> probe(ProbeWanted wanted, std::chrono::milliseconds patience) = 0;

  /// The newest; null before the first. Any thread.
  virtual std::shared_ptr<const Status> status() const = 0;
  virtual WorkerHealth health() const = 0;
};

}  // namespace qala::video
