#include "base/base64.h"
#include "rtsp/client.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>

#include "media_files.h"
#include "rtsp/auth.h"
#include "rtsp/test_camera.h"

namespace qala::rtsp {
namespace {

using testing::interleaved;
using testing::Packetiser;
using testing::TestCamera;
using tests::Clip;
using tests::clip_of;
using tests::small_clip;
using namespace std::chrono_literals;

class Seen : public Watcher {
 public:
  struct Told {
    State state;
    Reason reason;
    std::string words;
  };
  void on_state(State state, Reason reason, std::string_view words) override {
    told.push_back({state, reason, std::string(words)});
    if (on_told) on_told(told.back());
  }
  void on_format(const media::Track& track, const media::Track*) override { formats.push_back(track); }
  void on_frame(Frame&& frame) override {
    frames.push_back(std::move(frame));
    if (on_each_frame) on_each_frame();
  }
  const Told* last(State state) const {
    const auto at = std::find_if(told.rbegin(), told.rend(), [&](const Told& t) { return t.state == state; });
    return at == told.rend() ? nullptr : &*at;
  }
  std::size_t count(State state) const {
    return static_cast<std::size_t>(std::ranges::count(told, state, &Told::state));
  }
  std::vector<Told> told;
  std::vector<media::Track> formats;
  std::vector<Frame> frames;
  std::function<void(const Told&)> on_told;
  std::function<void()> on_each_frame;
};

std::string sdp_of(const Clip& clip) {
  const auto sets = media::parameter_sets(clip.track);
  return fmt::format(
      "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Camera\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n"
      "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets={},{}\r\na=control:trackID=1\r\n",
      to_base64((*sets)[0]), to_base64((*sets)[1]));
}

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() : camera(io) {
    camera.sdp = sdp_of(clip);
    timing.tick = 1ms;
  }
  void open(Address address) { client = Client::make(io, clock, random, std::move(address), seen, timing); }
  void play() {
    open({.url = camera.url(), .user = "", .password = ""});
    client->start();
    until([&] { return camera.playing && client->state() == State::playing; }, "playing");
  }
  /// Runs everything until it is so. The deadline is for broken programs only.
  template <class Condition>
  void until(Condition&& condition, std::string_view what) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "waited for: " << what;
      io.restart();
      io.run_one_for(5ms);
    }
  }
  /// Whatever is ready, several rounds of it, without time going by.
  void settle() {
    for (int i = 0; i < 20; i++) {
      io.restart();
      io.run_one_for(2ms);
    }
  }
  std::string frame_bytes(std::size_t i) {
    const auto& sample = clip.samples[i % clip.samples.size()];
    const auto timestamp = static_cast<std::uint32_t>((sample.dts + sample.composition) * 90'000 / clip.track.clock +
                                                      i / clip.samples.size() * 180'000);
    std::string out;
    for (const auto& packet : packetiser.video(sample.data, timestamp)) out += interleaved(0, packet);
    return out;
  }
  void send_frames(std::size_t first, std::size_t count) {
    const auto before = seen.frames.size();
    for (std::size_t i = first; i < first + count; i++) {
      clock.advance(100ms);
      camera.send(frame_bytes(i));
      until([&] { return seen.frames.size() == before + i - first + 1; }, "a frame");
    }
  }

  boost::asio::io_context io;
  FakeClock clock;
  SeededRandom random{1};
  Clip clip = clip_of(small_clip("h264_b_frames.mp4"), media::Codec::h264);
  TestCamera camera;
  Packetiser packetiser{media::Codec::h264};
  Timing timing;
  Seen seen;
  std::unique_ptr<Client> client;
};

