#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http_client.h"

namespace qala::test {

/// One frame as it came.
struct SocketFrame {
  int opcode = 0;  ///< 1 text, 8 close, 9 ping, 10 pong
  std::string payload;
  /// Of a close frame; 0 without one.
  int close_code() const {
    if (payload.size() < 2) return 0;
    return static_cast<unsigned char>(payload[0]) * 256 + static_cast<unsigned char>(payload[1]);
  }
};

/// Speaks WebSocket over an HttpClient after upgrade(), for tests. Answers no pings by itself.
class SocketClient {
 public:
  explicit SocketClient(HttpClient& http) : http_(http) {}

  /// Status of the answer: 101 if the server agreed. `headers` replace the Origin that a page of this server would
  /// send.
  int upgrade(std::string_view target, const HttpClient::Headers& headers = {{"Origin", "http://localhost"}}) {
    HttpClient::Headers all{{"Connection", "Upgrade"},
                            {"Upgrade", "websocket"},
                            {"Sec-WebSocket-Version", "13"},
                            {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
    all.insert(all.end(), headers.begin(), headers.end());
    answer_ = http_.request("GET", target, {}, all);
    return answer_.status;
  }
  const HttpAnswer& answer() const { return answer_; }

  void send_text(std::string_view text) { send_frame(1, text); }
  void send_close() { send_frame(8, std::string_view("\x03\xe8", 2)); }

  void send_frame(int opcode, std::string_view payload) {
    constexpr std::string_view mask = "\x11\x22\x33\x44";
    std::string frame(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
      frame += static_cast<char>(0x80 | payload.size());
    } else {
      const bool wide = payload.size() > 0xffff;
      frame += static_cast<char>(0x80 | (wide ? 127 : 126));
      for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8)
        frame += static_cast<char>(payload.size() >> shift & 0xff);
    }
    frame += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ mask[i % 4]);
    http_.send(frame);
  }

  SocketFrame read_frame() {
    const auto head = http_.read_exactly(2);
    std::uint64_t size = static_cast<unsigned char>(head[1]) & 0x7f;
    if (size == 126) size = big_endian(http_.read_exactly(2));
    if (size == 127) size = big_endian(http_.read_exactly(8));
    return {head[0] & 0x0f, http_.read_exactly(size)};
  }

 private:
  static std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t out = 0;
    for (const char c : bytes) out = out << 8 | static_cast<unsigned char>(c);
    return out;
  }

  HttpClient& http_;
  HttpAnswer answer_;
};

}  // namespace qala::test
