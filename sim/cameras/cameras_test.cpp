// What simulated cameras say and show.
#include <algorithm>

#include <gtest/gtest.h>

#include "sim/cameras/clip.h"
#include "sim/cameras/scene.h"
#include "sim/cameras/test_viewer.h"

namespace qala::sim {
namespace {

using std::chrono::milliseconds;

std::optional<BurntClock> clock_in(const Picture& picture) {
  return read_clock(picture.y.data(), picture.width, picture.height, picture.width);
}

TEST(ClockCode, IsAsThePaperSays) {
  const ClockCells cells = clock_cells({1'768'660'800'123, 17});
  std::string text;
  for (const std::uint8_t cell : cells) text += static_cast<char>('0' + cell);
  EXPECT_EQ(text,
            "3021"
            "121233030121201021323"
            "00101"
            "3303");
}

TEST(ClockCode, IsReadAtAnyScaleAndBrightnessButNotWhenDamaged) {
  const BurntClock clock{1'768'660'800'123, 940};
  const ClockCells cells = clock_cells(clock);
  for (const int width : {160, 333, 640, 1920}) {
    std::vector<std::uint8_t> grey(static_cast<std::size_t>(width) * 60, 100);
    for (int i = 0; i < width; i++) {
      const int cell = i * kClockColumns / width;
      for (int y = 0; y < 60 && cell < kClockCells; y++)
        grey[static_cast<std::size_t>(y * width + i)] =
            static_cast<std::uint8_t>(30 + kClockGreys[cells[static_cast<std::size_t>(cell)]] * 7 / 10);
    }
    EXPECT_EQ(read_clock(grey.data(), width, 60, width), clock) << width;
    std::fill_n(grey.begin() + 20 * width / 40, width / 40, 100);
    for (int y = 0; y < 60; y++)
      for (int x = 21 * width / 40; x < 22 * width / 40; x++) {
        auto& g = grey[static_cast<std::size_t>(y * width + x)];
        g = g > 120 ? 42 : 192;
      }
    EXPECT_EQ(read_clock(grey.data(), width, 60, width), std::nullopt) << width;
  }
}

TEST(Scenes, AreTheSameForTheSameSeedAndMove) {
  for (const std::string_view name : scene_names()) {
    Picture one(640, 360), again(640, 360), later(640, 360);
    (*make_scene(name, 640, 360, 24, 5))->draw(3, 37, one);
    (*make_scene(name, 640, 360, 24, 5))->draw(3, 37, again);
    (*make_scene(name, 640, 360, 24, 5))->draw(4, 50, later);
    EXPECT_EQ(one.y, again.y) << name;
    int moved = 0;
    for (std::size_t i = 0; i < one.y.size(); i++) moved += std::abs(one.y[i] - later.y[i]) > 25 ? 1 : 0;
    EXPECT_GT(moved, 800) << name;  // pixels that no grain explains
    EXPECT_LT(moved, 640 * 360 / 4) << name;
  }
  EXPECT_FALSE(make_scene("beach", 640, 360, 24, 5));
}

TEST(Scenes, HaveNoSeam) {
  const auto scene = *make_scene("junction", 640, 360, 24, 5);
  Picture end(640, 360), begin(640, 360);
  scene->draw(24 - 1e-6, 0, end);
  scene->draw(0, 0, begin);
  int differ = 0;
  for (std::size_t i = 0; i < end.y.size(); i++) differ += std::abs(end.y[i] - begin.y[i]) > 25 ? 1 : 0;
  EXPECT_LT(differ, 400);
}

TEST(Loops, NeverLookAtTheRowsOfTheClock) {
  for (const std::string_view name : scene_names()) {
    const auto loop = test_loop(std::string(name));
    EXPECT_TRUE(prove_clock_apart(*loop)) << name;
    EXPECT_EQ(loop->pictures.size(), 24U);
    EXPECT_TRUE(loop->pictures[12].key);
  }
}

TEST(Loops, AreKeptOnDiskAndMadeAnewWhenDamaged) {
  const auto loop = test_loop();
  const std::string path = testing::TempDir() + "/test.loop";
  ASSERT_TRUE(save_loop(*loop, path, "made of this"));
  const auto read = load_loop(path, "made of this");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->pictures[13].units, loop->pictures[13].units);
  EXPECT_EQ((*read)->pictures[13].head.frame_num, loop->pictures[13].head.frame_num);
  EXPECT_EQ(load_loop(path, "made of that").error().kind, ErrorKind::not_found);
  std::FILE* file = std::fopen(path.c_str(), "r+b");
  std::fseek(file, 4000, SEEK_SET);
  std::fputc('!', file);
  std::fclose(file);
  EXPECT_EQ(load_loop(path, "made of this").error().kind, ErrorKind::corrupt);
}

TEST(CameraRtsp, DescribesItsStream) {
  CameraBench bench;
  Viewer viewer(bench);
  EXPECT_NE(viewer.ask("OPTIONS").find("GET_PARAMETER"), std::string::npos);
  const std::string sdp = viewer.ask("DESCRIBE");
  EXPECT_NE(sdp.find("Content-Base: " + viewer.url + "/\r\n"), std::string::npos) << sdp;
  EXPECT_NE(sdp.find("a=rtpmap:96 H264/90000\r\n"), std::string::npos);
  EXPECT_NE(sdp.find("sprop-parameter-sets=" + base64(test_loop()->sps) + "," + base64(test_loop()->pps)),
            std::string::npos);
  EXPECT_TRUE(viewer.ask("PLAY").starts_with("RTSP/1.0 454"));
  EXPECT_TRUE(viewer.ask("RECORD").starts_with("RTSP/1.0 501"));
  EXPECT_TRUE(viewer.ask("SETUP", "Transport: RTP/AVP;multicast\r\n", "/track1").starts_with("RTSP/1.0 461"));
  EXPECT_TRUE(Viewer(bench, "/camera/2/main").ask("DESCRIBE").starts_with("RTSP/1.0 404"));
  Viewer noise(bench);
  EXPECT_TRUE(noise.exchange("\x16\x03\x01 hello\r\n\r\n").starts_with("RTSP/1.0 400"));
}

TEST(CameraRtsp, ShowsPicturesWithTheTimeOfSending) {
  CameraBench bench;
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play());
  Decoder decoder;
  std::int64_t before = 0;
  for (std::size_t n = 0; n < 40; n++) {  // more than a whole loop
    ASSERT_TRUE(viewer.see(n + 1)) << n;
    const auto picture = decoder.decode(viewer.pictures[n].units);
    ASSERT_TRUE(picture && *picture) << n << picture.error().message;
    const auto clock = clock_in(**picture);
    ASSERT_TRUE(clock) << n;
    EXPECT_EQ(clock->ms, bench.clock.now().ms()) << n;
    EXPECT_EQ(clock->camera, 17U);
    if (n > 0) EXPECT_EQ(clock->ms - before, 80) << n;
    before = clock->ms;
  }
  EXPECT_TRUE(viewer.pictures[0].key());
  EXPECT_EQ(viewer.lost, 0U);
}