TEST_F(ClientTest, PlaysACamera) {
  play();
  send_frames(0, 20);
  ASSERT_EQ(seen.frames.size(), 20u);
  for (std::size_t i = 0; i < 20; i++) EXPECT_EQ(seen.frames[i].sample.data, clip.samples[i].data);
  ASSERT_EQ(seen.formats.size(), 1u);
  EXPECT_EQ(seen.formats[0].config, clip.track.config);
  EXPECT_EQ(seen.formats[0].width, 318u);
  EXPECT_EQ(seen.formats[0].clock, 90'000u);
  const auto counters = client->counters();
  EXPECT_EQ(counters.frames, 20u);
  EXPECT_EQ(counters.key_frames, 2u);
  EXPECT_EQ(counters.lost + counters.bad_packets + counters.reconnects, 0u);
  std::vector<State> states;
  for (const auto& told : seen.told) states.push_back(told.state);
  EXPECT_EQ(states, (std::vector{State::connecting, State::describing, State::setting_up, State::playing}));
  EXPECT_EQ(camera.requests[2].uri, camera.url() + "/trackID=1");
  EXPECT_EQ(camera.connections, 1);
}

TEST_F(ClientTest, StopSaysGoodBye) {
  play();
  client->stop();
  until([&] { return camera.count("TEARDOWN") == 1; }, "TEARDOWN");
  EXPECT_EQ(client->state(), State::idle);
  const auto told = seen.told.size();
  settle();
  EXPECT_EQ(seen.told.size(), told) << "the watcher is called no more";
}

TEST_F(ClientTest, AnySplitOfTheBytesGivesTheSameFrames) {
  play();
  std::string all;
  for (std::size_t i = 0; i < clip.samples.size(); i++) all += frame_bytes(i);
  // An answer and a request of the camera between packets.
  all.insert(0, "RTSP/1.0 200 OK\r\nCSeq: 99\r\n\r\n");
  all += "OPTIONS rtsp://x RTSP/1.0\r\nCSeq: 7\r\n\r\n";
  SeededRandom sizes(7);
  for (std::string_view rest = all; !rest.empty();) {
    const auto size = std::min<std::size_t>(rest.size(), sizes.next() % (sizes.next() % 8 == 0 ? 3'000 : 40) + 1);
    camera.send(rest.substr(0, size));
    rest.remove_prefix(size);
    io.restart();
    io.poll();
  }
  until([&] { return seen.frames.size() == clip.samples.size(); }, "all frames");
  for (std::size_t i = 0; i < clip.samples.size(); i++) ASSERT_EQ(seen.frames[i].sample.data, clip.samples[i].data);
  EXPECT_EQ(client->counters().bad_packets, 0u);
}

TEST_F(ClientTest, JunkBetweenPacketsIsSkippedAndCounted) {
  play();
  send_frames(0, 3);
  camera.send("Hello $ this is no RTSP \r\n\r\n\x01\x02$$");
  camera.send(frame_bytes(3));
  until([&] { return seen.frames.size() == 4; }, "the frame after the junk");
  EXPECT_EQ(client->counters().bad_packets, 1u);
  EXPECT_EQ(client->counters().dropped_frames, 0u);
}

/// A camera that wants a digest, with nonces that it makes up, by our own arithmetic's other side: RFC 7616 3.9.1's
/// example is in auth_test.cpp.
TEST_F(ClientTest, SignsInWithADigest) {
  for (const std::string algorithm : {"MD5", "SHA-256"}) {
    camera.requests.clear();
    const auto guard = [&](const TestCamera::Request& request) -> TestCamera::Answer {
      Authenticator expected("operator", "s3cret:\"x");
      const auto challenge =
          fmt::format("Digest realm=\"Camera 1\", nonce=\"abc\", algorithm={}, opaque=\"o,p\"", algorithm);
      Message message;
      message.headers.emplace_back("WWW-Authenticate", challenge);
      expected.challenge(message);
      if (request.authorization == expected.authorization(request.method, request.uri, ""))
        return camera.usual(request);
      return {"401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: " + challenge + "\r\n", ""};
    };
    for (const auto* method : {"DESCRIBE", "SETUP", "PLAY"}) camera.script[method] = guard;
    open({.url = camera.url(), .user = "operator", .password = "s3cret:\"x"});
    client->start();
    until([&] { return client->state() == State::playing; }, "playing");
    EXPECT_EQ(camera.count("DESCRIBE"), 2u);
    EXPECT_EQ(camera.count("SETUP"), 1u) << "the answer is known by then";
    client->stop();
  }
}

TEST_F(ClientTest, CredentialsInTheAddressAreUsedAndNotSentInIt) {
  camera.script["DESCRIBE"] = [&](const TestCamera::Request& request) -> TestCamera::Answer {
    if (request.authorization == "Basic " + to_base64("ann:p@ss")) return camera.usual(request);
    return {"401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", ""};
  };
  open({.url = camera.url("ann:p%40ss@"), .user = "", .password = ""});
  client->start();
  until([&] { return client->state() == State::playing; }, "playing");
  for (const auto& request : camera.requests) EXPECT_EQ(request.uri.find("ann"), std::string::npos);
}

TEST_F(ClientTest, AWrongPasswordIsSaidAndNotHammered) {
  camera.script["DESCRIBE"] = [](const TestCamera::Request&) -> TestCamera::Answer {
    return {"401 Unauthorized", "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\"\r\n", ""};
  };
  open({.url = camera.url(), .user = "operator", .password = "wrong"});
  client->start();
  until([&] { return client->state() == State::waiting; }, "waiting");
  EXPECT_EQ(seen.told.back().reason, Reason::wrong_password);
  EXPECT_EQ(camera.count("DESCRIBE"), 2u);
  clock.advance(3min);
  settle();
  EXPECT_EQ(camera.connections, 1) << "cameras lock accounts";
  clock.advance(4min);
  until([&] { return camera.connections == 2; }, "the slow retry");
}

TEST_F(ClientTest, AStaleNonceIsNoWrongPassword) {
  int asked = 0;
  camera.script["DESCRIBE"] = [&](const TestCamera::Request& request) -> TestCamera::Answer {
    if (++asked == 3) return camera.usual(request);
    const auto* stale = asked == 2 ? ", stale=true" : "";
    return {"401 Unauthorized", fmt::format("WWW-Authenticate: Digest realm=\"x\", nonce=\"n{}\"{}\r\n", asked, stale),
            ""};
  };
  open({.url = camera.url(), .user = "operator", .password = "right"});
  client->start();
  until([&] { return client->state() == State::playing; }, "playing");
}

TEST_F(ClientTest, APasswordThatIsMissingIsSaid) {
  camera.script["OPTIONS"] = [](const TestCamera::Request&) -> TestCamera::Answer {
    return {"401 Unauthorized", "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\"\r\n", ""};
  };
  open({.url = camera.url(), .user = "", .password = ""});
  client->start();
  until([&] { return client->state() == State::waiting; }, "waiting");
  EXPECT_EQ(seen.told.back().reason, Reason::wrong_password);
}

TEST_F(ClientTest, ACutIsSeenAtOnceAndPlaysOnAsANewRun) {
  play();
  // Twenty seconds, never so long without a packet that silence could end it first.
  for (std::size_t i = 0; i < 10; i++) {
    send_frames(i, 1);
    clock.advance(2s);
  }
  camera.cut();
  until([&] { return client->state() == State::waiting; }, "waiting");
  EXPECT_EQ(seen.told.back().reason, Reason::closed);
  clock.advance(1500ms);
  until([&] { return camera.playing && client->state() == State::playing; }, "playing again");
  const auto before = seen.frames.size();
  send_frames(0, 3);
  EXPECT_EQ(seen.frames[before].run, 2u);
  EXPECT_EQ(seen.frames[before].sample.dts, 0);
  EXPECT_EQ(seen.formats.size(), 1u) << "the format is the same";
  EXPECT_EQ(client->counters().reconnects, 1u);
}

TEST_F(ClientTest, TriesForEverAndIsBackSoonAfterTheCamera) {
  camera.go_away();
  open({.url = camera.url(), .user = "", .password = ""});
  client->start();
  for (std::size_t i = 1; i <= 40; i++) {
    until([&] { return seen.count(State::waiting) >= i; }, "waiting");
    EXPECT_EQ(seen.told.back().reason, Reason::refused);
    clock.advance(2s);
  }
  camera.come_back();
  clock.advance(2s);
  until([&] { return client->state() == State::playing; }, "playing");
}

TEST_F(ClientTest, ACameraThatOnlyTakesTheConnectionIsTriedAsOftenAsOneThatIsAway) {
  camera.script["OPTIONS"] = [&](const TestCamera::Request&) -> TestCamera::Answer {
    camera.cut();
    return {};
  };
  open({.url = camera.url(), .user = "", .password = ""});
  client->start();
  for (std::size_t i = 1; i <= 40 && !HasFailure(); i++) {
    until([&] { return seen.count(State::waiting) >= i; }, "waiting");
    clock.advance(2s);
  }
  camera.script.clear();
  until([&] { return client->state() == State::playing; }, "playing");
}

TEST_F(ClientTest, ACameraThatAnswersButDoesNotPlayIsAskedMoreAndMoreSlowly) {
  camera.script["DESCRIBE"] = [](const TestCamera::Request&) -> TestCamera::Answer {
    return {"503 Service Unavailable", "", ""};
  };
  open({.url = camera.url(), .user = "", .password = ""});
  client->start();
  std::vector<int> waits;
  for (int i = 0; i < 8; i++) {
    until([&] { return client->state() == State::waiting; }, "waiting");
    EXPECT_EQ(seen.told.back().reason, Reason::bad_answer);
    EXPECT_EQ(seen.told.back().words, "the camera answered 503 Service Unavailable to DESCRIBE");
    const auto before = camera.connections;
    int tenths = 0;
    while (camera.connections == before) {
      clock.advance(500ms);
      tenths += 5;
      settle();
      ASSERT_LT(tenths, 400) << "38 s at most";
    }
    waits.push_back(tenths);
  }
  EXPECT_LE(waits[0], 20);
  EXPECT_GE(waits[6], 220);
  EXPECT_GE(waits[7], 220);
}

TEST_F(ClientTest, SilenceIsStalledThenTriedAgain) {
  play();
  send_frames(0, 2);
  clock.advance(2600ms);
  until([&] { return client->state() == State::stalled; }, "stalled");
  camera.send(frame_bytes(2));
  until([&] { return client->state() == State::playing; }, "playing again");
  clock.advance(5100ms);
  until([&] { return client->state() == State::waiting; }, "waiting");
  EXPECT_EQ(seen.told.back().reason, Reason::no_data);
  EXPECT_EQ(camera.count("TEARDOWN"), 0u);
  until([&] { return camera.count("TEARDOWN") == 1; }, "TEARDOWN, so that the camera frees the place");
}

TEST_F(ClientTest, SoundWithoutPicturesIsSilence) {
  camera.sdp += "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:trackID=2\r\n";
  play();
  send_frames(0, 2);
  Packetiser sound(media::Codec::pcmu, 0);
  for (std::uint32_t i = 0; client->state() != State::waiting && i < 100; i++) {
    clock.advance(100ms);
    camera.send(interleaved(2, sound.audio(std::string(800, '\x7f'), i * 800)));
    settle();
  }
  ASSERT_EQ(client->state(), State::waiting);
  EXPECT_EQ(seen.told.back().reason, Reason::no_data);
  EXPECT_EQ(seen.count(State::stalled), 1u);
}

TEST_F(ClientTest, PacketsOfAnotherTypeThanAgreedAreSilence) {
  play();
  send_frames(0, 2);
  Packetiser other(media::Codec::h264, 98);
  other.sequence = packetiser.sequence;
  for (std::uint32_t i = 2; client->state() != State::waiting && i < 100; i++) {
    clock.advance(100ms);
    for (const auto& packet : other.video(clip.samples[1].data, i * 9'000)) camera.send(interleaved(0, packet));
    settle();
  }
  ASSERT_EQ(client->state(), State::waiting);
  EXPECT_EQ(seen.told.back().reason, Reason::no_data);
  EXPECT_EQ(seen.count(State::stalled), 1u);
}

TEST_F(ClientTest, NoKeyFrameForTenSecondsIsTriedAgain) {
  play();
  std::size_t i = 0;
  while (client->state() == State::playing && i < 200) {
    clock.advance(100ms);
    camera.send(frame_bytes(1 + i++ % 9));
    settle();
  }
  EXPECT_EQ(client->state(), State::waiting);
  EXPECT_EQ(seen.told.back().reason, Reason::no_key_frame);
  EXPECT_GE(i, 95u);
  EXPECT_TRUE(seen.frames.empty());
}

TEST_F(ClientTest, KeyFramesFarApartAreAWarning) {
  play();
  send_frames(0, 1);
  for (std::size_t i = 0; i < 110; i++) {
    clock.advance(100ms);
    const auto& sample = clip.samples[1];
    for (const auto& packet : packetiser.video(sample.data, static_cast<std::uint32_t>(9'000 * (i + 3)))) {
      camera.send(interleaved(0, packet));
    }
    until([&] { return seen.frames.size() == i + 2; }, "a frame");
  }
  until([&] { return seen.told.back().reason == Reason::no_key_frame; }, "the warning");
  EXPECT_EQ(client->state(), State::playing);
}

TEST_F(ClientTest, KeepsTheSessionAlive) {
  camera.script["SETUP"] = [&](const TestCamera::Request& request) -> TestCamera::Answer {
    return {"200 OK", fmt::format("Session: 4711;timeout=6\r\nTransport: {}\r\n", request.transport), ""};
  };
  int parameters = 0;
  camera.script["GET_PARAMETER"] = [&](const TestCamera::Request&) -> TestCamera::Answer {
    parameters++;
    return {"501 Not Implemented", "", ""};
  };
  play();
  const auto options = camera.count("OPTIONS");
  clock.advance(2s);
  send_frames(0, 1);
  EXPECT_EQ(parameters, 0);
  clock.advance(1s);
  until([&] { return parameters == 1; }, "half the time is over");
  EXPECT_NE(camera.requests.back().text.find("Session: 4711\r\n"), std::string::npos);
  send_frames(1, 1);
  clock.advance(3s);
  until([&] { return camera.count("OPTIONS") == options + 1; }, "another way, when the first is refused");
  EXPECT_EQ(parameters, 1);
}

TEST_F(ClientTest, ReportsWhatItReceived) {
  play();
  send_frames(0, 5);
  packetiser.sequence += 2;
  camera.send(frame_bytes(5));
  settle();
  clock.advance(4600ms);
  until([&] { return camera.received.size() >= 4 + 32 + 16; }, "a receiver report");
  EXPECT_EQ(byte_at(camera.received, 1), 1u) << "on the control channel";
  EXPECT_EQ(byte_at(camera.received, 5), 201u);
  EXPECT_EQ(get32(camera.received, 4 + 8), packetiser.source);
  EXPECT_EQ(get32(camera.received, 4 + 12) & 0xffffffu, 2u) << "lost";
}

TEST_F(ClientTest, ABadDescriptionAndAForeignCodecAreNamed) {
  camera.sdp = "<html>login</html>";
  open({.url = camera.url(), .user = "", .password = ""});
  client->start();
  until([&] { return client->state() == State::waiting; }, "waiting");
  EXPECT_EQ(seen.told.back().reason, Reason::bad_sdp);
  camera.sdp = "v=0\r\nm=video 0 RTP/AVP 26\r\n";
  clock.advance(2s);
  until([&] { return seen.count(State::waiting) == 2; }, "waiting");
  EXPECT_EQ(seen.told.back().reason, Reason::codec_unsupported);
  EXPECT_EQ(seen.told.back().words, "the camera's video is JPEG, not H.264 or H.265");
}

TEST_F(ClientTest, SilenceInTheDialogueTimesOut) {
  camera.script["DESCRIBE"] = [](const TestCamera::Request&) { return TestCamera::Answer{}; };
  open({.url = camera.url(), .user = "", .password = ""});
  client->start();
  until([&] { return camera.count("DESCRIBE") == 1; }, "DESCRIBE");
  clock.advance(5100ms);
  until([&] { return client->state() == State::waiting; }, "waiting");
  EXPECT_EQ(seen.told.back().reason, Reason::timeout);
}

TEST_F(ClientTest, ANewAddressIsTakenAtOnce) {
  TestCamera other(io);
  other.sdp = camera.sdp;
  play();
  client->address({.url = other.url(), .user = "", .password = ""});
  until([&] { return other.playing && client->state() == State::playing; }, "playing the other");
  EXPECT_EQ(other.connections, 1);
  EXPECT_EQ(camera.count("TEARDOWN"), 1u);
}

TEST_F(ClientTest, TheWatcherMayStopItFromWithinAnything) {
  for (const auto when : {State::connecting, State::describing, State::setting_up, State::playing, State::waiting}) {
    seen.on_told = [&](const Seen::Told& told) {
      if (told.state == when) client->stop();
    };
    if (when == State::waiting) camera.script["PLAY"] = [](auto&) { return TestCamera::Answer{"500 No", "", ""}; };
    open({.url = camera.url(), .user = "", .password = ""});
    client->start();
    until([&] { return client->state() == State::idle; }, "stopped");
    settle();
    client.reset();
  }
  camera.script.clear();
  seen.on_told = nullptr;
  seen.on_each_frame = [&] { client->stop(); };
  play();
  camera.send(frame_bytes(0) + frame_bytes(1) + frame_bytes(2));
  until([&] { return client->state() == State::idle; }, "stopped");
  settle();
  EXPECT_EQ(seen.frames.size(), 1u);
}

TEST_F(ClientTest, UdpIsTakenWhereItIsOffered) {
  boost::asio::ip::udp::socket sender(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
  unsigned port = 0;
  camera.script["SETUP"] = [&](const TestCamera::Request& request) -> TestCamera::Answer {
    auto text = std::string_view(request.transport);
    text.remove_prefix(text.find("client_port=") + 12);
    port = number(cut(text, '-')).value_or(0);
    return {"200 OK", fmt::format("Session: 1\r\nTransport: {};server_port=2-3\r\n", request.transport), ""};
  };
  open({.url = camera.url(), .user = "", .password = "", .udp = true});
  client->start();
  until([&] { return client->state() == State::playing; }, "playing");
  ASSERT_EQ(port % 2, 0u);
  std::vector<std::string> packets;
  Packetiser small(media::Codec::h264, 96, 300);
  for (std::size_t i = 0; i < 10; i++) {
    const auto& sample = clip.samples[i];
    for (auto& packet : small.video(
             sample.data, static_cast<std::uint32_t>((sample.dts + sample.composition) * 90'000 / clip.track.clock))) {
      packets.push_back(std::move(packet));
    }
  }
  for (std::size_t i = 1; i + 1 < packets.size(); i += 3) std::swap(packets[i], packets[i + 1]);
  for (std::size_t i = 0; i < packets.size(); i++) {
    sender.send_to(boost::asio::buffer(packets[i]),
                   {boost::asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port)});
    if (i % 3 == 1) continue;  // both of a swapped pair are there before the first is read: nothing is late
    io.restart();
    io.poll();
  }
  until([&] { return seen.frames.size() == 10; }, "all frames, put into order");
  EXPECT_EQ(client->counters().lost, 0u);
}

TEST_F(ClientTest, WhereUdpBringsNothingTcpIsTaken) {
  open({.url = camera.url(), .user = "", .password = "", .udp = true});
  client->start();
  until([&] { return client->state() == State::playing; }, "playing");
  clock.advance(5100ms);
  until([&] { return client->state() == State::waiting; }, "waiting");
  clock.advance(2s);
  until([&] { return client->state() == State::playing && camera.connections == 2; }, "playing again");
  EXPECT_NE(camera.requests.back().text.find("PLAY"), std::string::npos);
  EXPECT_TRUE(
      std::ranges::any_of(camera.requests, [](const auto& r) { return r.transport.starts_with("RTP/AVP/TCP"); }));
}

TEST_F(ClientTest, ACameraThatRefusesUdpIsAskedForTcp) {
  camera.script["SETUP"] = [&](const TestCamera::Request& request) -> TestCamera::Answer {
    if (!request.transport.starts_with("RTP/AVP/TCP")) return {"461 Unsupported Transport", "", ""};
    return camera.usual(request);
  };
  open({.url = camera.url(), .user = "", .password = "", .udp = true});
  client->start();
  until([&] { return client->state() == State::playing; }, "playing");
  EXPECT_EQ(camera.connections, 1);
}

TEST_F(ClientTest, TwoClientsShareATimerAndABuffer) {
  TestCamera other(io);
  other.sdp = camera.sdp;
  play();
  Seen also;
  auto second = Client::make(io, clock, random, {.url = other.url(), .user = "", .password = ""}, also, timing);
  second->start();
  until([&] { return second->state() == State::playing; }, "the second");
  const auto bytes = frame_bytes(0);
  // Half a frame of each, in turn: what is left over must not mix.
  camera.send(bytes.substr(0, bytes.size() / 2));
  other.send(bytes.substr(0, bytes.size() / 3));
  settle();
  camera.send(bytes.substr(bytes.size() / 2));
  other.send(bytes.substr(bytes.size() / 3));
  until([&] { return seen.frames.size() == 1 && also.frames.size() == 1; }, "both frames");
  EXPECT_EQ(seen.frames[0].sample.data, also.frames[0].sample.data);
  second.reset();
  send_frames(1, 3);
}

}  // namespace
}  // namespace qala::rtsp
