#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "rtsp/client.h"
#include "video/fan.h"
#include "video/newest.h"
#include "video/recording.h"
#include "video/services.h"

namespace qala::video {

/// One stream of a camera: connects while it is needed, keeps the newest pictures, hands them to the recording, to
/// lookers and to its camera. The io_context's thread.
class Stream final : private rtsp::Watcher {
 public:
  struct User {
    virtual ~User() = default;
    virtual void on_format(Stream& stream) = 0;
    virtual void on_picture(Stream& stream, bool key) = 0;  ///< the newest of newest()
  };
  Stream(Services& services, footage::StreamId id, StreamSetup setup, User& user);
  ~Stream() override;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void setup(const StreamSetup& setup);
  /// Connects, or lets go of the camera kLinger later.
  void need(bool needed);
  /// Once a second.
  void tick();

  Newest& newest() { return newest_; }
  Fan& fan() { return fan_; }
  Recording& recording() { return recording_; }
  const std::optional<media::Track>& track() const { return track_; }
  bool decodable() const { return track_ && track_->codec == media::Codec::h264; }
  /// Known to be undecodable: H.265.
  bool undecodable() const { return track_ && track_->codec != media::Codec::h264; }
  bool live() const;
  StreamStatus status() const;

 private:
  static constexpr std::int64_t kLinger = 10 * Instant::kSecond;
  struct Second {
    std::uint64_t frames = 0, bytes = 0;
  };
  void on_state(rtsp::State state, rtsp::Reason reason, std::string_view words) override;
  void on_format(const media::Track& video, const media::Track* audio) override;
  void on_frame(rtsp::Frame&& frame) override;
  void new_run(const rtsp::Frame& frame);
  void connect();
  void disconnect();

  Services& services_;
  footage::StreamId id_;
  StreamSetup setup_;
  User& user_;
  std::unique_ptr<rtsp::Client> client_;
  Newest newest_;
  Fan fan_{newest_, false};
  Recording recording_;
  std::optional<media::Track> track_, audio_;
  std::optional<std::uint32_t> run_;
  rtsp::State state_ = rtsp::State::idle;
  rtsp::Reason reason_ = rtsp::Reason::none;
  std::string words_;
  bool failed_ = false;  ///< since it was live last
  std::optional<Instant> since_, last_frame_, last_key_;
  std::optional<std::int64_t> clock_offset_ms_;
  double key_distance_s_ = 0;
  std::optional<std::int64_t> let_go_ns_;
  Second now_;
  std::deque<Second> seconds_;
};

}  // namespace qala::video
