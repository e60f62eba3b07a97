#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sim/cameras/loop.h"

namespace qala::sim {

/// A request of RTSP 1.0, or of HTTP 1.1, which look alike.
struct CameraRequest {
  std::string method, uri, version, body;
  std::map<std::string, std::string> headers;  ///< names in small letters
  std::string header(const std::string& name) const;
};

/// The next thing in what a client sent: a request, an interleaved packet ('$'), or nothing yet. Takes it from `input`.
/// An error if it can become neither.
struct Incoming {
  std::optional<CameraRequest> request;
  std::optional<std::uint8_t> channel;  ///< of an interleaved packet
};
Result<std::optional<Incoming>> take_incoming(std::string& input);

/// "rtsp://h:554/camera/17/sub/track1?x" is camera 17, stream "sub".
struct CameraPath {
  std::uint32_t camera = 0;
  bool sub = false;
  bool track = false;  ///< names the track, not the whole
};
std::optional<CameraPath> parse_camera_path(std::string_view uri);

/// One of the alternatives of a Transport header that we serve.
struct Transport {
  bool tcp = false;
  std::uint8_t channel = 0;  ///< of RTP; RTCP is the next
  std::uint16_t rtp_port = 0, rtcp_port = 0;  ///< of the client
};
std::optional<Transport> choose_transport(std::string_view header);

std::string base64(std::string_view bytes);
/// A session description of one video track (RFC 8866, RFC 6184).
std::string describe(const Loop& loop, std::uint32_t camera, const std::string& host);

/// User and password that a camera wants, as Digest (RFC 2617, MD5, as cameras do) or Basic.
struct Credentials {
  std::string user, password;
  static constexpr std::string_view kRealm = "qala-sim";
  /// Whether an Authorization header is right; `nonce` is the one that was given out.
  bool fits(std::string_view header, std::string_view method, std::string_view nonce) const;
};

}  // namespace qala::sim
