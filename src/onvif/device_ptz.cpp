// Where a camera looks.
#include <algorithm>

#include <fmt/format.h>

#include "base/markup.h"
#include "onvif/device.h"
#include "onvif/soap.h"

namespace qala::onvif {

namespace {

constexpr std::string_view kPtz = "http://www.onvif.org/ver20/ptz/wsdl";

std::string of_profile(std::string_view token) { return "<ProfileToken>" + escape_markup(token) + "</ProfileToken>"; }
std::string of_preset(std::string_view token) { return "<PresetToken>" + escape_markup(token) + "</PresetToken>"; }
double within(double value) { return std::clamp(value, -1.0, 1.0); }

}  // namespace

Device::Answer<std::string> Device::on_ptz(std::string_view name, std::string body) {
  CO_TRY_VOID(co_await connect());
  if (services_->ptz.empty()) co_return about(fail(ErrorKind::not_found, "it cannot be steered (no PTZ service)"));
  co_return co_await call({.url = services_->ptz,
                           .action = fmt::format("{}/{}", kPtz, name),
                           .body = fmt::format("<{0} xmlns=\"{1}\">{2}</{0}>", name, kPtz, body),
                           .deadline = std::chrono::milliseconds(4'000)});
}

Device::Answer<void> Device::move(std::string profile, Velocity velocity, std::chrono::seconds lasts) {
  CO_TRY([[maybe_unused]] const auto done,
         co_await on_ptz(
             "ContinuousMove",
             of_profile(profile) +
                 fmt::format("<Velocity><PanTilt xmlns=\"http://www.onvif.org/ver10/schema\" x=\"{}\" y=\"{}\"/>"
                             "<Zoom xmlns=\"http://www.onvif.org/ver10/schema\" x=\"{}\"/></Velocity>"
                             "<Timeout>PT{}S</Timeout>",
                             within(velocity.pan), within(velocity.tilt), within(velocity.zoom), lasts.count())));
  co_return Result<>();
}

Device::Answer<void> Device::stop(std::string profile) {
  CO_TRY([[maybe_unused]] const auto done,
         co_await on_ptz("Stop", of_profile(profile) + "<PanTilt>true</PanTilt><Zoom>true</Zoom>"));
  co_return Result<>();
}

Device::Answer<std::vector<Preset>> Device::presets(std::string profile) {
  CO_TRY(const auto answer, co_await on_ptz("GetPresets", of_profile(profile)));
  co_return parse_presets(answer);
}

Device::Answer<void> Device::go_to(std::string profile, std::string preset) {
  CO_TRY([[maybe_unused]] const auto done, co_await on_ptz("GotoPreset", of_profile(profile) + of_preset(preset)));
  co_return Result<>();
}

Device::Answer<std::string> Device::save_preset(std::string profile, std::string name, std::string token) {
  CO_TRY(const auto answer,
         co_await on_ptz("SetPreset", of_profile(profile) + "<PresetName>" + escape_markup(name) + "</PresetName>" +
                                          (token.empty() ? std::string() : of_preset(token))));
  co_return parse_preset_token(answer);
}

Device::Answer<Position> Device::position(std::string profile) {
  CO_TRY(const auto answer, co_await on_ptz("GetStatus", of_profile(profile)));
  co_return parse_status(answer);
}

}  // namespace qala::onvif
