#include "video/odd_client.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/core.h>

#include "base/child.h"
#include "media/fragments.h"

namespace qala::video {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMostBox = 32u << 20;
constexpr std::int64_t kJump = 2 * Instant::kSecond;
// How long nothing may come. ffmpeg itself waits for ever on a connection whose other end is gone.
constexpr std::int64_t kBegins = 20 * Instant::kSecond;  // connecting, and what ffmpeg looks at before it writes
constexpr std::int64_t kStalled = 5 * Instant::kSecond, kNoData = 10 * Instant::kSecond;

/// user:password@ put into an address that has none.
std::string with_credentials(const StreamSetup& setup) {
  const std::size_t host = setup.url.find("://");
  if (setup.user.empty() || host == std::string::npos) return setup.url;
  const auto escaped = [](std::string_view text) {
    std::string out;
    for (const char c : text) {
      const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
  };
  return setup.url.substr(0, host + 3) + escaped(setup.user) + ":" + escaped(setup.password) + "@" +
         setup.url.substr(host + 3);
}

class OddClient final : public rtsp::Client {
 public:
  OddClient(Services& services, StreamSetup setup, rtsp::Watcher& watcher)
      : services_(services), setup_(std::move(setup)), watcher_(watcher), pipe_(services.io), timer_(services.io) {}
  ~OddClient() override {
    *here_ = false;
    close();
  }
  OddClient(const OddClient&) = delete;
  OddClient& operator=(const OddClient&) = delete;

  void start() override {
    stopped_ = false;
    later(std::chrono::milliseconds(0));
  }
  void stop() override {
    stopped_ = true;
    timer_.cancel();
    close();
    state_ = rtsp::State::idle;
  }
  void address(rtsp::Address address) override {
    setup_ = {.url = address.url, .user = address.user, .password = address.password, .udp = address.udp};
    if (stopped_) return;
    stop();
    start();
  }
  rtsp::Counters counters() const override { return counters_; }
  rtsp::State state() const override { return state_; }

 private:
  void say(rtsp::State state, rtsp::Reason reason, std::string_view words) {
    state_ = state;
    watcher_.on_state(state, reason, words);
  }

  void later(std::chrono::milliseconds wait) {
    timer_.expires_after(wait);
    timer_.async_wait([this, here = here_](const boost::system::error_code& ec) {
      if (!ec && *here && !stopped_) launch();
    });
  }

  /// Once a second while the child lives.
  void watch() {
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this, here = here_](const boost::system::error_code& ec) {
      if (ec || !*here || stopped_ || !child_) return;
      const std::int64_t silent = services_.clock.monotonic_ns() - heard_ns_;
      if (silent >= (state_ == rtsp::State::connecting ? kBegins : kNoData)) {
        return failed(fmt::format("no data for {} s", silent / Instant::kSecond), rtsp::Reason::no_data);
      }
      if (silent >= kStalled && state_ == rtsp::State::playing) {
        say(rtsp::State::stalled, rtsp::Reason::no_data, "the data have stopped");
      }
      if (*here && child_) watch();
    });
  }

  void launch() {
    if (services_.ffmpeg.empty()) {
      say(rtsp::State::waiting, rtsp::Reason::codec_unsupported,
          "this kind of address needs the program ffmpeg, which is not installed here (apt install ffmpeg)");
      return later(std::chrono::minutes(5));
    }
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("no pipe");
    auto child =
        Child::start(services_.io,
                     {.program = services_.ffmpeg,
                      .arguments = {"-nostdin", "-loglevel", "quiet", "-fflags", "nobuffer", "-i",
                                    with_credentials(setup_), "-map", "0:v:0", "-c", "copy", "-f", "mp4", "-movflags",
                                    "empty_moov+default_base_moof+frag_every_frame", "-flush_packets", "1", "pipe:1"},
                      .output = ends[1],
                      .quiet = true},
                     [this](const std::string& words) {
                       child_.reset();
                       failed("ffmpeg " + words + "; it can play addresses with H.264 or H.265 only");
                     });
    ::close(ends[1]);
    if (!child) {
      ::close(ends[0]);
      return failed(child.error().message);
    }
    child_ = std::move(*child);
    pipe_.assign(ends[0]);
    bytes_.clear();
    header_.clear();
    heard_ns_ = services_.clock.monotonic_ns();
    watch();
    say(rtsp::State::connecting, rtsp::Reason::none, "");
    if (!stopped_) read();
  }

