#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace qala::rtsp {

/// Makes the dts of a run out of RTP timestamps: 32 bits that wrap, in showing order while frames come in decoding
/// order, and sometimes plainly wrong. Pure: the time of arrival is handed in.
///
/// B pictures: with a reordering depth of d, the dts of the n-th frame is the (n-d)-th smallest pts, which is known
/// when the n-th frame is; so nothing waits. The first d are made up before the first pts.
///
/// Wrong ones: a step back (beyond what reordering explains), none at all, or one forward of more than 5 s that the
/// time of arrival does not explain, is replaced by the usual step and counted. After three that agree with each other
/// the new timeline is taken; the run goes on without a gap.
class Timeline {
 public:
  struct Stamp {
    std::int64_t dts = 0;
    std::int32_t composition = 0;
    std::uint32_t duration = 0;
    bool restamped = false;
  };

  Timeline(std::uint32_t clock, std::uint32_t usual_step, unsigned depth)
      : clock_(clock), usual_(usual_step), lasting_(usual_step), depth_(depth) {}

  /// Frames before this one are missing: it is not reordered with those.
  void gap() { settled_ = false; }
  /// `arrival_ns` grows. `first_dts`: where the first frame lies. Empty: the pictures are reordered deeper than
  /// depth(); begin a new timeline with more.
  std::optional<Stamp> next(std::uint32_t timestamp, std::int64_t arrival_ns, bool bidirectional,
                            std::int64_t first_dts = 0);
  unsigned depth() const { return depth_; }

 private:
  bool plausible(std::int64_t step, std::int64_t arrival_ns) const;
  std::int64_t restamp(std::uint32_t timestamp, std::int64_t arrival_ns);
  Stamp place(std::int64_t pts);

  const std::int64_t clock_;
  std::int64_t usual_;    // the last step
  std::int64_t lasting_;  // the longest of late
  const unsigned depth_;

  bool begun_ = false;
  bool settled_ = false;         // sorted_ is full
  std::uint32_t last_timestamp_ = 0;  // the last that was believed
  std::int64_t last_pts_ = 0;         // and what it became
  std::int64_t last_arrival_ns_ = 0;
  std::int64_t highest_pts_ = 0;
  std::int64_t last_dts_ = -1;
  std::vector<std::int64_t> sorted_;  // of depth_ pts that are shown later

  unsigned agreeing_ = 0;  // frames on another timeline
  std::uint32_t other_timestamp_ = 0;
  std::int64_t other_pts_ = 0;
};

}  // namespace qala::rtsp
