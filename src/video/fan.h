#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "video/link.h"
#include "video/newest.h"

namespace qala::video {

/// One subscription at the worker's end. `lag` is what it was sent and has not consumed. The io_context's thread.
class Looker {
 public:
  Looker(Link& link, std::uint32_t subject) : link_(link), subject_(subject) {}

  void format(const Format& format, Shared init);  ///< null with stills
  void fragment(Instant at, bool key, bool masked, const Shared& bytes);
  void picture(Instant at, const Shared& jpeg);
  void dropped(std::uint64_t frames);
  void ended(Why why, std::string_view words, std::uint64_t damaged = 0);
  void consumed(std::uint64_t bytes) { lag_ -= std::min(lag_, bytes); }

  std::uint32_t subject() const { return subject_; }
  std::uint64_t lag() const { return lag_; }
  /// Over the limit; until it is at half of it again.
  bool behind();

  std::optional<std::uint64_t> next;  ///< serial of the sample it waits for; none: it has not begun
  bool has_format = false;

 private:
  Link& link_;
  std::uint32_t subject_;
  std::uint64_t lag_ = 0;
  bool behind_ = false;
};

/// Hands one stream's pictures to all who look at it. Each looker goes at its own speed through what `newest` holds:
/// who lags too much is passed over, and goes on with the newest key frame when it has room again. A fragment is made
/// once for all who need the same one. Decode times go on over runs and interruptions as the wall clock does, so that
/// a player's buffer has a gap there and not a jump backwards. The io_context's thread; lookers outlive their place.
class Fan {
 public:
  /// `newest` is filled by the owner, before it calls pushed(). `masked` marks what is sent.
  Fan(Newest& newest, bool masked) : newest_(newest), masked_(masked) {}

  void add(Looker& looker);
  void remove(Looker& looker);
  bool empty() const { return lookers_.empty(); }
  std::size_t size() const { return lookers_.size(); }

  /// Before the first sample and when it changes; `newest` was cleared. Audio other than AAC is left out: browsers
  /// cannot play it from MP4.
  void format(const media::Track& video, const media::Track* audio);
  bool has_format() const { return static_cast<bool>(init_); }
  const Format& current_format() const { return format_; }
  /// Samples that come start again at 0: what is the wall clock of the first.
  void run(Instant at, std::int64_t first_dts);
  /// A sample was pushed to `newest`.
  void pushed();
  void audio(const media::Sample& sample, Instant at);
  /// A looker has consumed something.
  void caught_up(Looker& looker) { deliver(looker); }
  /// No pictures for now: the format is forgotten, who comes waits.
  void interrupt();

  std::uint64_t frames_dropped() const { return frames_dropped_; }

 private:
  void deliver(Looker& looker);
  Shared muxed(std::size_t from);
  Newest& newest_;
  bool masked_;
  std::vector<Looker*> lookers_;
  Format format_;
  Shared init_;
  std::uint32_t clock_ = 90'000, audio_clock_ = 0, sequence_ = 0;
  std::optional<Instant> epoch_;
  std::int64_t offset_ = 0;     ///< added to the decode times of this run
  std::int64_t last_end_ = 0;   ///< of all that was pushed, offset included
  std::int64_t audio_end_ = 0;
  std::uint64_t made_from_ = 0, made_to_ = 0;  ///< serials of the fragment that was made last
  Shared made_;
  std::uint64_t frames_dropped_ = 0;
};

}  // namespace qala::video
