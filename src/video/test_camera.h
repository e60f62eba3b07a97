#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/core.h>

#include "base/base64.h"
#include "video/encoder.h"

namespace qala::video::tests {

/// A textured picture: no two neighbouring pixels alike, so that what is flat was made so.
inline Picture textured(std::uint32_t width, std::uint32_t height, int square = -1) {
  Picture picture = Picture::flat(width, height);
  for (std::uint32_t y = 0; y < height; y++) {
    for (std::uint32_t x = 0; x < width; x++) {
      const bool inside = square >= 0 && y > height / 3 && y < height * 2 / 3 && static_cast<int>(x) >= square &&
                          static_cast<int>(x) < square + static_cast<int>(width) / 6;
      const std::uint32_t cell = (x / 4 * 7 + y / 4 * 13 + x / 4 * (y / 4) % 31 * 5) % 11;
      picture.y[y * std::size_t{width} + x] =
          inside ? 235 : static_cast<std::uint8_t>(30 + cell * 15 + (x + y) % 2 * 8);
    }
  }
  for (std::size_t i = 0; i < picture.u.size(); i++) {
    picture.u[i] = static_cast<std::uint8_t>(60 + i % 7 * 20);
    picture.v[i] = static_cast<std::uint8_t>(200 - i % 5 * 25);
  }
  return picture;
}

/// A camera on loopback: RTSP over TCP, H.264 encoded at its beginning and played in a loop, two groups of pictures of
/// one second. Threads of its own; ends with the object.
class TestCamera {
 public:
  struct Options {
    std::uint32_t width = 320, height = 240;
    int fps = 10;
    std::uint32_t kbit = 1500;
  };
  TestCamera() : TestCamera(Options{}) {}
  explicit TestCamera(Options options) : options_(options) {
    encode();
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no socket for the test camera");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
  }
  ~TestCamera() {
    stopping_ = true;
    acceptor_.join();
    for (std::thread& thread : conversations_) thread.join();
    ::close(listener_);
  }
  TestCamera(const TestCamera&) = delete;
  TestCamera& operator=(const TestCamera&) = delete;

  std::string url() const { return fmt::format("rtsp://127.0.0.1:{}/live", port_); }
  /// A white square goes through the picture.
  std::atomic<bool> moving{false};
  std::atomic<int> connections{0};

 private:
  void encode() {
    for (const bool moves : {false, true}) {
      auto encoder = Encoder::make({.width = options_.width,
                                    .height = options_.height,
                                    .fps = static_cast<double>(options_.fps),
                                    .kbit = options_.kbit});
      if (!encoder) throw std::runtime_error(encoder.error().message);
      auto& loop = moves ? moving_loop_ : still_loop_;
      for (int i = 0; i < 2 * options_.fps; i++) {
        const int step = static_cast<int>(options_.width) * i / (2 * options_.fps);
        const auto sample = (*encoder)->encode(textured(options_.width, options_.height, moves ? step : -1),
                                               i % options_.fps == 0, i * 1000 / options_.fps);
        if (!sample) throw std::runtime_error(sample.error().message);
        loop.push_back(*sample);
      }
      track_ = *(*encoder)->track();
    }
  }

  void accept() {
    while (!stopping_) {
      pollfd wait{.fd = listener_, .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, 50) <= 0) continue;
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      connections++;
      conversations_.emplace_back([this, socket] {
        talk(socket);
        connections--;
        ::close(socket);
      });
    }
  }

  static bool send_all(int socket, const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t n = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }

  std::string sdp() const {
    const auto sets = media::parameter_sets(track_);
    if (!sets) throw std::runtime_error(sets.error().message);
    return fmt::format(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        "a=fmtp:96 packetization-mode=1;sprop-parameter-sets={},{}\r\na=control:track1\r\n",
        to_base64((*sets)[0]), to_base64((*sets)[1]));
  }

