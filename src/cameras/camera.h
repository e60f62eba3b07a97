#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace qala::cameras {

using CameraId = Id<struct CameraTag>;

/// Where a stream comes from. Name and password are given apart, never in the address.
struct Source {
  std::string url = {};  ///< rtsp://host[:port]/path; empty: there is none
  std::string user = {}, password = {};
  bool udp = false;  ///< RTP over UDP; otherwise inside the RTSP connection, which loses nothing
  friend bool operator==(const Source&, const Source&) = default;
};

enum class Recording : std::uint8_t { always, motion, never };
std::string_view name_of(Recording recording);  ///< "always"
std::optional<Recording> recording_from(std::string_view name);

/// A place in the picture: 0..1 from the left and from the top.
struct Spot {
  double x = 0, y = 0;
  friend bool operator==(const Spot&, const Spot&) = default;
};
/// What nobody sees who looks or exports: windows, yards, doors.
struct Mask {
  std::string name = {};
  std::vector<Spot> corners = {};
  friend bool operator==(const Mask&, const Mask&) = default;
};

/// How the camera is spoken with about everything but pictures (ONVIF).
struct Control {
  std::string url = {};  ///< http(s)://host[:port]/onvif/device_service; empty: not at all
  std::string user = {}, password = {};  ///< empty: those of the main stream
  std::string profile = {};  ///< the device's token of what `main` is; empty: its first
  bool events = false;  ///< it is asked what it notices: motion, inputs
  friend bool operator==(const Control&, const Control&) = default;
};

struct Camera {
  CameraId id = {};
  ThingId thing = {};
  std::string group = {};  ///< what retention goes by; empty: the town's standard
  Source main = {}, sub = {};
  Control control = {};
  Recording recording = Recording::always;
  bool ptz = false;
  bool off = false;  ///< not connected to at all, and said so
  std::vector<Mask> masks = {};
  Instant created = {}, changed = {};
  friend bool operator==(const Camera&, const Camera&) = default;
};

/// How long the recordings of a group of cameras are kept; groups that nobody set go by the configuration.
struct Group {
  std::string name = {};
  std::int64_t keep_days = 0, keep_gb = 0;  ///< 0: no limit of that kind
  friend bool operator==(const Group&, const Group&) = default;
};

struct Limits {
  static constexpr std::size_t kCameras = 1000, kMasks = 16, kCorners = 32;
  static constexpr std::size_t kUrl = 500, kSecret = 200, kName = 100;  ///< bytes
};

/// Whom to be when speaking with the camera. The main stream's name and password are for its own host only.
struct Account {
  std::string user = {}, password = {};
};
Account control_account(const Camera& camera);
std::string_view host_of(std::string_view url);  ///< with the brackets of IPv6, without the port

/// `invalid`, beginning with the field ("main.url: ..."): an address that is none or carries a password, a mask with
/// fewer than three corners or outside the picture, too many or too long.
Result<> check(const Camera& camera);
Result<> check(const Group& group);

}  // namespace qala::cameras
