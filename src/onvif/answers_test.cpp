#include "onvif/answers.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "onvif/address.h"
#include "onvif/discovery.h"
#include "onvif/limits.h"
#include "onvif/motion.h"
#include "onvif/soap.h"

namespace qala::onvif {
namespace {

using ::testing::HasSubstr;

std::string file(const std::string& name) {
  std::ifstream in("fuzz/corpus/onvif_answer/" + name + ".xml");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
std::string answer(const std::string& body) {
  return R"(<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>)" + body + "</e:Body></e:Envelope>";
}

// The example of the ONVIF Programmer's Guide (WS-UsernameToken): nonce, date, password and what comes of them.
TEST(Signature, IsThatOfTheProgrammersGuide) {
  const std::string nonce("\x2c\xaa\x88\xe8\x6f\xc0\x8a\x42\x82\x42\xb3\x74\xce\xa6\x45\x96",
                          16);  // LKqI6G/AikKCQrN0zqZFlg==
  EXPECT_EQ(password_digest(nonce, "2010-09-16T07:50:45Z", "userpassword"), "tuOSpGlFlIXsozq4HFNeeGeFLEI=");
}

TEST(Signature, HoldsTheTimeAndNothingOfThePassword) {
  const std::string header =
      username_token("op<er", "geheim", "0123456789abcdef", *parse_iso("2026-01-17T14:40:12.345Z"));
  EXPECT_THAT(header, HasSubstr("<wsu:Created>2026-01-17T14:40:12.345Z</wsu:Created>"));
  EXPECT_THAT(header, HasSubstr("op&lt;er"));
  EXPECT_THAT(header, HasSubstr(password_digest("0123456789abcdef", "2026-01-17T14:40:12.345Z", "geheim")));
  EXPECT_EQ(header.find("geheim"), std::string::npos);
}

TEST(Answers, OfAProbeAreReadWithTheirScopes) {
  const auto matches = parse_probe_matches(file("probe_matches"), "urn:uuid:1");
  ASSERT_TRUE(matches) << matches.error().message;
  ASSERT_EQ(matches->size(), 1U);
  EXPECT_EQ(matches->front().name, "Street К-1");
  EXPECT_EQ(matches->front().hardware, "DS-2DE");
  EXPECT_EQ(matches->front().endpoint, "urn:uuid:5bd0a3c4");
  EXPECT_EQ(found_at(matches->front(), "10.0.3.17")->at.text(), "http://10.0.3.17/onvif/device_service");
}

TEST(Answers, ToAnothersProbeAreNotTaken) {
  const auto matches = parse_probe_matches(file("probe_matches"), "urn:uuid:2");
  ASSERT_TRUE(matches);
  EXPECT_TRUE(matches->empty());
}

TEST(Answers, LeadToWhoeverGaveThem) {
  const Match match{.addresses = {"http://10.9.9.9:8000/admin"}};
  EXPECT_EQ(found_at(match, "10.0.3.17")->at.text(), "http://10.0.3.17:8000/admin");
  EXPECT_FALSE(found_at(Match{.addresses = {"ftp://10.0.3.17/", "http://user:secret@10.0.3.17/"}}, "10.0.3.17"));
}

TEST(Answers, OfTheDeviceAreRead) {
  EXPECT_EQ(to_iso(*parse_date_time(file("time"))), "2026-01-17T14:40:12Z");
  EXPECT_EQ(parse_services(file("services"))->media2, "http://192.168.1.64/onvif/media2");
  EXPECT_EQ(parse_services(file("services"))->media, "http://192.168.1.64/onvif/media");
  EXPECT_EQ(parse_capabilities(file("capabilities"))->ptz, "http://10.0.3.17/onvif/ptz");
  EXPECT_EQ(parse_information(file("information"))->model, "DS-2DE4225IW-DE");
}

TEST(Answers, TellProfilesOfBothMediaServices) {
  const auto one = parse_profiles(file("profiles_1")), two = parse_profiles(file("profiles_2"));
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->front().token, "Profile_1");
  EXPECT_EQ(one->front().codec, "H264");
  EXPECT_EQ(one->front().width, 1920U);
  EXPECT_TRUE(one->front().ptz);
  EXPECT_EQ(two->front().codec, "H265");
  EXPECT_EQ(two->front().fps, 12.5);
  EXPECT_FALSE(two->front().ptz);
  EXPECT_EQ(*parse_uri(file("uri_1")),
            "rtsp://192.168.1.64:554/Streaming/Channels/101?transportmode=unicast&profile=Profile_1");
  EXPECT_EQ(*parse_uri(file("uri_2")), "rtsp://192.168.1.64/main");
}

TEST(Answers, TellPresetsAndPosition) {
  const auto presets = parse_presets(file("presets"));
  ASSERT_EQ(presets->size(), 2U);
  EXPECT_EQ(presets->at(0).name, "Gate & yard");
  EXPECT_EQ(presets->at(1).token, "2");
  const auto position = parse_status(file("status"));
  EXPECT_EQ(position->pan, 0.25);
  EXPECT_EQ(position->tilt, -0.5);
  EXPECT_TRUE(position->moving);
}

TEST(Answers, ToASubscriptionKeepWhatTheDeviceWantsBack) {
  const auto subscription = parse_subscription(file("subscription"));
  ASSERT_TRUE(subscription);
  EXPECT_EQ(subscription->address, "http://192.168.1.64/onvif/events/pull");
  EXPECT_EQ(subscription->lasts, Duration(std::chrono::minutes(1)));
  EXPECT_THAT(subscription->headers, HasSubstr(":SubscriptionId"));
  EXPECT_THAT(subscription->headers, HasSubstr(R"(xmlns:dom0="urn:axis")"));
}

TEST(Answers, BecomeEventsByTheirTopics) {
  const auto events = parse_messages(file("messages"));
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 5U) << "what is neither on nor off is left out";
  EXPECT_EQ(events->at(0).kind, Event::Kind::motion);
  EXPECT_TRUE(events->at(0).on);
  EXPECT_FALSE(events->at(1).on);
  EXPECT_TRUE(events->at(2).pulse);
  EXPECT_EQ(events->at(3).kind, Event::Kind::other);
  EXPECT_EQ(events->at(4).kind, Event::Kind::input);
}

TEST(Answers, ThatRefuseSayWhy) {
  const auto done = parse_done(file("fault"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::denied);
  EXPECT_THAT(done.error().message, HasSubstr("Sender not Authorized"));
}

TEST(HostileAnswers, AreRefusedWhole) {
  EXPECT_THAT(parse_done(file("doctype")).error().message, HasSubstr("document type"));
  EXPECT_THAT(parse_done("<html>login</html>").error().message, HasSubstr("no SOAP"));
  EXPECT_FALSE(parse_done(""));
  EXPECT_THAT(parse_done(answer("<a/>") + std::string(Limits::kAnswer, ' ')).error().message, HasSubstr("too long"));
  EXPECT_FALSE(parse_done(answer("")));
  EXPECT_FALSE(parse_date_time(answer("<GetSystemDateAndTimeResponse/>")));
}

TEST(HostileAnswers, AreCutToTheirBounds) {
  std::string profiles, presets, messages, deep;
  for (int i = 0; i < 1000; i++) {
    profiles += "<Profiles token=\"" + std::to_string(i) + "\"/>";
    presets += "<Preset token=\"" + std::to_string(i) + "\"/>";
    messages += "<NotificationMessage><Topic>x</Topic><Message><Message/></Message></NotificationMessage>";
  }
  EXPECT_EQ(parse_profiles(answer("<R>" + profiles + "</R>"))->size(), Limits::kProfiles);
  EXPECT_EQ(parse_presets(answer("<R>" + presets + "</R>"))->size(), Limits::kPresets);
  EXPECT_EQ(parse_messages(answer("<R>" + messages + "</R>"))->size(), Limits::kMessages);
  const auto long_name = parse_information(answer("<R><Model>" + std::string(5000, 'x') + "\x01\xff</Model></R>"));
  EXPECT_EQ(long_name->model, std::string(Limits::kText, 'x'));
  for (int i = 0; i < 20'000; i++) deep += "<a>";
  EXPECT_FALSE(parse_subscription(answer("<R><SubscriptionReference>" + deep)));
  std::string closed = "<ReferenceParameters>" + deep;
  for (int i = 0; i < 20'000; i++) closed += "</a>";
  const auto subscription =
      parse_subscription(answer("<R><SubscriptionReference><Address>http://10.0.3.17/</Address>" + closed +
                                "</ReferenceParameters>"
                                "</SubscriptionReference></R>"));
  ASSERT_TRUE(subscription) << subscription.error().message;
  EXPECT_EQ(subscription->headers, "") << "what is nested like that is not given back";
}

TEST(Addresses, OfTheCameraKeepItsHost) {
  const auto device = *Address::parse("http://Cam-17.lan:8080/onvif/device_service");
  EXPECT_EQ(device.host, "cam-17.lan");
  EXPECT_EQ(at_the_camera(device, "http://192.168.1.64/onvif/ptz")->text(), "http://cam-17.lan:8080/onvif/ptz");
  EXPECT_EQ(at_the_camera(device, "https://cam-17.lan:8443/ptz")->text(), "https://cam-17.lan:8443/ptz");
  EXPECT_EQ(at_the_camera(device, "rtsp://192.168.1.64:8554/a?b=c")->text(), "rtsp://cam-17.lan:8554/a?b=c");
  EXPECT_EQ(at_the_camera(*Address::parse("http://[fd00::5]/x"), "rtsp://h/a")->text(), "rtsp://[fd00::5]/a");
  for (const char* bad : {"", "rtsp:/x", "gopher://a/", "http://a b/", "http://u:p@h/", "http://h:99999/", "http:///x",
                          "http://h\r\nX: y/"})
    EXPECT_FALSE(Address::parse(bad)) << bad;
  EXPECT_EQ(Host::parse("10.0.3.17:3703")->port, 3703);
  EXPECT_EQ(Host::parse("[fd00::5]")->name, "fd00::5");
  EXPECT_FALSE(Host::parse("a/b"));
}

TEST(Noticed, IsMotionWhileAnySourceSaysSo) {
  Noticed noticed;
  Instant now = Instant::from_seconds(1000);
  EXPECT_EQ(noticed.motion(now), std::nullopt);
  noticed.take({.kind = Event::Kind::motion, .topic = "a", .source = "1", .on = true}, now);
  noticed.take({.kind = Event::Kind::motion, .topic = "a", .source = "2", .on = false}, now);
  EXPECT_EQ(noticed.motion(now), true);
  EXPECT_EQ(noticed.input(now), std::nullopt);
  noticed.take({.kind = Event::Kind::motion, .topic = "a", .source = "1", .on = false}, now);
  EXPECT_EQ(noticed.motion(now), false);
  noticed.take({.kind = Event::Kind::motion, .topic = "line", .source = "1", .on = true, .pulse = true}, now);
  EXPECT_EQ(noticed.motion(now + std::chrono::seconds(7)), true);
  EXPECT_EQ(noticed.motion(now + std::chrono::seconds(9)), false)
      << "a line that was crossed does not say when it is over";
  noticed.take({.kind = Event::Kind::input, .topic = "in", .source = "1", .on = true}, now);
  EXPECT_EQ(noticed.input(now + std::chrono::hours(5)), true) << "a door stays open";
  for (int i = 0; i < 1000; i++)
    noticed.take({.kind = Event::Kind::motion, .topic = "flood", .source = std::to_string(i), .on = true}, now);
  noticed.forget();
  EXPECT_EQ(noticed.motion(now), false);
}

}  // namespace
}  // namespace qala::onvif
