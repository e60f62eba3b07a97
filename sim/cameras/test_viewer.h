#pragma once

#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <thread>

#include <gtest/gtest.h>
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "sim/cameras/camera_server.h"
#include "sim/cameras/codec.h"
#include "sim/cameras/loops.h"
#include "sim/clock_code.h"

namespace qala::sim {

/// Two seconds of a small street, drawn once for all tests.
inline LoopPtr test_loop(const std::string& scene = "street", int width = 640) {
  static LoopStore store("");
  const LoopOrder order{.scene = scene, .width = width, .height = width * 9 / 16, .kbit = 700, .seconds = 2};
  auto loop = store.get(order, [] { return false; });
  EXPECT_TRUE(loop) << loop.error().message;
  return *loop;
}

/// A picture as it came.
struct SeenPicture {
  std::vector<std::string> units;
  std::uint32_t rtp_time = 0;
  bool whole = true;  ///< no packet was missing
  bool key() const {
    for (const std::string& unit : units)
      if ((unit[0] & 0x1F) == 5) return true;
    return false;
  }
};
struct SeenReport {
  std::int64_t unix_ms = 0;
  std::uint32_t rtp_time = 0, packets = 0;
};

/// A server whose time stands still until told, on the test's own thread.
struct CameraBench {
  FakeClock clock;
  std::unique_ptr<CameraServer> server;
  explicit CameraBench(CameraServerOptions options = {}, Shows shows = {test_loop(), nullptr, nullptr}) {
    std::vector<CameraSpec> cameras;
    for (const std::uint32_t number : {1U, 17U}) cameras.push_back({number, shows, {test_loop(), nullptr, nullptr}});
    auto opened = CameraServer::open(options, std::move(cameras), clock);
    EXPECT_TRUE(opened) << opened.error().message;
    server = std::move(*opened);
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    server->step(std::chrono::milliseconds(0));
  }
};

/// A client of one camera, own hand.
class Viewer {
 public:
  explicit Viewer(CameraBench& bench, const std::string& path = "/camera/17/main") : bench_(bench) {
    const Endpoint at = bench.server->endpoint();
    url = "rtsp://127.0.0.1:" + at.port + path;
    socket_ = *Socket::connect(at, std::chrono::seconds(10));
    EXPECT_TRUE(socket_.set_nonblocking());
  }

  /// Sends a request and lets the server run until the answer is there; "" if the connection ended instead.
  std::string ask(const std::string& method, const std::string& fields = "", const std::string& track = "") {
    std::string text =
        method + " " + url + track + " RTSP/1.0\r\nCSeq: " + std::to_string(++sequence_) + "\r\n" + fields;
    if (!session.empty()) text += "Session: " + session + "\r\n";
    return exchange(text + "\r\n");
  }
  std::string exchange(const std::string& text) {
    answer_.clear();
    EXPECT_TRUE(socket_.write_all(text));
    for (int turn = 0; turn < 20'000 && answer_.empty() && !ended; turn++) {
      bench_.server->step(std::chrono::milliseconds(turn < 100 ? 0 : 1));
      read();
    }
    return answer_;
  }
  /// SETUP and PLAY over TCP.
  bool play(const std::string& transport = "RTP/AVP/TCP;unicast;interleaved=0-1", const std::string& fields = "") {
    const std::string set = ask("SETUP", "Transport: " + transport + "\r\n" + fields, "/track1");
    const auto at = set.find("Session: ");
    if (at == std::string::npos) return false;
    session = set.substr(at + 9, set.find_first_of(";\r", at) - at - 9);
    set_up = set;
    played = ask("PLAY", fields);
    return played.starts_with("RTSP/1.0 200");
  }
  /// Lets time pass until so many pictures are there, or the connection ended.
  bool see(std::size_t count, int most_turns = 3000) {
    for (int turn = 0; turn < most_turns && pictures.size() < count && !ended; turn++) {
      bench_.pass(std::chrono::milliseconds(20));
      read();
    }
    return pictures.size() >= count;
  }
  void pass(std::chrono::milliseconds time) {
    for (auto gone = time.zero(); gone < time; gone += std::chrono::milliseconds(20)) {
      bench_.pass(std::chrono::milliseconds(20));
      read();
    }
  }

