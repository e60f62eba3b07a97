#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

/// What devices answer. Pure functions over bytes that anybody may have sent: more than Limits::kAnswer, a DTD or what
/// is no SOAP is `invalid`; lists and texts are cut to Limits. A SOAP fault is an error with the device's own words:
/// `denied` where it is about who asks, else `unavailable`.
namespace qala::onvif {

/// A device that answered a probe.
struct Match {
  std::string endpoint = {};                 ///< "urn:uuid:…": the same when its address changes
  std::vector<std::string> addresses = {};   ///< of its device service, http or https
  std::string name = {}, hardware = {}, location = {};  ///< of its scopes; may be empty
};
/// Of one datagram: those that answer the probe `id`; others are left out.
Result<std::vector<Match>> parse_probe_matches(std::string_view datagram, std::string_view id);

Result<Instant> parse_date_time(std::string_view answer);  ///< GetSystemDateAndTime; UTC

/// Where its services are, as the device says (address.h: at_the_camera). Empty: it has none.
struct Services {
  std::string media = {}, media2 = {}, ptz = {}, events = {};
};
Result<Services> parse_services(std::string_view answer);      ///< GetServices
Result<Services> parse_capabilities(std::string_view answer);  ///< GetCapabilities

struct Information {
  std::string manufacturer = {}, model = {}, firmware = {}, serial = {};
};
Result<Information> parse_information(std::string_view answer);

struct Profile {
  std::string token = {}, name = {};
  std::string codec = {};  ///< as it says: "H264", "H265", "JPEG"
  std::uint32_t width = 0, height = 0;
  double fps = 0;
  bool ptz = false;
};
Result<std::vector<Profile>> parse_profiles(std::string_view answer);  ///< GetProfiles of Media and Media2
Result<std::string> parse_uri(std::string_view answer);                ///< GetStreamUri, GetSnapshotUri of both

struct Preset {
  std::string token = {}, name = {};
};
Result<std::vector<Preset>> parse_presets(std::string_view answer);
Result<std::string> parse_preset_token(std::string_view answer);  ///< SetPreset

struct Position {
  double pan = 0, tilt = 0, zoom = 0;  ///< -1..1, zoom 0..1
  bool moving = false;
  std::string trouble = {};  ///< in the device's words
};
Result<Position> parse_status(std::string_view answer);

/// Any answer of which only matters that it is no fault.
Result<> parse_done(std::string_view answer);

/// A pull point.
struct Subscription {
  std::string address = {};
  std::string headers = {};  ///< XML that the device wants to be given back with each call
  std::optional<Duration> lasts = {};
};
Result<Subscription> parse_subscription(std::string_view answer);

/// Something that the device noticed.
struct Event {
  enum class Kind : std::uint8_t { motion, input, other };
  Kind kind = Kind::other;
  std::string topic = {};   ///< "RuleEngine/CellMotionDetector/Motion", prefixes left out
  std::string source = {};  ///< which input, region, rule; the same of the same one
  bool on = false;
  bool pulse = false;  ///< begins and does not say when it is over (a line that was crossed)
  bool gone = false;   ///< PropertyOperation Deleted: what it was is not there any more
};
Result<std::vector<Event>> parse_messages(std::string_view answer);  ///< PullMessages

}  // namespace qala::onvif
