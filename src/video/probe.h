#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/steady_timer.hpp>

#include "rtsp/client.h"
#include "video/services.h"

namespace qala::video {

/// Advice in codes, by what was found; pure. "h265": pictures are neither analysed nor masked, and not every browser
/// shows them · "key_distance_long" (over 4 s): live pictures come late, seeking is coarse · "key_distance_short"
/// (under 0.5 s): a waste of rate · "rate_high" (over 6 Mbit/s) · "fps_high" (over 30) · "fps_low" (under 5) ·
/// "picture_small" (under 640 wide) · "audio_unsupported": sound is recorded, browsers do not play it · "packets_lost"
/// · "timestamps_wrong" · "no_key_frame": none came.
std::vector<std::string> advice_for(const Probed& probed, const rtsp::Counters& counters, bool key_frame_seen);

/// Connects to an address, looks at it for some seconds and says what there is. The io_context's thread; held by a
/// shared_ptr; calls back once.
class Probe final : public std::enable_shared_from_this<Probe>, private rtsp::Watcher {
 public:
  using OnDone = std::function<void(Result<Probed>)>;
  Probe(Services& services, const StreamSetup& setup);
  void start(OnDone done);
  void stop();

 private:
  static constexpr int kSeconds = 6, kMostSeconds = 14;  ///< the latter while key frames are rare
  void on_state(rtsp::State state, rtsp::Reason reason, std::string_view words) override;
  void on_format(const media::Track& video, const media::Track* audio) override;
  void on_frame(rtsp::Frame&& frame) override;
  void second();
  void finish();
  void give(Result<Probed> result);

  Services& services_;
  std::unique_ptr<rtsp::Client> client_;
  boost::asio::steady_timer timer_;
  OnDone done_;
  Probed found_;
  std::optional<media::Track> track_;
  std::optional<media::Sample> key_;
  std::optional<Instant> first_, last_, last_key_;
  std::uint64_t frames_ = 0, bytes_ = 0;
  int seconds_ = 0, keys_ = 0;
  bool failed_ = false;
  std::string words_;
};

}  // namespace qala::video
