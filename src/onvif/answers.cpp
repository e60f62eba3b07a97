#include "onvif/answers.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/hex.h"
#include "onvif/limits.h"
#include "onvif/xml.h"

namespace qala::onvif {

using pugi::xml_document;
using pugi::xml_node;
using xml::Envelope;

namespace {

std::string word(xml_node node) { return xml::text(node.text().get(), Limits::kText); }

Error missing(std::string_view what) { return fail(ErrorKind::invalid, fmt::format("the answer holds no {}", what)); }

/// The words of a blank-separated list.
template <class Each>
void words_of(std::string_view list, Each&& take) {
  constexpr std::string_view kBlank = " \t\r\n";
  for (auto from = list.find_first_not_of(kBlank); from != std::string_view::npos;) {
    const auto end = std::min(list.find_first_of(kBlank, from), list.size());
    take(list.substr(from, end - from));
    from = list.find_first_not_of(kBlank, end);
  }
}

/// Scopes are URIs: "%20" is a blank.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

void read_scope(std::string_view scope, Match& match) {
  constexpr std::string_view kPrefix = "onvif://www.onvif.org/";
  if (!scope.starts_with(kPrefix)) return;
  scope.remove_prefix(kPrefix.size());
  const auto slash = scope.find('/');
  if (slash == std::string_view::npos) return;
  const auto kind = scope.substr(0, slash);
  std::string* const into = kind == "name"       ? &match.name
                            : kind == "hardware" ? &match.hardware
                            : kind == "location" ? &match.location
                                                 : nullptr;
  if (into && into->empty()) *into = xml::text(unescaped(scope.substr(slash + 1)), Limits::kText);
}

Match read_match(xml_node node) {
  Match match{.endpoint = xml::exact(xml::at(node, "EndpointReference/Address"), Limits::kToken)};
  words_of(xml::child(node, "XAddrs").text().get(), [&](std::string_view address) {
    const bool fits = match.addresses.size() < Limits::kAddresses && address.size() <= Limits::kUrl;
    if (fits && (address.starts_with("http://") || address.starts_with("https://")))
      match.addresses.emplace_back(address);
  });
  words_of(xml::child(node, "Scopes").text().get(), [&](std::string_view scope) { read_scope(scope, match); });
  return match;
}

void keep_service(Services& services, std::string_view space, xml_node address) {
  std::string* into = nullptr;
  if (space.ends_with("/ver10/media/wsdl")) into = &services.media;
  if (space.ends_with("/ver20/media/wsdl")) into = &services.media2;
  if (space.ends_with("/ver20/ptz/wsdl")) into = &services.ptz;
  if (space.ends_with("/ver10/events/wsdl")) into = &services.events;
  if (into && into->empty()) *into = xml::exact(address, Limits::kUrl);
}

std::uint32_t pixels(xml_node node) {
  return static_cast<std::uint32_t>(std::clamp(xml::number(node.text().get()), 0.0, 100'000.0));
}

Profile read_profile(xml_node node) {
  Profile out{.token = xml::text(xml::attribute(node, "token").value(), Limits::kToken),
              .name = word(xml::child(node, "Name"))};
  const auto configurations = xml::child(node, "Configurations");  // Media2
  const auto encoder =
      configurations ? xml::child(configurations, "VideoEncoder") : xml::child(node, "VideoEncoderConfiguration");
  out.codec = word(xml::child(encoder, "Encoding"));
  out.width = pixels(xml::at(encoder, "Resolution/Width"));
  out.height = pixels(xml::at(encoder, "Resolution/Height"));
  out.fps = std::clamp(xml::number(xml::at(encoder, "RateControl/FrameRateLimit").text().get()), 0.0, 1000.0);
  out.ptz = configurations ? bool(xml::child(configurations, "PTZ")) : bool(xml::child(node, "PTZConfiguration"));
  return out;
}

double share(xml_node node, std::string_view attribute, double least) {
  return std::clamp(xml::number(xml::attribute(node, attribute).value()), least, 1.0);
}

}  // namespace

Result<std::vector<Match>> parse_probe_matches(std::string_view datagram, std::string_view id) {
  xml_document document;
  TRY(const auto envelope, Envelope::whole(document, datagram));
  std::vector<Match> out;
  const auto related = xml::exact(xml::at(envelope, "Header/RelatesTo"), Limits::kToken);
  if (related != id) return out;
  xml::each(xml::at(envelope, "Body/ProbeMatches"), "ProbeMatch", [&](xml_node node) {
    if (out.size() >= Limits::kDevices) return;
    auto match = read_match(node);
    if (!match.addresses.empty()) out.push_back(std::move(match));
  });
  return out;
}

Result<Instant> parse_date_time(std::string_view answer) {
  xml_document document;
  TRY(const auto response, Envelope::body(document, answer));
  const auto utc = xml::at(response, "SystemDateAndTime/UTCDateTime");
  if (!utc) return missing("time in UTC");
  const auto part = [&](std::string_view path) {
    return static_cast<int>(std::clamp(xml::number(xml::at(utc, path).text().get()), -1.0, 100'000.0));
  };
  const int year = part("Date/Year"), month = part("Date/Month"), day = part("Date/Day");
  const int hour = part("Time/Hour"), minute = part("Time/Minute"), second = std::min(part("Time/Second"), 59);
  const auto at =
      parse_iso(fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", year, month, day, hour, minute, second));
  if (!at) return missing("time that there is");
  return *at;
}

Result<Services> parse_services(std::string_view answer) {
  xml_document document;
  TRY(const auto response, Envelope::body(document, answer));
  Services out;
  std::size_t count = 0;
  xml::each(response, "Service", [&](xml_node node) {
    if (count++ < Limits::kServices) keep_service(out, word(xml::child(node, "Namespace")), xml::child(node, "XAddr"));
  });
  if (count == 0) return missing("services");
  return out;
}

Result<Services> parse_capabilities(std::string_view answer) {
  xml_document document;
  TRY(const auto response, Envelope::body(document, answer));
  const auto all = xml::child(response, "Capabilities");
  if (!all) return missing("capabilities");
  const auto address = [&](std::string_view path) { return xml::exact(xml::at(all, path), Limits::kUrl); };
  return Services{.media = address("Media/XAddr"),
                  .media2 = address("Extension/Media2/XAddr"),
                  .ptz = address("PTZ/XAddr"),
                  .events = address("Events/XAddr")};
}

Result<Information> parse_information(std::string_view answer) {
  xml_document document;
  TRY(const auto response, Envelope::body(document, answer));
  return Information{.manufacturer = word(xml::child(response, "Manufacturer")),
                     .model = word(xml::child(response, "Model")),
                     .firmware = word(xml::child(response, "FirmwareVersion")),
                     .serial = word(xml::child(response, "SerialNumber"))};
}

Result<std::vector<Profile>> parse_profiles(std::string_view answer) {
  xml_document document;
  TRY(const auto response, Envelope::body(document, answer));
  std::vector<Profile> out;
  xml::each(response, "Profiles", [&](xml_node node) {
    if (out.size() >= Limits::kProfiles) return;
    auto profile = read_profile(node);
    if (!profile.token.empty()) out.push_back(std::move(profile));
  });
  return out;
}

Result<std::string> parse_uri(std::string_view answer) {
  xml_document document;
  TRY(const auto response, Envelope::body(document, answer));
  auto uri = xml::exact(xml::at(response, "MediaUri/Uri"), Limits::kUrl);
  if (uri.empty()) uri = xml::exact(xml::child(response, "Uri"), Limits::kUrl);
  if (uri.empty()) return missing("address of a stream");
  return uri;
}

Result<std::vector<Preset>> parse_presets(std::string_view answer) {
  xml_document document;
  TRY(const auto response, Envelope::body(document, answer));
  std::vector<Preset> out;
  xml::each(response, "Preset", [&](xml_node node) {
    if (out.size() >= Limits::kPresets) return;
    Preset preset{.token = xml::text(xml::attribute(node, "token").value(), Limits::kToken),
                  .name = word(xml::child(node, "Name"))};
    if (!preset.token.empty()) out.push_back(std::move(preset));
  });
  return out;
}

Result<std::string> parse_preset_token(std::string_view answer) {
  xml_document document;
  TRY(const auto response, Envelope::body(document, answer));
  auto token = xml::exact(xml::child(response, "PresetToken"), Limits::kToken);
  if (token.empty()) return missing("preset");
  return token;
}

Result<Position> parse_status(std::string_view answer) {
  xml_document document;
  TRY(const auto response, Envelope::body(document, answer));
  const auto status = xml::child(response, "PTZStatus");
  if (!status) return missing("status");
  const auto spot = xml::at(status, "Position/PanTilt");
  const auto move = xml::child(status, "MoveStatus");
  return Position{.pan = share(spot, "x", -1),
                  .tilt = share(spot, "y", -1),
                  .zoom = share(xml::at(status, "Position/Zoom"), "x", 0),
                  .moving = word(xml::child(move, "PanTilt")) == "MOVING" || word(xml::child(move, "Zoom")) == "MOVING",
                  .trouble = word(xml::child(status, "Error"))};
}

Result<> parse_done(std::string_view answer) {
  xml_document document;
  TRY([[maybe_unused]] const auto response, Envelope::body(document, answer));
  return {};
}

}  // namespace qala::onvif
