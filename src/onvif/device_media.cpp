// Profiles, and where their pictures are had.
#include "base/markup.h"
#include "onvif/device.h"
#include "onvif/soap.h"

namespace qala::onvif {

namespace {

constexpr std::string_view kMedia = "http://www.onvif.org/ver10/media/wsdl";
constexpr std::string_view kMedia2 = "http://www.onvif.org/ver20/media/wsdl";

std::string request(std::string_view space, std::string_view name, std::string_view body) {
  return "<" + std::string(name) + " xmlns=\"" + std::string(space) + "\">" + std::string(body) + "</" +
         std::string(name) + ">";
}

}  // namespace

/// Media2 first: a device that does not do it well is asked by the old way.
Device::Answer<std::string> Device::on_media(std::string_view name, std::string_view body1, std::string_view body2) {
  CO_TRY_VOID(co_await connect());
  if (!services_->media2.empty()) {
    auto answer = co_await call({.url = services_->media2,
                                 .action = std::string(kMedia2) + "/" + std::string(name),
                                 .body = request(kMedia2, name, body2)});
    const bool try_old = !answer && !services_->media.empty() && answer.error().kind != ErrorKind::denied;
    if (!try_old) co_return answer;
  }
  if (services_->media.empty()) co_return about(fail(ErrorKind::not_found, "it has no streams (Media service)"));
  co_return co_await call({.url = services_->media,
                           .action = std::string(kMedia) + "/" + std::string(name),
                           .body = request(kMedia, name, body1)});
}

Device::Answer<std::vector<Profile>> Device::profiles() {
  CO_TRY(const auto answer, co_await on_media("GetProfiles", "", "<Type>All</Type>"));
  auto profiles = parse_profiles(answer);
  if (!profiles) co_return about(std::move(profiles.error()));
  co_return std::move(*profiles);
}

Device::Answer<std::string> Device::stream_address(std::string token) {
  const std::string profile = "<ProfileToken>" + escape_markup(token) + "</ProfileToken>";
  CO_TRY(
      const auto answer,
      co_await on_media("GetStreamUri",
                        "<StreamSetup><Stream xmlns=\"http://www.onvif.org/ver10/schema\">RTP-Unicast</Stream>"
                        "<Transport xmlns=\"http://www.onvif.org/ver10/schema\"><Protocol>RTSP</Protocol></Transport>"
                        "</StreamSetup>" +
                            profile,
                        "<Protocol>RtspUnicast</Protocol>" + profile));
  auto uri = parse_uri(answer);
  if (!uri) co_return about(std::move(uri.error()));
  auto own = at_the_camera(account_.at, *uri);
  if (!own) co_return about(std::move(own.error()));
  if (own->scheme != "rtsp") co_return about(fail(ErrorKind::invalid, "its stream is not had by RTSP: " + *uri));
  co_return own->text();
}

Device::Answer<std::string> Device::snapshot_address(std::string token) {
  const std::string profile = "<ProfileToken>" + escape_markup(token) + "</ProfileToken>";
  CO_TRY(const auto answer, co_await on_media("GetSnapshotUri", profile, profile));
  auto uri = parse_uri(answer);
  if (!uri) co_return about(std::move(uri.error()));
  auto own = at_the_camera(account_.at, *uri);
  if (!own) co_return about(std::move(own.error()));
  co_return own->text();
}

}  // namespace qala::onvif