  /// Takes what has come.
  void read() {
    for (std::string more; socket_.open() && !ended; more.clear()) {
      const auto done = socket_.read_some(more);
      input_ += more;
      if (!done) {
        ended = done.error().message.find("closed") != std::string::npos ||
                done.error().message.find("reset") != std::string::npos;
        break;
      }
    }
    while (take_one()) {
    }
  }

  void take_rtp(std::string_view packet) {
    if (packet.size() < 13) return;
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(packet[i]); };
    const auto sequence = static_cast<std::uint16_t>(at(2) << 8 | at(3));
    if (packets > 0 && sequence != static_cast<std::uint16_t>(last_ + 1)) {
      lost += static_cast<std::uint16_t>(sequence - last_ - 1);
      now_.whole = false;
    }
    last_ = sequence;
    packets++;
    now_.rtp_time = static_cast<std::uint32_t>(at(4)) << 24 | static_cast<std::uint32_t>(at(5)) << 16 |
                    static_cast<std::uint32_t>(at(6) << 8 | at(7));
    const std::string_view payload = packet.substr(12);
    if ((at(12) & 0x1F) == 28) {
      if ((at(13) & 0x80) != 0)
        now_.units.push_back(std::string(1, static_cast<char>((at(12) & 0x60) | (at(13) & 0x1F))));
      if (!now_.units.empty()) now_.units.back() += payload.substr(2);
    } else {
      now_.units.emplace_back(payload);
    }
    if ((at(1) & 0x80) == 0) return;
    if (!now_.units.empty()) pictures.push_back(std::move(now_));
    now_ = {};
  }

  void take_rtcp(std::string_view packet) {
    if (packet.size() < 28 || static_cast<std::uint8_t>(packet[1]) != 200) return;
    const auto word = [&](std::size_t i) {
      std::uint32_t value = 0;
      std::memcpy(&value, packet.data() + i, 4);
      return ntohl(value);
    };
    const double ms =
        (static_cast<double>(word(8)) - 2'208'988'800.0) * 1000 + static_cast<double>(word(12)) * 1000 / 4294967296.0;
    reports.push_back({static_cast<std::int64_t>(ms + 0.5), word(16), word(20)});
  }

  std::string url, session, set_up, played;
  std::vector<SeenPicture> pictures;
  std::vector<SeenReport> reports;
  std::size_t packets = 0, lost = 0, junk = 0;
  bool ended = false;

 private:
  bool take_one() {
    if (input_.starts_with('$')) {
      if (input_.size() < 4) return false;
      const auto size =
          static_cast<std::size_t>(static_cast<std::uint8_t>(input_[2]) << 8 | static_cast<std::uint8_t>(input_[3]));
      if (input_.size() < 4 + size) return false;
      const std::string packet = input_.substr(4, size);
      const bool rtp = input_[1] == 0;
      input_.erase(0, 4 + size);
      if (rtp) take_rtp(packet);
      else take_rtcp(packet);
      return true;
    }
    if (input_.starts_with("RTSP/") || input_.starts_with("HTTP/")) {
      const auto end = input_.find("\r\n\r\n");
      if (end == std::string::npos) return false;
      const auto length = input_.find("Content-Length: ");
      const std::size_t body = length < end ? std::stoul(input_.substr(length + 16)) : 0;
      if (input_.size() < end + 4 + body) return false;
      answer_ = input_.substr(0, end + 4 + body);
      input_.erase(0, answer_.size());
      return true;
    }
    if (input_.empty() || std::string_view("RTSP/").starts_with(input_) ||
        std::string_view("HTTP/").starts_with(input_))
      return false;
    input_.erase(0, 1);
    junk++;
    return true;
  }

  CameraBench& bench_;
  Socket socket_;
  std::string input_, answer_;
  SeenPicture now_;
  std::uint16_t last_ = 0;
  int sequence_ = 0;
};

}  // namespace qala::sim
