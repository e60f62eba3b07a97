#include "sim/cameras/camera_stream.h"

#include <algorithm>
#include <cmath>

#include "sim/chance.h"

namespace qala::sim {

namespace {

constexpr std::int64_t kNsPer = 100'000;  // nanoseconds of nine ticks of 1/90,000 s
constexpr std::uint8_t kDark = 24, kBright = 232;

std::int64_t ticks_of(std::int64_t ns) { return ns / kNsPer * 9 + ns % kNsPer * 9 / kNsPer; }
// The first nanosecond at which ticks_of() says `ticks`.
std::int64_t ns_of(std::int64_t ticks) { return (ticks * kNsPer + 8) / 9; }

}  // namespace

CameraStream::CameraStream(std::uint32_t camera, bool sub, Shows shows, std::int64_t start_ns)
    : camera_(camera),
      sub_(sub),
      shows_(std::move(shows)),
      showing_(shows_.usual),
      strip_(std::max(1, shows_.usual->clock_scale)),
      start_ns_(start_ns),
      phase_(static_cast<std::int64_t>(unit(mix(0x7068, camera)) * static_cast<double>(shows_.usual->length))),
      rtp_start_(static_cast<std::uint32_t>(mix(0x7274, camera, sub ? 1 : 0))) {}

void CameraStream::wake(std::int64_t now_ns) {
  const std::int64_t position = ticks_of(now_ns - start_ns_) + phase_ + 1;
  cycle_ = position / showing_->length;
  index_ = showing_->picture_at(position % showing_->length);
  if (index_ == showing_->pictures.size()) {
    index_ = 0;
    cycle_++;
  }
  mode_ = Mode::live;
  begun_ = false;
}

std::int64_t CameraStream::due_ns() const {
  return start_ns_ + ns_of(cycle_ * showing_->length + showing_->pictures[index_].at - phase_);
}

std::uint32_t CameraStream::rtp_of(std::int64_t media, double ahead) const {
  return rtp_start_ + static_cast<std::uint32_t>(static_cast<std::uint64_t>(media + std::llround(ahead * 90'000)));
}

std::uint32_t CameraStream::rtp_at(std::int64_t now_ns, const Ailments& ailments) const {
  return rtp_of(ticks_of(now_ns - start_ns_) + phase_, ailments.ahead(now_ns));
}

void CameraStream::add_made(Outgoing& out, std::string unit) {
  made_.push_back(std::move(unit));
  out.units.push_back(made_.back());
}

/// At each key frame of the loop: what the camera shows until the next one.
void CameraStream::choose(std::int64_t now_ns, std::int64_t wall_ms, const Ailments& ailments) {
  const bool was_frozen = mode_ == Mode::frozen;
  mode_ = Mode::live;
  if (ailments.is(FaultKind::nokey, now_ns)) {
    mode_ = Mode::hold;
    return;
  }
  LoopPtr wanted = shows_.usual;
  if (ailments.elsewhere() && shows_.elsewhere) wanted = shows_.elsewhere;
  if (ailments.small_picture() && shows_.small) wanted = shows_.small;
  if (wanted != showing_) {
    showing_ = wanted;
    strip_ = ClockStrip(std::max(1, showing_->clock_scale));
  }
  if (showing_->clock_scale == 0) return;
  if (ailments.is(FaultKind::cover, now_ns) || ailments.is(FaultKind::glare, now_ns)) {
    mode_ = Mode::flat;
    grey_ = ailments.is(FaultKind::cover, now_ns) ? kDark : kBright;
  } else if (ailments.is(FaultKind::freeze, now_ns)) {
    mode_ = Mode::frozen;
    if (was_frozen) return;
    frozen_at_ = index_;
    frozen_ms_ = wall_ms;
  }
}

/// The slices below the clock: the loop's, or made here.
void CameraStream::add_body(Outgoing& out, const LoopPicture& picture) {
  const Loop& loop = *showing_;
  const bool key_slot = picture.key;
  const bool key = key_slot && mode_ != Mode::hold;
  if (mode_ == Mode::live || (key && mode_ == Mode::frozen)) {
    const LoopPicture& shown = mode_ == Mode::frozen ? loop.pictures[frozen_at_] : picture;
    last_ = shown.head;
    for (const std::string& unit : shown.units) out.units.push_back(unit);
    return;
  }
  SliceHead head = loop.pictures[key ? 0 : 1].head;
  const std::uint32_t all = loop.sets.columns * loop.sets.rows;
  if (!key) {
    head.frame_num = (last_.frame_num + 1) & ((1U << loop.sets.log2_frame_num) - 1);
    head.poc = (last_.poc + 2) & ((1U << loop.sets.log2_poc) - 1);
  }
  SliceWriter slice(loop.sets, head);
  if (key) {
    slice.flat((grey_ - 128) / SliceWriter::kStep);
    for (std::uint32_t n = head.first_mb + 1; n < all; n++) slice.flat(0);
  } else {
    slice.skip(all - head.first_mb);
  }
  last_ = head;
  add_made(out, slice.finish());
}

std::optional<Outgoing> CameraStream::next(std::int64_t now_ns, std::int64_t wall_ms, const Ailments& ailments) {
  const std::size_t slot = index_;
  const bool key_slot = showing_->pictures[slot].key;
  const std::int64_t media_start = cycle_ * showing_->length;
  if (key_slot) choose(now_ns, wall_ms, ailments);
  const LoopPicture& picture = showing_->pictures[slot];
  if (++index_ == showing_->pictures.size()) {
    index_ = 0;
    cycle_++;
  }
  made_.clear();
  Outgoing out;
  out.rtp_time = rtp_of(media_start + picture.at + picture.composition, ailments.ahead(now_ns));
  if (ailments.is(FaultKind::stamps, now_ns) && dice_++ % 5 == 4)
    out.rtp_time -= static_cast<std::uint32_t>(1 + 90'000 * unit(mix(dice_, camera_)));
  out.key = key_slot && mode_ != Mode::hold;
  if (!begun_ && !out.key) return std::nullopt;  // nobody could begin with it
  begun_ = true;
  const Loop& loop = *showing_;
  if (loop.clock_scale == 0) {
    if (mode_ == Mode::hold && key_slot) return std::nullopt;
    mode_ = Mode::live;
  }
  if (out.key) {
    out.units.push_back(loop.sps);
    out.units.push_back(loop.pps);
  }
  const std::size_t before = out.units.size();
  add_body(out, picture);
  if (loop.clock_scale > 0) {
    const BurntClock clock{mode_ == Mode::frozen ? frozen_ms_ : wall_ms, camera_};
    made_.push_back(strip_.draw(loop.sets, last_, clock));
    out.units.insert(out.units.begin() + static_cast<std::ptrdiff_t>(before), made_.back());
  }
  return out;
}

}  // namespace qala::sim
