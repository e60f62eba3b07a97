#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/threads.h"
#include "footage/recorder.h"

namespace qala::video {

/// A stretch of one stream as it goes to the disk.
struct Stretch {
  footage::StreamId id;
  Instant at;
  std::vector<media::Sample> video, audio;
  bool motion = false;
  std::size_t bytes() const;
};

/// How long `last` stands is a guess until `next`, of the same run, is there. Where the two are parted it is written
/// down, because a stretch that seems to end too early ends the run on the disk. More than ten seconds are a gap.
void stands_until(media::Sample& last, const media::Sample& next, std::uint32_t clock);

/// Gives the recorder its own thread, so that a slow disk delays no live picture. What waits for the disk is bounded by
/// kMostQueued; beyond that stretches are refused and counted, as
/// are those that cannot be written before a key frame comes. A recorder that cannot be opened (folder missing, disk
/// away, another one has it) is tried again once in kRetry. What went wrong is told in words for kTold, each cause for
/// itself: what is well again in one place hides no other. Calls come from one thread.
class FootageWriter {
 public:
  static constexpr std::size_t kMostQueued = 192u << 20;
  static constexpr std::int64_t kRetry = 3 * Instant::kSecond;
  static constexpr std::int64_t kTold = Instant::kMinute;

  explicit FootageWriter(const Clock& clock);
  ~FootageWriter();  ///< writes what is queued, ends all streams
  FootageWriter(const FootageWriter&) = delete;
  FootageWriter& operator=(const FootageWriter&) = delete;

  void open(std::string folder, footage::Retention retention);  ///< an empty folder: nothing is recorded
  void begin(footage::StreamId id, const media::Track& video, const media::Track* audio, Instant at);
  void append(Stretch stretch);
  void end(footage::StreamId id);
  /// Once a second.
  void chores();

  std::size_t queued() const { return queued_; }
  std::uint64_t errors() const { return errors_; }
  std::uint64_t dropped() const { return dropped_; }
  std::string words() const;  ///< the gravest of what is wrong; empty: nothing is

 private:
  struct Inside;
  struct Format;
  static std::vector<Stretch> in_parts(Stretch stretch, const Format& format);
  void write(const Stretch& stretch, const Format& format);
  enum class Trouble : std::uint8_t { opening, writing, slow, syncing };
  using Cause = std::pair<Trouble, footage::StreamId>;  ///< the stream where it is one's own
  struct Told {
    std::string words;
    std::int64_t until_ns = 0;
  };
  void trouble(const Cause& cause, const std::string& words);
  void well(const Cause& cause);
  const Clock& clock_;
  std::atomic<std::size_t> queued_{0};
  std::atomic<std::uint64_t> errors_{0}, dropped_{0};
  std::atomic<bool> chores_waiting_{false};
  mutable std::mutex mutex_;
  std::map<Cause, Told> told_;
  std::unique_ptr<Inside> inside_;  ///< of the thread alone
  Worker thread_;
};

}  // namespace qala::video
