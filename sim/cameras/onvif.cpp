#include "sim/cameras/onvif.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "sim/cameras/onvif_text.h"

namespace qala::sim {

using soap::at;
using soap::child;
using soap::escaped;
using soap::fault;

namespace {

constexpr double kClockMayDiffer = 5;  // seconds
constexpr std::size_t kMostSubscriptions = 10, kMostMessages = 100;

OnvifCamera::Reply well(const std::string& body) { return {.body = soap::reply(body)}; }
OnvifCamera::Reply wrong(std::string_view subcode, std::string_view reason) {
  return {.status = 400, .body = fault("Sender", subcode, reason)};
}
OnvifCamera::Reply unsupported() {
  return {.status = 500, .body = fault("Receiver", "ActionNotSupported", "Optional Action Not Implemented")};
}

std::string_view text(pugi::xml_node node) {
  std::string_view out = node.text().get();
  while (!out.empty() && static_cast<unsigned char>(out.front()) <= ' ') out.remove_prefix(1);
  while (!out.empty() && static_cast<unsigned char>(out.back()) <= ' ') out.remove_suffix(1);
  return out;
}

double number(pugi::xml_node node, const char* attribute) { return node.attribute(attribute).as_double(); }

}  // namespace

/// A request, read.
struct OnvifCamera::Asked {
  pugi::xml_document document = {};
  pugi::xml_node header = {}, call = {};
  std::string_view name = {};
  explicit Asked(std::string_view body) {
    if (!document.load_buffer(body.data(), body.size())) return;
    const auto envelope = child(document, "Envelope");
    header = child(envelope, "Header");
    call = child(envelope, "Body").find_child([](const pugi::xml_node& node) {
      return node.type() == pugi::node_element;
    });
    name = soap::local(call.name());
  }
};

bool OnvifCamera::let_in(const Asked& asked, const CameraRequest& request, const OnvifMoment& moment) {
  if (moment.locked) return false;
  if (credentials_.user.empty()) return true;
  if (credentials_.fits(request.header("authorization"), request.method, moment.nonce)) return true;
  const auto token = at(asked.header, "Security/UsernameToken");
  if (moment.digest_only || !token) return false;
  const std::string nonce(text(child(token, "Nonce"))), created(text(child(token, "Created")));
  const auto when = parse_iso(created);
  if (!when || std::abs(static_cast<double>((moment.clock - *when).count()) / 1e9) > kClockMayDiffer) return false;
  const std::string right = soap::sha1_base64(soap::from_base64(nonce) + created + credentials_.password);
  if (text(child(token, "Username")) != credentials_.user || text(child(token, "Password")) != right) return false;
  if (nonces_.size() > 5000) nonces_.clear();
  return nonces_.insert(nonce).second;
}

OnvifCamera::Reply OnvifCamera::answer(std::string_view service, const CameraRequest& request,
                                       const OnvifMoment& moment) {
  const Asked asked(request.body);
  std::erase_if(subscriptions_, [&](const auto& one) { return one.second.expires_ns <= moment.now_ns; });
  constexpr std::string_view kOpen[] = {"GetSystemDateAndTime", "GetServices", "GetCapabilities"};
  const bool open = service == "device_service" && std::ranges::find(kOpen, asked.name) != std::end(kOpen);
  if (!open && !let_in(asked, request, moment)) {
    refused_++;
    if (moment.digest_only || !at(asked.header, "Security/UsernameToken")) return {.status = 401, .challenge = true};
    return wrong("NotAuthorized", "Sender not Authorized");
  }
  if (service == "device_service") return device(asked, moment);
  if (service == "media") return media(asked, moment);
  if (service == "media2") return media2(asked, moment);
  if (service == "ptz") return steer(asked, moment);
  if (service == "events") return events(asked, moment);
  if (service.starts_with("pull/")) {
    std::uint32_t id = 0;
    std::from_chars(service.data() + 5, service.data() + service.size(), id);
    return pull_point(id, asked, moment);
  }
  return {.status = 404};
}

std::string OnvifCamera::uuid() const { return fmt::format("5bd0a3c4-1f00-4a00-8000-{:012x}", number_); }

std::string OnvifCamera::probe_match(const std::string& base) const {
  return fmt::format(
      "<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:{0}</a:Address></a:EndpointReference>"
      "<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types><d:Scopes>onvif://www.onvif.org/type/video_encoder"
      " onvif://www.onvif.org/type/ptz onvif://www.onvif.org/Profile/Streaming onvif://www.onvif.org/name/Street%20{1}"
      " onvif://www.onvif.org/hardware/SIM-PTZ onvif://www.onvif.org/location/Ushozek</d:Scopes>"
      "<d:XAddrs>{2}/onvif/{1}/device_service</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch>",
      uuid(), number_, base);
}

OnvifCamera::Reply OnvifCamera::device(const Asked& asked, const OnvifMoment& moment) const {
  const std::string here = fmt::format("{}/onvif/{}", moment.base, number_);
  if (asked.name == "GetSystemDateAndTime") {
    const std::string at = soap::seconds_iso(moment.clock);
    const auto part = [&](std::size_t from, std::size_t size) { return std::stoi(at.substr(from, size)); };
    return well(fmt::format(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone><tt:UTCDateTime>"
        "<tt:Time><tt:Hour>{}</tt:Hour><tt:Minute>{}</tt:Minute><tt:Second>{}</tt:Second></tt:Time>"
        "<tt:Date><tt:Year>{}</tt:Year><tt:Month>{}</tt:Month><tt:Day>{}</tt:Day></tt:Date></tt:UTCDateTime>"
        "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>",
        part(11, 2), part(14, 2), part(17, 2), part(0, 4), part(5, 2), part(8, 2)));
  }
  if (asked.name == "GetServices") {
    std::string list;
    const auto add = [&](std::string_view space, std::string_view path) {
      list += fmt::format(
          "<tds:Service><tds:Namespace>http://www.onvif.org/{}/wsdl</tds:Namespace><tds:XAddr>{}/{}</tds:XAddr>"
          "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>",
          space, here, path);
    };
    add("ver10/device", "device_service");
    add("ver10/media", "media");
    add("ver20/media", "media2");
    add("ver20/ptz", "ptz");
    add("ver10/events", "events");
    return well("<tds:GetServicesResponse>" + list + "</tds:GetServicesResponse>");
  }
  if (asked.name == "GetCapabilities") {
    return well(fmt::format(
        "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Device><tt:XAddr>{0}/device_service</tt:XAddr></tt:Device>"
        "<tt:Events><tt:XAddr>{0}/events</tt:XAddr><tt:WSSubscriptionPolicySupport>false</"
        "tt:WSSubscriptionPolicySupport>"
        "<tt:WSPullPointSupport>true</tt:WSPullPointSupport>"
        "<tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport>"
        "</tt:Events><tt:Media><tt:XAddr>{0}/media</tt:XAddr><tt:StreamingCapabilities/></tt:Media>"
        "<tt:PTZ><tt:XAddr>{0}/ptz</tt:XAddr></tt:PTZ></tds:Capabilities></tds:GetCapabilitiesResponse>",
        here));
  }
  if (asked.name == "GetDeviceInformation") {
    return well(
        fmt::format("<tds:GetDeviceInformationResponse><tds:Manufacturer>Qala</tds:Manufacturer><tds:Model>Simulated "
                    "PTZ</tds:Model>"
                    "<tds:FirmwareVersion>1.0</tds:FirmwareVersion><tds:SerialNumber>SIM-{:04}</tds:SerialNumber>"
                    "<tds:HardwareId>SIM-PTZ</tds:HardwareId></tds:GetDeviceInformationResponse>",
                    number_));
  }
  return unsupported();
}

const OnvifStream* OnvifCamera::stream(std::string_view token) const {
  const auto found = std::ranges::find(streams_, token, &OnvifStream::token);
  return found == streams_.end() ? nullptr : &*found;
}

namespace {

std::string ptz_configuration(std::string_view tag) {
  return fmt::format(
      "<{0} token=\"ptz\"><tt:Name>ptz</tt:Name><tt:UseCount>2</tt:UseCount><tt:NodeToken>node</tt:NodeToken>"
      "<tt:DefaultPTZTimeout>PT10S</tt:DefaultPTZTimeout></{0}>",
      tag);
}

std::string encoder(std::string_view tag, const OnvifStream& one, std::string_view codec) {
  return fmt::format(
      "<{0} token=\"encoder_{1}\"><tt:Name>{1}</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>{2}</tt:Encoding>"
      "<tt:Resolution><tt:Width>{3}</tt:Width><tt:Height>{4}</tt:Height></tt:Resolution><tt:Quality>5</tt:Quality>"
      "<tt:RateControl><tt:FrameRateLimit>{5}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>"
      "<tt:BitrateLimit>4000</tt:BitrateLimit></tt:RateControl></{0}>",
      tag, one.token, codec, one.width, one.height, std::lround(one.fps));
}

std::string source(std::string_view tag, const OnvifStream& one) {
  return fmt::format(
      "<{0} token=\"source_configuration\"><tt:Name>source</tt:Name><tt:UseCount>2</tt:UseCount>"
      "<tt:SourceToken>source</tt:SourceToken><tt:Bounds x=\"0\" y=\"0\" width=\"{1}\" height=\"{2}\"/></{0}>",
      tag, one.width, one.height);
}

}  // namespace

OnvifCamera::Reply OnvifCamera::media(const Asked& asked, const OnvifMoment& moment) const {
  if (asked.name == "GetProfiles") {
    std::string list;
    for (const OnvifStream& one : streams_) {
      list +=
          fmt::format("<trt:Profiles token=\"{}\" fixed=\"true\"><tt:Name>{}</tt:Name>{}{}{}</trt:Profiles>", one.token,
                      escaped(one.name), source("tt:VideoSourceConfiguration", one),
                      encoder("tt:VideoEncoderConfiguration", one, "H264"), ptz_configuration("tt:PTZConfiguration"));
    }
    return well("<trt:GetProfilesResponse>" + list + "</trt:GetProfilesResponse>");
  }
  if (asked.name == "GetVideoSources") {
    const OnvifStream& main = streams_.front();
    return well(fmt::format(
        "<trt:GetVideoSourcesResponse><trt:VideoSources token=\"source\"><tt:Framerate>{}</tt:Framerate><tt:Resolution>"
        "<tt:Width>{}</tt:Width><tt:Height>{}</tt:Height></tt:Resolution></trt:VideoSources></"
        "trt:GetVideoSourcesResponse>",
        main.fps, main.width, main.height));
  }
  if (asked.name != "GetStreamUri" && asked.name != "GetSnapshotUri") return unsupported();
  const OnvifStream* one = stream(text(child(asked.call, "ProfileToken")));
  if (!one) return wrong("NoProfile", "Profile token does not exist");
  const bool still = asked.name == "GetSnapshotUri";
  return well(fmt::format(
      "<trt:{0}Response><trt:MediaUri><tt:Uri>{1}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
      "<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></"
      "trt:{0}Response>",
      asked.name, still ? fmt::format("{}/onvif/{}/still/{}", moment.base, number_, one->token) : one->url));
}

OnvifCamera::Reply OnvifCamera::media2(const Asked& asked, const OnvifMoment& moment) const {
  if (asked.name == "GetProfiles") {
    std::string list;
    for (const OnvifStream& one : streams_) {
      list += fmt::format(
          "<tr2:Profiles token=\"{}\" fixed=\"true\"><tr2:Name>{}</tr2:Name><tr2:Configurations>{}{}{}"
          "</tr2:Configurations></tr2:Profiles>",
          one.token, escaped(one.name), source("tr2:VideoSource", one), encoder("tr2:VideoEncoder", one, "H264"),
          ptz_configuration("tr2:PTZ"));
    }
    return well("<tr2:GetProfilesResponse>" + list + "</tr2:GetProfilesResponse>");
  }
  if (asked.name != "GetStreamUri" && asked.name != "GetSnapshotUri") return unsupported();
  const OnvifStream* one = stream(text(child(asked.call, "ProfileToken")));
  if (!one) return wrong("NoProfile", "Profile token does not exist");
  const bool still = asked.name == "GetSnapshotUri";
  return well(fmt::format("<tr2:{0}Response><tr2:Uri>{1}</tr2:Uri></tr2:{0}Response>", asked.name,
                          still ? fmt::format("{}/onvif/{}/still/{}", moment.base, number_, one->token) : one->url));
}

OnvifCamera::Reply OnvifCamera::steer(const Asked& asked, const OnvifMoment& moment) {
  if (!stream(text(child(asked.call, "ProfileToken")))) return wrong("NoProfile", "Profile token does not exist");
  const auto now = moment.now_ns;
  if (asked.name == "ContinuousMove") {
    const auto velocity = child(asked.call, "Velocity");
    const auto pan_tilt = child(velocity, "PanTilt");
    ptz_.move({number(pan_tilt, "x"), number(pan_tilt, "y"), number(child(velocity, "Zoom"), "x")},
              soap::seconds_of(text(child(asked.call, "Timeout")), 10), now);
    return well("<tptz:ContinuousMoveResponse/>");
  }
  if (asked.name == "Stop") {
    ptz_.stop(now);
    return well("<tptz:StopResponse/>");
  }
  if (asked.name == "GetPresets") {
    std::string list;
    for (const auto& [token, preset] : ptz_.presets()) {
      list += fmt::format(
          "<tptz:Preset token=\"{}\"><tt:Name>{}</tt:Name><tt:PTZPosition><tt:PanTilt x=\"{}\" y=\"{}\"/><tt:Zoom "
          "x=\"{}\"/>"
          "</tt:PTZPosition></tptz:Preset>",
          escaped(token), escaped(preset.name), preset.spot.pan, preset.spot.tilt, preset.spot.zoom);
    }
    return well("<tptz:GetPresetsResponse>" + list + "</tptz:GetPresetsResponse>");
  }
  const std::string token(text(child(asked.call, "PresetToken")));
  if (asked.name == "GotoPreset") {
    if (!ptz_.go_to(token, now)) return wrong("NoToken", "Preset token does not exist");
    return well("<tptz:GotoPresetResponse/>");
  }
  if (asked.name == "SetPreset") {
    const std::string saved = ptz_.save(token, std::string(text(child(asked.call, "PresetName"))), now);
    if (saved.empty()) return wrong("NoToken", "Preset token does not exist");
    return well("<tptz:SetPresetResponse><tptz:PresetToken>" + escaped(saved) +
                "</tptz:PresetToken></tptz:SetPresetResponse>");
  }
  if (asked.name != "GetStatus") return unsupported();
  const auto spot = ptz_.spot(now);
  const char* state = ptz_.moving(now) ? "MOVING" : "IDLE";
  return well(fmt::format(
      "<tptz:GetStatusResponse><tptz:PTZStatus><tt:Position><tt:PanTilt x=\"{}\" y=\"{}\"/><tt:Zoom x=\"{}\"/>"
      "</tt:Position><tt:MoveStatus><tt:PanTilt>{}</tt:PanTilt><tt:Zoom>{}</tt:Zoom></tt:MoveStatus>"
      "<tt:UtcTime>{}</tt:UtcTime></tptz:PTZStatus></tptz:GetStatusResponse>",
      spot.pan, spot.tilt, spot.zoom, state, state, soap::seconds_iso(moment.clock)));
}

OnvifCamera::Reply OnvifCamera::events(const Asked& asked, const OnvifMoment& moment) {
  if (asked.name != "CreatePullPointSubscription") return unsupported();
  if (subscriptions_.size() >= kMostSubscriptions) return wrong("MaxNumberOfPullPoints", "Too many pull points");
  const double lasts = soap::seconds_of(text(child(asked.call, "InitialTerminationTime")), 60);
  const std::uint32_t id = ++last_subscription_;
  auto& mine = subscriptions_[id];
  mine.expires_ns = moment.now_ns + static_cast<std::int64_t>(std::clamp(lasts, 1.0, 3600.0) * 1e9);
  for (const bool input : {false, true})
    mine.messages.push_back(message(input, input ? input_ : motion_, "Initialized", moment));
  return well(
      fmt::format("<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference><wsa5:Address>{}/onvif/{}/pull/"
                  "{}</wsa5:Address>"
                  "</tev:SubscriptionReference><wsnt:CurrentTime>{}</wsnt:CurrentTime><wsnt:TerminationTime>{}</"
                  "wsnt:TerminationTime>"
                  "</tev:CreatePullPointSubscriptionResponse>",
                  moment.base, number_, id, soap::seconds_iso(moment.clock),
                  soap::seconds_iso(moment.clock + Duration(mine.expires_ns - moment.now_ns))));
}

OnvifCamera::Reply OnvifCamera::pull_point(std::uint32_t id, const Asked& asked, const OnvifMoment& moment) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return wrong("InvalidArgVal", "There is no such subscription, or no longer");
  auto& mine = found->second;
  if (asked.name == "Unsubscribe") {
    subscriptions_.erase(found);
    return well("<wsnt:UnsubscribeResponse/>");
  }
  if (asked.name == "Renew") {
    const double lasts = soap::seconds_of(text(child(asked.call, "TerminationTime")), 60);
    mine.expires_ns = moment.now_ns + static_cast<std::int64_t>(std::clamp(lasts, 1.0, 3600.0) * 1e9);
    return well(fmt::format(
        "<wsnt:RenewResponse><wsnt:TerminationTime>{}</wsnt:TerminationTime><wsnt:CurrentTime>{}</wsnt:CurrentTime>"
        "</wsnt:RenewResponse>",
        soap::seconds_iso(moment.clock + Duration(mine.expires_ns - moment.now_ns)), soap::seconds_iso(moment.clock)));
  }
  if (asked.name == "SetSynchronizationPoint") {
    for (const bool input : {false, true})
      mine.messages.push_back(message(input, input ? input_ : motion_, "Initialized", moment));
    return well("<tev:SetSynchronizationPointResponse/>");
  }
  if (asked.name != "PullMessages") return unsupported();
  if (!mine.messages.empty()) return {.body = messages_of(mine, moment)};
  const double wait = std::clamp(soap::seconds_of(text(child(asked.call, "Timeout")), 5), 0.0, 60.0);
  return {.pull = id, .until_ns = moment.now_ns + static_cast<std::int64_t>(wait * 1e9)};
}

