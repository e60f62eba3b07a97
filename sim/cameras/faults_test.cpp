// That faults do what they say, and end.
#include <gtest/gtest.h>

#include "sim/cameras/test_viewer.h"

namespace qala::sim {
namespace {

using std::chrono::milliseconds;

struct Looked {
  std::vector<Picture> pictures;
  std::vector<std::optional<BurntClock>> clocks;
};
/// All pictures so far, decoded; a complaint of the decoder fails the test.
Looked look(const Viewer& viewer) {
  Looked out;
  Decoder decoder;
  for (std::size_t n = 0; n < viewer.pictures.size(); n++) {
    auto picture = decoder.decode(viewer.pictures[n].units);
    EXPECT_TRUE(picture) << n << ": " << picture.error().message;
    if (!picture || !*picture) continue;
    const Picture& p = **picture;
    out.clocks.push_back(read_clock(p.y.data(), p.width, p.height, p.width));
    out.pictures.push_back(std::move(**picture));
  }
  return out;
}
/// Whether everything below the clock is the same.
bool same_body(const Picture& a, const Picture& b) {
  const std::ptrdiff_t top = std::ptrdiff_t{a.width / kClockColumns} * a.width;
  return a.y.size() == b.y.size() && std::equal(a.y.begin() + top, a.y.end(), b.y.begin() + top);
}
double brightness(const Picture& picture) {
  const std::ptrdiff_t top = std::ptrdiff_t{picture.width / kClockColumns} * picture.width;
  double sum = 0;
  for (auto i = picture.y.begin() + top; i != picture.y.end(); ++i) sum += *i;
  return sum / static_cast<double>(picture.y.end() - picture.y.begin() - top);
}

TEST(CameraFaults, AreReadFromLines) {
  EXPECT_EQ(parse_camera_fault("cut 17").value().seconds, 20);
  EXPECT_EQ(parse_camera_fault("nokey 3-9 2m").value().seconds, 120);
  EXPECT_EQ(parse_camera_fault("nokey 3-9 2m").value().to, 9U);
  EXPECT_DOUBLE_EQ(parse_camera_fault("loss 17 2.5%").value().value, 0.025);
  EXPECT_EQ(parse_camera_fault("jump 17 -3600").value().value, -3600);
  EXPECT_EQ(parse_camera_fault("drift all 200ppm 60s").value().seconds, 60);
  for (const char* line : {"", "explode 17", "cut", "cut x", "cut 9-3", "loss 17", "loss 17 200%", "loss 17 2",
                           "jump 17 soon", "cut 17 20", "cut 17 -5s", "freeze 17 5s more", "jump 17 1e300"})
    EXPECT_FALSE(parse_camera_fault(line)) << line;
}

TEST(CameraFaults, ACutEndsConnectionsAndLetsThemInAgain) {
  CameraBench bench;
  Viewer viewer(bench), other(bench, "/camera/1/main");
  ASSERT_TRUE(viewer.play() && other.play() && viewer.see(3));
  ASSERT_TRUE(bench.server->fault("cut 17 20s"));
  viewer.pass(milliseconds(100));
  EXPECT_TRUE(viewer.ended);
  EXPECT_FALSE(Viewer(bench).play());
  other.pass(milliseconds(20'000));
  EXPECT_FALSE(other.ended);
  Viewer again(bench);
  EXPECT_TRUE(again.play() && again.see(3));
}

TEST(CameraFaults, LossLosesPacketsAndTheirNumbersTell) {
  CameraBench bench;
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(5));
  ASSERT_TRUE(bench.server->fault("loss 17 10%"));
  ASSERT_TRUE(viewer.see(80));
  const double share = static_cast<double>(viewer.lost) / static_cast<double>(viewer.packets + viewer.lost);
  EXPECT_GT(share, 0.03);
  EXPECT_LT(share, 0.2);
  ASSERT_TRUE(bench.server->fault("clear 17"));
  viewer.pass(milliseconds(200));
  const std::size_t lost = viewer.lost;
  ASSERT_TRUE(viewer.see(viewer.pictures.size() + 20));
  EXPECT_LE(viewer.lost, lost + 1);
}

TEST(CameraFaults, AJumpMovesRtpTimeAndClockTogether) {
  CameraBench bench;
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(5));
  ASSERT_TRUE(bench.server->fault("jump 17 +3600"));
  ASSERT_TRUE(viewer.see(100));
  std::size_t jumps = 0;
  for (std::size_t n = 1; n < viewer.pictures.size(); n++) {
    const std::uint32_t step = viewer.pictures[n].rtp_time - viewer.pictures[n - 1].rtp_time;
    jumps += step == 7200U + 3600U * 90'000U ? 1 : 0;
    EXPECT_TRUE(step == 7200U || step == 7200U + 3600U * 90'000U) << step;
  }
  EXPECT_EQ(jumps, 1U);
  EXPECT_NEAR(static_cast<double>(viewer.reports.back().unix_ms - bench.clock.now().ms()), 3'600'000, 5200);
  ASSERT_TRUE(bench.server->fault("clear 17"));
  ASSERT_TRUE(bench.server->fault("clock 17 -60"));
  ASSERT_TRUE(viewer.see(viewer.pictures.size() + 70));
  EXPECT_NEAR(static_cast<double>(viewer.reports.back().unix_ms - bench.clock.now().ms()), -60'000, 5200);
}

TEST(CameraFaults, ADriftingClockDrifts) {
  CameraBench bench;
  ASSERT_TRUE(bench.server->fault("drift 17 10000ppm"));
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(101));
  const std::uint32_t span = viewer.pictures[100].rtp_time - viewer.pictures[0].rtp_time;
  EXPECT_NEAR(span, 100 * 7200 * 1.01, 200);
}

TEST(CameraFaults, WrongStampsGoBack) {
  CameraBench bench;
  ASSERT_TRUE(bench.server->fault("stamps 17"));
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(60));
  int back = 0;
  for (std::size_t n = 1; n < 60; n++)
    back += static_cast<std::int32_t>(viewer.pictures[n].rtp_time - viewer.pictures[n - 1].rtp_time) < 0 ? 1 : 0;
  EXPECT_GT(back, 4);
}

TEST(CameraFaults, ADroughtHasNoKeyFramesButCanBeDecoded) {
  CameraBench bench;
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(14));
  ASSERT_TRUE(bench.server->fault("nokey 17 5s"));
  viewer.pass(milliseconds(8000));
  std::size_t longest = 0, run = 0;
  for (const SeenPicture& picture : viewer.pictures) longest = std::max(longest, run = picture.key() ? 0 : run + 1);
  EXPECT_GE(longest, 55U);  // 5 s, and up to a key interval
  EXPECT_LE(longest, 80U);
  const Looked seen = look(viewer);
  ASSERT_EQ(seen.clocks.size(), viewer.pictures.size());
  for (std::size_t n = 1; n < seen.clocks.size(); n++) {
    ASSERT_TRUE(seen.clocks[n]) << n;
    EXPECT_EQ(seen.clocks[n]->ms - seen.clocks[n - 1]->ms, 80) << n;
  }
}

TEST(CameraFaults, AFrozenPictureStandsWithItsClockWhileKeyFramesGoOn) {
  CameraBench bench;
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(3));
  ASSERT_TRUE(bench.server->fault("freeze 17 6s"));
  ASSERT_TRUE(viewer.see(130));
  const Looked seen = look(viewer);
  EXPECT_TRUE(same_body(seen.pictures[30], seen.pictures[70]));
  EXPECT_EQ(seen.clocks[30], seen.clocks[70]);
  EXPECT_FALSE(same_body(seen.pictures[100], seen.pictures[105]));
  int keys = 0;
  for (std::size_t n = 30; n < 70; n++) keys += viewer.pictures[n].key() ? 1 : 0;
  EXPECT_GE(keys, 3);
}