TEST(CameraRtsp, ItsRtpTimeGrowsByTheDistanceOfPicturesAcrossTheSeam) {
  CameraBench bench;
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(60));
  for (std::size_t n = 1; n < 60; n++)
    EXPECT_EQ(viewer.pictures[n].rtp_time - viewer.pictures[n - 1].rtp_time, 7200U) << n;
}

TEST(CameraRtsp, SenderReportsTieRtpTimeToTheClock) {
  CameraBench bench;
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(150));
  ASSERT_GE(viewer.reports.size(), 3U);
  const SeenReport& one = viewer.reports[1];
  const SeenReport& two = viewer.reports[2];
  const auto ticks = static_cast<std::int32_t>(two.rtp_time - one.rtp_time);
  EXPECT_NEAR(ticks, static_cast<double>(two.unix_ms - one.unix_ms) * 90, 100);
  EXPECT_NEAR(static_cast<double>(two.unix_ms - one.unix_ms), 5000, 200);
  EXPECT_LE(std::abs(bench.clock.now().ms() - viewer.reports.back().unix_ms), 5100);
  EXPECT_GT(two.packets, one.packets);
}

TEST(CameraRtsp, TwoWhoLookSeeTheSame) {
  CameraBench bench;
  Viewer one(bench), two(bench);
  ASSERT_TRUE(one.play() && two.play());
  ASSERT_TRUE(one.see(5));
  two.read();
  ASSERT_GE(two.pictures.size(), 5U);
  EXPECT_EQ(one.pictures[3].units, two.pictures[3].units);
  EXPECT_TRUE(one.ask("TEARDOWN").starts_with("RTSP/1.0 200"));
  const std::size_t before = two.pictures.size();
  EXPECT_TRUE(two.see(before + 5));
}

