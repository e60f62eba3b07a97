// What somebody else's client and decoder think of our cameras: ffmpeg, where it is installed.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "sim/cameras/test_viewer.h"

namespace qala::sim {
namespace {

/// What ffmpeg complains of while it decodes some pictures, and how it ended.
std::pair<std::string, int> complaints(const std::string& url, const char* transport, int pictures) {
  const std::string command = "timeout 120 ffmpeg -nostdin -v warning -rtsp_transport " + std::string(transport) +
                              " -i " + url + " -frames:v " + std::to_string(pictures) + " -f null - 2>&1";
  std::string out;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {"cannot start it", -1};
  for (char line[512]; std::fgets(line, sizeof(line), pipe) != nullptr;) out += line;
  return {out, ::pclose(pipe)};
}

class Foreign : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Foreign, DecodesWithoutAComplaint) {
  if (std::system("command -v ffmpeg >/dev/null 2>&1") != 0) GTEST_SKIP() << "ffmpeg is not installed";
  const auto [fault, transport] = GetParam();
  const SystemClock clock;
  const Shows shows{test_loop(), nullptr, nullptr};
  const auto server = CameraServer::open({}, {{1, shows, shows}}, clock);
  ASSERT_TRUE(server) << server.error().message;
  if (*fault != 0) ASSERT_TRUE((*server)->fault(fault));
  std::atomic<bool> done = false;
  std::pair<std::string, int> said;
  const std::string url = "rtsp://127.0.0.1:" + (*server)->endpoint().port + "/camera/1/main";
  std::jthread client([&] {
    said = complaints(url, transport, 40);
    done = true;
  });
  while (!done) (*server)->step(std::chrono::milliseconds(20));
  client.join();
  EXPECT_EQ(said.second, 0) << said.first;
  // Over UDP a busy machine may lose packets, and ffmpeg says so.
  if (std::string_view(transport) == "tcp") EXPECT_EQ(said.first, "");
}

INSTANTIATE_TEST_SUITE_P(Cameras, Foreign,
                         testing::Values(std::pair("", "tcp"), std::pair("", "udp"), std::pair("cover 1", "tcp"),
                                         std::pair("freeze 1", "tcp")));

}  // namespace
}  // namespace qala::sim