std::optional<OnvifCamera::Reply> OnvifCamera::pulled(std::uint32_t subscription, std::int64_t until_ns,
                                                      const OnvifMoment& moment) {
  const auto found = subscriptions_.find(subscription);
  if (found == subscriptions_.end()) return wrong("InvalidArgVal", "There is no such subscription, or no longer");
  if (found->second.messages.empty() && moment.now_ns < until_ns) return std::nullopt;
  return Reply{.body = messages_of(found->second, moment)};
}

std::string OnvifCamera::messages_of(Subscription& subscription, const OnvifMoment& moment) const {
  std::string list;
  for (const std::string& one : subscription.messages) list += one;
  subscription.messages.clear();
  return soap::reply(fmt::format(
      "<tev:PullMessagesResponse><tev:CurrentTime>{}</tev:CurrentTime><tev:TerminationTime>{}</tev:TerminationTime>{}"
      "</tev:PullMessagesResponse>",
      soap::seconds_iso(moment.clock),
      soap::seconds_iso(moment.clock + Duration(subscription.expires_ns - moment.now_ns)), list));
}

std::string OnvifCamera::message(bool input, bool on, std::string_view operation, const OnvifMoment& moment) const {
  const auto item = [](std::string_view name, std::string_view value) {
    return fmt::format("<tt:SimpleItem Name=\"{}\" Value=\"{}\"/>", name, value);
  };
  const std::string where = input ? item("InputToken", "input_1")
                                  : item("VideoSourceConfigurationToken", "source_configuration") +
                                        item("VideoAnalyticsConfigurationToken", "analytics") + item("Rule", "motion");
  return fmt::format(
      "<wsnt:NotificationMessage><wsnt:Topic Dialect=\"http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet\">{}"
      "</wsnt:Topic><wsnt:Message><tt:Message UtcTime=\"{}\" "
      "PropertyOperation=\"{}\"><tt:Source>{}</tt:Source><tt:Data>{}"
      "</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>",
      input ? "tns1:Device/Trigger/DigitalInput" : "tns1:RuleEngine/CellMotionDetector/Motion",
      soap::seconds_iso(moment.clock), operation, where,
      item(input ? "LogicalState" : "IsMotion", on ? "true" : "false"));
}

