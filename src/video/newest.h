#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"
#include "media/format.h"

namespace qala::video {

/// The pictures of one stream since its newest key frame, and before that what is not yet cut off for the recording.
/// Held once for both: a looker who comes begins with the newest key frame at once, and the recorder gets the same
/// samples moved out. Bounded: without a key frame for too long nobody can begin, and only what the recording has not
/// cut off yet is kept.
class Newest {
 public:
  static constexpr std::size_t kMostBytes = 24u << 20, kMostFrames = 2'000;

  /// Returns false if it overran: everything was forgotten, this sample too; nothing until a key frame.
  bool push(media::Sample sample, Instant at);
  void clear();
  /// Would `sample` overrun it?
  bool full(const media::Sample& sample) const {
    return bytes_ + sample.data.size() > kMostBytes || samples_.size() >= kMostFrames;
  }
  /// Everything was cut off and what comes needs it: for the recording it is kept all the same, for lookers there is
  /// nothing until a key frame.
  void go_on_without_key();

  bool has_key() const { return has_key_ && key_ < samples_.size(); }
  /// From the newest key frame on; empty without one. May be changed in place (decode times) and put back.
  std::span<media::Sample> since_key() {
    return has_key_ ? std::span(samples_).subspan(key_) : std::span<media::Sample>();
  }
  std::span<const Instant> times() const {
    return has_key_ ? std::span(times_).subspan(key_) : std::span<const Instant>();
  }
  /// Counts all samples ever pushed: that of since_key()[0], and one behind the newest.
  std::uint64_t first_serial() const { return serial_ - (samples_.size() - key_); }
  std::uint64_t next_serial() const { return serial_; }

  std::span<const media::Sample> all() const { return samples_; }
  std::span<const Instant> all_times() const { return times_; }
  /// Hands out everything before the sample `end` (an index of all()), which with its followers stays.
  std::vector<media::Sample> cut(std::size_t end);

 private:
  std::vector<media::Sample> samples_;
  std::vector<Instant> times_;
  std::size_t key_ = 0, bytes_ = 0;
  bool has_key_ = false, goes_on_ = false;
  std::uint64_t serial_ = 0;
};

}  // namespace qala::video
