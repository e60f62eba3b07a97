#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "video/footage_writer.h"
#include "video/newest.h"
#include "video/wire.h"

namespace qala::video {

/// When a camera records.
struct RecordPolicy {
  Record record = Record::always;
  Duration pre{}, post{};
};

/// Cuts a stream into stretches of at least kLeast, from key frame to key frame (in a drought of key frames after
/// kMost, wherever that is), and gives them to the writer: always, or around motion, or never. With Record::motion the
/// stretches of the last `pre` wait in memory, back to a key frame: what is written can be decoded. The io_context's
/// thread.
class Recording {
 public:
  static constexpr std::int64_t kLeast = Instant::kSecond, kMost = 6 * Instant::kSecond;
  static constexpr std::size_t kMostWaiting = 24u << 20;  ///< bytes, before motion

  Recording(footage::StreamId id, FootageWriter& writer) : id_(id), writer_(writer) {}

  void policy(const RecordPolicy& policy);
  /// Of the next samples. Ends what was before.
  void begin(const media::Track& video, const media::Track* audio, Instant at);
  /// Before `sample` is pushed to `newest`: may cut off what is complete.
  void coming(const media::Sample& sample, Instant at, Newest& newest);
  void audio(media::Sample sample);
  /// Something moves now, and as far as anybody knows for as long as that.
  void motion(Instant at, Duration lasts);
  /// The run is over: what is there is written, also if it is short.
  void finish(Newest& newest, Instant at);
  /// And nothing follows for the time being.
  void end();
  /// Is it being written now?
  bool active(Instant now) const;
  bool wanted() const { return policy_.record != Record::never; }

 private:
  bool moved_within(Instant from, Instant to) const;
  /// All of `newest`. `next`: what follows, if it is known.
  void take(Newest& newest, Instant until, const media::Sample* next);
  void write(Stretch stretch);
  void forget(Instant from, bool all);

  footage::StreamId id_;
  FootageWriter& writer_;
  RecordPolicy policy_;
  std::vector<media::Sample> audio_;
  std::deque<std::pair<Stretch, Instant>> waiting_;  ///< with their ends
  std::size_t waiting_bytes_ = 0;
  std::optional<Instant> motion_from_, motion_to_, last_written_;
  Duration lasts_{};
  std::uint32_t clock_ = 1;  ///< of the run's pictures, in Hz
  bool begun_ = false;
  std::size_t flushed_ = 0;  ///< samples at the front of `newest` that were written already, in a drought
};

}  // namespace qala::video
