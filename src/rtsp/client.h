#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "base/time.h"
#include "media/format.h"

namespace qala::rtsp {

/// Where a stream is. `url` is rtsp://host[:port]/path; a user and password in it are used when the fields are empty.
struct Address {
  std::string url, user, password;
  bool udp = false;  ///< ask for UDP first; TCP is used when the camera refuses it or nothing arrives
  friend bool operator==(const Address&, const Address&) = default;
};

/// idle -> connecting -> describing -> setting_up -> playing <-> stalled; waiting: back-off until the next connecting.
enum class State : std::uint8_t { idle, connecting, describing, setting_up, playing, stalled, waiting };
/// Why. Beside `playing` it is a warning: no_key_frame (they are more than 10 s apart), bad_stream (see words).
enum class Reason : std::uint8_t {
  none,
  refused,
  timeout,
  wrong_password,
  bad_answer,
  bad_sdp,
  codec_unsupported,
  no_key_frame,
  no_data,
  closed,
  bad_stream
};
std::string_view name_of(State state);
std::string_view name_of(Reason reason);

/// Since start(); never reset.
struct Counters {
  std::uint64_t bytes = 0;           ///< received, RTSP and RTP
  std::uint64_t packets = 0;         ///< RTP packets taken
  std::uint64_t lost = 0;            ///< RTP packets that never came (gaps of the sequence numbers)
  std::uint64_t reordered = 0;       ///< came late or twice
  std::uint64_t frames = 0;          ///< video frames handed on
  std::uint64_t key_frames = 0;      ///< of these
  std::uint64_t dropped_frames = 0;  ///< video frames not handed on: damaged, or after a damaged one until a key frame
  std::uint64_t restamped = 0;  ///< frames whose timestamp was wrong
  std::uint64_t format_changes = 0;
  std::uint64_t reconnects = 0;  ///< connections after the first
  std::uint64_t bad_packets = 0;  ///< that could not be understood, or belong to nothing
};

struct Frame {
  media::Sample sample;
  std::uint8_t track = 1;  ///< 1 video, 2 audio
  /// Local wall clock of the frame: the clock at the run's first frame plus what the timestamps say, pulled towards the
  /// local clock by at most 500 ppm. Never goes back within a run. When the two are 2 s apart, a new run begins.
  Instant at;
  /// What the camera's clock said, by RTCP sender reports; empty when it sends none or nonsense.
  std::optional<Instant> camera_time;
  /// Counts up at each discontinuity: connection, format, a step of the clock. dts begins at 0 in every run (audio at
  /// its distance to the video), and a run begins with a key frame. Lost packets leave a gap of dts within the run.
  std::uint32_t run = 0;
};

/// Told on the io_context's thread. May call stop() and address(), but not destroy the client, from within.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// `words`: English, for logs and engineers ("camera.lan answered 404 to DESCRIBE").
  virtual void on_state(State state, Reason reason, std::string_view words) = 0;
  /// Before a run's first frame when it is the first one or anything differs from the format before. `audio` null:
  /// none.
  virtual void on_format(const media::Track& video, const media::Track* audio) = 0;
  virtual void on_frame(Frame&& frame) = 0;
};

/// How patient a client is. Read by the given Clock, looked at every `tick`.
struct Timing {
  using ms = std::chrono::milliseconds;
  ms connect{3'000};  ///< for the TCP connection
  ms answer{5'000};  ///< for each RTSP answer
  ms no_data{5'000};  ///< without RTP of the video: stalled at half of it, then closed and tried again
  ms no_key_frame{10'000};  ///< waiting for one: tried again
  ms retry_first{1'000};  ///< back-off 1, 2, 4 … s, each ± 25 %
  /// The most for a camera that cannot be reached or says nothing, which costs it nothing: back soon after it is.
  ms retry_unreachable{1'500};
  ms retry_most{30'000};  ///< the most for a camera that answers but does not play
  ms retry_password{300'000};  ///< after two 401: cameras lock accounts that are hammered
  ms report{5'000};  ///< between RTCP receiver reports
  ms tick{100};
};

/// One stream of one camera, for ever: connects, plays, reconnects. Exactly one connection at a time; one thread, the
/// io_context's, for all calls. Clients of one io_context share a read buffer and a timer, so that an idle one costs a
/// few hundred bytes and a playing one its reads. `io`, `clock`, `random` and `watcher` must outlive it.
class Client {
 public:
  static std::unique_ptr<Client> make(boost::asio::io_context& io, const Clock& clock, Random& random, Address address,
                                      Watcher& watcher, Timing timing = {});
  virtual ~Client() = default;
  virtual void start() = 0;
  /// Says TEARDOWN, closes, and calls the watcher no more. start() begins anew.
  virtual void stop() = 0;
  /// Closes and connects to the new address at once when it differs.
  virtual void address(Address address) = 0;
  virtual Counters counters() const = 0;
  virtual State state() const = 0;
};

}  // namespace qala::rtsp