  void failed(const std::string& words, rtsp::Reason reason = rtsp::Reason::closed) {
    close();
    if (stopped_) return;
    counters_.reconnects++;
    say(rtsp::State::waiting, reason, words);
    if (!stopped_) later(std::chrono::seconds(3));
  }

  void close() {
    boost::system::error_code ignored;
    if (pipe_.is_open()) pipe_.close(ignored);
    child_.reset();
  }

  void read() {
    pipe_.async_read_some(asio::buffer(incoming_),
                          [this, here = here_](const boost::system::error_code& ec, std::size_t size) {
                            if (!*here || stopped_ || ec) return;  // its end is told by the child's
                            counters_.bytes += size;
                            heard_ns_ = services_.clock.monotonic_ns();
                            bytes_.append(incoming_.data(), size);
                            if (state_ == rtsp::State::stalled) say(rtsp::State::playing, rtsp::Reason::none, "");
                            if (stopped_) return;
                            if (!take_boxes()) return failed("ffmpeg's output is not understood");
                            if (*here && !stopped_ && pipe_.is_open()) read();
                          });
  }

  /// Whole boxes from the front: ftyp moov once, then moof mdat.
  bool take_boxes() {
    while (bytes_.size() >= 16) {
      const auto box = media::read_box(bytes_);
      if (!box || box->size > kMostBox) return false;
      if (bytes_.size() < box->size) return true;
      const std::string content = bytes_.substr(0, box->size);
      bytes_.erase(0, box->size);
      header_ += content;
      if (box->is("moov")) {
        if (!take_format()) return false;
        header_.clear();
      } else if (box->is("mdat")) {
        take_fragment();
        header_.clear();
        if (stopped_) return true;
      } else if (!box->is("ftyp") && !box->is("moof")) {
        header_.resize(header_.size() - content.size());
      }
    }
    return true;
  }

  bool take_format() {
    const auto track = media::read_init(header_);
    if (!track) return false;
    clock_ = std::max<std::uint32_t>(1, track->clock);
    run_++;
    begun_.reset();
    say(rtsp::State::playing, rtsp::Reason::none, "");
    watcher_.on_format(*track, nullptr);
    return true;
  }

  void take_fragment() {
    auto samples = media::read_fragment(header_);
    if (!samples) {
      counters_.bad_packets++;
      return;
    }
    for (media::Sample& sample : *samples) {
      const Instant now = services_.clock.now();
      const auto instant = [&] {
        return *begun_ + Duration((sample.dts - first_dts_) * (Instant::kSecond / 1'000) / clock_ * 1'000);
      };
      if (!begun_ || std::abs((now - instant()).count()) > kJump) {
        if (!sample.key) continue;
        if (begun_) run_++;
        begun_ = now;
        first_dts_ = sample.dts;
      }
      counters_.frames++;
      counters_.key_frames += sample.key ? 1 : 0;
      const Instant at = instant();
      sample.dts -= first_dts_;
      watcher_.on_frame({.sample = std::move(sample), .track = 1, .at = at, .camera_time = std::nullopt, .run = run_});
      if (stopped_) return;
    }
  }

  Services& services_;
  StreamSetup setup_;
  rtsp::Watcher& watcher_;
  asio::posix::stream_descriptor pipe_;
  asio::steady_timer timer_;
  std::unique_ptr<Child> child_;
  std::array<char, 64 * 1024> incoming_{};
  std::string bytes_, header_;
  rtsp::Counters counters_;
  rtsp::State state_ = rtsp::State::idle;
  std::uint32_t clock_ = 90'000, run_ = 0;
  std::optional<Instant> begun_;
  std::int64_t first_dts_ = 0, heard_ns_ = 0;
  bool stopped_ = true;
  std::shared_ptr<bool> here_ = std::make_shared<bool>(true);
};

}  // namespace

bool is_odd(std::string_view url) { return !url.starts_with("rtsp://"); }

std::unique_ptr<rtsp::Client> make_client(Services& services, const StreamSetup& setup, rtsp::Watcher& watcher) {
  if (is_odd(setup.url)) return std::make_unique<OddClient>(services, setup, watcher);
  return rtsp::Client::make(services.io, services.clock, services.random,
                            {.url = setup.url, .user = setup.user, .password = setup.password, .udp = setup.udp},
                            watcher);
}

}  // namespace qala::video
