#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "api/camera_desk.h"
#include "http/message.h"
#include "video/supervisor.h"

namespace qala::api {

/// One browser that looks at one camera, live or at what was. Sends, as docs/design/cameras.md says, a text message
/// before what it describes and the bytes as binary messages. A browser that cannot keep up misses frames (live: up to
/// the next key frame) and is told how many. Network thread.
class PictureView final : public http::WebSocketHandler,
                          public video::Sink,
                          public std::enable_shared_from_this<PictureView> {
 public:
  struct Wanted {
    http::Request request = {};  ///< that asked for it, to be judged again
    cameras::CameraId camera = {};
    std::uint8_t stream = 0;
    bool unmasked = false;
    std::optional<Instant> play = {};  ///< none: live; else what its look begins with
    std::uint64_t look = 0;
  };
  PictureView(CameraDesk& desk, Wanted wanted);
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
  /// Each second: what would not be allowed any more (session, role, lift of the mask) is closed.
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
  void seek(Instant to);
  /// Other minutes than those recorded so far are another look, durable before a picture of them is sent.
  boost::asio::awaitable<void> look_elsewhere(std::shared_ptr<PictureView> self);
  void skip_gap();
  void put(Piece piece);
  void send_piece(const Piece& piece);
  void send_text(std::string text);
  void send_bytes(std::string_view bytes);
  /// The town's time up to which a playback may be sent now.
  Instant due() const;
  Duration ahead() const;

  CameraDesk& desk_;
  Wanted wanted_;
  std::shared_ptr<http::WebSocket> socket_;
  std::unique_ptr<video::Subscription> subscription_;
  std::uint64_t unreported_ = 0;  ///< bytes handed to the socket and not yet reported as taken
  bool skipping_ = false;         ///< the browser lags: nothing until a key frame fits again
  std::uint32_t skipped_ = 0;
  Instant shown_ = {};            ///< of the newest picture that went out
  // playback
  std::deque<Piece> waiting_;
  Instant farthest_ = {};  ///< that was shown of this look: who goes back has seen it all the same
  std::optional<Instant> sought_ = {};  ///< elsewhere, and not recorded yet
  bool recording_look_ = false;
  Instant play_from_ = {};
  std::int64_t play_began_ns_ = 0;
  double rate_ = 1;
  bool paused_ = false;
};

}  // namespace qala::api
