#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "sim/cameras/camera_stream.h"
#include "sim/cameras/rtsp_text.h"
#include "sim/socket.h"

namespace qala::sim {

struct CameraSpec {
  std::uint32_t number = 0;
  Shows main, sub;
};

struct CameraServerOptions {
  Endpoint listen{"127.0.0.1", "0"};
  Credentials credentials = {};     ///< user empty: everybody may look
  bool basic = false;               ///< offer Basic instead of Digest
  std::chrono::seconds timeout{60};  ///< a session of which nothing is heard for so long ends
};

/// What went through, since the start.
struct CameraTotals {
  std::uint64_t sessions = 0;  ///< now
  std::uint64_t pictures = 0, bytes = 0, packets_lost = 0, pictures_dropped = 0, refused = 0, timed_out = 0;
};

/// All cameras behind one RTSP address: rtsp://HOST:PORT/camera/17/main and /sub, RTP over TCP or UDP, sender reports
/// every five seconds. Loopback peers may also speak HTTP to it: GET /cameras, POST /faults with a line each
/// (camera_faults.h). One thread calls step(); nothing else runs. A client that does not read loses pictures up to the
/// next key frame, and nobody else does.
class CameraServer {
 public:
  static Result<std::unique_ptr<CameraServer>> open(const CameraServerOptions& options, std::vector<CameraSpec> cameras,
                                                    const Clock& clock);
  virtual ~CameraServer() = default;
  /// Waits at most `wait` for a client or a picture that is due, and does what is to do.
  virtual void step(std::chrono::milliseconds wait) = 0;
  virtual Result<> fault(std::string_view line) = 0;
  virtual Endpoint endpoint() const = 0;
  virtual CameraTotals totals() const = 0;
  /// A JSON object for each camera's streams: camera, stream, url, codec, width, height, fps, key, scene.
  virtual std::vector<std::string> list() const = 0;
};

}  // namespace qala::sim
