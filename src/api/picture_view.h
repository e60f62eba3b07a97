#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/camera_desk.h"
#include "http/message.h"
#include "video/supervisor.h"

namespace qala::api {

/// One browser that looks at one camera, live or at what was. Sends, as docs/design/cameras.md says, a text message
/// before what it describes and the bytes as binary messages. A browser that cannot keep up misses frames (live: up to
/// the next key frame) and is told how many. Network thread.
class PictureView final : public http::WebSocketHandler, public video::Sink {
 public:
  struct Wanted {
    cameras::Camera camera = {};
    std::uint8_t stream = 0;
    bool unmasked = false;
    std::string lift = {};                ///< token of the lift, if one is used
    std::optional<Instant> play = {};     ///< none: live
    std::uint64_t look = 0;
  };
  PictureView(CameraDesk& desk, Wanted wanted, std::function<bool()> welcome);
  ~PictureView() override;

  void opened(std::shared_ptr<http::WebSocket> socket) override;
  void received(std::string_view text) override;
  void closed() override;

  void on_format(const video::Format& format) override;
  void on_init(std::string_view segment) override;
  void on_fragment(Instant at, bool key, std::string_view bytes) override;
  void on_picture(Instant at, std::string_view jpeg) override;
  void on_dropped(std::uint32_t frames) override;
  void on_interrupted() override;
  void on_ended(const video::Ended& ended) override;

  /// Ten times a second: what the browser has taken is handed on, what is due of a playback is sent.
  void beat();
  /// Each second: a session that ended or a lift that is over closes it.
  void check();
  void shut(std::uint16_t code, std::string_view reason);

 private:
  struct Piece {
    Instant at;
    enum class What : std::uint8_t { text, init, fragment, picture } what;
    bool key = false;
    std::string bytes;
  };
  void start_play(Instant from);
  void put(Piece piece);
  void send_piece(const Piece& piece);
  void send_text(std::string text);
  void send_bytes(std::string_view bytes);
  /// The town's time up to which a playback may be sent now.
  Instant due() const;

  CameraDesk& desk_;
  Wanted wanted_;
  std::function<bool()> welcome_;
  std::shared_ptr<http::WebSocket> socket_;
  std::unique_ptr<video::Subscription> subscription_;
  std::uint64_t unreported_ = 0;  ///< bytes handed to the socket and not yet reported as taken
  bool skipping_ = false;         ///< the browser lags: nothing until a key frame fits again
  std::uint32_t skipped_ = 0;
  Instant shown_ = {};            ///< of the newest picture that went out
  // playback
  std::deque<Piece> waiting_;
  Instant play_from_ = {};
  std::int64_t play_began_ns_ = 0;
  double rate_ = 1;
  bool paused_ = false;
};

}  // namespace qala::api
