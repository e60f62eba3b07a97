#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qala::sim {

// What goes wrong with a camera, on demand. One line each:
//
//   cut 17 20s          connections end, new ones too until it is over (20 s if not said)
//   silent 17 20s       connections stay, nothing comes
//   loss 17 2%          so many RTP packets are lost
//   badbytes 17         flipped bits in packets, and over TCP junk between them
//   jump 17 +3600       the camera's clock and its RTP time jump so many seconds
//   clock 17 -3600      only the clock in its sender reports jumps
//   drift 17 200ppm     its clock runs fast (or slow: -200ppm)
//   stamps 17           every few pictures an RTP time of up to a second earlier
//   nokey 17 30s        no key frames: the picture stands still but for the clock, in valid P pictures
//   resolution 17       the main stream changes to the size of the sub-stream, and back the next time
//   freeze 17           the picture stands still, with its clock, key frames go on
//   cover 17, glare 17  nearly black, nearly white
//   move 17             it looks elsewhere, and back the next time
//   unauthorized 17     no password is right any more
//   digestonly 17       its ONVIF services take HTTP Digest, but no signature in the message
//   motion 17, input 17  it notices motion; its input is closed (ONVIF events)
//   nat 17              it names an address that only it knows
//   clear 17            all of the above ends, clocks are right again
//
// The camera: a number, a range (3-9) or all. A duration (20s, 5m) may follow everything that lasts; without it, until
// `clear`.

enum class FaultKind : std::uint8_t {
  cut,
  silent,
  loss,
  badbytes,
  jump,
  clock,
  drift,
  stamps,
  nokey,
  resolution,
  freeze,
  cover,
  glare,
  move,
  unauthorized,
  digestonly,
  motion,
  input,
  nat,
  clear,
};

struct CameraFault {
  FaultKind kind;
  std::uint32_t from = 0, to = 0;  ///< cameras, both included
  double value = 0;                ///< share of 1, seconds, or parts per million
  double seconds = 0;              ///< 0: until cleared
};
/// `invalid` says what a line should look like.
Result<CameraFault> parse_camera_fault(std::string_view line);

/// What is wrong with one camera. Times are of the monotonic clock, in nanoseconds.
class Ailments {
 public:
  void add(const CameraFault& fault, std::int64_t now_ns);
  bool is(FaultKind kind, std::int64_t now_ns) const;
  /// Of loss: the share, 0 if none.
  double loss(std::int64_t now_ns) const { return is(FaultKind::loss, now_ns) ? loss_ : 0; }
  /// How many seconds the camera's RTP time and clock are ahead.
  double ahead(std::int64_t now_ns) const;
  /// The same for the clock in sender reports.
  double clock_ahead(std::int64_t now_ns) const { return ahead(now_ns) + clock_; }
  bool small_picture() const { return small_; }
  bool elsewhere() const { return elsewhere_ != turned_; }
  /// By who steers it; not a fault.
  void turned(bool away) { turned_ = away; }

 private:
  static constexpr std::size_t kKinds = static_cast<std::size_t>(FaultKind::clear) + 1;
  std::int64_t until_[kKinds] = {};
  double loss_ = 0, jump_ = 0, clock_ = 0, ppm_ = 0;
  std::int64_t drifts_since_ = 0;
  bool small_ = false, elsewhere_ = false, turned_ = false;
};

}  // namespace qala::sim