  /// Answers requests, plays between them.
  void talk(int socket) {
    std::string incoming;
    bool playing = false;
    std::size_t picture = 0;
    bool moves = false;
    std::uint16_t sequence = 100;
    std::uint32_t stamp = 9'000;
    auto next = std::chrono::steady_clock::now();
    while (!stopping_) {
      const auto now = std::chrono::steady_clock::now();
      const auto wait = playing ? std::chrono::duration_cast<std::chrono::milliseconds>(next - now).count() : 50;
      pollfd readable{.fd = socket, .events = POLLIN, .revents = 0};
      if (::poll(&readable, 1, static_cast<int>(std::clamp<std::int64_t>(wait, 0, 50))) > 0) {
        char bytes[4096];
        const ssize_t n = ::recv(socket, bytes, sizeof bytes, 0);
        if (n <= 0) return;
        incoming.append(bytes, static_cast<std::size_t>(n));
        if (!answer_all(socket, incoming, playing)) return;
        if (!playing) continue;
      }
      if (!playing || std::chrono::steady_clock::now() < next) continue;
      if (picture % static_cast<std::size_t>(options_.fps) == 0) moves = moving;
      const auto& loop = moves ? moving_loop_ : still_loop_;
      if (!send_picture(socket, loop[picture % loop.size()], sequence, stamp)) return;
      picture++;
      stamp += static_cast<std::uint32_t>(90'000 / options_.fps);
      next += std::chrono::milliseconds(1000 / options_.fps);
    }
  }

  bool answer_all(int socket, std::string& incoming, bool& playing) {
    for (;;) {
      if (!incoming.empty() && incoming[0] == '$') {  // RTCP of the client
        if (incoming.size() < 4) return true;
        const std::size_t size =
            4 + static_cast<std::uint8_t>(incoming[2]) * 256U + static_cast<std::uint8_t>(incoming[3]);
        if (incoming.size() < size) return true;
        incoming.erase(0, size);
        continue;
      }
      const std::size_t end = incoming.find("\r\n\r\n");
      if (end == std::string::npos) return true;
      const std::string request = incoming.substr(0, end);
      incoming.erase(0, end + 4);
      const std::size_t at = request.find("CSeq:");
      const std::string number = at == std::string::npos ? "0" : std::to_string(std::atoi(request.c_str() + at + 5));
      std::string head = "RTSP/1.0 200 OK\r\nCSeq: " + number + "\r\nSession: 12345678;timeout=60\r\n", body;
      if (request.starts_with("OPTIONS")) head += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n";
      if (request.starts_with("DESCRIBE")) {
        body = sdp();
        head += fmt::format("Content-Base: {}/\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n", url(),
                            body.size());
      }
      if (request.starts_with("SETUP")) head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=11223344\r\n";
      if (!send_all(socket, head + "\r\n" + body)) return false;
      if (request.starts_with("TEARDOWN")) return false;
      if (request.starts_with("PLAY")) playing = true;
    }
  }

  /// Each NAL unit in one packet, which TCP allows; in fragments (FU-A) where it is too long for that.
  bool send_picture(int socket, const media::Sample& sample, std::uint16_t& sequence, std::uint32_t stamp) {
    std::string out;
    std::size_t at = 0;
    constexpr std::size_t kMost = 20'000;
    const auto packet = [&](const std::string& payload, bool last) {
      std::string rtp;
      rtp += static_cast<char>(0x80);
      rtp += static_cast<char>(96 | (last ? 0x80 : 0));
      rtp += static_cast<char>(sequence >> 8);
      rtp += static_cast<char>(sequence & 255);
      for (int shift = 24; shift >= 0; shift -= 8) rtp += static_cast<char>(stamp >> shift);
      rtp += "\x11\x22\x33\x44";
      rtp += payload;
      sequence++;
      out += '$';
      out += '\0';
      out += static_cast<char>(rtp.size() >> 8);
      out += static_cast<char>(rtp.size() & 255);
      out += rtp;
    };
    while (at + 4 <= sample.data.size()) {
      std::size_t size = 0;
      for (int i = 0; i < 4; i++)
        size = size << 8 | static_cast<std::uint8_t>(sample.data[at + static_cast<std::size_t>(i)]);
      const std::string nal = sample.data.substr(at + 4, size);
      at += 4 + size;
      const bool last = at >= sample.data.size();
      if (nal.size() <= kMost) {
        packet(nal, last);
        continue;
      }
      for (std::size_t from = 1; from < nal.size(); from += kMost) {
        const std::size_t count = std::min(kMost, nal.size() - from);
        std::string part;
        part += static_cast<char>((nal[0] & 0xe0) | 28);
        part += static_cast<char>((nal[0] & 0x1f) | (from == 1 ? 0x80 : 0) | (from + count == nal.size() ? 0x40 : 0));
        part += nal.substr(from, count);
        packet(part, last && from + count == nal.size());
      }
    }
    return send_all(socket, out);
  }

  Options options_;
  std::vector<media::Sample> still_loop_, moving_loop_;
  media::Track track_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
  std::vector<std::thread> conversations_;
};

}  // namespace qala::video::tests