TEST(CameraFaults, ACoveredLensIsDarkAndGlareIsBright) {
  CameraBench bench;
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(3));
  ASSERT_TRUE(bench.server->fault("cover 17 3s"));
  ASSERT_TRUE(viewer.see(60));
  ASSERT_TRUE(bench.server->fault("glare 17 3s"));
  ASSERT_TRUE(viewer.see(120));
  const Looked seen = look(viewer);
  EXPECT_GT(brightness(seen.pictures[0]), 60);
  EXPECT_EQ(brightness(seen.pictures[25]), 24);
  EXPECT_EQ(brightness(seen.pictures[85]), 232);
  EXPECT_LT(brightness(seen.pictures[119]), 200);
  EXPECT_TRUE(seen.clocks[25] && seen.clocks[85]);
}

TEST(CameraFaults, TheSizeChangesWithItsParameterSets) {
  CameraBench bench({}, {test_loop("street", 1280), test_loop("street", 640), test_loop("junction", 1280)});
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(3));
  ASSERT_TRUE(bench.server->fault("resolution 17"));
  ASSERT_TRUE(viewer.see(30));
  ASSERT_TRUE(bench.server->fault("resolution 17"));
  ASSERT_TRUE(bench.server->fault("move 17"));
  ASSERT_TRUE(viewer.see(60));
  const Looked seen = look(viewer);
  EXPECT_EQ(seen.pictures[0].width, 1280);
  EXPECT_EQ(seen.pictures[25].width, 640);
  EXPECT_EQ(seen.pictures[55].width, 1280);
  for (const auto& clock : seen.clocks) EXPECT_TRUE(clock);
}

