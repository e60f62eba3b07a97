#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include "base/random.h"
#include "rtsp/auth.h"
#include "rtsp/client.h"
#include "rtsp/message.h"
#include "rtsp/shared.h"
#include "rtsp/stream.h"
#include "rtsp/udp_pair.h"
#include "rtsp/url.h"

namespace qala::rtsp {

/// How a connection ended.
struct Ending {
  Reason reason = Reason::none;
  std::string words;
  bool answered = false;      ///< the camera said something
  bool played = false;        ///< long enough to call it a success
  bool udp_was_dumb = false;  ///< UDP was agreed on and no video came
};

/// One connection of a camera, from the first SYN to TEARDOWN: OPTIONS, DESCRIBE, SETUP, PLAY, keep-alive, packets.
/// Ends once, by `Owner::ended` or by close(). Lives in a shared_ptr, because handlers of sockets hold it.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void progressed(State state, Reason reason, std::string_view words) = 0;
    virtual void ended(Ending ending) = 0;
  };
  struct Wish {
    Url url;
    std::string user, password;
    bool udp = false;
  };

  Session(boost::asio::io_context& io, const Clock& clock, Random& random, const Timing& timing, Wish wish, Feed& feed,
          Watcher& watcher, Owner& owner);
  void start();
  /// Deadlines, keep-alive, reports.
  void tick();
  /// TEARDOWN, if there is something to tear down, and silence.
  void close();

 private:
  enum class Step : std::uint8_t { connecting, options, describe, setup_video, setup_audio, play, playing };
  struct Request {
    std::string method, uri, headers;
    std::uint32_t number = 0;
    bool signed_in = false;  ///< it carried name and password
  };

  void connect(std::size_t endpoint);
  void connected();
  void end(Reason reason, std::string words);
  void shut();

  void ask(Step step, State state);
  void send(Request request);
  void write(std::string_view bytes);
  void flush();

  void wait_for_bytes();
  void read();
  std::size_t take(std::string_view bytes);
  bool looks_interleaved(std::string_view bytes) const;
  void interleaved(unsigned channel, std::string_view packet);
  void datagram(Stream::Which which, bool control, std::string_view packet);
  void media(Stream::Which which, bool control, std::string_view packet);
  void on_message(const Message& message);
  void on_answer(const Message& answer);
  bool sign_in(const Message& answer);
  void on_options(const Message& answer);
  void on_describe(const Message& answer);
  void on_setup(const Message& answer, Stream::Which which);
  void on_play(const Message& answer);
  void set_up(Stream::Which which);
  void watch_playing(std::int64_t now);
  void keep_alive(std::int64_t now);
  void report(std::int64_t now);

  boost::asio::io_context& io_;
  const Clock& clock_;
  Random& random_;
  const Timing& timing_;
  const Wish wish_;
  Feed& feed_;
  Watcher& watcher_;
  Owner& owner_;
  Shared& shared_;

  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
  Authenticator authenticator_;
  Step step_ = Step::connecting;
  Request pending_;  // the one of the step
  std::int64_t deadline_ns_ = 0;
  std::uint32_t number_ = 0;  // CSeq
  std::uint32_t keep_alive_number_ = 0;
  bool keep_alive_signed_again_ = false;
  bool get_parameter_ = true;
  unsigned stale_ = 0;
  bool closed_ = false, writing_ = false, answered_ = false;

  std::string base_, aggregate_, session_;
  std::int64_t keep_alive_ns_ = 0, keep_alive_every_ns_ = 0;
  Sdp sdp_;
  std::optional<Stream> stream_;
  bool udp_ = false, other_transport_tried_ = false, audio_set_up_ = false;
  std::array<int, 4> channels_{-1, -1, -1, -1};  // video, its RTCP, audio, its RTCP
  std::array<std::unique_ptr<UdpPair>, 2> pairs_;
  std::uint32_t own_source_ = 0;

  std::string in_, out_;  // unfinished
  std::size_t junk_ = 0;  // bytes since the last that made sense
  std::int64_t now_ns_ = 0;
  std::int64_t played_ns_ = 0, reported_ns_ = 0;
  bool stalled_ = false, sparse_ = false;
};

}  // namespace qala::rtsp
