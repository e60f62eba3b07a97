#include "video/stream.h"

#include "video/odd_client.h"

namespace qala::video {

namespace {
constexpr std::size_t kWindow = 5;  ///< seconds over which rates are told
}

Stream::Stream(Services& services, footage::StreamId id, StreamSetup setup, User& user)
    : services_(services), id_(id), setup_(std::move(setup)), user_(user), recording_(id, services.footage) {}

Stream::~Stream() { disconnect(); }

void Stream::setup(const StreamSetup& setup) {
  if (setup == setup_) return;
  setup_ = setup;
  if (!client_) return;
  disconnect();
  connect();
}

void Stream::need(bool needed) {
  if (needed) {
    let_go_ns_.reset();
    if (!client_) connect();
    return;
  }
  if (client_ && !let_go_ns_) let_go_ns_ = services_.clock.monotonic_ns() + kLinger;
}

void Stream::connect() {
  failed_ = false;
  since_ = services_.clock.now();
  client_ = make_client(services_, setup_, *this);
  client_->start();
}

void Stream::disconnect() {
  if (!client_) return;
  client_->stop();
  client_.reset();
  recording_.finish(newest_, last_frame_.value_or(services_.clock.now()));
  recording_.end();
  fan_.interrupt();
  track_.reset();
  audio_.reset();
  run_.reset();
  state_ = rtsp::State::idle;
  reason_ = rtsp::Reason::none;
  words_.clear();
  since_ = services_.clock.now();
  seconds_.clear();
  let_go_ns_.reset();
}

void Stream::tick() {
  if (let_go_ns_ && services_.clock.monotonic_ns() >= *let_go_ns_) disconnect();
  seconds_.push_back(std::exchange(now_, {}));
  if (seconds_.size() > kWindow) seconds_.pop_front();
}

bool Stream::live() const { return state_ == rtsp::State::playing; }

void Stream::on_state(rtsp::State state, rtsp::Reason reason, std::string_view words) {
  const bool was_live = live();
  state_ = state;
  if (state == rtsp::State::playing) failed_ = false;
  if (state == rtsp::State::waiting || state == rtsp::State::stalled) failed_ = true;
  if (state == rtsp::State::playing || reason != rtsp::Reason::none) {
    reason_ = reason;
    words_ = words;
  }
  if (was_live != live()) since_ = services_.clock.now();
  // Whatever comes after a break is another run: what was complete so far is written now, not when the camera is back.
  if (state == rtsp::State::waiting) {
    recording_.finish(newest_, last_frame_.value_or(services_.clock.now()));
    run_.reset();
  }
}

void Stream::on_format(const media::Track& video, const media::Track* audio) {
  recording_.finish(newest_, last_frame_.value_or(services_.clock.now()));
  track_ = video;
  audio_.reset();
  if (audio) audio_ = *audio;
  run_.reset();
  fan_.format(video, audio);
  user_.on_format(*this);
}

void Stream::new_run(const rtsp::Frame& frame) {
  recording_.finish(newest_, last_frame_.value_or(frame.at));
  run_ = frame.run;
  recording_.begin(*track_, audio_ ? &*audio_ : nullptr, frame.at);
  fan_.run(frame.at, frame.sample.dts);
  last_key_.reset();
}

void Stream::on_frame(rtsp::Frame&& frame) {
  if (!track_) return;
  if (frame.track == 2) {
    if (!run_ || *run_ != frame.run) return;
    fan_.audio(frame.sample, frame.at);
    return recording_.audio(std::move(frame.sample));
  }
  if (run_ != frame.run) new_run(frame);
  now_.frames++;
  now_.bytes += frame.sample.data.size();
  last_frame_ = frame.at;
  if (frame.camera_time) clock_offset_ms_ = (*frame.camera_time - frame.at).count() / 1'000'000;
  const bool key = frame.sample.key;
  if (key) {
    if (last_key_) key_distance_s_ = std::chrono::duration<double>(frame.at - *last_key_).count();
    last_key_ = frame.at;
  }
  recording_.coming(frame.sample, frame.at, newest_);
  if (!newest_.push(std::move(frame.sample), frame.at)) return;
  fan_.pushed();
  user_.on_picture(*this, key);
}

StreamStatus Stream::status() const {
  StreamStatus out;
  out.state = !client_ ? "off" : live() ? "live" : failed_ ? "lost" : "waiting";
  out.reason = rtsp::name_of(reason_);
  out.words = words_;
  if (track_) {
    out.codec = track_->codec_string;
    out.width = track_->width;
    out.height = track_->height;
  }
  if (audio_) out.audio_codec = audio_->codec_string;
  Second sum;
  for (const Second& second : seconds_) {
    sum.frames += second.frames;
    sum.bytes += second.bytes;
  }
  if (!seconds_.empty()) {
    out.fps = static_cast<double>(sum.frames) / static_cast<double>(seconds_.size());
    out.kbit = static_cast<double>(sum.bytes) * 8 / 1000 / static_cast<double>(seconds_.size());
  }
  out.key_distance_s = key_distance_s_;
  out.last_frame = last_frame_;
  out.since = since_;
  out.clock_offset_ms = clock_offset_ms_;
  out.recording = live() && recording_.active(services_.clock.now());
  out.lookers = static_cast<std::uint32_t>(fan_.size());
  if (client_) {
    const rtsp::Counters c = client_->counters();
    out.counters = {.bytes = c.bytes,
                    .packets = c.packets,
                    .lost = c.lost,
                    .reordered = c.reordered,
                    .frames = c.frames,
                    .key_frames = c.key_frames,
                    .dropped_frames = c.dropped_frames,
                    .restamped = c.restamped,
                    .format_changes = c.format_changes,
                    .reconnects = c.reconnects,
                    .bad_packets = c.bad_packets};
  }
  return out;
}

}  // namespace qala::video
