#include "cameras/camera.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace qala::cameras {

namespace {

constexpr std::array kRecording{std::string_view("always"), std::string_view("motion"), std::string_view("never")};
constexpr std::array kSchemes{std::string_view("rtsp://"), std::string_view("http://"), std::string_view("https://"),
                              std::string_view("rtmp://")};

Error invalid(std::string_view field, std::string_view what) {
  return fail(ErrorKind::invalid, std::string(field) + ": " + std::string(what));
}

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
}

Result<> check_source(const Source& source, const std::string& field, bool needed) {
  if (source.url.empty()) {
    if (needed)
      return invalid(field + ".url", "give the address of the camera's stream, like rtsp://10.0.3.17/stream1");
    return {};
  }
  const auto scheme = std::ranges::find_if(kSchemes, [&](auto known) { return source.url.starts_with(known); });
  if (scheme == kSchemes.end())
    return invalid(field + ".url", "begins with rtsp:// (or http://, https://, rtmp:// for odd cameras)");
  if (source.url.size() > Limits::kUrl || !printable(source.url))
    return invalid(field + ".url", "at most 500 bytes, without blanks and control characters");
  const std::string_view rest = std::string_view(source.url).substr(scheme->size());
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.empty()) return invalid(field + ".url", "names no host");
  if (host.find('@') != std::string_view::npos)
    return invalid(field + ".url", "has a user and password in it: give them in their own fields");
  if (source.user.size() > Limits::kSecret || source.password.size() > Limits::kSecret)
    return invalid(field + ".user", "user and password have at most 200 bytes");
  return {};
}

Result<> check_control(const Control& control) {
  if (control.url.empty()) {
    if (control.events) return invalid("onvif.events", "needs the camera's ONVIF address");
    return {};
  }
  const bool http = control.url.starts_with("http://"), https = control.url.starts_with("https://");
  if (!http && !https)
    return invalid("onvif.url", "begins with http:// or https://, like http://10.0.3.17/onvif/device_service");
  if (control.url.size() > Limits::kUrl || !printable(control.url))
    return invalid("onvif.url", "at most 500 bytes, without blanks and control characters");
  const std::string_view rest = std::string_view(control.url).substr(http ? 7 : 8);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.empty()) return invalid("onvif.url", "names no host");
  if (host.find('@') != std::string_view::npos)
    return invalid("onvif.url", "has a user and password in it: give them in their own fields");
  if (control.user.size() > Limits::kSecret || control.password.size() > Limits::kSecret)
    return invalid("onvif.user", "user and password have at most 200 bytes");
  if (control.profile.size() > Limits::kSecret) return invalid("onvif.profile", "at most 200 bytes");
  return {};
}

/// Twice the area, signed; of a polygon in the picture's units.
double twice_the_area(const std::vector<Spot>& corners) {
  double sum = 0;
  for (std::size_t i = 0; i < corners.size(); i++) {
    const Spot &a = corners[i], &b = corners[(i + 1) % corners.size()];
    sum += a.x * b.y - b.x * a.y;
  }
  return sum;
}

Result<> check_mask(const Mask& mask, std::size_t index) {
  const std::string field = "masks[" + std::to_string(index) + "]";
  if (mask.name.size() > Limits::kName) return invalid(field + ".name", "at most 100 bytes");
  if (mask.corners.size() < 3) return invalid(field + ".points", "a mask has at least three corners");
  if (mask.corners.size() > Limits::kCorners) return invalid(field + ".points", "a mask has at most 32 corners");
  const auto inside = [](double v) { return std::isfinite(v) && v >= 0 && v <= 1; };
  for (const Spot& spot : mask.corners) {
    if (!inside(spot.x) || !inside(spot.y))
      return invalid(field + ".points", "each is 0 to 1 of the picture's width and height");
  }
  if (std::abs(twice_the_area(mask.corners)) < 1e-6) return invalid(field + ".points", "the corners enclose nothing");
  return {};
}

}  // namespace

std::string_view name_of(Recording recording) { return kRecording[static_cast<std::size_t>(recording)]; }

std::optional<Recording> recording_from(std::string_view name) {
  const auto found = std::ranges::find(kRecording, name);
  if (found == kRecording.end()) return std::nullopt;
  return static_cast<Recording>(found - kRecording.begin());
}

std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (url.starts_with('[')) return url.substr(0, url.find(']') + 1);
  return url.substr(0, url.find(':'));
}

Account control_account(const Camera& camera) {
  const Control& control = camera.control;
  if (!control.user.empty()) return {.user = control.user, .password = control.password};
  if (host_of(control.url) != host_of(camera.main.url)) return {};
  return {.user = camera.main.user, .password = camera.main.password};
}

Result<> check(const Camera& camera) {
  TRY_VOID(check_source(camera.main, "main", true));
  TRY_VOID(check_source(camera.sub, "sub", false));
  TRY_VOID(check_control(camera.control));
  if (camera.group.size() > Limits::kName) return invalid("group", "at most 100 bytes");
  if (camera.masks.size() > Limits::kMasks) return invalid("masks", "a camera has at most 16 masks");
  for (std::size_t i = 0; i < camera.masks.size(); i++) TRY_VOID(check_mask(camera.masks[i], i));
  return {};
}

Result<> check(const Group& group) {
  if (group.name.empty() || group.name.size() > Limits::kName) return invalid("name", "1 to 100 bytes");
  if (group.keep_days < 0 || group.keep_days > 3650) return invalid("keep_days", "0 to 3650; 0: no limit");
  if (group.keep_gb < 0 || group.keep_gb > 1'000'000) return invalid("keep_gb", "0 to 1,000,000; 0: no limit");
  return {};
}

}  // namespace qala::cameras
