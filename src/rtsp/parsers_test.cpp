#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/hex.h"
#include "rtsp/auth.h"
#include "rtsp/message.h"
#include "rtsp/rtcp.h"
#include "rtsp/sdp.h"
#include "rtsp/test_packets.h"
#include "rtsp/text.h"
#include "rtsp/url.h"

namespace qala::rtsp {
namespace {

TEST(Urls, AreTakenApart) {
  const auto url = parse_url("rtsp://ann:p%40s:s@cam.lan:8554/live/1?channel=2");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "cam.lan");
  EXPECT_EQ(url->port, 8554);
  EXPECT_EQ(url->user, "ann");
  EXPECT_EQ(url->password, "p@s:s");
  EXPECT_EQ(url->uri, "rtsp://cam.lan:8554/live/1?channel=2");
  const auto six = parse_url("RTSP://[fe80::1]/x");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "fe80::1");
  EXPECT_EQ(six->port, 554);
  EXPECT_EQ(parse_url("rtsp://cam")->uri, "rtsp://cam/");
}

TEST(Urls, ThatAreNoneSayWhatIsWrong) {
  for (const auto* text : {"http://x/", "rtsp://", "rtsp://:554/", "rtsp://x:0/", "rtsp://x:99999/", "rtsp://x:5a/",
                           "rtsp://[::1/", "rtsp://x/a b", "rtsp://x/\r\nSession: 1"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

TEST(Urls, ControlsOfTracksAreResolved) {
  EXPECT_EQ(resolve_control("rtsp://x/a/", "trackID=1"), "rtsp://x/a/trackID=1");
  EXPECT_EQ(resolve_control("rtsp://x/a", "trackID=1"), "rtsp://x/a/trackID=1");
  EXPECT_EQ(resolve_control("rtsp://x/a", "rtsp://y/b"), "rtsp://y/b");
  EXPECT_EQ(resolve_control("rtsp://x/a", "*"), "rtsp://x/a");
  EXPECT_EQ(resolve_control("rtsp://x/a", ""), "rtsp://x/a");
}

Message unauthorized(const std::vector<std::string>& challenges) {
  Message message;
  message.status = 401;
  for (const auto& challenge : challenges) message.headers.emplace_back("WWW-Authenticate", challenge);
  return message;
}

/// RFC 7616 3.9.1.
TEST(Digest, GivesTheAnswersOfTheStandard) {
  for (const auto& [algorithm, response] :
       {std::pair("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        std::pair("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")}) {
    const std::vector<std::string> challenges{
        fmt::format("Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={}, "
                    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
                    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
                    algorithm)};
    Authenticator authenticator("Mufasa", "Circle of Life");
    ASSERT_TRUE(authenticator.challenge(unauthorized(challenges)));
    const auto value =
        authenticator.authorization("GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
    EXPECT_NE(value.find(fmt::format("response=\"{}\"", response)), std::string::npos) << value;
    EXPECT_NE(value.find("nc=00000001"), std::string::npos);
    EXPECT_NE(authenticator.authorization("GET", "/", "x").find("nc=00000002"), std::string::npos);
  }
}

/// RFC 2617 3.5 without qop, as most cameras ask.
TEST(Digest, WithoutQopIsTheOldOne) {
  const std::vector<std::string> challenges{"Digest realm=\"IP Camera(12345)\", nonce=\"abc\""};
  Authenticator authenticator("admin", "12345");
  ASSERT_TRUE(authenticator.challenge(unauthorized(challenges)));
  const auto value = authenticator.authorization("DESCRIBE", "rtsp://10.0.0.1/", "unused");
  EXPECT_EQ(value.find("cnonce"), std::string::npos);
  EXPECT_NE(value.find("uri=\"rtsp://10.0.0.1/\""), std::string::npos);
}

TEST(Digest, TheStrongestOfferIsTaken) {
  const std::vector<std::string> challenges{"Basic realm=\"x\"", "Digest realm=\"x\", nonce=\"md5\"",
                                            "Digest realm=\"x\", nonce=\"sha\", algorithm=SHA-256"};
  Authenticator authenticator("u", "p");
  ASSERT_TRUE(authenticator.challenge(unauthorized(challenges)));
  EXPECT_NE(authenticator.authorization("PLAY", "x", "n").find("nonce=\"sha\""), std::string::npos);
  const std::vector<std::string> foreign{"Bearer realm=\"x\"", "Digest realm=\"x\", nonce=\"n\", algorithm=SHA-512"};
  EXPECT_FALSE(authenticator.challenge(unauthorized(foreign)));
}

TEST(Messages, AreReadWhole) {
  const std::string text = "RTSP/1.0 200 OK\r\nCSeq: 2\r\ncontent-length: 4\r\n\r\nbodyRTSP/1.0 404 Not Found\n\n";
  Message message;
  std::size_t size = 0;
  for (std::size_t part = 0; part < 53; part++) {
    const auto parsed = parse_message(std::string_view(text).substr(0, part), message, size);
    if (part < text.find("RTSP", 1)) EXPECT_EQ(parsed, Parsed::more) << part;
  }
  ASSERT_EQ(parse_message(text, message, size), Parsed::complete);
  EXPECT_EQ(message.status, 200u);
  EXPECT_EQ(message.body, "body");
  EXPECT_EQ(message.header("cseq"), "2");
  ASSERT_EQ(parse_message(std::string_view(text).substr(size), message, size), Parsed::complete);
  EXPECT_EQ(message.status, 404u);
  EXPECT_EQ(message.reason, "Not Found");
}

TEST(Messages, WithoutEndOrMeasureAreBad) {
  Message message;
  std::size_t size = 0;
  EXPECT_EQ(parse_message("RTSP/1.0 20 OK\r\n\r\n", message, size), Parsed::bad);
  EXPECT_EQ(parse_message("RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n", message, size), Parsed::bad);
  EXPECT_EQ(parse_message("RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", message, size), Parsed::bad);
  EXPECT_EQ(parse_message("RTSP/1.0 200 OK\r\n" + std::string(20'000, 'x'), message, size), Parsed::bad);
}

TEST(Messages, HeadersOfSessionsAndTransports) {
  EXPECT_EQ(parse_session("47 ; Timeout = 30").id, "47");
  EXPECT_EQ(parse_session("47 ; Timeout = 30").timeout_s, 30u);
  EXPECT_EQ(parse_session("47").timeout_s, 60u);
  EXPECT_EQ(parse_session("47;timeout=0").timeout_s, 60u);
  const auto tcp = parse_transport("RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=1");
  EXPECT_TRUE(tcp.tcp);
  EXPECT_EQ(tcp.interleaved, std::pair(4u, 5u));
  EXPECT_EQ(parse_transport("RTP/AVP;server_port=6000").server_port, std::pair(6000u, 6001u));
  EXPECT_FALSE(parse_transport("RTP/AVP;server_port=x-1").server_port);
}

TEST(Descriptions, OfCameras) {
  const auto sdp = parse_sdp(
      "v=0\r\na=control:rtsp://x/all\r\nm=application 0 RTP/AVP 107\r\nm=audio 0 RTP/AVP 8 0\r\na=control:a\r\n"
      "m=video 0 RTP/AVP 26 98\r\na=rtpmap:98 H265/90000\r\n"
      "a=fmtp:98 sprop-vps=QAEMAQ==; sprop-sps=QgEB;sprop-pps=RAHA, sprop-max-don-diff=0\r\na=control:v\r\n");
  ASSERT_TRUE(sdp) << sdp.error().message;
  EXPECT_EQ(sdp->control, "rtsp://x/all");
  EXPECT_EQ(sdp->video.codec, media::Codec::h265);
  EXPECT_EQ(sdp->video.payload_type, 98);
  EXPECT_EQ(sdp->video.control, "v");
  EXPECT_EQ(sdp->video.parameter_sets.size(), 3u);
  ASSERT_TRUE(sdp->audio);
  EXPECT_EQ(sdp->audio->codec, media::Codec::pcma);
  EXPECT_EQ(sdp->audio->clock, 8'000u);
}

TEST(Descriptions, SoundThatWeDoNotCarryIsLeftOut) {
  const auto sdp =
      parse_sdp("m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\nm=audio 0 RTP/AVP 97\na=rtpmap:97 G726-32/8000");
  ASSERT_TRUE(sdp);
  EXPECT_FALSE(sdp->audio);
}

TEST(Descriptions, WithoutVideoOfOursNameWhatThereIs) {
  EXPECT_EQ(parse_sdp("m=video 0 RTP/AVP 96\na=rtpmap:96 MP4V-ES/90000\n").error().kind, ErrorKind::invalid);
  EXPECT_EQ(parse_sdp("m=audio 0 RTP/AVP 0\n").error().message, "the camera offers no video");
  EXPECT_EQ(parse_sdp("").error().kind, ErrorKind::corrupt);
}

TEST(Packets, HeadersOfAnyShape) {
  std::string bytes("\xb1\xe0\x00\x01\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\1ABCDxyz\0\0\3", 30);
  const auto packet = parse_rtp(bytes);
  ASSERT_TRUE(packet);
  EXPECT_TRUE(packet->marker);
  EXPECT_EQ(packet->payload_type, 96);
  EXPECT_EQ(packet->payload, "xyz");
  EXPECT_FALSE(parse_rtp(std::string_view(bytes).substr(0, 22))) << "the extension is torn";
  EXPECT_FALSE(parse_rtp("\x40"));
  bytes.back() = 11;
  EXPECT_FALSE(parse_rtp(bytes)) << "more padding than payload";
}

TEST(Packets, GapsAndLatecomersAreSeen) {
  Reception reception;
  const auto see = [&](std::uint16_t sequence, std::uint32_t source = 1) {
    return reception.packet({.sequence = sequence, .source = source, .payload = {}}, 0, 90'000);
  };
  using Kind = Reception::Kind;
  EXPECT_EQ(see(65'534).kind, Kind::in_order);
  EXPECT_EQ(see(65'535).kind, Kind::in_order);
  EXPECT_EQ(see(2).lost, 2u);
  EXPECT_EQ(see(1).kind, Kind::late);
  EXPECT_EQ(see(2).kind, Kind::late);
  EXPECT_EQ(see(3).kind, Kind::in_order);
  const auto report = reception.report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->highest, 0x10003u);
  EXPECT_EQ(see(9, 2).kind, Kind::new_source);
  EXPECT_EQ(see(30'000, 2).lost, 1u) << "a jump of unknown length";
}

TEST(Packets, SenderReportsTellTheCamerasTime) {
  const auto rtcp = parse_rtcp(testing::sender_report(7, 1'768'651'200'500, 99));
  ASSERT_TRUE(rtcp && rtcp->report);
  EXPECT_EQ(rtcp->report->wall.ms(), 1'768'651'200'500);
  EXPECT_EQ(rtcp->report->timestamp, 99u);
  EXPECT_FALSE(rtcp->bye);
  EXPECT_FALSE(parse_rtcp("nonsense"));
  EXPECT_TRUE(parse_rtcp(std::string("\x81\xcb\x00\x01\0\0\0\1", 8))->bye);
}

TEST(Text, Base64BothWays) {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba"})
    EXPECT_EQ(from_loose_base64(to_base64(text)), text);
  EXPECT_EQ(to_base64("foob"), "Zm9vYg==");
  EXPECT_EQ(from_loose_base64("Zm9vYg"), "foob") << "cameras leave the padding out";
  EXPECT_FALSE(from_loose_base64("Zm9!"));
  EXPECT_FALSE(from_hex("1"));
}

}  // namespace
}  // namespace qala::rtsp
