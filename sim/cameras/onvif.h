#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "sim/cameras/ptz.h"
#include "sim/cameras/rtsp_text.h"

namespace qala::sim {

/// What the ONVIF services of a camera say about its streams.
struct OnvifStream {
  std::string token, name, url;
  int width = 0, height = 0;
  double fps = 0;
};

/// How the camera is at the moment of a request.
struct OnvifMoment {
  std::int64_t now_ns = 0;  ///< monotonic
  Instant clock = {};       ///< the camera's own, which may be wrong
  std::string base = {};    ///< "http://127.0.0.1:40000", as it names itself
  bool locked = false;      ///< no password is right
  bool digest_only = false;
  std::string nonce = {};   ///< of HTTP Digest on this connection
};

/// Device, media (both), PTZ and event services of one simulated camera, as ONVIF describes them. One thread.
/// Names and passwords: WS-UsernameToken, whose time must be the camera's within five seconds and whose nonce is new,
/// or HTTP Digest.
class OnvifCamera {
 public:
  OnvifCamera(std::uint32_t number, std::vector<OnvifStream> streams, const Credentials& credentials)
      : number_(number), streams_(std::move(streams)), credentials_(credentials) {}

  struct Reply {
    int status = 200;
    std::string body = {};
    bool challenge = false;  ///< with WWW-Authenticate
    /// Not yet: nothing happened so far. `pull` is to be asked again.
    std::optional<std::uint32_t> pull = {};
    std::int64_t until_ns = 0;
  };
  /// `service`: what follows "/onvif/17/" in the path.
  Reply answer(std::string_view service, const CameraRequest& request, const OnvifMoment& moment);
  /// The answer to a PullMessages that waits, once there is one.
  std::optional<Reply> pulled(std::uint32_t subscription, std::int64_t until_ns, const OnvifMoment& moment);
  /// Tells subscribers of changes.
  void notice(bool motion, bool input, const OnvifMoment& moment);

  /// "<d:ProbeMatch>…": what it says of itself to who searches.
  std::string probe_match(const std::string& base) const;
  PanTiltZoom& ptz() { return ptz_; }
  std::uint64_t refused() const { return refused_; }
  std::size_t subscriptions() const { return subscriptions_.size(); }

 private:
  struct Subscription {
    std::int64_t expires_ns = 0;
    std::deque<std::string> messages;
  };
  struct Asked;
  bool let_in(const Asked& asked, const CameraRequest& request, const OnvifMoment& moment);
  Reply device(const Asked& asked, const OnvifMoment& moment) const;
  Reply media(const Asked& asked, const OnvifMoment& moment) const;
  Reply media2(const Asked& asked, const OnvifMoment& moment) const;
  Reply steer(const Asked& asked, const OnvifMoment& moment);
  Reply events(const Asked& asked, const OnvifMoment& moment);
  Reply pull_point(std::uint32_t id, const Asked& asked, const OnvifMoment& moment);
  std::string messages_of(Subscription& subscription, const OnvifMoment& moment) const;
  std::string message(bool input, bool on, std::string_view operation, const OnvifMoment& moment) const;
  const OnvifStream* stream(std::string_view token) const;
  std::string uuid() const;

  std::uint32_t number_;
  std::vector<OnvifStream> streams_;
  const Credentials& credentials_;
  PanTiltZoom ptz_;
  std::map<std::uint32_t, Subscription> subscriptions_;
  std::uint32_t last_subscription_ = 0;
  std::set<std::string> nonces_;
  bool motion_ = false, input_ = false;
  std::uint64_t refused_ = 0;
};

/// The MessageID of a Probe for cameras; nothing: it is none.
std::optional<std::string> probe_id(std::string_view datagram);
std::string probe_matches(std::string_view relates_to, std::string_view matches);

}  // namespace qala::sim
