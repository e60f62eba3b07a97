#include "video/probe.h"

#include <boost/asio/post.hpp>
#include <fmt/core.h>

#include "video/masked_view.h"
#include "video/odd_client.h"

namespace qala::video {

std::vector<std::string> advice_for(const Probed& probed, const rtsp::Counters& counters, bool key_frame_seen) {
  std::vector<std::string> out;
  const auto say = [&out](bool when, const char* code) {
    if (when) out.emplace_back(code);
  };
  say(probed.codec == "h265", "h265");
  say(!key_frame_seen, "no_key_frame");
  say(probed.key_distance_s > 4, "key_distance_long");
  say(probed.key_distance_s > 0 && probed.key_distance_s < 0.5, "key_distance_short");
  say(probed.kbit > 6'000, "rate_high");
  say(probed.fps > 30.5, "fps_high");
  say(probed.fps > 0 && probed.fps < 5, "fps_low");
  say(probed.width > 0 && probed.width < 640, "picture_small");
  say(!probed.audio.empty() && probed.audio != "aac", "audio_unsupported");
  say(counters.lost > 0, "packets_lost");
  say(counters.restamped > 0, "timestamps_wrong");
  return out;
}

Probe::Probe(Services& services, const StreamSetup& setup)
    : services_(services), client_(make_client(services, setup, *this)), timer_(services.io) {}

void Probe::start(OnDone done) {
  done_ = std::move(done);
  client_->start();
  second();
}

void Probe::stop() {
  done_ = nullptr;
  timer_.cancel();
  client_->stop();
}

void Probe::second() {
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([self = weak_from_this()](const boost::system::error_code& ec) {
    const auto probe = self.lock();
    if (ec || !probe || !probe->done_) return;
    probe->seconds_++;
    const bool enough = probe->seconds_ >= kSeconds && probe->keys_ >= 2;
    if (enough || probe->failed_ || probe->seconds_ >= kMostSeconds) return probe->finish();
    probe->second();
  });
}

void Probe::on_state(rtsp::State state, rtsp::Reason reason, std::string_view words) {
  if (state != rtsp::State::waiting && state != rtsp::State::stalled) return;
  words_ = fmt::format("{}: {}", rtsp::name_of(reason), words);
  // Its first try tells; a camera that broke off later has told enough.
  failed_ = state == rtsp::State::waiting;
}

void Probe::on_format(const media::Track& video, const media::Track* audio) {
  track_ = video;
  found_.codec = media::name_of(video.codec);
  found_.width = video.width;
  found_.height = video.height;
  found_.audio = audio ? std::string(media::name_of(audio->codec)) : std::string();
}

void Probe::on_frame(rtsp::Frame&& frame) {
  if (frame.track != 1) return;
  if (!first_) first_ = frame.at;
  else {
    frames_++;
    bytes_ += frame.sample.data.size();
  }
  last_ = frame.at;
  if (!frame.sample.key) return;
  if (last_key_) found_.key_distance_s = std::chrono::duration<double>(frame.at - *last_key_).count();
  last_key_ = frame.at;
  keys_++;
  key_ = std::move(frame.sample);
}

void Probe::finish() {
  const rtsp::Counters counters = client_->counters();
  client_->stop();
  if (!track_ || !first_) {
    return give(fail(ErrorKind::unavailable, words_.empty() ? "the camera sent no picture" : words_));
  }
  const double seconds = std::chrono::duration<double>(*last_ - *first_).count();
  if (seconds > 0) {
    found_.fps = static_cast<double>(frames_) / seconds;
    found_.kbit = static_cast<double>(bytes_) * 8 / 1000 / seconds;
  }
  // Fewer than two key frames: the distance is at least what was waited.
  if (keys_ < 2 && last_key_) found_.key_distance_s = seconds;
  found_.advice = advice_for(found_, counters, keys_ > 0);
  if (!key_ || track_->codec != media::Codec::h264) return give(found_);
  run_then(
      services_, services_.stills, weak_from_this(),
      [track = *track_, key = *key_] { return make_still(track, key, {}, {960, 960}); },
      [](Probe& probe, Result<std::string> jpeg) {
        if (jpeg) probe.found_.picture = std::move(*jpeg);
        probe.give(probe.found_);
      },
      "probe");
}

void Probe::give(Result<Probed> result) {
  if (const auto done = std::exchange(done_, nullptr)) done(std::move(result));
}

}  // namespace qala::video
