#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "rtsp/client.h"
#include "rtsp/depacketiser.h"
#include "rtsp/rtcp.h"
#include "rtsp/rtp.h"
#include "rtsp/sdp.h"
#include "rtsp/timeline.h"
#include "rtsp/wall.h"

namespace qala::rtsp {

/// What outlives a connection.
struct Feed {
  Counters counters;
  std::uint32_t run = 0;
  std::optional<media::Track> video, audio;  ///< as last told
  unsigned learned_depth = 0;                ///< of reordering that the camera did not announce
};

/// One playing: packets in, frames with times out. No socket, no timer: arrival times are handed in, which makes it the
/// part that property tests and fuzzers drive.
class Stream {
 public:
  Stream(const Sdp& sdp, Feed& feed, Watcher& watcher, const Clock& clock);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  enum class Which : std::uint8_t { video = 1, audio = 2 };
  void rtp(Which which, std::string_view packet, std::int64_t now_ns);
  void rtcp(Which which, std::string_view packet, std::int64_t now_ns);
  /// A receiver report for this sender.
  std::string report(Which which, std::uint32_t own, std::int64_t now_ns);
  /// The watcher hears no more.
  void stop() { stopped_ = true; }

  bool has_audio() const { return audio_.has_value(); }
  bool over() const { return over_; }  ///< the camera said good-bye
  /// When the newest packet of the offered video came; empty: none yet. Sound and other payload types are none.
  std::optional<std::int64_t> last_video_ns() const { return last_video_ns_; }
  /// Since when a key frame is waited for; empty: it is not.
  std::optional<std::int64_t> waiting_since_ns() const { return waiting_since_ns_; }
  std::int64_t last_key_ns() const { return last_key_ns_; }
  /// Why key frames could not be used: parameter sets that make no sense.
  const std::string& trouble() const { return trouble_; }

 private:
  struct Side : UnitSink {
    Side(Stream& stream, const SdpMedia& offered) : owner(stream), media(offered) {}
    void bad_packet() override { owner.feed_.counters.bad_packets++; }
    Stream& owner;
    const SdpMedia media;
    Reception reception;
    std::optional<SenderReport> report;
    std::int64_t report_ns = 0;
    std::optional<Timeline> timeline;
    std::optional<Wall> wall;
  };
  struct VideoSide final : Side {
    VideoSide(Stream& stream, const SdpMedia& offered);
    void unit(Unit&& unit) override { owner.video_unit(std::move(unit)); }
    void dropped(std::uint32_t count) override { owner.feed_.counters.dropped_frames += count; }
    VideoDepacketiser depacketiser;
  };
  struct AudioSide final : Side {
    AudioSide(Stream& stream, const SdpMedia& offered, media::Track described);
    void unit(Unit&& unit) override { owner.audio_unit(std::move(unit)); }
    void dropped(std::uint32_t) override {}
    media::Track track;
    AudioDepacketiser depacketiser;
  };

  Side* side(Which which);
  void video_unit(Unit&& unit);
  void audio_unit(Unit&& unit);
  bool settle_format();
  void begin_run();
  void hand_on(Side& side, std::uint8_t track, Unit&& unit, const Timeline::Stamp& stamp, Instant now);
  std::optional<Instant> camera_time(const Side& side, std::uint32_t timestamp) const;
  void begin_audio(std::uint32_t timestamp, Instant now);

  Feed& feed_;
  Watcher& watcher_;
  const Clock& clock_;
  VideoSide video_;
  std::optional<AudioSide> audio_;
  std::int64_t now_ns_ = 0;
  std::int64_t last_key_ns_ = 0;
  std::optional<std::int64_t> waiting_since_ns_, last_video_ns_;
  std::uint32_t format_version_ = 0;
  unsigned depth_ = 0;
  std::uint32_t usual_step_ = 0;
  bool run_open_ = false, over_ = false, stopped_ = false;
  Instant run_began_;
  std::optional<Instant> run_began_camera_;
  std::int64_t audio_first_dts_ = 0;
  std::string trouble_;
};

}  // namespace qala::rtsp
