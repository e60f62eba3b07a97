#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace qala::rtsp {

/// An RTSP 1.0 answer, or a request of the camera (RFC 2326 6 and 7). Views into the bytes it was read from.
struct Message {
  bool answer = true;
  unsigned status = 0;      ///< answers
  std::string_view reason;  ///< answers: "OK"
  std::string_view method;  ///< requests
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;

  std::optional<std::string_view> header(std::string_view name) const;
};

enum class Parsed { more, complete, bad };
/// `size`: the bytes of the whole message. Heads up to 16 KB, 64 headers, bodies up to 256 KB; more is bad. Lines may
/// end with a bare LF, as some cameras' do.
Parsed parse_message(std::string_view bytes, Message& out, std::size_t& size);

/// "Session: 1234;timeout=60"
struct SessionHeader {
  std::string_view id;
  unsigned timeout_s = 60;
};
SessionHeader parse_session(std::string_view value);

/// "RTP/AVP/TCP;unicast;interleaved=0-1"; "RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001"
struct TransportHeader {
  bool tcp = false;
  std::optional<std::pair<unsigned, unsigned>> interleaved, server_port;
  std::optional<std::string_view> source;
};
TransportHeader parse_transport(std::string_view value);

}  // namespace qala::rtsp