void OnvifCamera::notice(bool motion, bool input, const OnvifMoment& moment) {
  for (const bool of_input : {false, true}) {
    bool& known = of_input ? input_ : motion_;
    const bool is = of_input ? input : motion;
    if (known == is) continue;
    known = is;
    for (auto& [id, subscription] : subscriptions_) {
      subscription.messages.push_back(message(of_input, is, "Changed", moment));
      if (subscription.messages.size() > kMostMessages) subscription.messages.pop_front();
    }
  }
}

std::optional<std::string> probe_id(std::string_view datagram) {
  pugi::xml_document document;
  if (!document.load_buffer(datagram.data(), datagram.size())) return std::nullopt;
  const auto envelope = child(document, "Envelope");
  const auto asked = at(envelope, "Body/Probe");
  if (!asked) return std::nullopt;
  const std::string types = child(asked, "Types").text().get();
  const bool ours = types.empty() || types.find("NetworkVideoTransmitter") != std::string::npos ||
                    types.find("Device") != std::string::npos;
  if (!ours) return std::nullopt;
  return std::string(text(at(envelope, "Header/MessageID")));
}

std::string probe_matches(std::string_view relates_to, std::string_view matches) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""
      " xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""
      " xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\""
      " xmlns:dn=\"http://www.onvif.org/ver10/network/wsdl\" xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\">"
      "<s:Header><a:MessageID>urn:uuid:5bd0a3c4-1f00-4a00-8000-5bd0a3c41f00</a:MessageID><a:RelatesTo>{}</a:RelatesTo>"
      "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>"
      "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action></s:Header>"
      "<s:Body><d:ProbeMatches>{}</d:ProbeMatches></s:Body></s:Envelope>",
      escaped(relates_to), matches);
}

}  // namespace qala::sim
