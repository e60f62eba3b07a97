#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cameras/camera_faults.h"
#include "sim/cameras/clock_strip.h"
#include "sim/cameras/loop.h"

namespace qala::sim {

/// One picture on its way: NAL units in order, of the loop or made for this moment.
struct Outgoing {
  bool key = false;
  std::uint32_t rtp_time = 0;
  std::vector<std::string_view> units;  ///< valid until the next picture of the stream
};

/// What a camera's stream can show, all of the same number of pictures a second.
struct Shows {
  LoopPtr usual;
  LoopPtr small;      ///< after `resolution`; may be empty
  LoopPtr elsewhere;  ///< after `move`; may be empty
};

/// One stream of one camera: which picture is due when, as a function of time alone, and what faults make of it.
/// Whoever looks sees the same pictures. Not thread-safe.
class CameraStream {
 public:
  CameraStream(std::uint32_t camera, bool sub, Shows shows, std::int64_t start_ns);

  /// Pictures before `now_ns` are gone: called when somebody begins to look.
  void wake(std::int64_t now_ns);
  /// When the next picture is due, by the monotonic clock.
  std::int64_t due_ns() const;
  /// Makes it, and goes on to the next. `wall_ms` is burnt in. Nothing if a fault swallows it.
  std::optional<Outgoing> next(std::int64_t now_ns, std::int64_t wall_ms, const Ailments& ailments);

  /// RTP time of a moment.
  std::uint32_t rtp_at(std::int64_t now_ns, const Ailments& ailments) const;
  const Loop& loop() const { return *shows_.usual; }
  std::uint32_t camera() const { return camera_; }
  bool sub() const { return sub_; }

 private:
  enum class Mode : std::uint8_t { live, frozen, flat, hold };
  void choose(std::int64_t now_ns, std::int64_t wall_ms, const Ailments& ailments);
  std::uint32_t rtp_of(std::int64_t media, double ahead) const;
  void add_body(Outgoing& out, const LoopPicture& picture);
  void add_made(Outgoing& out, std::string unit);

  std::uint32_t camera_;
  bool sub_;
  Shows shows_;
  LoopPtr showing_;
  ClockStrip strip_;
  std::int64_t start_ns_;
  std::int64_t phase_;  ///< where in the loop the camera was at the start, 1/90,000 s
  std::uint32_t rtp_start_;
  std::int64_t cycle_ = 0;
  std::size_t index_ = 0;
  Mode mode_ = Mode::live;
  std::size_t frozen_at_ = 0;
  std::int64_t frozen_ms_ = 0;
  std::uint8_t grey_ = 24;
  SliceHead last_;  ///< of the last picture that was sent
  bool begun_ = false;
  std::uint64_t dice_ = 0;
  std::deque<std::string> made_;  ///< units of the last picture that are no loop's
};

}  // namespace qala::sim
