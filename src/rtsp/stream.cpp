#include "rtsp/stream.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

namespace qala::rtsp {
namespace {

constexpr unsigned kDeepest = 8;
constexpr std::int64_t kFarReport_s = 3'600;

std::vector<std::string_view> views(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

std::optional<media::Track> describe_audio(const SdpMedia& offered) {
  if (offered.codec != media::Codec::aac) return media::g711_track(offered.codec, offered.clock, offered.channels);
  auto track = media::aac_track(offered.aac_config);
  if (!track) return std::nullopt;
  return std::move(*track);
}

AudioDepacketiser::Format format_of(const SdpMedia& offered, const media::Track& track) {
  AudioDepacketiser::Format out{.codec = offered.codec,
                                .size_length = offered.size_length,
                                .index_length = offered.index_length,
                                .index_delta_length = offered.index_delta_length,
                                .channels = std::max(track.channels, 1u)};
  if (offered.codec != media::Codec::aac) return out;
  // The flag behind object type, rate and channels: frames of 960 instead of 1,024 samples.
  const bool short_frames = (static_cast<unsigned char>(track.config[1]) & 4u) != 0;
  const std::uint64_t samples = short_frames ? 960 : 1'024;
  out.frame_ticks = static_cast<std::uint32_t>(samples * offered.clock / track.clock);
  return out;
}

}  // namespace

Stream::VideoSide::VideoSide(Stream& stream, const SdpMedia& offered)
    : Side(stream, offered), depacketiser(offered.codec, offered.decoding_order_numbers) {
  for (const auto& nal : offered.parameter_sets) depacketiser.offer(nal);
}

Stream::AudioSide::AudioSide(Stream& stream, const SdpMedia& offered, media::Track described)
    : Side(stream, offered), track(std::move(described)), depacketiser(format_of(offered, track)) {
  track.clock = offered.clock;
}

Stream::Stream(const Sdp& sdp, Feed& feed, Watcher& watcher, const Clock& clock)
    : feed_(feed), watcher_(watcher), clock_(clock), video_(*this, sdp.video) {
  if (!sdp.audio) return;
  if (auto track = describe_audio(*sdp.audio)) audio_.emplace(*this, *sdp.audio, std::move(*track));
}

Stream::~Stream() = default;

Stream::Side* Stream::side(Which which) {
  if (which == Which::video) return &video_;
  return audio_ ? &*audio_ : nullptr;
}

void Stream::rtp(Which which, std::string_view bytes, std::int64_t now_ns) {
  auto* const from = side(which);
  const auto packet = parse_rtp(bytes);
  if (!from || !packet || stopped_) {
    feed_.counters.bad_packets++;
    return;
  }
  now_ns_ = now_ns;
  const auto seen = from->reception.packet(*packet, now_ns, from->media.clock);
  if (seen.kind == Reception::Kind::late) {
    feed_.counters.reordered++;
    return;
  }
  feed_.counters.packets++;
  feed_.counters.lost += seen.lost;
  if (packet->payload_type != from->media.payload_type) {
    feed_.counters.bad_packets++;
    return;
  }
  const bool gap = seen.kind != Reception::Kind::in_order;
  if (which == Which::audio) {
    if (seen.kind == Reception::Kind::new_source) from->timeline.reset();
    audio_->depacketiser.packet(*packet, gap, *audio_);
    return;
  }
  last_video_ns_ = now_ns;
  if (seen.kind == Reception::Kind::new_source) run_open_ = false;  // its clock begins somewhere else
  video_.depacketiser.packet(*packet, gap, video_);
  if (!video_.depacketiser.waiting_for_key()) waiting_since_ns_.reset();
  else if (!waiting_since_ns_) waiting_since_ns_ = now_ns;
}

void Stream::rtcp(Which which, std::string_view bytes, std::int64_t now_ns) {
  auto* const from = side(which);
  const auto packet = parse_rtcp(bytes);
  if (!from || !packet) {
    feed_.counters.bad_packets++;
    return;
  }
  over_ |= packet->bye;
  if (!packet->report) return;
  from->report = packet->report;
  from->report_ns = now_ns;
}

std::string Stream::report(Which which, std::uint32_t own, std::int64_t now_ns) {
  auto* const from = side(which);
  if (!from) return {};
  return write_receiver_report(own, from->reception.report(), from->report, now_ns - from->report_ns);
}

std::optional<Instant> Stream::camera_time(const Side& side, std::uint32_t timestamp) const {
  if (!side.report) return std::nullopt;
  const std::int64_t clock = side.media.clock;
  const std::int64_t ticks = static_cast<std::int32_t>(timestamp - side.report->timestamp);
  if (std::abs(ticks) > kFarReport_s * clock) return std::nullopt;
  return Instant{side.report->wall.ns + ticks * Instant::kSecond / clock};
}

/// The format that the next frames have. False: it cannot be told.
bool Stream::settle_format() {
  const auto version = video_.depacketiser.version();
  if (version == format_version_) return true;
  const auto& sets = video_.depacketiser.parameter_sets();
  const auto vps = views(sets.vps);
  const auto sps = views(sets.sps);
  const auto pps = views(sets.pps);
  const bool h264 = video_.media.codec == media::Codec::h264;
  auto track = h264 ? media::h264_track(sps, pps) : media::h265_track(vps, sps, pps);
  if (!track) {
    trouble_ = track.error().message;
    return false;
  }
  track->clock = video_.media.clock;
  const auto sequence = h264 ? media::parse_h264_sps(sps[0]) : media::parse_h265_sps(sps[0]);
  const auto said = sequence ? sequence->reorder : -1;
  depth_ = std::min(std::max(said < 0 ? 0u : static_cast<unsigned>(said), feed_.learned_depth), kDeepest);
  const double fps = sequence && sequence->fps >= 1 ? sequence->fps : 25;
  usual_step_ = std::max(1u, static_cast<std::uint32_t>(track->clock / fps));
  format_version_ = version;
  trouble_.clear();
  const auto audio = audio_ ? std::optional(audio_->track) : std::nullopt;
  if (feed_.video == *track && feed_.audio == audio) return true;
  if (feed_.video) feed_.counters.format_changes++;
  feed_.video = std::move(*track);
  feed_.audio = audio;
  run_open_ = false;
  watcher_.on_format(*feed_.video, feed_.audio ? &*feed_.audio : nullptr);
  return true;
}

void Stream::begin_run() {
  run_open_ = true;
  feed_.run++;
  video_.timeline.emplace(video_.media.clock, usual_step_, std::max(depth_, feed_.learned_depth));
  video_.wall.reset();
  if (audio_) audio_->timeline.reset();
}

void Stream::video_unit(Unit&& unit) {
  if (stopped_) return;
  const auto useless = [&] {
    feed_.counters.dropped_frames++;
    video_.depacketiser.wait_for_key();
  };
  if (unit.key) {
    if (!settle_format()) return useless();
    if (stopped_) return;
    if (!run_open_ || video_.wall->apart()) begin_run();
  } else if (!run_open_) {
    return useless();  // another sender's clock, or deeper reordering: only a key frame begins anew
  }
  if (unit.after_loss) video_.timeline->gap();
  const auto stamp = video_.timeline->next(unit.timestamp, now_ns_, unit.bidirectional);
  if (!stamp) {
    feed_.learned_depth = std::min(video_.timeline->depth() + 1, kDeepest);
    run_open_ = false;
    return useless();
  }
  const auto now = clock_.now();
  if (!video_.wall) {
    video_.wall.emplace(video_.media.clock, stamp->dts, now);
    run_began_ = now;
    run_began_camera_ = camera_time(video_, unit.timestamp);
  }
  feed_.counters.frames++;
  if (unit.key) {
    feed_.counters.key_frames++;
    last_key_ns_ = now_ns_;
  }
  hand_on(video_, 1, std::move(unit), *stamp, now);
}

/// Where sound lies beside the pictures: by the camera's own clock where it tells it for both, else by arrival.
void Stream::begin_audio(std::uint32_t timestamp, Instant now) {
  auto distance = now - run_began_;
  const auto camera = camera_time(*audio_, timestamp);
  if (camera && run_began_camera_) {
    const auto said = *camera - *run_began_camera_;
    if (std::chrono::abs(said - distance) < std::chrono::seconds(2)) distance = said;
  }
  distance = std::max(distance, Duration(0));
  const auto clock = static_cast<std::int64_t>(audio_->media.clock);
  const auto seconds = distance.count() / Instant::kSecond;
  audio_first_dts_ = seconds * clock + distance.count() % Instant::kSecond * clock / Instant::kSecond;
  audio_->wall.emplace(audio_->media.clock, audio_first_dts_, run_began_ + distance);
}

void Stream::audio_unit(Unit&& unit) {
  if (stopped_ || !run_open_ || !video_.wall) return;  // it belongs to pictures
  const auto now = clock_.now();
  const auto ticks = std::max(audio_->depacketiser.ticks_of(unit), 1u);
  if (!audio_->timeline) {
    audio_->timeline.emplace(audio_->media.clock, ticks, 0);
    begin_audio(unit.timestamp, now);
  }
  if (unit.after_loss) audio_->timeline->gap();
  auto stamp = audio_->timeline->next(unit.timestamp, now_ns_, false, audio_first_dts_);
  if (!stamp) return;
  stamp->duration = ticks;
  hand_on(*audio_, 2, std::move(unit), *stamp, now);
}

void Stream::hand_on(Side& side, std::uint8_t track, Unit&& unit, const Timeline::Stamp& stamp, Instant now) {
  if (stamp.restamped) feed_.counters.restamped++;
  Frame frame;
  frame.sample = {.dts = stamp.dts,
                  .composition = stamp.composition,
                  .duration = stamp.duration,
                  .key = unit.key,
                  .data = std::move(unit.data)};
  frame.track = track;
  frame.at = side.wall->at(stamp.dts, now);
  if (!stamp.restamped) frame.camera_time = camera_time(side, unit.timestamp);
  frame.run = feed_.run;
  watcher_.on_frame(std::move(frame));
}

}  // namespace qala::rtsp