TEST(CameraFaults, DamagedBytesAreDamagedAndEnd) {
  CameraBench bench;
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(3));
  ASSERT_TRUE(bench.server->fault("badbytes 17 10s"));
  viewer.pass(milliseconds(12'000));
  EXPECT_GT(viewer.junk, 0U);
  EXPECT_FALSE(viewer.ended);
  const std::size_t before = viewer.junk;
  viewer.pass(milliseconds(4000));
  EXPECT_EQ(viewer.junk, before);
}

TEST(CameraFaults, ASilentCameraKeepsItsConnection) {
  CameraBench bench;
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(3));
  ASSERT_TRUE(bench.server->fault("silent 17 5s"));
  const std::size_t before = viewer.pictures.size();
  viewer.pass(milliseconds(4500));
  EXPECT_LE(viewer.pictures.size(), before + 1);
  EXPECT_TRUE(viewer.ask("GET_PARAMETER").starts_with("RTSP/1.0 200"));
  EXPECT_TRUE(viewer.see(before + 10));
}

TEST(CameraFaults, NoPasswordIsRightAnyMore) {
  CameraBench bench;
  Viewer viewer(bench);
  ASSERT_TRUE(viewer.play() && viewer.see(3));
  ASSERT_TRUE(bench.server->fault("unauthorized 17 5s"));
  viewer.pass(milliseconds(300));
  EXPECT_TRUE(viewer.ended);
  EXPECT_TRUE(Viewer(bench).ask("DESCRIBE").starts_with("RTSP/1.0 401"));
  bench.pass(milliseconds(6000));
  EXPECT_TRUE(Viewer(bench).ask("DESCRIBE").starts_with("RTSP/1.0 200"));
}

TEST(CameraFaults, WhoDoesNotReadLosesPicturesUpToAKeyFrameAndNobodyElseDoes) {
  CameraBench bench({.timeout = std::chrono::hours(10)});
  Viewer slow(bench), quick(bench);
  ASSERT_TRUE(slow.play() && quick.play());
  for (int n = 0; n < 20'000 && bench.server->totals().pictures_dropped == 0; n++) {
    bench.pass(milliseconds(80));
    quick.read();
  }
  EXPECT_GT(bench.server->totals().pictures_dropped, 0U);
  EXPECT_EQ(quick.lost, 0U);
  slow.read();
  const std::size_t stuck = slow.pictures.size();
  for (int n = 0; n < 100; n++) {
    bench.pass(milliseconds(80));
    slow.read();
    quick.read();
  }
  ASSERT_GT(slow.pictures.size(), stuck);
  look(slow);  // every picture that came can be decoded
}

}  // namespace
}  // namespace qala::sim
