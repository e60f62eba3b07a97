// What anybody answers who says he is a camera: what is taken is within bounds, and leads nowhere but to the camera.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "onvif/address.h"
#include "onvif/answers.h"
#include "onvif/discovery.h"
#include "onvif/limits.h"
#include "onvif/motion.h"

namespace {

using qala::onvif::Limits;

void must(bool holds) {
  if (!holds) std::abort();
}

void own_host(std::string_view answered) {
  const auto device = qala::onvif::Address::parse("http://10.0.3.17:8080/onvif/device_service");
  const auto at = qala::onvif::at_the_camera(*device, answered);
  if (!at) return;
  must(at->host == "10.0.3.17" && at->port != 0);
  const auto again = qala::onvif::Address::parse(at->text());
  must(again && again->text() == at->text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace qala::onvif;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  own_host(bytes);
  static_cast<void>(Host::parse(bytes));
  if (const auto matches = parse_probe_matches(bytes, "urn:uuid:1")) {
    must(matches->size() <= Limits::kDevices);
    for (const auto& match : *matches) {
      must(match.name.size() <= Limits::kText && match.addresses.size() <= Limits::kAddresses);
      const auto found = found_at(match, "10.0.3.17");
      must(!found || found->at.host == "10.0.3.17");
    }
  }
  static_cast<void>(parse_date_time(bytes));
  static_cast<void>(parse_capabilities(bytes));
  static_cast<void>(parse_information(bytes));
  static_cast<void>(parse_preset_token(bytes));
  if (const auto services = parse_services(bytes)) own_host(services->ptz);
  if (const auto uri = parse_uri(bytes)) own_host(*uri);
  if (const auto profiles = parse_profiles(bytes)) {
    must(profiles->size() <= Limits::kProfiles);
    for (const auto& profile : *profiles) must(!profile.token.empty() && profile.width <= 100'000);
  }
  if (const auto presets = parse_presets(bytes)) must(presets->size() <= Limits::kPresets);
  if (const auto position = parse_status(bytes)) must(position->pan >= -1 && position->pan <= 1 && position->zoom >= 0);
  if (const auto subscription = parse_subscription(bytes)) must(subscription->headers.size() <= Limits::kReference);
  if (const auto events = parse_messages(bytes)) {
    must(events->size() <= Limits::kMessages);
    Noticed noticed;
    for (const auto& event : *events) noticed.take(event, {});
    static_cast<void>(noticed.motion({}));
  }
  return 0;
}
