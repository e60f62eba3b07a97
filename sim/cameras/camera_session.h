#pragma once

#include <netinet/in.h>

#include <optional>
#include <string>
#include <vector>

#include "sim/cameras/camera_server.h"
#include "sim/cameras/rtp.h"

namespace qala::sim {

/// A TCP connection: what has come, and what could not be sent yet.
struct CameraConnection {
  static constexpr std::size_t kMostWaiting = 2 << 20;

  Socket socket;
  sockaddr_storage peer{};
  bool local = false;    ///< from this machine
  std::string input, output;
  std::string nonce;
  int wrong_passwords = 0;
  bool ending = false;   ///< as soon as the output is gone
  bool broken = false;
  std::int64_t heard_ns = 0;
  std::uint32_t session = 0;  ///< 0: none yet
  /// A PullMessages that waits for something to happen.
  struct Pull {
    std::size_t camera = 0;
    std::uint32_t subscription = 0;
    std::int64_t until_ns = 0;
  };
  std::optional<Pull> pull = {};

  void say(std::string_view bytes);
  /// Sends what waits. False: more waits.
  bool flush();
};

/// Somebody who looks at one stream.
struct CameraSession {
  std::uint32_t id = 0;
  int descriptor = -1;  ///< of its connection
  std::size_t camera = 0;
  bool sub = false;
  Transport transport;
  sockaddr_storage rtp_to{}, rtcp_to{};
  RtpSender sender{0, 0};
  bool playing = false;
  bool wants_key = true;
  std::int64_t reported_ns = 0;
  std::string text_id;
};

/// How packets get lost or damaged on the way.
struct Wire {
  double loss = 0;
  bool damage = false;
  std::uint64_t* dice = nullptr;
};
struct Delivered {
  std::size_t bytes = 0, lost = 0;
  bool dropped = false;  ///< the whole picture: the client does not read
};
/// Puts a picture's packets on the connection, or sends them from `udp`.
Delivered deliver(CameraConnection& connection, CameraSession& session, int udp, std::uint32_t rtp_time,
                  const std::vector<RtpPart>& parts, const Wire& wire);
void deliver_report(CameraConnection& connection, const CameraSession& session, int udp, const std::string& report);

}  // namespace qala::sim