TEST(CameraRtsp, SendsOverUdpToo) {
  CameraBench bench;
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  Socket udp(fd);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof(at)), 0);
  socklen_t size = sizeof(at);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
  const std::string port = std::to_string(ntohs(at.sin_port));
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play("RTP/AVP;unicast;client_port=" + port + "-" + port));
  EXPECT_NE(viewer.set_up.find("server_port="), std::string::npos);
  char buffer[2048];
  for (int turn = 0; turn < 3000 && viewer.pictures.size() < 5; turn++) {
    bench.pass(milliseconds(20));
    for (;;) {
      const auto n = ::recv(fd, buffer, sizeof(buffer), 0);
      if (n <= 0) break;
      const std::string_view packet(buffer, static_cast<std::size_t>(n));
      if ((packet[1] & 0x7F) == 96) viewer.take_rtp(packet);
      else viewer.take_rtcp(packet);
    }
  }
  EXPECT_GE(viewer.pictures.size(), 5U);
  EXPECT_GE(viewer.reports.size(), 1U);
}

TEST(CameraRtsp, ASessionWithoutASignOfLifeEnds) {
  CameraBench bench({.timeout = std::chrono::seconds(10)});
  Viewer silent(bench), alive(bench);
  ASSERT_TRUE(silent.play() && alive.play());
  for (int n = 0; n < 4; n++) {
    alive.pass(milliseconds(4000));
    EXPECT_TRUE(alive.ask("GET_PARAMETER").starts_with("RTSP/1.0 200"));
  }
  silent.read();
  EXPECT_TRUE(silent.ended);
  EXPECT_FALSE(alive.ended);
}

std::string md5_hex(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr);
  std::string out;
  for (unsigned i = 0; i < size; i++) {
    char two[3];
    std::snprintf(two, sizeof(two), "%02x", digest[i]);
    out += two;
  }
  return out;
}

TEST(CameraRtsp, WantsThePasswordByDigestAndBasic) {
  CameraBench bench({.credentials = {"admin", "secret"}});
  Viewer viewer(bench);
  const std::string asked = viewer.ask("DESCRIBE");
  ASSERT_TRUE(asked.starts_with("RTSP/1.0 401")) << asked;
  const auto at = asked.find("nonce=\"") + 7;
  const std::string nonce = asked.substr(at, asked.find('"', at) - at);
  const auto digest = [&](const std::string& password) {
    const std::string response =
        md5_hex(md5_hex("admin:qala-sim:" + password) + ":" + nonce + ":" + md5_hex("DESCRIBE:" + viewer.url));
    return "Authorization: Digest username=\"admin\", realm=\"qala-sim\", nonce=\"" + nonce + "\", uri=\"" +
           viewer.url + "\", response=\"" + response + "\"\r\n";
  };
  EXPECT_TRUE(viewer.ask("DESCRIBE", digest("wrong")).starts_with("RTSP/1.0 401"));
  EXPECT_TRUE(viewer.ask("DESCRIBE", digest("secret")).starts_with("RTSP/1.0 200"));
  EXPECT_FALSE(viewer.play());  // every request
  EXPECT_TRUE(
      viewer.ask("DESCRIBE", "Authorization: Basic " + base64("admin:secret") + "\r\n").starts_with("RTSP/1.0 200"));
  EXPECT_TRUE(
      viewer.ask("DESCRIBE", "Authorization: Basic " + base64("admin:wrong") + "\r\n").starts_with("RTSP/1.0 401"));
}

TEST(CameraHttp, TakesFaultsAndListsStreams) {
  CameraBench bench;
  Viewer http(bench);
  const std::string list = http.exchange("GET /cameras HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(list.find("/camera/17/sub\""), std::string::npos) << list;
  EXPECT_TRUE(http.exchange("POST /faults HTTP/1.1\r\nContent-Length: 9\r\n\r\ncut 17 5s").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(http.exchange("POST /faults HTTP/1.1\r\nContent-Length: 6\r\n\r\ncut 18").starts_with("HTTP/1.1 400"));
  Viewer viewer(bench);
  EXPECT_FALSE(viewer.play());
}

TEST(Clips, AreSentAsTheyAre) {
  const std::string folder =
      std::string(std::getenv("QALA_TEST_SHARED") ? std::getenv("QALA_TEST_SHARED") : "") + "/testdata/camera";
  const auto clips = read_clips(folder);
  if (!clips) GTEST_SKIP() << clips.error().message;
  const LoopPtr clip = clips->back();
  CameraBench bench({}, {clip, nullptr, nullptr});
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(30));
  Decoder decoder;
  EXPECT_TRUE(decoder.decode(viewer.pictures[0].units));
  EXPECT_TRUE(viewer.pictures[0].key());
}

}  // namespace
}  // namespace qala::sim
